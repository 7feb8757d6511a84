package judge

import (
	"os"
	"path/filepath"
	"testing"
)

// TestOverlay: what is laid over takes the place of what has its name, whatever that is; directories merge.
func TestOverlay(t *testing.T) {
	dir, from := t.TempDir(), t.TempDir()
	for _, f := range []struct{ root, path string }{
		{dir, "file is dir/kept"}, {from, "file is dir"},
		{dir, "dir is file"}, {from, "dir is file/new"},
		{dir, "both/kept"}, {from, "both/new"},
		{dir, "target/kept"}, {from, "dir is link/new"},
	} {
		path := filepath.Join(f.root, f.path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(f.root), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("target", filepath.Join(dir, "dir is link")); err != nil {
		t.Fatal(err)
	}
	if err := overlay(dir, from); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"file is dir": from, "dir is file/new": from, "both/kept": dir, "both/new": from,
		"target/kept": dir, "target/new": "", "dir is link/new": from,
	} {
		data, err := os.ReadFile(filepath.Join(dir, path))
		if want == "" && err == nil || want != "" && string(data) != want {
			t.Errorf("%s holds %q (%v), want %q", path, data, err, want)
		}
	}
}
