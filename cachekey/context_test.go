package cachekey_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
)

// one is a context of one file.
func one(name, data string) *buildcontext.View {
	return &buildcontext.View{Tree: buildcontext.FS(fstest.MapFS{name: {Data: []byte(data)}})}
}

func TestContextNames(t *testing.T) {
	for _, tt := range []struct{ reason, name, want string }{
		{"a short name", "lib", "lib"},
		{"an image", "docker.io/library/node:20", "node:20"},
		{"the tag that is meant without one", "node:latest", "node"},
		{"a platform", "docker.io/library/node::linux/arm64", "node::linux/arm64"},
		{"a host that looks like one", "[::1]:5000/a", "[::1]:5000/a"},
	} {
		if got, err := cachekey.ContextName(tt.name); got != tt.want || err != nil {
			t.Errorf("%s: got %q, %v, want %q", tt.reason, got, err, tt.want)
		}
	}
}

func TestContextErrors(t *testing.T) {
	for _, tt := range []struct {
		reason, dockerfile string
		context            cachekey.Context
		want               string
	}{
		{"nothing", "FROM x", cachekey.Context{}, "Dockerfile:1: build context \"x\" stands for nothing"},
		{"a layout without a digest", "FROM scratch\nCOPY --from=x a /", cachekey.Context{Layout: &cachekey.Image{}}, "Dockerfile:2: build context \"x\": the image of an OCI layout has no digest"},
		{"no URL", "FROM scratch AS x", cachekey.Context{Remote: "a b"}, "Dockerfile:1: build context \"x\": \"a b\" is no URL"},
		{"a layout whose configuration could be taken for something unknown", "FROM x", cachekey.Context{Layout: &cachekey.Image{
			Digest: "sha256:1", Config: &cachekey.ImageConfig{Env: []string{"A=\x00B@c\x01"}}}}, "Dockerfile:1: build context \"x\": its configuration holds a NUL byte"},
		{"a URL that could", "FROM x", cachekey.Context{Remote: "https://x/\x00B@c\x01"}, "is no URL"},
		{"no image", "FROM x", cachekey.Context{Image: "A"}, "Dockerfile:1: \"A\" is no image reference"},
		{"a stage with a name that is none for a context", "FROM scratch AS x-", cachekey.Context{Image: "a"}, "Dockerfile:1: \"x-\" is no name for a build context"},
	} {
		_, err := cachekey.Replay(t.Context(), "Dockerfile", []byte(tt.dockerfile), nil, &cachekey.Options{Contexts: map[string]cachekey.Context{"x": tt.context}})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want %s", tt.reason, err, tt.want)
		}
	}
}

// TestContextKeys: the same paths of two contexts are not the same.
func TestContextKeys(t *testing.T) {
	keys := func(own, lib string) []cachekey.Key {
		g, err := cachekey.Replay(t.Context(), "Dockerfile", []byte("FROM scratch\nCOPY x /1\nFROM scratch\nCOPY --from=lib x /2\nCOPY --from=0 / /3\n"), one("x", own),
			&cachekey.Options{Contexts: map[string]cachekey.Context{"lib": {View: one("x", lib)}}})
		if err != nil {
			t.Fatal(err)
		}
		keys, err := cachekey.Keys(t.Context(), g, nil)
		if err != nil {
			t.Fatal(err)
		}
		return keys
	}
	base, lib := keys("1", "1"), keys("1", "2")
	if base[0].Sum != lib[0].Sum {
		t.Error("another file in the named context gives the build context another key")
	}
	if base[1].Sum == lib[1].Sum {
		t.Error("another file in the named context gives the same key")
	}
}
