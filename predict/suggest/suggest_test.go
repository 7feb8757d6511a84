package suggest_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/whybust/whybust/internal/gittest"
	"github.com/whybust/whybust/predict"
	"github.com/whybust/whybust/predict/suggest"
	"github.com/whybust/whybust/predict/timings"
)

var update = flag.Bool("update", false, "rewrite testdata")

// suggestTest is a change of a project. The suggestions for it stand in testdata.
type suggestTest struct {
	reason string
	// project is an archive; change replaces and adds files.
	project, change  string
	oldArgs, newArgs map[string]string
	timings          string // a plain log
	many             int    // further files of the context
}

// repository makes the two states as commits, HEAD~1 and HEAD.
func (tt *suggestTest) repository(t *testing.T) (dir string, git gittest.Git) {
	t.Helper()
	dir, git = gittest.Init(t)
	for i := range tt.many {
		tt.project += fmt.Sprintf("-- many/%d --\n", i)
	}
	for _, archive := range []string{tt.project, tt.change} {
		for _, f := range txtar.Parse([]byte(archive)).Files {
			data := bytes.ReplaceAll(f.Data, []byte("<CR>"), []byte("\r"))
			if i := bytes.Index(data, []byte("<EOF>")); i >= 0 {
				data = data[:i]
			}
			gittest.Write(t, dir, map[string]string{f.Name: string(data)})
		}
		gittest.Commit(t, dir, "x", nil)
	}
	return dir, git
}

func (tt *suggestTest) request(t *testing.T, dir string) *predict.Request {
	t.Helper()
	r := &predict.Request{
		Dir: dir, NoGitDir: true,
		Before: predict.Side{Revision: "HEAD~1", BuildArgs: tt.oldArgs}, After: predict.Side{Revision: "HEAD", BuildArgs: tt.newArgs},
	}
	if tt.timings != "" {
		var err error
		if r.Timings, err = timings.Read("log", strings.NewReader(tt.timings)); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// render writes suggestions as the tests want them.
func render(list []predict.Suggestion) string {
	var b strings.Builder
	for _, s := range list {
		fmt.Fprintf(&b, "%s: %s\n", s.Kind, s.Text)
		if s.Missing != "" {
			fmt.Fprintf(&b, "  missing: %s\n", s.Missing)
			continue
		}
		for _, line := range strings.Split(strings.TrimSuffix(s.Diff, "\n"), "\n") {
			if !strings.HasPrefix(line, "diff ") && !strings.HasPrefix(line, "--- ") {
				fmt.Fprintf(&b, "  %s\n", strings.ReplaceAll(line, "\r", "<CR>"))
			}
		}
		fmt.Fprintf(&b, "  rebuilt %d, with it %d %s\n", s.Saves.Rebuilt, s.Saves.RebuiltWith, s.Saves.When)
		for _, name := range s.Saves.Cached {
			fmt.Fprintf(&b, "  cached: %s\n", name)
		}
		if s.Saves.Time != nil {
			fmt.Fprintf(&b, "  time: %d ms\n", *s.Saves.Time)
		}
		for _, d := range s.DependsOn {
			fmt.Fprintf(&b, "  depends: %s\n", d)
		}
	}
	return strings.ReplaceAll(b.String(), " \n", "\n")
}

func testSuggestions(t *testing.T, tests []suggestTest) {
	t.Helper()
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			dir, git := tt.repository(t)
			r := tt.request(t, dir)
			list, err := suggest.For(context.Background(), r, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join("testdata", strings.ReplaceAll(t.Name(), "/", "-")+".golden")
			if *update {
				if err := os.WriteFile(golden, []byte(render(list)), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), render(list)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			for _, s := range list {
				checkDiff(t, dir, git, &s)
			}
		})
	}
}

// checkDiff has git itself apply a diff, and compares what comes out.
func checkDiff(t *testing.T, dir string, git func(...string) string, s *predict.Suggestion) {
	t.Helper()
	if s.Diff == "" {
		return
	}
	patch := filepath.Join(t.TempDir(), "patch")
	if err := os.WriteFile(patch, []byte(s.Diff), 0o666); err != nil {
		t.Fatal(err)
	}
	git("apply", "--whitespace=nowarn", patch)
	for _, name := range slices.Sorted(maps.Keys(s.After)) {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(s.After[name]), string(data)); diff != "" {
			t.Errorf("%s: what git made of the diff (-want +got)\n%s", s.Kind, diff)
		}
	}
	git("checkout", "-q", "-f", "HEAD")
	git("clean", "-fdq")
}
