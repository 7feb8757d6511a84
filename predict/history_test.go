package predict_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/whybust/whybust/internal/leftover"
	"github.com/whybust/whybust/predict"
)

// builds collects a history.
func builds(t *testing.T, r *predict.HistoryRequest) (all []*predict.HistoryBuild) {
	t.Helper()
	for b, err := range predict.History(t.Context(), r) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b)
	}
	return all
}

// eventful makes a repository in whose history everything happens to a Dockerfile and its files that
// is of concern: a commit for each line.
func eventful(t *testing.T) (dir string) {
	t.Helper()
	leftover.Check(t)
	t.Setenv("HOME", t.TempDir())
	dir, git := newRepository(t)
	const two = "FROM alpine:3.20 AS build\nWORKDIR /src\nCOPY go.mod ./\nRUN fetch\nCOPY . .\nRUN make\n" +
		"FROM scratch\nCOPY --from=build /src/go.mod /\nCOPY --from=build /src/out /out\n"
	for n, files := range []map[string]string{
		{"Dockerfile": two, ".dockerignore": "Dockerfile\n.dockerignore\n.git\n*.md\n", "go.mod": "1", "main.go": "1"},
		{"main.go": "2"},
		{"README.md": "ignored"},
		{"go.mod": "2"},
		{"main.go": "1"}, // taken back
		{"Dockerfile": "FROM alpine:3.20 AS builder\nWORKDIR /src\nCOPY go.mod ./\nRUN fetch\nCOPY . .\nRUN make all\nFROM scratch\nCOPY --from=builder /src/out /out\n"},
		{"Dockerfile": "FORM alpine\n"},
		{"lib/a/b": "1", "main.go": "3"},
		{"Dockerfile": two},
		{".dockerignore": "Dockerfile\n.git\n"},
		{".dockerignore": "[\n"},
		{".dockerignore": "Dockerfile\n.git\nlib\n"},
		{"lib/a/b": "2"},
		{"lib/a/b": "3", "main.go": "4"},
	} {
		for name, content := range files {
			writeFile(t, dir, name, content)
		}
		git("add", "-A")
		git("commit", "-qm", fmt.Sprint(n))
	}
	git("commit", "-q", "--allow-empty", "-m", "empty")
	return dir
}

// TestHistoryIsRun compares each prediction of a history with that which predict.Run makes.
func TestHistoryIsRun(t *testing.T) {
	dir := eventful(t)
	for _, tt := range []struct {
		reason string
		r      predict.HistoryRequest
	}{
		{"the build before", predict.HistoryRequest{}},
		{"a target and an argument", predict.HistoryRequest{Side: predict.Side{BuildArgs: map[string]string{"SHA": "{commit}"}}, CacheMode: predict.CacheMax}},
		{"three builds before", predict.HistoryRequest{CacheSize: 3}},
		{"a cold runner", predict.HistoryRequest{CacheMode: predict.CacheMin}},
		{"a directory", predict.HistoryRequest{Context: "lib", Side: predict.Side{Inline: "FROM alpine:3.20\nCOPY a /a\nRUN make\n"}}},
		{"two imported caches of one content", predict.HistoryRequest{Context: "lib", NoGitDir: true, CacheSize: 2, CacheMode: predict.CacheMax, Side: predict.Side{
			Inline: "FROM alpine:3.20 AS s\nRUN make\nCOPY a /a\nRUN make a\nFROM alpine:3.20\nCOPY --from=s /out /out\nCOPY a /a\nRUN --mount=from=s,target=/s make\n",
		}}},
		{"a named context", predict.HistoryRequest{Context: "lib", NoGitDir: true, Side: predict.Side{
			Inline: "FROM alpine:3.20\nCOPY a /a\nCOPY --from=all main.go /\nRUN make\n", Contexts: map[string]string{"all": "."},
		}}},
		{"a platform, no .git", predict.HistoryRequest{Side: predict.Side{Platform: "linux/arm64", Inline: "FROM alpine:3.20\nCOPY . .\n"}, NoGitDir: true}},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			tt.r.Dir = dir
			checkAgainstRun(t, &tt.r)
		})
	}
}

func checkAgainstRun(t *testing.T, h *predict.HistoryRequest) {
	t.Helper()
	var cache []string // the commits whose builds are in it, the last one first
	compared := 0
	for _, b := range builds(t, h) {
		r := &predict.Request{Dir: h.Dir, Context: h.Context, NoGitDir: h.NoGitDir, CacheMode: h.CacheMode, Before: h.Side, After: h.Side}
		r.After.Revision, r.Before.Revision = b.Commit, b.Commit
		if len(cache) > 0 {
			r.Before.Revision = cache[0]
			for _, commit := range cache[1:] {
				s := h.Side
				s.Revision = commit
				r.Cached = append(r.Cached, s)
			}
		}
		want, err := predict.Run(t.Context(), r)
		if (err == nil) != (b.Err == nil) {
			t.Errorf("%s: error %v, want one like %v", b.Subject, b.Err, err)
		}
		if err != nil {
			continue
		}
		if len(cache) == 0 {
			if b.Prediction != nil {
				t.Errorf("%s: a prediction without a build before", b.Subject)
			}
		} else {
			compared++
			if diff := cmp.Diff(want, b.Prediction, cmpopts.IgnoreFields(predict.Prediction{}, "Hints", "Before", "Cached")); diff != "" {
				t.Errorf("%s (-Run +History):\n%s", b.Subject, diff)
			}
			if len(b.Prediction.Hints) > 0 || len(b.Pairs) != len(b.Prediction.Steps) {
				t.Errorf("%s: %d hints, %d pairs", b.Subject, len(b.Prediction.Hints), len(b.Pairs))
			}
		}
		cache = append([]string{b.Commit}, cache...)
		cache = cache[:min(len(cache), max(1, h.CacheSize))]
	}
	if compared < 6 {
		t.Errorf("only %d predictions", compared)
	}
}

func TestHistoryPairs(t *testing.T) {
	all := builds(t, &predict.HistoryRequest{Dir: eventful(t), Limit: 11})
	edited := all[2] // the stage was renamed, its RUN edited, and a COPY of the last stage dropped
	if edited.Subject != "5" {
		t.Fatalf("it is %q", edited.Subject)
	}
	// Both COPYs name the stage: the one that is left is taken for the first.
	if diff := cmp.Diff([]int{0, 1, 2, 3, 4, 5, 6}, edited.Pairs); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestHistoryLimits(t *testing.T) {
	dir := eventful(t)
	for _, tt := range []struct{ limit, want int }{{0, 15}, {1, 2}, {5, 6}, {100, 15}} {
		if all := builds(t, &predict.HistoryRequest{Dir: dir, Limit: tt.limit}); len(all) != tt.want || all[len(all)-1].Subject != "empty" {
			t.Errorf("limit %d: %d builds", tt.limit, len(all))
		}
	}
	last := builds(t, &predict.HistoryRequest{Dir: dir, Limit: 1})[1]
	if last.Prediction.Verdict != predict.Hit {
		t.Errorf("an empty commit: %v", last.Prediction.Verdict)
	}
	if one := builds(t, &predict.HistoryRequest{Dir: dir, Side: predict.Side{Revision: "HEAD~14"}}); len(one) != 1 || one[0].Prediction != nil || one[0].Err != nil {
		t.Errorf("of the root commit: %+v", one)
	}
}

// TestHistoryEnds: however it ends, no process is left (leftover looks).
func TestHistoryEnds(t *testing.T) {
	dir := eventful(t)
	for range predict.History(t.Context(), &predict.HistoryRequest{Dir: dir}) {
		break
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var last error
	n := 0
	for _, err := range predict.History(ctx, &predict.HistoryRequest{Dir: dir}) {
		if n++; n == 3 {
			cancel()
		}
		last = err
	}
	if !errors.Is(last, context.Canceled) || n > 4 {
		t.Errorf("after %d builds: %v, want Canceled", n, last)
	}
	for _, r := range []*predict.HistoryRequest{
		{Dir: dir, Side: predict.Side{Revision: "nowhere"}}, {Dir: dir + "/nowhere"}, {Dir: dir, Context: "../.."}, {Dir: dir, CacheMode: "moon"},
	} {
		var err error
		for _, err = range predict.History(t.Context(), r) {
			if err != nil {
				break
			}
		}
		if err == nil {
			t.Errorf("%+v: no error", r)
		}
	}
}
