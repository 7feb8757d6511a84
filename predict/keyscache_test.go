package predict_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/internal/synth"
	"github.com/whybust/whybust/predict"
)

// TestKeysCache: what is remembered, by whom and in which state, changes no key.
func TestKeysCache(t *testing.T) {
	dir, err := synth.Repository(t.Context(), t.TempDir(), synth.Spec{Files: 400, Size: 100, Checkout: true})
	if err != nil {
		t.Fatal(err)
	}
	cache := filepath.Join(t.TempDir(), "cache")
	keys := func(revision, cache string) []predict.StepKey {
		t.Helper()
		r := predict.KeysRequest{Dir: dir, CacheDir: cache, NoGitDir: true, Side: predict.Side{Revision: revision}}
		list, err := predict.Keys(t.Context(), &r)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	same := func(reason, revision string) {
		t.Helper()
		if diff := cmp.Diff(keys(revision, ""), keys(revision, cache)); diff != "" {
			t.Errorf("%s (-without a cache +with it):\n%s", reason, diff)
		}
	}
	file := filepath.Join(cache, "sums-v1")
	size := func() int64 {
		info, err := os.Stat(file)
		if err != nil {
			return 0
		}
		return info.Size()
	}

	same("the working tree", "")
	if size() != 0 {
		t.Error("a working tree is remembered")
	}
	same("the first time", synth.Base)
	first := size()
	if first == 0 {
		t.Fatal("nothing is remembered")
	}
	same("the second time", synth.Base)
	if size() != first {
		t.Errorf("a second time the file grows from %d to %d bytes", first, size())
	}
	same("the next commit", synth.Change)
	if grown := size() - first; grown <= 0 || grown > first/3 {
		t.Errorf("for the next commit, in which ten files changed, the file of %d bytes grows by %d", first, grown)
	}
	same("other rules", synth.Ignore)
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, damage := range []string{strings.Repeat("x", 10_000), "", string(data[:len(data)/2+7]), strings.ReplaceAll(string(data), "\x01", "\x02")} {
		if err := os.WriteFile(file, []byte(damage), 0o600); err != nil {
			t.Fatal(err)
		}
		same("a damaged file", synth.Base)
		same("what was written anew", synth.Change)
	}

	// An id may now stand for another content, which only this repository knows.
	replace := exec.Command("git", "-C", dir, "replace", "HEAD:"+synth.Path(0), "HEAD:"+synth.Path(1))
	if out, err := replace.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	before := keys(synth.Base, cache)
	same("a replaced blob", synth.Base)
	if out, err := exec.Command("git", "-C", dir, "replace", "-d", "HEAD:"+synth.Path(0)).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	same("a blob that is not replaced any more", synth.Base)
	if cmp.Equal(before, keys(synth.Base, cache)) {
		t.Error("the replaced blob made no difference")
	}
}

// TestKeysWithoutACache: a directory that cannot be written is no error.
func TestKeysWithoutACache(t *testing.T) {
	dir, err := synth.Repository(t.Context(), t.TempDir(), synth.Spec{Files: 20, Size: 100})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	r := predict.KeysRequest{Dir: dir, CacheDir: filepath.Join(file, "below"), Side: predict.Side{Revision: synth.Base}}
	if _, err := predict.Keys(t.Context(), &r); err != nil {
		t.Error(err)
	}
}
