package targets_test

import (
	"io"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/predict"
	"github.com/whybust/whybust/predict/targets"
)

func open(t *testing.T, name string) io.Reader {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func TestReadBake(t *testing.T) {
	got, err := targets.ReadBake(open(t, "testdata/bake.json"), "bake.json")
	if err != nil {
		t.Fatal(err)
	}
	base := func(platform string) *predict.Build {
		return &predict.Build{Context: "base", Side: predict.Side{File: "base/Dockerfile", Platform: platform}}
	}
	api := func(platform string) targets.Definition {
		return targets.Definition{Name: "api", Build: &predict.Build{
			Context: "services/api",
			Side: predict.Side{
				File: "services/api/build/Dockerfile", Target: "release", Platform: platform, BuildArgs: map[string]string{"VERSION": "1.2"},
				Contexts: map[string]string{
					"base::linux/amd64": "target:base::linux/amd64", "base::linux/arm64": "target:base::linux/arm64",
					"proto": "./proto", "golang": "docker-image://golang:1.26",
				},
			},
			Linked: map[string]*predict.Build{
				"base::linux/amd64": base("linux/amd64"), "base::linux/arm64": base("linux/arm64"),
			},
			NoCacheFilter: []string{"fetch"}, Network: "none", ShmSize: "64m", Ulimits: []string{"nofile=1024:2048"},
			AddHosts: []string{"a.example=10.0.0.1", "b.example=10.0.0.2"},
		}}
	}
	want := []targets.Definition{
		api("linux/amd64"), api("linux/arm64"),
		{Name: "web", Build: &predict.Build{Context: ".", Side: predict.Side{Inline: "FROM alpine:3.20\nRUN true\n"}, NoCache: true}},
		{
			Name: "tools", Build: &predict.Build{Context: "tools", Side: predict.Side{File: "tools/Dockerfile"}},
			Notes: []predict.Note{{Kind: "definition", Text: "target.tools.sandbox is not known here, and taken to change nothing"}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReadCompose(t *testing.T) {
	got, err := targets.ReadCompose(open(t, "testdata/compose.json"), "compose.json")
	if err != nil {
		t.Fatal(err)
	}
	base := &predict.Build{
		Context: "/src/shop", Side: predict.Side{Inline: "FROM alpine:3.20\n", BuildArgs: map[string]string{"A": "1"}},
	}
	want := []targets.Definition{
		{Name: "api", Build: &predict.Build{
			Context: "/src/shop/api",
			Side: predict.Side{
				File: "/src/shop/api/docker/Dockerfile", Target: "dev", Platform: "linux/arm64",
				BuildArgs: map[string]string{"DEBUG": "true", "LEVEL": "3", "VERSION": "1.2"},
				Contexts:  map[string]string{"base": "target:base", "shared": "/src/shop/shared"},
			},
			Linked:  map[string]*predict.Build{"base": base},
			NoCache: true, Network: "host", ShmSize: "67108864", Ulimits: []string{"nofile=1024:2048", "nproc=512"},
			AddHosts: []string{"a.example=10.0.0.1"},
		}},
		{
			Name: "base", Build: base,
			Notes: []predict.Note{{Kind: "definition", Text: "services.base.build.hardening is not known here, and taken to change nothing"}},
		},
		{Name: "short", Build: &predict.Build{Context: "./short"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDefinitionErrors(t *testing.T) {
	bake, compose := targets.ReadBake, targets.ReadCompose
	for _, tt := range []struct {
		reason, in string
		read       func(io.Reader, string) ([]targets.Definition, error)
		want       string
	}{
		{"nothing", " \n", bake, "f: is empty"},
		{"broken JSON, with its line", "{\n\"target\": {\n,", bake, "f:3: invalid character ',' looking for beginning of object key string"},
		{"more than one value", "{} {}", bake, "f:1: invalid character '{' after top-level value"},
		{"a list", "[]", bake, "f:1: an object is wanted, not a JSON array"},
		{"null", "null", bake, "f: an object is wanted, not null"},
		{"YAML", "services:\n", compose, "f:1: invalid character 's' looking for beginning of value"},
		{"no targets", `{"group": {}}`, bake, "f: there is no target; it should be what docker buildx bake --print writes"},
		{"compose for bake", `{"services": {}}`, bake, "f: there is no target; it should be what docker buildx bake --print writes"},
		{"bake for compose", `{"target": {"a": {}}}`, compose, "f: there are no services; it should be what docker compose config --format json writes"},
		{"no builds", `{"services": {"a": {"image": "b"}}}`, compose, "f: no service has a build"},
		{"another type of a target", `{"target": {"a": []}}`, bake, "f: target.a: an object is wanted"},
		{"another type of a field", `{"target": {"a": {"platforms": "linux/amd64"}}}`, bake, "f: target.a.platforms: a list of strings is wanted"},
		{"another type of a value", `{"target": {"a": {"args": {"X": ["1"]}}}}`, bake, "f: target.a.args.X: a string is wanted"},
		{"a number for a switch", `{"target": {"a": {"no-cache": 1}}}`, bake, "f: target.a.no-cache: true or false is wanted"},
		{"a ulimit", `{"services": {"a": {"build": {"ulimits": {"nofile": []}}}}}`, compose, "f: services.a.build.ulimits.nofile: an object is wanted"},
		{"a size", `{"services": {"a": {"build": {"shm_size": true}}}}`, compose, "f: services.a.build.shm_size: a size is wanted"},
		{"a group of nothing", `{"group": {"default": {"targets": ["b"]}}, "target": {"a": {}}}`, bake, `f: group.default: there is no target "b"`},
		{"a link to nothing", `{"target": {"a": {"contexts": {"x": "target:b"}}}}`, bake, `f: target "a": context "x": there is no target "b"`},
		{"a link to a service that is not built", `{"services": {"a": {"build": {"additional_contexts": {"x": "service:b"}}}, "b": {}}}`, compose,
			`f: target "a": context "x": there is no target "b"`},
	} {
		_, err := tt.read(strings.NewReader(tt.in), "f")
		if err == nil || err.Error() != tt.want {
			t.Errorf("%s: got %v, want %s", tt.reason, err, tt.want)
		}
	}
}

// TestNamesAreExact: to encoding/json "Context" would be "context".
func TestNamesAreExact(t *testing.T) {
	got, err := targets.ReadBake(strings.NewReader(`{"target": {"a": {"Context": "x"}}}`), "f")
	if err != nil {
		t.Fatal(err)
	}
	if got[0].Build.Context != "." || len(got[0].Notes) != 1 {
		t.Errorf("context %q, notes %v", got[0].Build.Context, got[0].Notes)
	}
}

func TestPair(t *testing.T) {
	build := func(platform string) *predict.Build {
		return &predict.Build{Side: predict.Side{Platform: platform}}
	}
	a, a2, arm, b, c := build(""), build(""), build("linux/arm64"), build(""), build("")
	got := targets.Pair(
		[]targets.Definition{{Name: "c", Build: c}, {Name: "a", Build: a}},
		[]targets.Definition{{Name: "b", Build: b}, {Name: "a", Build: a2}, {Name: "a", Build: arm}},
	)
	want := []predict.Target{
		{Name: "b", After: b}, {Name: "a", Before: a, After: a2}, {Name: "a", After: arm}, {Name: "c", Before: c},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func FuzzReadBake(f *testing.F)    { fuzz(f, targets.ReadBake, "testdata/bake.json") }
func FuzzReadCompose(f *testing.F) { fuzz(f, targets.ReadCompose, "testdata/compose.json") }

// fuzz looks for panics, and for definitions without what every one has.
func fuzz(f *testing.F, read func(io.Reader, string) ([]targets.Definition, error), seed string) {
	data, err := os.ReadFile(seed)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(data))
	f.Add(`{"target": {"a": {"contexts": {"x": "target:a"}}}}`)
	f.Fuzz(func(t *testing.T, text string) {
		list, err := read(strings.NewReader(text), "f")
		if err == nil && len(list) == 0 && !strings.Contains(text, "group") {
			t.Error("neither definitions nor an error")
		}
		for _, d := range list {
			if d.Build == nil {
				t.Errorf("%q has no build", d.Name)
			}
		}
	})
}
