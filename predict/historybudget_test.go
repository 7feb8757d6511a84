package predict_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/internal/leftover"
	"github.com/whybust/whybust/predict"
)

// TestHistoryBudget: a commit that takes more than the limits allow is one that has no prediction, and the next
// one is compared with those before.
func TestHistoryBudget(t *testing.T) {
	leftover.Check(t)
	t.Setenv("HOME", t.TempDir())
	dir, git := newRepository(t)
	writeFile(t, dir, "Dockerfile", "FROM alpine:3.20\nCOPY . .\nRUN make\n")
	writeFile(t, dir, ".dockerignore", ".git\n")
	commit := func(subject string) {
		git("add", "-A")
		git("commit", "-qm", subject)
	}
	commit("first")
	writeFile(t, dir, "a", "1")
	commit("a file")
	for i := range 600 {
		writeFile(t, dir, fmt.Sprintf("many/%d", i), "1")
	}
	commit("many files")
	git("rm", "-rq", "many")
	writeFile(t, dir, "a", "2")
	commit("none of them")
	writeFile(t, dir, "a", "3")
	commit("last")
	r := &predict.HistoryRequest{Dir: dir, Limits: predict.Limits{Work: 300}}
	var got []string
	all := builds(t, r)
	for _, b := range all {
		state := "predicted"
		switch {
		case errors.Is(b.Err, buildcontext.ErrBudget):
			state = "over the budget"
			if !strings.Contains(b.Err.Error(), "Dockerfile:") || b.Prediction != nil {
				t.Errorf("%s: %v, %v", b.Subject, b.Err, b.Prediction)
			}
		case b.Err != nil || b.Prediction == nil:
			state = fmt.Sprint("not predicted: ", b.Err)
		}
		got = append(got, b.Subject+": "+state)
	}
	want := []string{"first: not predicted: <nil>", "a file: predicted", "many files: over the budget", "none of them: predicted", "last: predicted"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{all[1].Commit}, all[3].Cached); diff != "" {
		t.Errorf("after the commit without a prediction (-want +got):\n%s", diff)
	}
	for one, err := range predict.HistoryAll(t.Context(), &predict.HistoryBatch{Dir: dir, Limits: r.Limits, Targets: []predict.Target{
		{Name: "all", After: &predict.Build{}}, {Name: "a", After: &predict.Build{Side: predict.Side{Inline: "FROM alpine:3.20\nCOPY a /a\n"}}},
	}}) {
		if err != nil {
			t.Fatal(err)
		}
		over := errors.Is(one.Builds[0].Err, buildcontext.ErrBudget)
		if over != (one.Subject == "many files") || one.Builds[1].Err != nil {
			t.Errorf("%s: %v and %v", one.Subject, one.Builds[0].Err, one.Builds[1].Err)
		}
	}
}
