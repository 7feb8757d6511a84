package buildcontext_test

import (
	"context"
	"io"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	buildcontext "github.com/whybust/whybust/context"
)

// TestReplaceEqualsFiles: a tree with replaced files selects and compares as one that
// holds them, in a commit and on any file system.
func TestReplaceEqualsFiles(t *testing.T) {
	ctx := context.Background()
	base := fstest.MapFS{
		"a":     {Data: []byte("a")},
		"run":   {Data: []byte("run"), Mode: 0o755},
		"d/b":   {Data: []byte("b")},
		"d/e/c": {Data: []byte("c")},
	}
	for _, tt := range []struct {
		reason string
		files  map[string][]byte
		want   fstest.MapFS
	}{
		{"nothing", nil, fstest.MapFS{}},
		{"other content", map[string][]byte{"a": []byte("A")}, fstest.MapFS{"a": {Data: []byte("A")}}},
		{"the mode stays", map[string][]byte{"run": []byte("R")}, fstest.MapFS{"run": {Data: []byte("R"), Mode: 0o755}}},
		{"deeper down", map[string][]byte{"d/e/c": {}}, fstest.MapFS{"d/e/c": {}}},
		{"a new file, first and last by name", map[string][]byte{".0": []byte("x"), "z": []byte("y")}, fstest.MapFS{".0": {Data: []byte("x")}, "z": {Data: []byte("y")}}},
		{"in new directories", map[string][]byte{"n/m/x": []byte("x"), "n/m/y": []byte("y")}, fstest.MapFS{"n/m/x": {Data: []byte("x")}, "n/m/y": {Data: []byte("y")}}},
		{"taken away", map[string][]byte{"d/b": nil}, fstest.MapFS{"d/b": nil}},
		{"taken away where nothing was", map[string][]byte{"q/b": nil}, fstest.MapFS{}},
	} {
		whole := fstest.MapFS{}
		for _, layer := range []fstest.MapFS{base, tt.want} {
			for name, f := range layer {
				if whole[name] = f; f == nil {
					delete(whole, name)
				}
			}
		}
		over := &buildcontext.View{Tree: buildcontext.Replace(buildcontext.FS(base), tt.files)}
		want := &buildcontext.View{Tree: buildcontext.FS(whole)}
		if diff := cmp.Diff(listing(t, want), listing(t, over)); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", tt.reason, diff)
		}
		d, err := buildcontext.Compare(ctx, want, nil, over, nil)
		if err != nil || !d.Equal() {
			t.Errorf("%s: %+v, %v", tt.reason, d, err)
		}
	}
}

// TestReplaceIdentities: equal replacements in equal trees prove each other, different ones do not.
func TestReplaceIdentities(t *testing.T) {
	ctx := context.Background()
	base := identified{buildcontext.FS(fstest.MapFS{"a": {Data: []byte("a")}})}
	root := func(files map[string][]byte) string {
		e, err := buildcontext.Replace(base, files).Root(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return e.ID
	}
	one, same := root(map[string][]byte{"a": []byte("1")}), root(map[string][]byte{"a": []byte("1")})
	for reason, other := range map[string]string{
		"other bytes":      root(map[string][]byte{"a": []byte("2")}),
		"another file":     root(map[string][]byte{"b": []byte("1")}),
		"gone, not empty":  root(map[string][]byte{"a": nil}),
		"empty":            root(map[string][]byte{"a": {}}),
		"nothing replaced": root(nil),
	} {
		if other == one || one == "" {
			t.Errorf("%s has the identity %q", reason, other)
		}
	}
	if one != same {
		t.Errorf("%q for the same replacement as %q", same, one)
	}
}

// identified is a tree whose root has an identity.
type identified struct{ buildcontext.Tree }

func (t identified) Root(ctx context.Context) (buildcontext.Entry, error) {
	e, err := t.Tree.Root(ctx)
	e.ID = "id"
	return e, err
}

// listing gives every file of a view with its mode and content.
func listing(t *testing.T, v *buildcontext.View) map[string]string {
	t.Helper()
	ctx, files := context.Background(), map[string]string{}
	var walk func(n buildcontext.Node)
	walk = func(n buildcontext.Node) {
		if n.Kind != buildcontext.Dir {
			f, err := v.Tree.Open(ctx, n.Path, n.Entry)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			data, err := io.ReadAll(f)
			if err != nil {
				t.Fatal(err)
			}
			files[n.Path] = n.Mode.String() + " " + string(data)
			return
		}
		children, err := v.Children(ctx, n)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range children {
			walk(c)
		}
	}
	root, err := v.Root(ctx)
	if err != nil {
		t.Fatal(err)
	}
	walk(root)
	return files
}
