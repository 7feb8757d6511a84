package parts_test

import (
	"context"
	"flag"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/cachekey"
	"github.com/whybust/whybust/conformance/random"
	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/internal/scenario"
)

var dockerfiles = flag.Int("dockerfiles", 300, "number of random pairs of Dockerfiles")

// configured is an image that sets everything that a stage can inherit.
var configured = scenario.ImageConfig{
	Env:        []string{"PATH=/base/bin:/bin", "A=base", "B=of the base", "ONLY=base"},
	WorkingDir: "/base/dir",
	User:       "builder:staff",
	Shell:      []string{"/bin/bash", "-e", "-c"},
	OnBuild:    []string{"ENV TRIGGERED=yes", "WORKDIR triggered", "RUN echo trigger $A", "COPY Dockerfile /trigger/"},
}

// TestScenarioReplay compares the replay of every scenario, both sides, with BuildKit's conversion.
func TestScenarioReplay(t *testing.T) {
	all, err := scenario.ReadDir(filepath.Join("..", "..", "testdata", "scenarios"))
	if err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		t.Fatal("no scenarios")
	}
	compareAll(t, all)
}

// TestRandomReplay does the same with random Dockerfiles.
func TestRandomReplay(t *testing.T) {
	t.Logf("-seed %d -dockerfiles %d", *seed, *dockerfiles)
	var all []*scenario.Scenario
	for i := range *dockerfiles {
		s, err := scenario.Parse(fmt.Sprintf("random-%d.txtar", i), random.New(*seed, i).Text())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	compareAll(t, all)
}

func compareAll(t *testing.T, all []*scenario.Scenario) {
	c := &comparison{byBuildKit: map[string]string{}, byReplay: map[string]string{}}
	for _, s := range all {
		for name, side := range map[string]*scenario.Side{"old": &s.Old, "new": &s.New} {
			c.compare(t, s, side, s.Name+" "+name, func(image string) scenario.ImageConfig { return configOf(s, image) })
			c.compare(t, s, side, s.Name+" "+name+" on configured images", func(string) scenario.ImageConfig { return configured })
		}
	}
	t.Logf("%d Dockerfiles, %d refused by both; %d operations of which %d keys, %d names", c.files, c.refused, c.operations, len(c.byBuildKit), c.stepNames)
	if c.operations == 0 || c.stepNames == 0 {
		t.Error("nothing was compared")
	}
}

// configOf is what a scenario says of an image, an empty configuration if nothing.
func configOf(s *scenario.Scenario, image string) scenario.ImageConfig {
	for name, c := range s.Images {
		if strings.HasSuffix(image, "/"+name) || image == name || strings.HasSuffix(image, "/"+name+":latest") {
			return c
		}
	}
	return scenario.ImageConfig{}
}

// comparison counts what was compared and pairs the keys of both sides over all of it.
type comparison struct {
	files, refused, operations, stepNames int
	// byBuildKit and byReplay map the keys of each side to the other's: equal keys of one must be equal
	// keys of the other.
	byBuildKit, byReplay map[string]string
}

func (c *comparison) compare(t *testing.T, s *scenario.Scenario, side *scenario.Side, name string, config func(string) scenario.ImageConfig) {
	c.files++
	file := side.Build.File
	if file == "" {
		file = path.Join(s.Context, "Dockerfile")
	}
	dockerfile := side.Tree[file].Data
	want, wantErr := convert(t.Context(), dockerfile, side.Build, config)
	g, gotErr := replay(t.Context(), file, dockerfile, side, s.Context, config)
	if wantErr != nil || gotErr != nil {
		if (wantErr == nil) != (gotErr == nil) {
			t.Errorf("%s: BuildKit: %v; replay: %v", name, wantErr, gotErr)
		}
		if testing.Verbose() && strings.HasSuffix(name, " new") {
			t.Logf("%s: both refuse it: %v", name, wantErr)
		}
		c.refused++
		return
	}
	got := describeGraph(g)
	if diff := cmp.Diff(texts(want), texts(got)); diff != "" {
		t.Errorf("%s (-BuildKit +replay):\n%s\n%s", name, diff, dockerfile)
		return
	}
	if len(got) != len(g.Ops) {
		t.Errorf("%s: the target needs %d operations, the replay has %d", name, len(got), len(g.Ops))
	}
	c.operations += len(got)
	for i := range got {
		c.compareOp(t, name, want[i], got[i], side.Build.BuildArgs == nil)
	}
}

func (c *comparison) compareOp(t *testing.T, name string, want, got described, names bool) {
	if got.key != "" {
		if other, ok := c.byBuildKit[want.key]; ok && other != got.key {
			t.Errorf("%s: equal keys of BuildKit are replayed as %q and %q", name, other, got.key)
		}
		if other, ok := c.byReplay[got.key]; ok && other != want.key {
			t.Errorf("%s: the replay gives one key to what has two with BuildKit:\n%s", name, got.text)
		}
		c.byBuildKit[want.key], c.byReplay[got.key] = got.key, want.key
	}
	if !names || len(got.names) == 0 {
		return
	}
	c.stepNames++
	printed := func(name string) bool {
		// An image that a --from names too is one operation of two names, and BuildKit prints either.
		return name == want.names[0] || strings.HasPrefix(want.names[0], "FROM ") && strings.HasSuffix(name, "] "+want.names[0])
	}
	if !slices.ContainsFunc(got.names, printed) {
		t.Errorf("%s: BuildKit prints %q, the replay %q", name, want.names[0], got.names)
	}
}

func texts(ops []described) []string {
	var list []string
	for i, op := range ops {
		list = append(list, strings.Split(fmt.Sprintf("#%d %s", i, strings.TrimSuffix(op.text, "\n")), "\n")...)
	}
	return list
}

// replay replays a Dockerfile with every image's configuration known. Ignore rules change
// nothing of what is compared.
func replay(ctx context.Context, name string, dockerfile []byte, side *scenario.Side, dir string, config func(string) scenario.ImageConfig) (*cachekey.Graph, error) {
	tree, err := scenario.Below(ctx, buildcontext.FS(side.Tree.FS()), dir)
	if err != nil {
		return nil, err
	}
	b := side.Build
	return cachekey.Replay(ctx, name, dockerfile, &buildcontext.View{Tree: tree}, &cachekey.Options{
		Target: b.Target, Platform: b.Platform, BuildArgs: b.BuildArgs, AddHosts: b.AddHosts,
		Network: b.Network, ShmSize: b.ShmSize, Ulimits: b.Ulimits,
		Image: func(ref, _ string) (*cachekey.Image, error) {
			c := config(ref)
			return &cachekey.Image{Config: &cachekey.ImageConfig{
				Env: c.Env, WorkingDir: c.WorkingDir, User: c.User, Shell: c.Shell, OnBuild: c.OnBuild,
			}}, nil
		},
	})
}
