package predict_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/predict"
)

// fuzzCanary is in the values of build arguments, and in nothing else.
const fuzzCanary = "q7canary7q"

// fuzzCanaryPart is what is looked for: of a value that loses its ends, like ${S#q7}, the rest is as secret.
const fuzzCanaryPart = "canary"

// FuzzBuildArgs replays and matches two Dockerfiles with a build argument of any name and value, which are two values
// or one. There is no panic; no value is in anything that is shown: predictions with their hints, details, hazards,
// remedies, explained keys, errors. What is built again hits.
func FuzzBuildArgs(f *testing.F) {
	for _, text := range []string{
		"FROM a\nARG S\nRUN $S", "ARG S\nFROM $S", "FROM scratch\nARG S\nCOPY $S /$S", "FROM a\nARG S=1\nENV B=${S:-x}\nWORKDIR /$B",
		"FROM a\nARG S\nUSER $S\nWORKDIR /w", "FROM a\nARG S\nADD https://$S/x /y", "FROM a\nARG S\nRUN --mount=type=cache,target=/$S a",
		"FROM a AS b\nARG S\nONBUILD RUN $S\nFROM b", "FROM scratch\nARG S\nENV A=${U:?$S}", "FROM --platform=$S a",
		"FROM a\nARG S\nCOPY a /${S#q7}", "FROM a\nARG S\nENV B=${S%q*}\nRUN --mount=target=/${B//7/x} a", "FROM a\nARG S\nADD https://x/a?t=${S%%q*} /b",
		"ARG S\nARG T=${U:?$S}\nFROM a", "ARG S\nFROM ${U:?$S}", "ARG S\nFROM --platform=${U:?$S} a", "ARG S\nFROM ${S#?}", "FROM a\nARG S\nCOPY a /${S%?}/${S/?/\"}\"}",
		"FROM a\nARG S\nCOPY . /${S}\nRUN npm ci", "FROM a\nARG S\nRUN echo $S && npm ci", "FROM a\nARG S\nARG T=${S#q}\nWORKDIR /$T\nCOPY --chown=$T a b",
	} {
		f.Add(text, text+"\nRUN more", "S", "/1")
		f.Add(text, text, "SOURCE_DATE_EPOCH", "")
	}
	f.Fuzz(func(t *testing.T, a, b, name, value string) {
		if strings.Contains(strings.ToLower(a+b+name+value), fuzzCanaryPart) || len(a)+len(b) > 1<<14 {
			return
		}
		hidden := func(what string, shown any) {
			if strings.Contains(strings.ToLower(fmt.Sprint(shown)), fuzzCanaryPart) {
				t.Errorf("%s shows the build argument %q: %v", what, name, shown)
			}
		}
		var graphs []*cachekey.Graph
		for _, tt := range []struct{ text, value string }{{a, value}, {b, value}, {b, value + "2"}} {
			opts := &cachekey.Options{BuildArgs: map[string]string{name: fuzzCanary + tt.value}}
			g, err := cachekey.Replay(t.Context(), "Dockerfile", []byte(tt.text), fuzzContext(len(graphs)), opts)
			if err != nil {
				hidden("an error", err)
				return
			}
			graphs = append(graphs, g)
		}
		for _, g := range graphs[:2] {
			checkAgain(t, g)
		}
		for _, g := range graphs {
			for what, shown := range shownOf(t, g) {
				hidden(what, shown)
			}
			for what, shown := range shownOfPair(t, graphs[0], g) {
				hidden(what, shown)
			}
		}
	})
}

// shownOf is what is shown of one side.
func shownOf(t *testing.T, g *cachekey.Graph) map[string]any {
	shown := map[string]any{"a note": g.Notes}
	keys, err := cachekey.Keys(t.Context(), g, nil)
	if err != nil {
		shown["an error of keys"] = err
	}
	for i, k := range keys {
		shown[fmt.Sprint("explanation ", i)] = k.Explain()
	}
	hazards, err := predict.FindHazards(t.Context(), g)
	shown["a hazard"] = fmt.Sprint(hazards, err)
	return shown
}

// shownOfPair is what is shown of two sides.
func shownOfPair(t *testing.T, old, new *cachekey.Graph) map[string]any {
	p, details, err := predict.CompareDetails(t.Context(), cacheOf(old), new, nil)
	if err != nil {
		return map[string]any{"an error of the match": err}
	}
	checkPrediction(t, p)
	remedies, err := predict.Remedies(t.Context(), cacheOf(old), new, p)
	return map[string]any{
		"a prediction": marshal(t, p), "the details": marshal(t, details), "a remedy": marshal(t, remedies), "an error of remedies": err,
	}
}

func marshal(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// checkAgain checks that what is built again hits, but for what cannot be built.
func checkAgain(t *testing.T, g *cachekey.Graph) {
	t.Helper()
	p := compare(t, g, g)
	checkPrediction(t, p)
	for _, n := range p.Notes {
		if n.Kind == "missing-source" {
			return
		}
	}
	if p.Verdict != predict.Hit {
		t.Errorf("a build made again is a %s:\n%s", p.Verdict, show(p))
	}
}

// fuzzContext is a small context, of which another number is another version.
func fuzzContext(version int) *buildcontext.View {
	files := fstest.MapFS{"package.json": {Data: []byte("{}")}, "src/b": {Data: []byte("b")}}
	for _, name := range []string{"a", "README.md", "x/c"} {
		files[name] = &fstest.MapFile{Data: fmt.Append(nil, version)}
	}
	return &buildcontext.View{Tree: buildcontext.FS(files)}
}
