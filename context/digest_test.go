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
	"github.com/zeebo/blake3"

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
	var mu sync.Mutex
	known := map[string]buildcontext.Sum{}
	first := &buildcontext.Digester{Parallel: 8, Known: func(n buildcontext.Node, sum buildcontext.Sum) {
		mu.Lock()
		defer mu.Unlock()
		known[n.Path] = sum
	}}
	v.Tree = &quietTree{many: many, Tree: v.Tree}
	if got, err := first.Digest(t.Context(), v, nil); err != nil || got != want {
		t.Errorf("in parallel: %v, %v, want %v", got, err, want)
	}
	if got := buildcontext.Sum(blake3.Sum256([]byte(many["d3/f3"]))); got != known["d3/f3"] || len(known) != len(many) {
		t.Errorf("%d files are known, d3/f3 as %v, want %v", len(known), known["d3/f3"], got)
	}
	second := &buildcontext.Digester{Content: func(_ context.Context, n buildcontext.Node) (buildcontext.Sum, bool, error) {
		sum, ok := known[n.Path]
		return sum, ok, nil
	}, Known: func(n buildcontext.Node, _ buildcontext.Sum) { t.Errorf("%s was read although it is known", n.Path) }}
	if got, err := second.Digest(t.Context(), v, nil); err != nil || got != want {
		t.Errorf("from known content: %v, %v, want %v", got, err, want)
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
