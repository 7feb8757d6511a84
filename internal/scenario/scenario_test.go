package scenario_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/whybust/whybust/internal/scenario"
)

const full = `# A comment.
reason: every directive at once
args: --target app --build-arg A=1 --build-arg 'B=two words' --add-host h:1.2.3.4 --no-git-dir
before-args: --build-arg=A=0 -f x/Dockerfile
after-args: --platform linux/arm64 --ulimit nofile=1:2 --network none --shm-size 64m
context: sub/
chmod: new 755 sub/run.sh
link: both sub/l ../target
mkdir: old sub/empty
write: new sub/crlf "a\r\n\u00e9"
tar: both sub/a.tar a=1 d/ 'b c=2'
remove: new sub/gone
repeat: both 2 many/
config: alpine {"Env":["A=b"],"WorkingDir":"/w","OnBuild":["RUN x"]}
buildkit: v0.34.2

-- both/sub/run.sh --
echo
-- both/sub/gone --
-- old/f --
old
-- new/f --
new
-- want --
hit     [app 1/2] WORKDIR /w
may-hit [app 2/2] COPY . .
-       [1/1] FROM x

-- causes --
2/2 of app: file modified run.sh
1/1: parent
`

func TestParse(t *testing.T) {
	got, err := scenario.Parse("dir/full.txtar", []byte(full))
	if err != nil {
		t.Fatal(err)
	}
	tarball := got.Old.Tree["sub/a.tar"]
	both := scenario.Tree{
		"sub/a.tar":  tarball,
		"sub/l":      {Mode: fs.ModeSymlink | 0o777, Link: "../target"},
		"many/f0000": {Mode: 0o644, Data: []byte("f0000\n")},
		"many/f0001": {Mode: 0o644, Data: []byte("f0001\n")},
	}
	with := func(more scenario.Tree) scenario.Tree {
		for name, e := range both {
			more[name] = e
		}
		return more
	}
	want := &scenario.Scenario{
		Name:    "full",
		Reason:  "every directive at once",
		Context: "sub",
		Old: scenario.Side{
			Build: scenario.Build{
				File: "x/Dockerfile", Target: "app", AddHosts: []string{"h:1.2.3.4"},
				BuildArgs: map[string]string{"A": "0", "B": "two words"},
			},
			Tree: with(scenario.Tree{
				"sub/run.sh": {Mode: 0o644, Data: []byte("echo\n")},
				"sub/gone":   {Mode: 0o644},
				"sub/empty":  {Mode: fs.ModeDir | 0o755},
				"f":          {Mode: 0o644, Data: []byte("old\n")},
			}),
		},
		New: scenario.Side{
			Build: scenario.Build{
				Target: "app", Platform: "linux/arm64", AddHosts: []string{"h:1.2.3.4"},
				BuildArgs: map[string]string{"A": "1", "B": "two words"},
				Network:   "none", ShmSize: "64m", Ulimits: []string{"nofile=1:2"},
			},
			Tree: with(scenario.Tree{
				"sub/run.sh": {Mode: 0o755, Data: []byte("echo\n")},
				"sub/crlf":   {Mode: 0o644, Data: []byte("a\r\né")},
				"f":          {Mode: 0o644, Data: []byte("new\n")},
			}),
		},
		Images: map[string]scenario.ImageConfig{
			"alpine": {Env: []string{"A=b"}, WorkingDir: "/w", OnBuild: []string{"RUN x"}},
		},
		Want: []scenario.Step{
			{Status: "hit", Name: "[app 1/2] WORKDIR /w"},
			{Status: "may-hit", Name: "[app 2/2] COPY . ."},
			{Status: scenario.Unseen, Name: "[1/1] FROM x"},
		},
		BuildKit: "v0.34.2",
		Causes: []scenario.Cause{
			{Stage: "app", Step: 2, Of: 2, Text: "file modified run.sh"},
			{Step: 1, Of: 1, Text: "parent"},
		},
	}
	opts := []cmp.Option{cmpopts.IgnoreUnexported(scenario.Scenario{}), cmpopts.EquateEmpty()}
	if diff := cmp.Diff(want, got, opts...); diff != "" {
		t.Errorf("Parse (-want +got):\n%s", diff)
	}
}

func TestParseErrors(t *testing.T) {
	tests := []struct {
		reason string
		text   string
		line   int
	}{
		{"no reason", "args: --target x\n", 1},
		{"two reasons", "reason: a\nreason: b\n", 2},
		{"unknown directive", "reason: a\nreeson: b\n", 2},
		{"no directive", "reason: a\nplain\n", 2},
		{"unknown flag", "reason: a\nargs: --frob x\n", 2},
		{"flag without value", "reason: a\nargs: --target\n", 2},
		{"operand", "reason: a\nargs: x\n", 2},
		{"open quote", "reason: a\nargs: --target 'x\n", 2},
		{"build-arg without value", "reason: a\nargs: --build-arg X\n", 2},
		{"unknown side", "reason: a\nmkdir: left d\n", 2},
		{"outside", "reason: a\nmkdir: both ../d\n", 2},
		{"absolute", "reason: a\nmkdir: both /d\n", 2},
		{"context outside", "reason: a\ncontext: ../x\n", 2},
		{"mode", "reason: a\nchmod: both 888 f\n-- both/f --\n", 2},
		{"chmod of nothing", "reason: a\nchmod: both 755 f\n-- old/f --\n", 2},
		{"remove of nothing", "reason: a\n\nremove: old f\n-- new/f --\n", 3},
		{"remove both", "reason: a\nremove: both f\n-- both/f --\n", 2},
		{"words", "reason: a\nlink: both f\n", 2},
		{"write", "reason: a\nwrite: both f x\n", 2},
		{"tar member", "reason: a\ntar: both f x\n", 2},
		{"repeat", "reason: a\nrepeat: both 0 d/\n", 2},
		{"causes", "reason: a\ncauses: on\n", 2},
		{"config", "reason: a\nconfig: x {\"Envv\":[]}\n", 2},
		{"config twice", "reason: a\nconfig: x {}\nconfig: x {}\n", 3},
		{"stray file", "reason: a\n-- both/a --\nx\n-- f --\n", 4},
		{"file twice", "reason: a\n-- both/a --\nx\n-- both/a --\n", 4},
		{"file and directive", "reason: a\nmkdir: both a\n-- both/a --\n", 3},
		{"below a file", "reason: a\n-- both/a --\nx\n-- new/a/b --\n", 4},
		{"want twice", "reason: a\n-- want --\n-- want --\n", 3},
		{"status", "reason: a\n-- want --\nhits [1/1] RUN x\n", 3},
		{"step name", "reason: a\n-- want --\nhit RUN x\n", 3},
		{"cause", "reason: a\n-- causes --\n1: file\n", 3},
		{"cause count", "reason: a\n-- causes --\n3/2: file\n", 3},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			_, err := scenario.Parse("x.txtar", []byte(tt.text))
			var at *scenario.Error
			if !errors.As(err, &at) {
				t.Fatalf("Parse gave %v, want an *Error", err)
			}
			if at.Line != tt.line {
				t.Errorf("%v: line %d, want %d", err, at.Line, tt.line)
			}
		})
	}
}

func TestFormat(t *testing.T) {
	tests := []struct {
		reason     string
		text, want string
	}{
		{"in place",
			"reason: a\nbuildkit: v1\n# c\n-- want --\nmiss [1/1] RUN y\n-- both/f --\nx",
			"reason: a\nbuildkit: v2\n# c\n-- want --\nhit     [1/1] RUN x\n-- both/f --\nx"},
		{"added",
			"reason: a\n\n-- both/f --\nx\n",
			"reason: a\nbuildkit: v2\n\n-- both/f --\nx\n-- want --\nhit     [1/1] RUN x\n"},
		{"before causes, no end of line",
			"reason: a\n-- causes --\n1/1: file",
			"reason: a\nbuildkit: v2\n-- want --\nhit     [1/1] RUN x\n-- causes --\n1/1: file"},
		{"no end of line",
			"reason: a\n-- both/f --\nx",
			"reason: a\nbuildkit: v2\n-- both/f --\nx\n-- want --\nhit     [1/1] RUN x\n"},
		{"directives alone", "reason: a", "reason: a\nbuildkit: v2\n-- want --\nhit     [1/1] RUN x\n"},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			s, err := scenario.Parse("x.txtar", []byte(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			s.BuildKit, s.Want = "v2", []scenario.Step{{Status: "hit", Name: "[1/1] RUN x"}}
			if diff := cmp.Diff(tt.want, string(s.Format())); diff != "" {
				t.Errorf("Format (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWriteTo(t *testing.T) {
	s, err := scenario.Parse("full.txtar", []byte(full))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := s.New.Tree.WriteTo(dir); err != nil {
		t.Fatal(err)
	}
	want, got := list(t, s.New.Tree.FS()), list(t, os.DirFS(dir))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the disk differs from the fs.FS (-fs +disk):\n%s", diff)
	}
	if mode := got["sub/run.sh"]; !strings.HasPrefix(mode, "-rwxr-xr-x") {
		t.Errorf("sub/run.sh is %s", mode)
	}
	if _, err := os.Readlink(filepath.Join(dir, "sub/l")); err != nil {
		t.Error(err)
	}
}

// list gives every path's mode with its content.
func list(t *testing.T, fsys fs.FS) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == "." {
			return err
		}
		info, err := fs.Lstat(fsys, name)
		if err != nil {
			return err
		}
		var content []byte
		switch {
		case info.Mode().IsRegular():
			content, err = fs.ReadFile(fsys, name)
		case info.Mode().Type() == fs.ModeSymlink:
			var link string
			link, err = fs.ReadLink(fsys, name)
			content = []byte(link)
		}
		all[name] = info.Mode().String() + " " + string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// FuzzParse checks that Parse never panics, that Format without a change
// returns the very text, and that a changed record reads back as it was set.
func FuzzParse(f *testing.F) {
	f.Add([]byte(full))
	f.Add([]byte("reason: a\n-- want --\n-- causes --\n"))
	f.Add([]byte("reason: a\r\nbuildkit: x\r\n-- both/a --\r\nb"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := scenario.Parse("f.txtar", data)
		if err != nil {
			return
		}
		if got := s.Format(); string(got) != string(data) {
			t.Fatalf("Format without a change: %q, want %q", got, data)
		}
		s.BuildKit, s.Want = "v9", []scenario.Step{{Status: "miss", Name: "[1/1] RUN fuzz"}}
		again, err := scenario.Parse("f.txtar", s.Format())
		if err != nil {
			t.Fatalf("Parse of Format: %v\n%q", err, s.Format())
		}
		opts := []cmp.Option{cmpopts.IgnoreUnexported(scenario.Scenario{}), cmpopts.EquateEmpty()}
		if diff := cmp.Diff(s, again, opts...); diff != "" {
			t.Fatalf("Parse of Format (-set +read):\n%s", diff)
		}
	})
}
