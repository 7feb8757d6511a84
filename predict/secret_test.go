package predict_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/internal/scenario"
	"github.com/whybust/whybust/predict"
)

// TestBuildArgsAreNotShown: the value of a --build-arg is in no name, cause,
// note, error or explained key, wherever it got to.
func TestBuildArgsAreNotShown(t *testing.T) {
	const old, new = "hunter-old", "hunter-new"
	view := &buildcontext.View{Tree: buildcontext.FS(fstest.MapFS{"a": {Data: []byte("a")}, old: {}, new: {}})}
	replay := func(text, value string) (*cachekey.Graph, error) {
		return cachekey.Replay(t.Context(), "Dockerfile", []byte(text), view, &cachekey.Options{BuildArgs: map[string]string{"S": value}})
	}
	check := func(text, what, output string) {
		t.Helper()
		if strings.Contains(output, "hunter") {
			t.Errorf("%s shows a build argument in\n%s\n%s", what, text, output)
		}
	}
	for _, text := range []string{
		"ARG S\nRUN a", "ARG S\nCOPY $S /b", "ARG S\nRUN --mount=target=/m,source=$S a", "ARG S\nENV B=$S-1\nRUN a", "ARG S\nENV B=$S\nWORKDIR /$B", "ARG S\nWORKDIR /$S\nRUN a", "ARG S\nWORKDIR /$S\nCOPY a ./b",
		"ARG S\nUSER $S\nRUN a", "ARG S\nUSER $S\nWORKDIR /w", "ARG S\nCOPY a /$S", "ARG S\nCOPY --chown=$S a /b", "ARG S\nCOPY --chmod=$S a /b",
		"ARG S\nCOPY x$S /b", "ARG S\nCOPY --parents x$S /b", "ARG S\nCOPY <<E /b\n$S\nE", "ARG S\nADD https://$S@x/y /b", "ARG S\nADD https://x/$S /b", "ARG S\nADD git@x:$S /b",
		"ARG S\nRUN --mount=target=/$S a", "ARG S\nRUN --mount=type=cache,target=/c,id=$S a", "ARG S\nWORKDIR /$S\nRUN --mount=type=tmpfs,target=t a",
		"ARG S\nRUN --mount=type=secret,id=$S a", "ARG S\nARG T=$S\nRUN a", "ARG S\nONBUILD COPY a /$S\nRUN a",
		"ARG S\nENV B=1 C=$S\nENV C=$S\nRUN $C", "ARG S\nCOPY --link --chown=$S a /b", "ARG S\nCOPY https://$S/x /b", "ARG S\nENV A=${S:?$S}\nRUN a", "ARG S\nRUN --mount=target=/$S,from=none$S a",
		"FROM x:$S", "FROM --platform=$S x", "FROM $S/x:y:z", "FROM x:1 AS b\nARG S\nWORKDIR /$S\nFROM b\nRUN a",
	} {
		if !strings.Contains(text, "FROM") {
			text = "FROM base\n" + text
		} else {
			text = "ARG S\n" + text
		}
		a, err := replay(text, old)
		b, _ := replay(text, new)
		if err != nil {
			check(text, "an error", err.Error())
			continue
		}
		data, err := json.Marshal(compare(t, a, b))
		if err != nil {
			t.Fatal(err)
		}
		check(text, "a prediction", string(data))
		_, d, err := predict.CompareDetails(t.Context(), cacheOf(a), b, nil)
		if err != nil {
			t.Fatal(err)
		}
		if data, err = json.Marshal(d); err != nil {
			t.Fatal(err)
		}
		check(text, "the details", string(data))
		keys, err := cachekey.Keys(t.Context(), a, nil)
		if err != nil {
			check(text, "an error of Keys", err.Error())
		}
		for _, k := range keys {
			check(text, "an explanation", k.Explain())
		}
		check(text, "a note", fmt.Sprint(a.Notes))
	}
}

// TestCanary: a value that is given from outside is in no output of any
// scenario, whatever variable takes it.
func TestCanary(t *testing.T) {
	const canary = "canaryvalue"
	named := regexp.MustCompile(`(?im)^\s*ARG\s+([A-Za-z_][A-Za-z0-9_]*)`)
	for _, s := range readCorpus(t) {
		for _, side := range []*scenario.Side{&s.Old, &s.New} {
			given := *side
			given.Build.BuildArgs = map[string]string{}
			for _, f := range side.Tree {
				for _, m := range named.FindAllStringSubmatch(string(f.Data), -1) {
					given.Build.BuildArgs[m[1]] = canary
				}
			}
			if len(given.Build.BuildArgs) == 0 {
				continue
			}
			for _, shown := range outputs(t, s, side, &given) {
				if strings.Contains(shown, canary) {
					t.Errorf("%s shows a build argument:\n%s", s.Name, shown)
				}
			}
		}
	}
}

// outputs is all that is shown of a build, compared with another.
func outputs(t *testing.T, s *scenario.Scenario, side, given *scenario.Side) (shown []string) {
	g, err := s.Replay(t.Context(), given, buildcontext.FS(given.Tree.FS()))
	if err != nil {
		return []string{err.Error()}
	}
	for _, old := range []*cachekey.Graph{replaySide(t, s, side), g} {
		data, err := json.Marshal(compare(t, old, g))
		if err != nil {
			t.Fatal(err)
		}
		shown = append(shown, string(data))
	}
	keys, err := cachekey.Keys(t.Context(), g, nil)
	if err != nil {
		return append(shown, err.Error())
	}
	for _, k := range keys {
		shown = append(shown, k.Explain())
	}
	return shown
}
