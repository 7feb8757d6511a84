package buildcontext_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	buildcontext "github.com/whybust/whybust/context"
)

// write makes a directory with the files that TestDigestSources describes.
func writeTree(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, err := range []error{
		os.MkdirAll(filepath.Join(dir, "d", "empty"), 0o700),
		os.WriteFile(filepath.Join(dir, "d", "f"), []byte("1"), 0o600),
		os.WriteFile(filepath.Join(dir, "run"), []byte("#!"), 0o700),
		os.Symlink("../outside", filepath.Join(dir, "d", "l")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestDigestSources(t *testing.T) {
	dir, err := buildcontext.Directory(writeTree(t))
	if err != nil {
		t.Fatal(err)
	}
	mapFS := buildcontext.FS(fstest.MapFS{
		"d/f":     {Data: []byte("1"), Mode: 0o664},
		"d/l":     {Data: []byte("../outside"), Mode: fs.ModeSymlink | 0o777},
		"d/empty": {Mode: fs.ModeDir | 0o755},
		"run":     {Data: []byte("#!"), Mode: 0o755},
	})
	inGit := newTree(files{"d/f": "1", "d/l": "-> ../outside", "d/empty/": "", "run": "#!"}, true)
	want := "blake3:c894ea011ee819b050fbf56681ebe77af1f60d7a986e459b96570e4a89916e2a"
	for name, tree := range map[string]buildcontext.Tree{"directory": dir, "fs.FS": mapFS, "IDs": inGit} {
		v := &buildcontext.View{Tree: tree}
		sum, err := buildcontext.Digest(t.Context(), v, nil)
		if err != nil {
			t.Fatal(name, err)
		}
		if d := cmp.Diff(want, sum.String()); d != "" {
			t.Errorf("%s: the digest is part of the format (-want +got):\n%s", name, d)
		}
		diff, err := buildcontext.Compare(t.Context(), v, nil, &buildcontext.View{Tree: mapFS}, nil)
		if err != nil || !diff.Equal() {
			t.Errorf("%s: differs from the fs.FS: %v, %v", name, diff, err)
		}
	}
}

func TestDirectoryStaysInside(t *testing.T) {
	outside := t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "secret"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	inside := t.TempDir()
	if err := os.Symlink(outside, filepath.Join(inside, "l")); err != nil {
		t.Fatal(err)
	}
	tree, err := buildcontext.Directory(inside)
	if err != nil {
		t.Fatal(err)
	}
	v := &buildcontext.View{Tree: tree}
	if n, ok, err := v.Lookup(t.Context(), "/l/secret", true); ok || err != nil {
		t.Errorf("a link led to %v, %v", n, err)
	}
	if _, err := tree.Open(t.Context(), "l/secret", buildcontext.Entry{}); err == nil {
		t.Error("a link was followed out of the directory")
	}
	if _, err := buildcontext.Directory(filepath.Join(inside, "no")); err == nil {
		t.Error("a directory that does not exist is an error")
	}
}

func TestGitDir(t *testing.T) {
	tree := newTree(files{"-": "", ".git": "x", "a": "1"}, true)
	for _, tc := range []struct {
		reason string
		tree   buildcontext.Tree
		want   string
	}{
		{"as it is", tree, "/ - .git a"},
		{"hidden", buildcontext.WithoutGitDir(tree), "/ - a"},
		{"replaced", buildcontext.WithGitDir(tree, "c0ffee"), "/ - .git a"},
		{"shown where there was none", buildcontext.WithGitDir(buildcontext.WithoutGitDir(tree), "c0ffee"), "/ - .git a"},
	} {
		if d := cmp.Diff(tc.want, listed(t, &buildcontext.View{Tree: tc.tree}, sel("/"))); d != "" {
			t.Errorf("%s (-want +got):\n%s", tc.reason, d)
		}
	}
	at := func(commit string) *buildcontext.View {
		return &buildcontext.View{Tree: buildcontext.WithGitDir(tree, commit)}
	}
	for commit, want := range map[string]string{"1": "", "2": "modified .git"} {
		d, err := buildcontext.Compare(t.Context(), at("1"), sels("/"), at(commit), sels("/"))
		if err != nil || told(d) != want {
			t.Errorf("commit %s: %q, %v, want %q", commit, told(d), err, want)
		}
	}
}
