package cachekey_test

import (
	"errors"
	"fmt"
	"path"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/cachekey"
	"github.com/whybust/whybust/internal/dockerfile"
	"github.com/whybust/whybust/internal/scenario"
)

// FuzzReplay replays anything: there is no panic, an error of the text has the
// file's name and a line that is in it, and a second replay is like the first.
func FuzzReplay(f *testing.F) {
	for _, text := range corpus(f) {
		f.Add(text)
	}
	f.Add("FROM 0\nADD [ /")           // a pattern that is none
	f.Add("FROM 0\nCOPY --cho0=0 1 2") // two flags are as near
	f.Fuzz(func(t *testing.T, text string) {
		first, err := describe(t, text)
		if err != nil {
			var fault *dockerfile.Error
			if !errors.As(err, &fault) {
				t.Fatalf("error without a place: %v", err)
			}
			if fault.File != "Dockerfile" || fault.Line < 0 || fault.Line > 1+len(text) {
				t.Fatalf("error at %q:%d: %v", fault.File, fault.Line, err)
			}
		}
		second, again := describe(t, text)
		if fmt.Sprint(err) != fmt.Sprint(again) {
			t.Fatalf("first %v\nthen %v", err, again)
		}
		if diff := cmp.Diff(first, second); diff != "" {
			t.Fatalf("two replays differ:\n%s", diff)
		}
	})
}

// describe replays a text and writes down all that is in the graph.
func describe(t *testing.T, text string) ([]string, error) {
	g, err := cachekey.Replay(t.Context(), "Dockerfile", []byte(text), smallContext(), nil)
	if err != nil {
		return nil, err
	}
	out := []string{g.Target, g.Platform, g.Syntax, fmt.Sprint(g.Notes, g.Config)}
	for i, op := range g.Ops {
		if op.Index() != i {
			t.Errorf("operation %d says that it is %d", i, op.Index())
		}
		for _, in := range op.Inputs {
			if in.Op.Index() >= i {
				t.Errorf("operation %d reads %d, which comes later", i, in.Op.Index())
			}
		}
		out = append(out, fmt.Sprintf("%s %q", op.Kind, op.RecipeKey()))
	}
	for _, st := range g.Steps {
		if st.Line < 1 || st.EndLine < st.Line || st.Number < 1 {
			t.Errorf("%s stands at %d to %d", st.Name, st.Line, st.EndLine)
		}
		if _, err := st.Op.Files(t.Context()); err != nil {
			t.Errorf("files of %s: %v", st.Name, err)
		}
		out = append(out, st.Name)
		out = append(out, rawLines(st)...)
	}
	return out, nil
}

// corpus gives the Dockerfiles of the scenarios, each once.
func corpus(f *testing.F) (texts []string) {
	f.Helper()
	all, err := scenario.ReadDir("../testdata/scenarios")
	if err != nil {
		f.Fatal(err)
	}
	seen := map[string]bool{}
	for _, s := range all {
		for _, side := range []scenario.Side{s.Old, s.New} {
			file := side.Build.File
			if file == "" {
				file = path.Join(s.Context, "Dockerfile")
			}
			if text := string(side.Tree[file].Data); !seen[text] && len(text) < 1<<14 {
				seen[text] = true
				texts = append(texts, text)
			}
		}
	}
	return texts
}

// FuzzFraming: two pre-images have one sum only if they are equal field by
// field, so that no field runs into its neighbour.
func FuzzFraming(f *testing.F) {
	f.Add("a", "b", "c", "d", "ab", "", "c", "d")
	f.Add("a", "", "", "", "", "a", "", "")
	f.Add("a", "b", "", "", "a", "b\x00", "", "")
	f.Fuzz(func(t *testing.T, a, b, c, d, e, g, h, i string) {
		same := a == e && b == g && c == h && d == i
		as := func(w, x, y, z string) cachekey.Preimage {
			return cachekey.Preimage{{Label: w, Name: x, Value: y}, {Label: z}}
		}
		if got := as(a, b, c, d).Sum() == as(e, g, h, i).Sum(); got != same {
			t.Errorf("%q and %q: equal sums %t", []string{a, b, c, d}, []string{e, g, h, i}, got)
		}
		if as(a, b, c, d).Sum() == (cachekey.Preimage{{Label: a, Name: b, Value: c}}).Sum() {
			t.Errorf("a field more does not change the sum of %q", []string{a, b, c, d})
		}
	})
}
