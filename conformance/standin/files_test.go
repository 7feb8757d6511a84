package standin

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"path"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestUnwild: the file that stands for a wildcard is one that the wildcard matches.
func TestUnwild(t *testing.T) {
	for _, pattern := range []string{"/a/*.txt", "/a/?", "/a/[b-d]x", "/a/[^ab]", `/a/\*`, "/plain", "/*/x/*"} {
		name := unwild(pattern)
		if ok, err := path.Match(pattern, name); !ok || err != nil {
			t.Errorf("%q gives %q, which it does not match (%v)", pattern, name, err)
		}
	}
}

func TestOutputs(t *testing.T) {
	n := NewNeeds()
	n.Outputs = map[string]bool{
		"/": true, "/out": true, "/out/app.jar": true, "/usr/bin/tool": true, "/srv/data": true, "/wheels/*.whl": true, "/conf.d": true,
	}
	n.Dirs["/srv/data"] = true
	files, dirs := n.outputs()
	wantFiles := map[string]bool{"/out/app.jar": true, "/usr/bin/tool": true, "/wheels/w.whl": true}
	wantDirs := map[string]bool{"/": true, "/out": true, "/srv/data": true, "/conf.d": true}
	if diff := cmp.Diff(wantFiles, files); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(wantDirs, dirs); diff != "" {
		t.Errorf("directories (-want +got):\n%s", diff)
	}
}

// TestLayer: a layer is a readable archive in which each path stands once, after its parents,
// and only the modes that write have a list.
func TestLayer(t *testing.T) {
	n := NewNeeds()
	n.Outputs = map[string]bool{"/": true, "/out/app.jar": true, "/a/b/c": true}
	n.Programs["/out/run"] = true
	n.Users["bob"] = true
	for _, mode := range []Mode{Same, Settled, Random} {
		data, err := n.layer([]byte("program"), mode, "x\n")
		if err != nil {
			t.Fatal(err)
		}
		paths := layerPaths(t, data)
		for _, p := range []string{"bin/sh", "out/run", "out/app.jar", "etc/passwd", "a/b/c/"} {
			if !paths[p] {
				t.Errorf("mode %s: %s is missing", mode, p)
			}
		}
		if paths[".whybust/outputs"] != (mode != Same) {
			t.Errorf("mode %s: has a list: %v", mode, paths[".whybust/outputs"])
		}
	}
}

func layerPaths(t *testing.T, data []byte) map[string]bool {
	t.Helper()
	paths := map[string]bool{"./": true}
	r := tar.NewReader(bytes.NewReader(data))
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return paths
		}
		if err != nil {
			t.Fatal(err)
		}
		if parent := path.Dir(strings.TrimSuffix(h.Name, "/")) + "/"; !paths[parent] || paths[h.Name] {
			t.Errorf("%s stands before %s, or twice", h.Name, parent)
		}
		paths[h.Name] = true
	}
}
