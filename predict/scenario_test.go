package predict_test

import (
	stdcmp "cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/internal/scenario"
	"github.com/whybust/whybust/predict"
)

var corpus = stdcmp.Or(os.Getenv("WHYBUST_CORPUS"), "../testdata/scenarios")

// TestScenarios compares each prediction with what a real BuildKit was recorded
// to do.
func TestScenarios(t *testing.T) {
	for _, s := range readCorpus(t) {
		t.Run(s.Name, func(t *testing.T) {
			p := predictCached(t, s)
			checkVerdict(t, s, p)
			checkCauses(t, s, p)
		})
	}
}

// TestSameSideHits: a build that is made again is cached from end to end.
func TestSameSideHits(t *testing.T) {
	for _, s := range readCorpus(t) {
		t.Run(s.Name, func(t *testing.T) {
			for _, side := range []*scenario.Side{&s.Old, &s.New} {
				p := predictScenario(t, s, side, side)
				if (p.Verdict != predict.Hit || p.First != nil) && !neverCached(p) {
					t.Errorf("%s\nverdict %s for a build made again: %+v", s.Reason, p.Verdict, p.Steps)
				}
			}
		})
	}
}

// neverCached reports whether the first miss is one that every build has: what runs on a named directory.
func neverCached(p *predict.Prediction) bool {
	return p.First != nil && slices.ContainsFunc(p.Steps[*p.First].Causes, func(c predict.Cause) bool { return c.Kind == predict.CauseContext })
}

func readCorpus(t testing.TB) []*scenario.Scenario {
	t.Helper()
	all, err := scenario.ReadDir(corpus)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		t.Fatal("no scenarios")
	}
	return all
}

func checkVerdict(t *testing.T, s *scenario.Scenario, p *predict.Prediction) {
	t.Helper()
	if s.Want == nil {
		t.Errorf("%s.txtar has no recorded verdict", s.Name)
		return
	}
	left := slices.Clone(s.Want)
	for _, st := range p.Steps {
		at := slices.IndexFunc(left, func(w scenario.Step) bool {
			return w.Name == st.Name || slices.Contains(st.Also, w.Name) ||
				// BuildKit shows the value of a --build-arg, the prediction does not
				strings.Contains(st.Name, "$") && samePosition(w.Name, st.Name)
		})
		if at < 0 {
			t.Errorf("%s\npredicted step %s is not recorded\n%s", s.Reason, st.Name, show(p))
			continue
		}
		if want := left[at].Status; want != string(st.Status) && want != scenario.Unseen {
			t.Errorf("%s\nBuildKit: %s, predicted: %s for %s\n%s", s.Reason, want, st.Status, st.Name, show(p))
		}
		left = slices.Delete(left, at, at+1)
	}
	for _, w := range left {
		t.Errorf("%s\nrecorded step %s is not predicted\n%s", s.Reason, w.Name, show(p))
	}
}

func samePosition(a, b string) bool {
	position := func(name string) string {
		at, text, _ := strings.Cut(name, "] ")
		keyword, _, _ := strings.Cut(text, " ")
		return at + keyword
	}
	return position(a) == position(b)
}

func checkCauses(t *testing.T, s *scenario.Scenario, p *predict.Prediction) {
	t.Helper()
	if s.CausesOff || len(s.Causes) == 0 {
		return
	}
	want, got := map[string][]string{}, map[string][]string{}
	for _, c := range s.Causes {
		key := fmt.Sprintf("%d/%d of %s", c.Step, c.Of, c.Stage)
		want[key] = append(want[key], c.Text)
	}
	for _, st := range p.Steps {
		key := fmt.Sprintf("%d/%d of %s", st.Step, st.Of, st.Stage)
		if want[key] == nil && st.Stage == "stage-0" { // the lone stage of a file, named since it mounts something
			key = fmt.Sprintf("%d/%d of ", st.Step, st.Of)
		}
		if want[key] == nil {
			continue
		}
		for _, c := range st.Causes {
			got[key] = append(got[key], causeText(c))
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s\ncauses (-want +got)\n%s", s.Reason, diff)
	}
}

func causeText(c predict.Cause) string {
	words := []string{string(c.Kind)}
	if c.Change != "" {
		words = append(words, string(c.Change))
	}
	if subject := stdcmp.Or(c.Path, c.Name, c.Context); subject != "" {
		words = append(words, subject)
	}
	return strings.Join(words, " ")
}

func show(p *predict.Prediction) string {
	var b strings.Builder
	for _, st := range p.Steps {
		fmt.Fprintf(&b, "%-8s %s\n", st.Status, st.Name)
		for _, c := range st.Causes {
			fmt.Fprintf(&b, "           %s\n", causeText(c))
		}
	}
	return b.String()
}

// predictCached predicts the new build from all that filled the cache.
func predictCached(t *testing.T, s *scenario.Scenario) *predict.Prediction {
	t.Helper()
	cache := &predict.Cache{
		Mode: predict.CacheMode(s.CacheMode), NoCache: s.New.Build.NoCache, NoCacheFilter: s.New.Build.NoCacheFilter,
	}
	for _, side := range append([]scenario.Side{s.Old}, s.Cached...) {
		cache.Builds = append(cache.Builds, replaySide(t, s, &side))
	}
	p, err := predict.CompareCache(context.Background(), cache, replaySide(t, s, &s.New))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func predictScenario(t *testing.T, s *scenario.Scenario, old, new *scenario.Side) *predict.Prediction {
	t.Helper()
	p, err := predict.Compare(context.Background(), replaySide(t, s, old), replaySide(t, s, new))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func replaySide(t *testing.T, s *scenario.Scenario, side *scenario.Side) *cachekey.Graph {
	t.Helper()
	return replay(t, s, side, buildcontext.FS(side.Tree.FS()))
}

// replay replays one side of a scenario over a tree that holds its files.
func replay(t *testing.T, s *scenario.Scenario, side *scenario.Side, files buildcontext.Tree) *cachekey.Graph {
	t.Helper()
	g, err := s.Replay(context.Background(), side, files)
	if err != nil {
		t.Fatal(err)
	}
	return g
}
