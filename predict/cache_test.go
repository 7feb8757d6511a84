package predict_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/cachekey"
	"github.com/whybust/whybust/predict"
)

// TestEmptyCache: nothing was ever built, and no step of it is compared with anything.
func TestEmptyCache(t *testing.T) {
	for _, s := range readCorpus(t)[:100] {
		for _, mode := range []predict.CacheMode{"", predict.CacheMin} {
			p := compareCache(t, &predict.Cache{Mode: mode}, replaySide(t, s, &s.New))
			for _, st := range p.Steps {
				if st.Status != predict.Miss || st.Causes[0].Kind != predict.CauseNewStep || st.Build != nil {
					t.Errorf("%s: %s %s %v", s.Name, st.Status, st.Name, st.Causes)
				}
			}
		}
	}
}

// TestCacheHoldsTheNewBuild: whatever else is in the cache, a build that is in it
// hits from end to end, in every mode.
func TestCacheHoldsTheNewBuild(t *testing.T) {
	modes := []predict.CacheMode{predict.CacheLocal, predict.CacheMax, predict.CacheMin, predict.CacheInline}
	for i, s := range readCorpus(t) {
		if s.New.Build.NoCache || s.New.Build.NoCacheFilter != nil || strings.HasPrefix(s.Name, "context-from-directory") { // what runs on a named directory never hits
			continue
		}
		old, new := replaySide(t, s, &s.Old), replaySide(t, s, &s.New)
		cache := &predict.Cache{Builds: []*cachekey.Graph{new}, Mode: modes[i%len(modes)]}
		if cache.Mode == predict.CacheLocal {
			cache.Builds = []*cachekey.Graph{old, new}
		}
		p := compareCache(t, cache, new)
		if p.Verdict != predict.Hit && !slices.ContainsFunc(new.Ops, onDirectory) { // which is sent anew with every build
			t.Errorf("%s, mode %s: verdict %s\n%s", s.Name, cache.Mode, p.Verdict, show(p))
		}
	}
}

// TestCacheIsASet: a further build makes no step worse, and the order of the
// builds makes no difference to a status.
func TestCacheIsASet(t *testing.T) {
	corpus := readCorpus(t)
	rank := []predict.Status{predict.Hit, predict.MayHit, predict.Miss}
	for i, s := range corpus {
		if i%3 != 0 && !strings.HasPrefix(s.Name, "cache-") {
			continue // for time's sake
		}
		other := corpus[(i+1)%len(corpus)]
		old, further, new := replaySide(t, s, &s.Old), replaySide(t, other, &other.New), replaySide(t, s, &s.New)
		alone := compareCache(t, &predict.Cache{Builds: []*cachekey.Graph{old}}, new)
		first := compareCache(t, &predict.Cache{Builds: []*cachekey.Graph{old, further}}, new)
		last := compareCache(t, &predict.Cache{Builds: []*cachekey.Graph{further, old}}, new)
		for k, st := range first.Steps {
			if slices.Index(rank, st.Status) > slices.Index(rank, alone.Steps[k].Status) {
				t.Errorf("%s with %s: %s is %s, and was %s", s.Name, other.Name, st.Name, st.Status, alone.Steps[k].Status)
			}
			if st.Status != last.Steps[k].Status {
				t.Errorf("%s with %s: %s is %s, and %s in the other order", s.Name, other.Name, st.Name, st.Status, last.Steps[k].Status)
			}
		}
	}
}

// TestCacheSlides: a Cache that is used for one build after another says what
// one that is made anew for each does.
func TestCacheSlides(t *testing.T) {
	for i, s := range readCorpus(t) {
		if i%3 != 1 && !strings.HasPrefix(s.Name, "cache-") {
			continue // for time's sake
		}
		var builds []*cachekey.Graph
		cache := &predict.Cache{}
		for i, side := range append(slices.Clone(s.Cached), s.Old, s.New, s.Old, s.New) {
			g := replaySide(t, s, &side)
			cache.Builds = builds
			got := compareCache(t, cache, g)
			want := compareCache(t, &predict.Cache{Builds: builds}, g)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s, build %d (-made anew +used again)\n%s", s.Name, i, diff)
			}
			builds = append([]*cachekey.Graph{g}, builds[:min(len(builds), 2)]...)
		}
	}
}

// TestNoSuchMode: a mode that is misspelled is an error, not the default.
func TestNoSuchMode(t *testing.T) {
	s := readCorpus(t)[0]
	g := replaySide(t, s, &s.New)
	if _, err := predict.CompareCache(context.Background(), &predict.Cache{Mode: "maximal"}, g); err == nil {
		t.Error("no error")
	}
}

func compareCache(t *testing.T, cache *predict.Cache, new *cachekey.Graph) *predict.Prediction {
	t.Helper()
	p, err := predict.CompareCache(context.Background(), cache, new)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
