package predict_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/internal/leftover"
	"github.com/whybust/whybust/predict"
)

// branched makes a repository with the commits m0, m1, m2 on main; topic with t1 from m2; feature with f1 and f2 from m1, f3, which
// merges m2, and f4. On merged both were merged.
func branched(t *testing.T) (dir string, git func(args ...string) string) {
	t.Helper()
	leftover.Check(t)
	t.Setenv("HOME", t.TempDir())
	dir, git = newRepository(t)
	commit := func(subject, name, content string) {
		writeFile(t, dir, name, content)
		git("add", "-A")
		git("commit", "-qm", subject)
	}
	const dockerfile = "FROM alpine:3.20\nCOPY go.mod ./\nRUN fetch\nCOPY . .\nRUN make\n"
	writeFile(t, dir, "Dockerfile", dockerfile)
	writeFile(t, dir, ".dockerignore", "Dockerfile\n.git\n*.md\n")
	writeFile(t, dir, "go.mod", "0")
	commit("m0", "main.go", "0")
	commit("m1", "go.mod", "1")
	git("checkout", "-qb", "feature")
	commit("f1", "main.go", "1")
	commit("f2", "README.md", "1")
	git("checkout", "-q", "main")
	commit("m2", "go.mod", "2")
	git("checkout", "-qb", "topic")
	commit("t1", "lib", "1")
	git("checkout", "-q", "feature")
	git("merge", "-q", "--no-ff", "-m", "f3", "main")
	commit("f4", "main.go", "0")
	git("checkout", "-qb", "merged", "main")
	git("merge", "-q", "--no-ff", "-m", "m3", "topic")
	git("merge", "-q", "--no-ff", "-m", "m4", "feature")
	return dir, git
}

// foundCaches writes for each build of a history which commits were in its cache, by their subjects.
func foundCaches(t *testing.T, r *predict.HistoryRequest, git func(...string) string) (lines []string) {
	t.Helper()
	for _, b := range builds(t, r) {
		line := b.Subject + ":"
		for _, c := range b.Cached {
			line += " " + git("log", "-1", "--format=%s", c)
		}
		if b.Err == nil && (b.Prediction == nil) != (len(b.Cached) == 0) {
			t.Errorf("%s: found %q, prediction %v", b.Subject, b.Cached, b.Prediction)
		}
		if b.Err != nil {
			line += " cannot be built"
		}
		lines = append(lines, line)
	}
	return lines
}

func TestPullRequestCaches(t *testing.T) {
	dir, git := branched(t)
	for _, tt := range []struct {
		reason string
		r      predict.HistoryRequest
		want   []string
	}{
		{"the merge base, and the build before", predict.HistoryRequest{},
			[]string{"f1: m1", "f2: f1 m1", "f3: f2 m2", "f4: f3 m2"}},
		{"two of each", predict.HistoryRequest{CacheSize: 2},
			[]string{"f1: m1 m0", "f2: f1 m1 m0", "f3: f2 f1 m2 m1", "f4: f3 f2 m2 m1"}},
		{"the newest, with what was built before them", predict.HistoryRequest{Limit: 2}, []string{"f3: f2 m2", "f4: f3 m2"}},
		{"the newest, which is no merge", predict.HistoryRequest{Limit: 1, CacheSize: 2}, []string{"f4: f3 f2 m2 m1"}},
		{"as many as there are", predict.HistoryRequest{Limit: 4}, []string{"f1: m1", "f2: f1 m1", "f3: f2 m2", "f4: f3 m2"}},
		{"another branch", predict.HistoryRequest{Side: predict.Side{Revision: "topic"}}, []string{"t1: m2"}},
		{"main as a pull request for another branch", predict.HistoryRequest{Side: predict.Side{Revision: "main"}, BranchCache: "feature~2"}, []string{"m2: m1"}},
		{"all that were merged", predict.HistoryRequest{Side: predict.Side{Revision: "merged"}, BranchCache: "merged"},
			[]string{"t1: m2", "f1: m1", "f2: f1 m1", "f3: f2 m2", "f4: f3 m2"}},
		{"all that were merged by then", predict.HistoryRequest{Side: predict.Side{Revision: "merged~1"}, BranchCache: "merged"}, []string{"t1: m2"}},
		{"the newest builds that were merged", predict.HistoryRequest{Side: predict.Side{Revision: "merged"}, BranchCache: "merged", Limit: 3},
			[]string{"f2: f1 m1", "f3: f2 m2", "f4: f3 m2"}},
		{"one more than the newest pull request has", predict.HistoryRequest{Side: predict.Side{Revision: "merged"}, BranchCache: "merged", Limit: 5},
			[]string{"t1: m2", "f1: m1", "f2: f1 m1", "f3: f2 m2", "f4: f3 m2"}},
	} {
		tt.r.Dir = dir
		if tt.r.Revision == "" {
			tt.r.Revision = "feature"
		}
		if tt.r.BranchCache == "" {
			tt.r.BranchCache = "main"
		}
		if diff := cmp.Diff(tt.want, foundCaches(t, &tt.r, git)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.reason, diff)
		}
	}
}

// TestPullRequestIsRun compares each prediction with that which predict.Run makes with this cache.
func TestPullRequestIsRun(t *testing.T) {
	dir, _ := branched(t)
	for _, h := range []predict.HistoryRequest{
		{Dir: attributedHistory(t), BranchCache: "HEAD~18", CacheSize: 2},
		{Side: predict.Side{Revision: "feature"}, BranchCache: "main"},
		{Side: predict.Side{Revision: "merged"}, BranchCache: "merged", CacheSize: 2, CacheMode: predict.CacheMax},
		{Side: predict.Side{Revision: "feature", BuildArgs: map[string]string{"SHA": "{commit}"}}, BranchCache: "main", CacheMode: predict.CacheMin},
	} {
		h.Dir = orDir(h.Dir, dir)
		misses := 0
		for _, b := range builds(t, &h) {
			at := func(commit string) predict.Side {
				s := h.Side
				s.Revision = commit
				return s
			}
			if b.Err != nil {
				continue
			}
			r := &predict.Request{Dir: h.Dir, Before: at(b.Cached[0]), After: at(b.Commit), CacheMode: h.CacheMode}
			for _, c := range b.Cached[1:] {
				r.Cached = append(r.Cached, at(c))
			}
			want, err := predict.Run(t.Context(), r)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, b.Prediction, cmpopts.IgnoreFields(predict.Prediction{}, "Hints", "Before", "Cached")); diff != "" {
				t.Errorf("%s (-Run +History):\n%s", b.Subject, diff)
			}
			if b.Prediction.Verdict == predict.Miss {
				misses++
			}
		}
		if misses < 2 {
			t.Errorf("%d builds miss a step", misses)
		}
	}
}

func orDir(dir, or string) string {
	if dir == "" {
		return or
	}
	return dir
}

// TestPullRequestUnbuildable: what cannot be built left nothing, so that the builds before it are found.
func TestPullRequestUnbuildable(t *testing.T) {
	dir, git := branched(t)
	git("checkout", "-q", "main")
	writeFile(t, dir, "Dockerfile", "FORM alpine\n")
	git("commit", "-qam", "m5")
	git("checkout", "-qb", "broken")
	writeFile(t, dir, "Dockerfile", "FROM alpine:3.20\nCOPY . .\n")
	git("commit", "-qam", "b1")
	writeFile(t, dir, "Dockerfile", "FORM alpine\n")
	git("commit", "-qam", "b2")
	writeFile(t, dir, "Dockerfile", "FROM alpine:3.20\nCOPY . .\n")
	git("commit", "-qam", "b3")
	r := &predict.HistoryRequest{Dir: dir, Side: predict.Side{Revision: "broken"}, BranchCache: "main"}
	if diff := cmp.Diff([]string{"b1: m2", "b2: b1 m2 cannot be built", "b3: b1 m2"}, foundCaches(t, r, git)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	r.Limit = 1
	if diff := cmp.Diff([]string{"b3: b1 m2"}, foundCaches(t, r, git)); diff != "" {
		t.Errorf("the newest (-want +got):\n%s", diff)
	}
	r.Limit, r.File = 0, "lib/Dockerfile"
	git("checkout", "-qb", "new")
	writeFile(t, dir, "lib/Dockerfile", "FROM alpine:3.20\nRUN make\n")
	git("add", "-A")
	git("commit", "-qm", "n1")
	git("commit", "-q", "--allow-empty", "-m", "n2")
	r.Revision = "new"
	if got := foundCaches(t, r, git); cmp.Diff([]string{"n1:", "n2: n1"}, got[len(got)-2:]) != "" {
		t.Errorf("a Dockerfile that is new on the branch: %q", got)
	}
}

// TestPullRequestWhatIf: a change is laid over the builds of the branch too.
func TestPullRequestWhatIf(t *testing.T) {
	dir, _ := branched(t)
	r := &predict.HistoryRequest{Dir: dir, Side: predict.Side{Revision: "feature"}, BranchCache: "main", WhatIf: []predict.WhatIf{
		func(*predict.WhatIfSource) (map[string][]byte, error) {
			return map[string][]byte{"Dockerfile": []byte("FROM alpine:3.20\nCOPY go.mod ./\nRUN fetch all\n")}, nil
		},
	}}
	first := builds(t, r)[0]
	if v, with := first.Prediction.Verdict, first.With[0].Prediction; v != predict.Miss || with == nil || with.Verdict != predict.Hit {
		t.Errorf("f1: %v, with the change %+v; want a miss and a hit", v, with)
	}
}

func TestPullRequestErrors(t *testing.T) {
	dir, git := branched(t)
	git("checkout", "-q", "--orphan", "unrelated")
	git("commit", "-qm", "u0")
	git("clone", "-q", "--no-local", "--depth=1", "--no-single-branch", "file://"+dir, "shallow")
	for _, tt := range []struct {
		reason, in, rev, branch, want string
	}{
		{"no such branch", ".", "feature", "nowhere", `revision "nowhere": no such revision`},
		{"an option", ".", "feature", "--all", `revision "--all": no such revision`},
		{"no merge base", ".", "unrelated", "main", "have no common ancestor"},
		{"a shallow clone", "shallow", "origin/feature", "origin/main", "in this shallow clone: fetch more of the history (git fetch --unshallow; with actions/checkout, fetch-depth: 0)"},
		{"nothing merged", ".", "main", "main", "main has no commit that main has not, and no merged pull request"},
		{"a branch that was merged", ".", "feature", "merged", "feature has no commit that merged has not: it was merged"},
	} {
		var last error
		for _, err := range predict.History(t.Context(), &predict.HistoryRequest{Dir: dir + "/" + tt.in, Side: predict.Side{Revision: tt.rev}, BranchCache: tt.branch}) {
			last = err
		}
		if last == nil || !strings.Contains(last.Error(), tt.want) || strings.Contains(last.Error(), "\n") {
			t.Errorf("%s: %v, want %q", tt.reason, last, tt.want)
		}
		var revision *buildcontext.RevisionError
		if tt.branch == "nowhere" && !errors.As(last, &revision) {
			t.Errorf("%s: %T", tt.reason, last)
		}
	}
}
