package dockerignore_test

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/dockerignore"
)

func TestParseErrors(t *testing.T) {
	for _, tc := range []struct{ reason, file, want string }{
		{"an unclosed class", "ok\n[a\n", `ctx/.dockerignore:2: pattern "[a": syntax error in pattern`},
		{"an exception of nothing", "\n\n!\n", `ctx/.dockerignore:3: pattern "!": illegal exclusion pattern: "!"`},
		{"an expression that does not compile", "a(*\n*\n*{1001}\n", `ctx/.dockerignore:3: pattern "*{1001}": syntax error in pattern`},
	} {
		_, err := dockerignore.Parse("ctx/.dockerignore", []byte(tc.file))
		if err == nil {
			t.Errorf("%s: no error", tc.reason)
			continue
		}
		if d := cmp.Diff(tc.want, err.Error()); d != "" {
			t.Errorf("%s (-want +got):\n%s", tc.reason, d)
		}
		var at *dockerignore.Error
		if !errors.As(err, &at) {
			t.Errorf("%s: %T is no *Error", tc.reason, err)
		}
	}
	if _, err := dockerignore.Parse("f", []byte("[a\n")); !errors.Is(err, filepath.ErrBadPattern) {
		t.Errorf("the cause is not wrapped: %v", err)
	}
	if _, err := dockerignore.New([]string{"ok", "[a"}); err == nil || !strings.HasPrefix(err.Error(), `pattern 2 "[a"`) {
		t.Errorf("a pattern from a list is named by its place: %v", err)
	}
}

func TestFind(t *testing.T) {
	read := func(files fstest.MapFS) func(string) ([]byte, error) { return files.ReadFile }
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	for _, tc := range []struct {
		reason string
		files  fstest.MapFS
		want   string
	}{
		{"none", fstest.MapFS{}, ""},
		{"the context's", fstest.MapFS{"ctx/.dockerignore": file("a")}, "ctx/.dockerignore"},
		{"that of the Dockerfile replaces it", fstest.MapFS{"ctx/.dockerignore": file("a"), "b/Dockerfile.dockerignore": file("c")}, "b/Dockerfile.dockerignore"},
		{"even if it is empty", fstest.MapFS{"ctx/.dockerignore": file("a"), "b/Dockerfile.dockerignore": file("")}, "b/Dockerfile.dockerignore"},
		{"one beside the Dockerfile only by its name", fstest.MapFS{"b/.dockerignore": file("a")}, ""},
	} {
		r, err := dockerignore.Find(dockerignore.Names("b/Dockerfile", "ctx"), read(tc.files))
		if err != nil || r.File() != tc.want {
			t.Errorf("%s: %q, %v, want %q", tc.reason, r.File(), err, tc.want)
		}
	}
	fail := func(string) ([]byte, error) { return nil, fs.ErrPermission }
	if _, err := dockerignore.Find(dockerignore.Names("Dockerfile", "."), fail); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("an unreadable file is not a missing one: %v", err)
	}
}
