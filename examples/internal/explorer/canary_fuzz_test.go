package explorer_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/examples/internal/explorer"
	"github.com/whybust/whybust/examples/internal/report"
	"github.com/whybust/whybust/predict"
)

// FuzzCanary renders the prediction of two Dockerfiles with a build argument of any value in every form that there is
// for one image, the page among them: the value is in none.
func FuzzCanary(f *testing.F) {
	for _, text := range []string{
		"FROM a\nARG S\nCOPY . /$S\nRUN $S", "ARG S\nFROM $S", "FROM a\nARG S\nENV B=${S:-x}\nWORKDIR /$B\nRUN npm ci", "FROM a\nARG S\nCOPY a /${S#q7}",
		"FROM a\nARG S\nUSER $S\nRUN --mount=target=/$S,source=$S a", "FROM a AS b\nARG S\nONBUILD RUN $S\nFROM b", "FROM --platform=$S a", "FROM a\nARG S\nADD https://x/$S /b",
	} {
		f.Add(text, text+"\nRUN more", "/1")
	}
	const canary = "q7canary7q"
	f.Fuzz(func(t *testing.T, a, b, value string) {
		if strings.Contains(strings.ToLower(a+b+value), "canary") || len(a)+len(b) > 1<<13 {
			return
		}
		var graphs []*cachekey.Graph
		for i, text := range []string{a, b} {
			view := &buildcontext.View{Tree: buildcontext.FS(fstest.MapFS{"a": {Data: fmt.Append(nil, i)}, "package.json": {}})}
			opts := &cachekey.Options{BuildArgs: map[string]string{"S": canary + value + strings.Repeat("2", i)}}
			g, err := cachekey.Replay(t.Context(), "Dockerfile", []byte(text), view, opts)
			if err != nil {
				return // FuzzBuildArgs looks at errors
			}
			graphs = append(graphs, g)
		}
		p, d, err := predict.CompareDetails(t.Context(), &predict.Cache{Builds: graphs[:1]}, graphs[1], nil)
		if err != nil {
			t.Fatal(err)
		}
		hazards, err := predict.FindHazards(t.Context(), graphs[1])
		if err != nil {
			t.Fatal(err)
		}
		for form, shown := range everyForm(t, p, d, hazards) {
			if i := strings.Index(strings.ToLower(shown), "canary"); i >= 0 {
				t.Errorf("%s shows a build argument: %q", form, shown[max(0, i-100):min(len(shown), i+100)])
			}
		}
	})
}

// everyForm renders a prediction in every form.
func everyForm(t *testing.T, p *predict.Prediction, d *predict.Details, hazards []predict.Hazard) map[string]string {
	t.Helper()
	targets := report.Single(p)
	note, err := report.Annotate(targets[0], func(_ string, from, _ int) (int, error) { return from, nil })
	if err != nil {
		t.Fatal(err)
	}
	var notes []report.Annotation
	if note != nil {
		notes = append(notes, *note)
	}
	forms := map[string]string{}
	for name, render := range map[string]func(out *bytes.Buffer) error{
		"text":        func(out *bytes.Buffer) error { report.Text(out, p, true); return nil },
		"oneline":     func(out *bytes.Buffer) error { report.Oneline(out, p); return nil },
		"json":        func(out *bytes.Buffer) error { return report.JSON(out, p) },
		"a comment":   func(out *bytes.Buffer) error { report.Comment(out, targets, "x"); return nil },
		"github":      func(out *bytes.Buffer) error { report.GitHub(out, targets, notes); return nil },
		"codequality": func(out *bytes.Buffer) error { return report.CodeQuality(out, targets, hazards) },
		"sarif":       func(out *bytes.Buffer) error { return report.SARIF(out, hazards, "1") },
		"html": func(out *bytes.Buffer) error {
			page, err := explorer.New(p, d)
			if err != nil {
				return err
			}
			return explorer.Write(out, page)
		},
	} {
		var out bytes.Buffer
		if err := render(&out); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		forms[name] = out.String()
	}
	return forms
}
