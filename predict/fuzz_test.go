package predict_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/predict"
)

// FuzzCompare compares any two Dockerfiles over one context. There is no panic; what is
// compared with itself hits, but for what cannot be built; the verdict, the first miss and the
// causes agree with the steps; equal keys hit.
func FuzzCompare(f *testing.F) {
	all := readCorpus(f)
	for _, s := range all {
		name := s.Old.Build.File
		if name == "" {
			name = "Dockerfile"
		}
		a, b := string(s.Old.Tree[name].Data), string(s.New.Tree[name].Data)
		if a != "" && b != "" && len(a)+len(b) < 1<<14 {
			f.Add(a, b)
		}
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		old, new := replayText(t, a), replayText(t, b)
		for _, g := range []*cachekey.Graph{old, new} {
			if g == nil {
				return
			}
			p := compare(t, g, g)
			checkPrediction(t, p)
			broken := slices.ContainsFunc(p.Notes, func(n predict.Note) bool { return n.Kind == "missing-source" })
			if p.Verdict != predict.Hit && !broken {
				t.Errorf("a build made again is a %s:\n%s", p.Verdict, show(p))
			}
		}
		p := compare(t, old, new)
		checkPrediction(t, p)
		if p.Verdict == predict.Hit {
			return
		}
		known := map[cachekey.Sum]bool{}
		for _, k := range keysOf(t, old) {
			known[k.Sum] = true
		}
		for i, k := range keysOf(t, new) {
			if known[k.Sum] && p.Steps[i].Status != predict.Hit {
				t.Errorf("%s has the key of an old step, and is a %s", k.Step.Name, p.Steps[i].Status)
			}
		}
	})
}

// replayText replays a Dockerfile over a small context; nil if it is faulty.
func replayText(t testing.TB, text string) *cachekey.Graph {
	tree := fstest.MapFS{}
	for _, name := range strings.Fields("a.txt b.txt x.txt src/a.txt src/b.txt src/lib/c.txt dir/f go.mod go.sum package.json main.go Dockerfile") {
		tree[name] = &fstest.MapFile{Data: []byte(name)}
	}
	view := &buildcontext.View{Tree: buildcontext.FS(tree)}
	g, err := cachekey.Replay(t.Context(), "Dockerfile", []byte(text), view, nil)
	if err != nil {
		return nil
	}
	return g
}

// checkPrediction checks what holds for every prediction.
func checkPrediction(t *testing.T, p *predict.Prediction) {
	t.Helper()
	rank := []predict.Status{predict.Hit, predict.MayHit, predict.Miss}
	verdict, first := predict.Hit, -1
	for i, st := range p.Steps {
		at := slices.Index(rank, st.Status)
		if at < 0 {
			t.Fatalf("%s is a %q", st.Name, st.Status)
		}
		if at > slices.Index(rank, verdict) {
			verdict = st.Status
		}
		if st.Status == predict.Miss && first < 0 {
			first = i
		}
		if (st.Status == predict.Hit) != (len(st.Causes) == 0) {
			t.Errorf("%s is a %s with %d causes", st.Name, st.Status, len(st.Causes))
		}
		for _, c := range st.Causes {
			if c.Step != nil && (*c.Step < 0 || *c.Step >= len(p.Steps) || *c.Step == i) {
				t.Errorf("%s follows from step %d", st.Name, *c.Step)
			}
			if c.Kind == "" {
				t.Errorf("%s has a cause without a kind", st.Name)
			}
		}
	}
	if p.Verdict != verdict {
		t.Errorf("the verdict is %s, the worst status %s", p.Verdict, verdict)
	}
	if (p.First == nil) != (first < 0) || p.First != nil && *p.First != first {
		t.Errorf("the first miss is at %d, not at %v", first, p.First)
	}
}
