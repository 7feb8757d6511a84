package sumcache_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/zeebo/blake3"

	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/internal/sumcache"
)

var _ buildcontext.Memory = (*sumcache.Cache)(nil)

func key(i int) string { return fmt.Sprint("key ", i) }

// sum is the only right sum of a key.
func sum(key string) buildcontext.Sum { return blake3.Sum256([]byte("sum of " + key)) }

// remember writes keys from to to as one process does.
func remember(t *testing.T, c *sumcache.Cache, from, to int) {
	t.Helper()
	for i := from; i < to; i++ {
		c.Remember(key(i), sum(key(i)))
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
}

// found counts how many of the first n keys are remembered; a wrong sum fails the test.
func found(t testing.TB, c *sumcache.Cache, n int) (count int) {
	t.Helper()
	for i := range n {
		got, ok := c.Recall(key(i))
		if ok && got != sum(key(i)) {
			t.Fatalf("%q: got %v", key(i), got)
		}
		if ok {
			count++
		}
	}
	if _, ok := c.Recall("never remembered"); ok {
		t.Error("something is known of a key that was never remembered")
	}
	return count
}

func TestCache(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "directory")
	if n := found(t, sumcache.Open(dir), 10); n != 0 {
		t.Errorf("%d are known without a file", n)
	}
	// Sorted at first, then appended, then sorted again, then appended.
	for _, upTo := range []int{20_000, 20_010, 29_000, 29_001} {
		c := sumcache.Open(dir)
		known := found(t, c, upTo)
		remember(t, c, known, upTo)
		if n := found(t, sumcache.Open(dir), upTo); n != upTo {
			t.Errorf("%d of %d are known", n, upTo)
		}
	}
	if list, _ := os.ReadDir(dir); len(list) != 1 {
		t.Errorf("there are %v, want one file", list)
	}
}

func TestRecallOfWhatIsNotWritten(t *testing.T) {
	c := sumcache.Open(t.TempDir())
	c.Remember("a", sum("a"))
	if got, ok := c.Recall("a"); !ok || got != sum("a") {
		t.Errorf("got %v, %v", got, ok)
	}
}

// TestDamage writes the file anew in every way that a file can be wrong.
func TestDamage(t *testing.T) {
	const n = 300
	for _, tc := range []struct {
		reason string
		damage func(data []byte) []byte
		known  func(n int) bool
	}{
		{"not at all", func(d []byte) []byte { return d }, func(known int) bool { return known == n }},
		{"empty", func([]byte) []byte { return nil }, none},
		{"another program's", func([]byte) []byte { return bytes.Repeat([]byte("text\n"), 1000) }, none},
		{"another version", func(d []byte) []byte { d[len("whybust sums v")]++; return d }, none},
		{"a wrong count", func(d []byte) []byte { d[24]++; return d }, none},
		{"cut within the sorted records", func(d []byte) []byte { return d[:64*100+10] }, none},
		{"cut within a record of the tail", func(d []byte) []byte { return d[:len(d)-10] }, func(known int) bool { return known == n-1 }},
		{"one bit of a sum", func(d []byte) []byte { d[64*50+30] ^= 1; return d }, func(known int) bool { return known == n-1 }},
		{"one bit of an id", func(d []byte) []byte { d[64*50] ^= 1; return d }, func(known int) bool { return known >= n-2 && known < n }},
		{"one bit of a check", func(d []byte) []byte { d[64*50+63] ^= 1; return d }, func(known int) bool { return known == n-1 }},
		{"one bit of the tail", func(d []byte) []byte { d[len(d)-20] ^= 1; return d }, func(known int) bool { return known == n-1 }},
		{"records out of order", func(d []byte) []byte {
			copy(d[64*10:], append(bytes.Clone(d[64*200:64*201]), d[64*11:64*12]...))
			return d
		}, func(known int) bool { return known > n-10 && known < n }},
		{"zeros after a crash", func(d []byte) []byte { clear(d[64*20:]); return d }, func(known int) bool { return known < 20 }},
	} {
		dir := t.TempDir()
		remember(t, sumcache.Open(dir), 0, n-5)
		remember(t, sumcache.Open(dir), n-5, n) // the tail
		name := filepath.Join(dir, sumcache.FileName)
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, tc.damage(data), 0o600); err != nil {
			t.Fatal(err)
		}
		c := sumcache.Open(dir)
		known := found(t, c, n)
		if !tc.known(known) {
			t.Errorf("%s: %d of %d are known", tc.reason, known, n)
		}
		// What is missing is remembered anew, and is then there.
		remember(t, c, 0, n)
		if again := found(t, sumcache.Open(dir), n); again != n {
			t.Errorf("%s: %d of %d are known afterwards", tc.reason, again, n)
		}
	}
}

func none(known int) bool { return known == 0 }

func TestUnusableDirectory(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c := sumcache.Open(file) // no directory
	c.Remember("a", sum("a"))
	if err := c.Close(); err == nil {
		t.Error("no error")
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, sumcache.FileName), 0o700); err != nil {
		t.Fatal(err)
	}
	c = sumcache.Open(dir) // a directory in the place of the file
	if n := found(t, c, 3); n != 0 {
		t.Errorf("%d are known", n)
	}
}

// TestBound: the file does not grow without end, and keeps what is newest.
func TestBound(t *testing.T) {
	dir := t.TempDir()
	const records, tail = 100, 10
	for i := 0; i < 1000; i += 7 {
		c := sumcache.OpenSmall(dir, records, tail)
		remember(t, c, i, i+7)
		info, err := os.Stat(filepath.Join(dir, sumcache.FileName))
		if err != nil || info.Size() > 64*(1+records+tail) {
			t.Fatalf("after %d: %d bytes, %v", i, info.Size(), err)
		}
		if _, ok := sumcache.OpenSmall(dir, records, tail).Recall(key(i + 6)); !ok {
			t.Fatalf("%d is forgotten at once", i+6)
		}
	}
	if n := found(t, sumcache.OpenSmall(dir, records, tail), 1001); n < tail {
		t.Errorf("%d are known", n)
	}
}

// TestProcesses: whoever writes at the same time, nothing wrong is ever read.
func TestProcesses(t *testing.T) {
	dir := t.TempDir()
	var group sync.WaitGroup
	for p := range 8 {
		group.Go(func() {
			for round := range 20 {
				c := sumcache.OpenSmall(dir, 500, 20)
				found(t, c, 400)
				for i := range 15 {
					k := key((p*97 + round*31 + i) % 400)
					c.Remember(k, sum(k))
				}
				if err := c.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if n := found(t, sumcache.OpenSmall(dir, 500, 20), 400); n == 0 {
		t.Error("nothing is known in the end")
	}
}

// FuzzFile opens whatever there is as a cache: it is a sum that was remembered, or none.
func FuzzFile(f *testing.F) {
	dir := f.TempDir()
	c := sumcache.Open(dir)
	for i := range 20 {
		c.Remember(key(i), sum(key(i)))
	}
	if err := c.Close(); err != nil {
		f.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, sumcache.FileName))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add(data[:200])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, sumcache.FileName), data, 0o600); err != nil {
			t.Fatal(err)
		}
		c := sumcache.Open(dir)
		found(t, c, 25)
		remember(t, c, 20, 25)
		if n := found(t, sumcache.Open(dir), 25); n < 5 {
			t.Errorf("%d are known of five that were just remembered", n)
		}
	})
}
