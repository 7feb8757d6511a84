package predict_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/predict"
)

// fuzzCanary is in the values of build arguments, and in nothing else.
const fuzzCanary = "q7canary7q"

// FuzzBuildArgs replays and matches two Dockerfiles with a build argument of any name and value. There is
// no panic; the value is in nothing that is shown, errors included; what is built again hits.
func FuzzBuildArgs(f *testing.F) {
	for _, text := range []string{
		"FROM a\nARG S\nRUN $S", "ARG S\nFROM $S", "FROM scratch\nARG S\nCOPY $S /$S", "FROM a\nARG S=1\nENV B=${S:-x}\nWORKDIR /$B",
		"FROM a\nARG S\nUSER $S\nWORKDIR /w", "FROM a\nARG S\nADD https://$S/x /y", "FROM a\nARG S\nRUN --mount=type=cache,target=/$S a",
		"FROM a AS b\nARG S\nONBUILD RUN $S\nFROM b", "FROM a\nARG S\nENV A=${S:?$S}", "FROM --platform=$S a",
	} {
		f.Add(text, text+"\nRUN more", "S", "/1")
		f.Add(text, text, "SOURCE_DATE_EPOCH", "")
	}
	f.Fuzz(func(t *testing.T, a, b, name, value string) {
		if strings.Contains(strings.ToLower(a+b+name+value), fuzzCanary) || len(a)+len(b) > 1<<14 {
			return
		}
		opts := &cachekey.Options{BuildArgs: map[string]string{name: fuzzCanary + value}}
		hidden := func(what string, shown any) {
			if strings.Contains(strings.ToLower(fmt.Sprint(shown)), fuzzCanary) {
				t.Errorf("%s shows the build argument %q: %v", what, name, shown)
			}
		}
		var graphs []*cachekey.Graph
		for _, text := range []string{a, b} {
			g, err := cachekey.Replay(t.Context(), "Dockerfile", []byte(text), fuzzContext(), opts)
			if err != nil {
				hidden("an error", err)
				return
			}
			if keys, err := cachekey.Keys(t.Context(), g, nil); err != nil {
				hidden("an error of keys", err)
			} else {
				for _, k := range keys {
					hidden("an explanation", k.Explain())
				}
			}
			checkAgain(t, g)
			graphs = append(graphs, g)
		}
		p := compare(t, graphs[0], graphs[1])
		checkPrediction(t, p)
		data, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		hidden("a prediction", string(data))
	})
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

func fuzzContext() *buildcontext.View {
	files := fstest.MapFS{"a": {Data: []byte("a")}, "src/b": {Data: []byte("b")}}
	return &buildcontext.View{Tree: buildcontext.FS(maps.Clone(files))}
}
