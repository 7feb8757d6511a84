package buildcontext_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	buildcontext "github.com/whybust/whybust/context"
)

func TestDigestErrors(t *testing.T) {
	v := view(t, files{"u": "?", "k": "?1", "l": "-> no"}, "")
	for _, tc := range []struct {
		reason, path string
		missing, ok  bool
	}{
		{"a path that does not exist", "/no", true, false},
		{"a matched link to nowhere", "/l*", true, false},
		{"an unknown that has no identity", "/u", false, false},
		{"an unknown that has one", "/k", false, true},
		{"no match is an empty list", "/x*", false, true},
	} {
		_, err := buildcontext.Digest(t.Context(), v, sels(tc.path))
		if (err == nil) != tc.ok || errors.Is(err, fs.ErrNotExist) != tc.missing {
			t.Errorf("%s: %v", tc.reason, err)
		}
	}
}

func TestDigester(t *testing.T) {
	many := files{}
	for i := range 200 {
		many[fmt.Sprintf("d%d/f%d", i%7, i)] = strings.Repeat("x", i)
	}
	v := view(t, many, "")
	want, err := buildcontext.Digest(t.Context(), v, nil)
	if err != nil {
		t.Fatal(err)
	}
	v.Tree = &quietTree{many: many, Tree: v.Tree}
	if got, err := (&buildcontext.Digester{Parallel: 8}).Digest(t.Context(), v, nil); err != nil || got != want {
		t.Errorf("in parallel: %v, %v, want %v", got, err, want)
	}
}

// memory counts what it is asked for.
type memory struct {
	mu      sync.Mutex
	sums    map[string]buildcontext.Sum
	recalls int
}

func (m *memory) Recall(key string) (buildcontext.Sum, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.recalls++
	sum, ok := m.sums[key]
	return sum, ok
}

func (m *memory) Remember(key string, sum buildcontext.Sum) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sums[key] = sum
}

// TestDigesterMemory states what a second digest of a repository reads.
func TestDigesterMemory(t *testing.T) {
	dir, git := gitDir(t)
	write(t, dir, map[string]string{"a/x": "1", "a/y": "2", "b/c/z": "3", "b/w": "4"})
	git("add", "-A")
	git("commit", "-qm", "one")
	write(t, dir, map[string]string{"b/c/z": "5"})
	git("commit", "-qam", "two")
	m := &memory{sums: map[string]buildcontext.Sum{}}
	digest := func(rev, ignore string, m buildcontext.Memory) (sum buildcontext.Sum, trees, blobs int) {
		t.Helper()
		r := openRepo(t, dir)
		v := view(t, nil, ignore)
		v.Tree = r.Tree(resolve(t, r, rev), "")
		sum, err := (&buildcontext.Digester{Memory: m, Parallel: 3}).Digest(t.Context(), v, nil)
		if err != nil {
			t.Fatal(err)
		}
		trees, blobs = r.ObjectsRead()
		return sum, trees, blobs
	}
	for _, tc := range []struct {
		reason, rev, ignore string
		trees, blobs        int
	}{
		{"nothing is known", "HEAD~1", "", 4, 4},
		{"everything is known", "HEAD~1", "", 0, 0},
		{"the next commit: the directories above the change", "HEAD", "", 3, 1},
		{"other rules: the directories in which they matter, and no file", "HEAD", "a/x", 2, 0},
		{"rules that may match anywhere", "HEAD", "**/q", 4, 0},
	} {
		want, _, _ := digest(tc.rev, tc.ignore, nil)
		got, trees, blobs := digest(tc.rev, tc.ignore, m)
		if got != want {
			t.Errorf("%s: %v, want %v", tc.reason, got, want)
		}
		if trees != tc.trees || blobs != tc.blobs {
			t.Errorf("%s: %d trees and %d blobs were read, want %d and %d", tc.reason, trees, blobs, tc.trees, tc.blobs)
		}
	}
	// Trees without identities of git's are not remembered.
	m.recalls = 0
	if _, err := (&buildcontext.Digester{Memory: m}).Digest(t.Context(), view(t, files{"a": "1"}, ""), nil); err != nil || m.recalls != 0 {
		t.Errorf("%v; asked %d times", err, m.recalls)
	}
}

// quietTree is a testTree that is safe for concurrent use: its files are not
// counted.
type quietTree struct {
	buildcontext.Tree
	many files
	mu   sync.Mutex
}

func (t *quietTree) ReadDir(ctx context.Context, name string, dir buildcontext.Entry) ([]buildcontext.Entry, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.Tree.ReadDir(ctx, name, dir)
}

func (t *quietTree) Open(_ context.Context, name string, _ buildcontext.Entry) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader(t.many[name])), nil
}

func TestDigestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := buildcontext.Digest(ctx, view(t, files{"a": "1"}, ""), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestLargeFiles(t *testing.T) {
	big := strings.Repeat("0123456789abcdef", 20_000)
	for _, tc := range []struct {
		reason, text string
		want         string
	}{
		{"equal, over several chunks", big, ""},
		{"the last byte", big[:len(big)-1] + "x", "modified f"},
		{"a chunk's length", big[:64<<10], "modified f"},
	} {
		a, b := noSize{newTree(files{"f": big}, false)}, noSize{newTree(files{"f": tc.text}, false)}
		d, err := buildcontext.Compare(t.Context(), &buildcontext.View{Tree: a}, nil, &buildcontext.View{Tree: b}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tc.want, told(d)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
		}
	}
}

// noSize is a tree that knows no sizes, like one of git.
type noSize struct{ *testTree }

func (t noSize) ReadDir(ctx context.Context, name string, dir buildcontext.Entry) ([]buildcontext.Entry, error) {
	entries, err := t.testTree.ReadDir(ctx, name, dir)
	for i := range entries {
		entries[i].Size = -1
	}
	return entries, err
}
