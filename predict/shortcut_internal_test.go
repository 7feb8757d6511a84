package predict

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/internal/leftover"
	"github.com/whybust/whybust/predict/timings"
)

// randomFile is a file of a random history. An empty mode is none.
type randomFile struct{ mode, content string }

// randomHistory writes histories for git fast-import in which everything happens, mostly to what files hold.
type randomHistory struct {
	*rand.Rand
	out     bytes.Buffer
	tree    map[string]randomFile
	commits int
}

var randomDockerfiles = []string{
	"FROM alpine:3.20\nCOPY . .\nRUN make\n",
	"FROM alpine:3.20 AS build\nWORKDIR /src\nCOPY go.* ./\nRUN fetch\nCOPY . .\nRUN make\nFROM alpine:3.20\nWORKDIR /src\nCOPY docs /docs\nCOPY --from=build /src/out /out\nRUN --mount=type=bind,source=lib,target=/lib --mount=type=bind,source=go.mod,target=/m ls\n",
	"FROM scratch AS files\nCOPY lib /lib\nFROM alpine:3.20\nCOPY --from=files /lib/a /a\nRUN x\nCOPY --exclude=*.md docs /docs\nADD lib/*/[ab]* /lib/\nRUN y\n",
	"# syntax=docker/dockerfile:1-labs\nFROM alpine:3.20\nCOPY --parents lib/./*/b docs/* /p/\nRUN x\nCOPY link /l\nCOPY lib/a docs/a.md /both/\nRUN --mount=type=bind,target=/ctx y\n",
	"FROM alpine:3.20\nCOPY lib/a /x\nRUN x\nFROM alpine:3.20\nCOPY docs/a.md /x\nCOPY --from=0 /x /y\nCOPY lib /x\nRUN y\n",
	"FROM alpine:3.20\nCOPY --link lib/sub /x\nCOPY --link go.mod .git* /y/\nENV A=b\nRUN --mount=type=secret,id=s x\nCOPY lib/sub/deep /d\nONBUILD RUN z\n",
	"FROM base AS b\nCOPY lib $DIR/\nFROM b\nRUN x\nCOPY docs /d\n",
}

var randomIgnores = []string{"", "*.md\n.git\n", "**\n!lib\nlib/sub\n!lib/sub/b\n!docs/*.md\n", "docs/a*\nlink\n**/deep\n", ".git/*\n**/b\n"}

var randomNames = []string{
	"lib/a", "lib/b", "lib/sub/a", "lib/sub/b", "lib/sub/deep/b", "lib/other/b", "docs/a.md", "docs/a-b.md", "docs/b", "go.mod", "go.sum", "main.go",
	"lib/sub.d/x", "docs/sub/c.md", "app/lib/a", "app/go.mod",
}

func (r *randomHistory) set(name string, f randomFile) {
	for other := range r.tree {
		if strings.HasPrefix(other, name+"/") || strings.HasPrefix(name, other+"/") {
			delete(r.tree, other)
		}
	}
	r.tree[name] = f
}

func (r *randomHistory) name() string { return randomNames[r.IntN(len(randomNames))] }

func (r *randomHistory) content() string { return fmt.Sprint(r.IntN(4)) }

// change makes one change.
func (r *randomHistory) change() {
	name := r.name()
	f, there := r.tree[name]
	switch n := r.IntN(100); {
	case n < 75 && there:
		r.tree[name] = randomFile{f.mode, r.content()}
		if f.mode == "120000" {
			r.tree[name] = randomFile{f.mode, r.name()}
		}
	case n < 80:
		r.set(name, randomFile{"100644", r.content()})
	case n < 85:
		delete(r.tree, name)
	case n < 88:
		r.set(name, randomFile{"100755", r.content()})
	case n < 90:
		r.set(name, randomFile{"120000", "../" + r.name()})
	case n < 91:
		r.set("link", randomFile{"120000", r.name()})
	case n < 93:
		r.set("Dockerfile", randomFile{"100644", randomDockerfiles[r.IntN(len(randomDockerfiles))]})
	case n < 94:
		r.set("Dockerfile", randomFile{"100644", "FORM nothing\n"})
	case n < 95:
		r.set(".dockerignore", randomFile{"100644", randomIgnores[r.IntN(len(randomIgnores))]})
	case n < 96:
		r.set(strings.Repeat("lib/", r.IntN(2))+".gitattributes", randomFile{"100644", r.name() + " eol=crlf\n"})
	case n < 97:
		r.set("lib/"+[]string{"sub", "other", "module"}[r.IntN(3)], randomFile{"160000", strings.Repeat(fmt.Sprint(1+r.IntN(2)), 40)})
	}
}

// commit writes a commit with the tree as it is.
func (r *randomHistory) commit() {
	r.commits++
	fmt.Fprintf(&r.out, "commit refs/heads/main\ncommitter a <a@b> %d +0000\ndata 0\ndeleteall\n", r.commits)
	for _, name := range slices.Sorted(maps.Keys(r.tree)) {
		if f := r.tree[name]; f.mode == "160000" {
			fmt.Fprintf(&r.out, "M %s %s %s\n", f.mode, f.content, name)
		} else {
			fmt.Fprintf(&r.out, "M %s inline %s\ndata %d\n%s\n", f.mode, name, len(f.content), f.content)
		}
	}
}

// repository makes the repository.
func (r *randomHistory) repository(t testing.TB, commits int) (dir string) {
	dir = t.TempDir()
	r.tree = map[string]randomFile{
		"Dockerfile": {"100644", randomDockerfiles[r.IntN(len(randomDockerfiles))]}, ".dockerignore": {"100644", randomIgnores[r.IntN(len(randomIgnores))]},
		"link": {"120000", "lib/sub"}, "app/Dockerfile": {"100644", "FROM alpine:3.20\nCOPY lib /lib\nRUN x\nCOPY . .\n"},
	}
	for _, name := range randomNames {
		r.tree[name] = randomFile{"100644", r.content()}
	}
	r.commit()
	for range commits {
		for range r.IntN(4) {
			r.change()
		}
		r.commit()
	}
	for _, args := range [][]string{{"init", "-q", "-b", "main"}, {"fast-import", "--quiet"}} {
		cmd := exec.Command("git", args...)
		cmd.Dir = dir
		if args[0] == "fast-import" {
			cmd.Stdin = &r.out
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v: %s", args, err, out)
		}
	}
	return dir
}

// replayTwice predicts a history with short cuts and without, and compares. It returns how many builds had one.
func replayTwice(t testing.TB, r *HistoryRequest) (short, all int) {
	t.Helper()
	var plain []*HistoryBuild
	whole := *r
	whole.Limits.Work = defaultWork
	for b, err := range History(t.Context(), &whole) {
		if err != nil {
			t.Fatal(err)
		}
		plain = append(plain, b)
	}
	h, err := openHistory(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	defer h.repo.Close()
	history := &replayedHistories{source: h.source, targets: []*replayedHistory{h}}
	tip, err := h.repo.Resolve(t.Context(), "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	for e, err := range h.repo.Log(t.Context(), tip, buildcontext.LogOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		builds, err := history.builds(t.Context(), e)
		if err != nil {
			t.Fatal(err)
		}
		got := builds[0]
		if h.shortcut != nil && h.shortcut.skipped != nil {
			short++
		}
		text := cmp.Transformer("text", func(err error) string { return fmt.Sprint(err) })
		if diff := cmp.Diff(plain[all], got, cmpopts.EquateEmpty(), cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Err" }, text)); diff != "" {
			t.Errorf("build %d, %s (-whole +short):\n%s", all, e.ID, diff)
		}
		all++
	}
	return short, all
}

// randomRequest is one of several ways to build.
func randomRequest(n int) *HistoryRequest {
	return []*HistoryRequest{
		{}, {CacheMode: CacheMin}, {Context: "app"}, {NoGitDir: true, CacheMode: CacheMax}, {Timings: &timings.Durations{}},
		{Side: Side{Inline: "FROM alpine:3.20\nCOPY lib/sub* /l/\nRUN x\nADD docs /d\n"}}, {CacheMode: CacheInline, Side: Side{Target: "0"}},
	}[n%7]
}

// TestShortcuts compares histories with short cuts and without, over random repositories.
func TestShortcuts(t *testing.T) {
	leftover.Check(t)
	t.Setenv("GIT_CONFIG_GLOBAL", "/dev/null")
	short, all := 0, 0
	for seed := range 28 {
		h := &randomHistory{Rand: rand.New(rand.NewPCG(1, uint64(seed)))}
		r := randomRequest(seed)
		r.Dir = h.repository(t, 60)

		s, n := replayTwice(t, r)
		short, all = short+s, all+n
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	t.Logf("%d of %d builds had a short cut", short, all)
	if short < all/5 {
		t.Errorf("%d of %d builds had a short cut", short, all)
	}
}
