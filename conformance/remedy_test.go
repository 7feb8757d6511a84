package conformance_test

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/whybust/whybust/conformance/judge"
	"github.com/whybust/whybust/internal/gittest"
	"github.com/whybust/whybust/internal/scenario"
	"github.com/whybust/whybust/predict"
	"github.com/whybust/whybust/predict/suggest"
)

// remedyTest is a change, and the kind of suggestion that is to be built.
type remedyTest struct {
	kind            string
	project, change string
	oldArgs         map[string]string
	newArgs         map[string]string
	digest          string
}

const npm = "-- package.json --\n{}\n-- package-lock.json --\n{}\n-- src/index.js --\n1\n"

var remedyTests = []remedyTest{
	{kind: "ignore-file", project: "-- Dockerfile --\nFROM x:1\nCOPY . /app\nRUN make\n-- README.md --\n1\n-- main.c --\n", change: "-- README.md --\n2\n"},
	{
		kind:    "heavy-directory",
		project: "-- Dockerfile --\nFROM x:1\nCOPY . /app\nRUN npm ci\n-- .dockerignore --\n*.log\n-- package.json --\n-- node_modules/a/x.js --\n1\n",
		change:  "-- node_modules/a/x.js --\n2\n",
	},
	{kind: "copy-too-early", project: "-- Dockerfile --\nFROM node:20\nWORKDIR /app\nCOPY . .\nRUN npm ci\nRUN npm run build\n" + npm, change: "-- src/index.js --\n2\n"},
	{
		kind:    "copy-too-early",
		project: "-- Dockerfile --\nFROM node:20 AS b\nCOPY --chown=7:8 . /srv\nWORKDIR /srv\nRUN npm ci && \\\n  # build\n  npm run build\nFROM b\nRUN x\n" + npm,
		change:  "-- src/index.js --\n2\n",
	},
	{
		kind:    "copy-too-early",
		project: "-- Dockerfile --\nFROM golang:1\nWORKDIR /src\nCOPY . .\nRUN go build -o /x .\n-- go.mod --\nmodule x\n-- go.sum --\n-- main.go --\n1\n",
		change:  "-- main.go --\n2\n",
	},
	{
		kind:    "volatile-arg",
		project: "-- Dockerfile --\nFROM x:1\nARG SHA\nENV REVISION=$SHA\nRUN make\nWORKDIR /a\nCOPY Dockerfile .\nLABEL sha=$REVISION\n",
		oldArgs: map[string]string{"SHA": "0123456789abcdef0123456789abcdef01234567"}, newArgs: map[string]string{"SHA": "123456789abcdef0123456789abcdef012345678"},
	},
	{
		kind:    predict.RemedyLateVariable,
		project: "-- Dockerfile --\nFROM x:1\nENV VERSION=1\nRUN apt-get install make\nRUN get $VERSION\n",
		change:  "-- Dockerfile --\nFROM x:1\nENV VERSION=2\nRUN apt-get install make\nRUN get $VERSION\n",
	},
	{
		kind:    "instruction-text",
		project: "-- Dockerfile --\nFROM x:1\nRUN --network=none apt-get install -y make && \\\n    # build\n    make one\n",
		change:  "-- Dockerfile --\nFROM x:1\nRUN --network=none apt-get install -y make && \\\n    # build\n    make two\n",
	},
	{
		kind:    "unpinned-base",
		project: "-- Dockerfile --\nFROM node:20\nRUN a\nCOPY Dockerfile /\n", change: "-- Dockerfile --\nFROM node:22\nRUN a\nCOPY Dockerfile /\n",
		digest: "sha256:" + strings.Repeat("0123456789abcdef", 4),
	},
	{
		kind:    predict.RemedyCopyLink,
		project: "-- Dockerfile --\nFROM go:1 AS build\nRUN make\nFROM x:1\nCOPY --from=build /out/app /opt/bin/app\nCOPY conf /etc/app/\nCOPY conf d/\nRUN end\n-- conf --\n",
		change:  "-- Dockerfile --\nFROM go:1 AS build\nRUN make\nFROM x:2\nCOPY --from=build /out/app /opt/bin/app\nCOPY conf /etc/app/\nCOPY conf d/\nRUN end\n",
	},
	{
		kind: predict.RemedyBindMount,
		project: "-- Dockerfile --\nFROM go:1 AS build\nWORKDIR /src\nCOPY . .\nRUN make out=/out\nFROM scratch\nCOPY --from=build /out /\n-- main.c --\n1\n" +
			strings.Repeat("-- many/x --\n", 1) + manyFiles(),
		change: "-- main.c --\n2\n",
	},
}

func manyFiles() string {
	var b strings.Builder
	for i := range 220 {
		b.WriteString("-- many/" + strings.Repeat("f", 1+i) + " --\n")
	}
	return b.String()
}

// TestRemedies has BuildKit build what each kind of suggestion proposes: the steps that are said to be
// cached are, and the image holds the same files but for those that the patch is about.
func TestRemedies(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Fatal("the judge needs root")
	}
	ctx := context.Background()
	j, err := judge.New(ctx, judge.Options{Daemons: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	for _, tt := range remedyTests {
		t.Run(tt.kind, func(t *testing.T) { tt.test(ctx, t, j) })
	}
}

func (tt *remedyTest) test(ctx context.Context, t *testing.T, j *judge.Judge) {
	dir := t.TempDir()
	roots := tt.write(t, dir)
	r := &predict.Request{
		Dir: dir + "/repo", NoGitDir: true,
		Before: predict.Side{Revision: "HEAD~1", BuildArgs: tt.oldArgs}, After: predict.Side{Revision: "HEAD", BuildArgs: tt.newArgs},
	}
	list, err := suggest.For(ctx, r, nil, &suggest.Options{Digest: func(string) (string, bool) { return tt.digest, tt.digest != "" }})
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(list, func(s predict.Suggestion) bool { return s.Kind == tt.kind })
	if i < 0 {
		t.Fatalf("no such suggestion in %+v", list)
	}
	s := &list[i]
	if s.Patched == nil { // a pin: this build is not changed by it
		if s.Patched, err = predict.Run(ctx, patchedRequest(r, s)); err != nil {
			t.Fatal(err)
		}
		s.Saves.Cached = nil
	}
	side := func(root string, files map[string][]byte, args map[string]string) judge.Side {
		for name, data := range files {
			if err := os.WriteFile(filepath.Join(root, name), data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		return judge.Side{Root: root, Build: scenario.Build{BuildArgs: args}}
	}
	original := judge.Pair{New: side(roots[1], nil, tt.newArgs)}
	patched := judge.Pair{Old: side(roots[2], s.Before[0], tt.oldArgs), New: side(roots[3], s.After, tt.newArgs)}
	c, err := j.Claim(ctx, s, original, patched)
	if err != nil {
		t.Fatal(err)
	}
	if !c.Holds() {
		t.Errorf("%s%d of %d are cached: %+v", s.Diff, c.Confirmed, c.Claimed, c.Rows)
	}
	if c.FilesError != nil || len(c.Files) > 0 {
		t.Errorf("%sthe image holds other files: %v %q", s.Diff, c.FilesError, c.Files)
	}
}

func patchedRequest(r *predict.Request, s *predict.Suggestion) *predict.Request {
	patched := *r
	patched.Before.Replace, patched.After.Replace = s.Before[0], s.After
	return &patched
}

// write makes the repository, and both states twice as directories: as they are, and to be patched.
func (tt *remedyTest) write(t *testing.T, dir string) (roots []string) {
	t.Helper()
	files := map[string]string{}
	for _, archive := range []string{tt.project, tt.change} {
		for _, f := range txtar.Parse([]byte(archive)).Files {
			files[f.Name] = string(f.Data)
		}
		gittest.Write(t, dir+"/repo", files)
		if archive == tt.project {
			gittest.In(t, dir+"/repo")("init", "-q")
		}
		gittest.In(t, dir+"/repo")("add", "-A")
		gittest.In(t, dir+"/repo")("commit", "-q", "--allow-empty", "-m", "x")
		roots = append(roots, dir+"/state"+string(rune('0'+len(roots))))
		gittest.Write(t, roots[len(roots)-1], maps.Clone(files))
	}
	for _, rev := range []string{"HEAD~1", "HEAD"} {
		root := dir + "/patched-" + strings.ReplaceAll(rev, "~", "")
		if err := os.Mkdir(root, 0o755); err != nil {
			t.Fatal(err)
		}
		gittest.In(t, dir+"/repo")("--work-tree="+root, "checkout", "-q", "-f", rev, "--", ".")
		roots = append(roots, root)
	}
	return roots
}
