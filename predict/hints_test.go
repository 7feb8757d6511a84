package predict_test

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/dockerignore"
	"github.com/whybust/whybust/predict"
)

// hintTest is a change of a project and the hints that it gets.
type hintTest struct {
	reason string
	// project is an archive; change replaces and adds files, drop removes them.
	project, change string
	drop            []string
	// oldArgs and newArgs are build arguments.
	oldArgs, newArgs map[string]string
	target           string
	commit           bool // .git is part of the context, and moves on
	dir              string
	want             []string
}

func testHints(t *testing.T, tests []hintTest) {
	t.Helper()
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, tt.hints(t)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// hints predicts the change: "kind step file:line text" for each.
func (tt *hintTest) hints(t *testing.T) (lines []string) {
	t.Helper()
	files := map[string]string{}
	unpack(files, tt.project)
	old := tt.replay(t, files, tt.oldArgs, "0a")
	files = maps.Clone(files)
	unpack(files, tt.change)
	for _, name := range tt.drop {
		delete(files, name)
	}
	p, err := predict.Compare(context.Background(), old, tt.replay(t, files, tt.newArgs, "0b"))
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range p.Hints {
		if h.Step < 0 || h.Step >= len(p.Steps) {
			t.Errorf("hint for step %d of %d", h.Step, len(p.Steps))
		}
		for _, secret := range tt.newArgs {
			if strings.Contains(h.Text, secret) {
				t.Errorf("%q shows a build argument", h.Text)
			}
		}
		lines = append(lines, fmt.Sprintf("%s %d %s:%d %s", h.Kind, h.Step, h.File, h.Line, h.Text))
	}
	return lines
}

func unpack(files map[string]string, archive string) {
	for _, f := range txtar.Parse([]byte(archive)).Files {
		files[f.Name] = string(f.Data)
	}
}

func (tt *hintTest) replay(t *testing.T, files, args map[string]string, commit string) *cachekey.Graph {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, data := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(data)}
	}
	read := func(name string) ([]byte, error) {
		if data, ok := files[name]; ok {
			return []byte(data), nil
		}
		return nil, fs.ErrNotExist
	}
	rules, err := dockerignore.Find(dockerignore.Names("Dockerfile", ""), read)
	if err != nil {
		t.Fatal(err)
	}
	tree := buildcontext.FS(fsys)
	if tt.commit {
		tree = buildcontext.WithGitDir(tree, commit)
	}
	opts := &cachekey.Options{BuildArgs: args, Target: tt.target}
	g, err := cachekey.Replay(context.Background(), "Dockerfile", []byte(files["Dockerfile"]), &buildcontext.View{Tree: tree, Rules: rules, Dir: tt.dir}, opts)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// TestNoHintsForHits: a build that is cached needs no remedy.
func TestNoHintsForHits(t *testing.T) {
	for _, s := range readCorpus(t) {
		p := predictScenario(t, s, &s.New, &s.New)
		for _, h := range p.Hints {
			if h.Kind != "unpinned-base" || !strings.Contains(h.Text, ":latest") {
				t.Errorf("%s: %+v", s.Name, h)
			}
		}
	}
}

// TestHintsAreInRange: whatever the corpus holds, a hint has a known kind and
// points to a step, a place and a sentence.
func TestHintsAreInRange(t *testing.T) {
	kinds := "instruction-text copy-too-early heavy-directory ignore-file unpinned-base volatile-arg"
	for _, s := range readCorpus(t) {
		p := predictScenario(t, s, &s.Old, &s.New)
		for _, h := range p.Hints {
			if !strings.Contains(kinds, h.Kind) || h.Step >= len(p.Steps) || h.File == "" || h.Text == "" {
				t.Errorf("%s: %+v", s.Name, h)
			}
		}
	}
}

// installHint has files in the context, a command after COPY . . and a change of
// another file.
func installHint(t *testing.T, command, files, content string) string {
	t.Helper()
	tt := hintTest{
		project: "-- Dockerfile --\nFROM x:1\nWORKDIR /app\nCOPY . .\nRUN " + command + "\n-- .dockerignore --\nDockerfile\n-- source --\n1\n",
		change:  "-- source --\n2\n",
	}
	for _, name := range strings.Fields(files) {
		tt.project += "-- " + name + " --\n" + content + "\n"
	}
	for _, line := range tt.hints(t) {
		if _, text, ok := strings.Cut(line, "copy-too-early 3 Dockerfile:3 "); ok {
			return text
		}
	}
	return ""
}

func hasStart(s, start string) bool { return strings.HasPrefix(s, start) }
