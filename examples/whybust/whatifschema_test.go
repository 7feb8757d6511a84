package main

import (
	"bytes"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"

	"github.com/whybust/whybust/examples/internal/cli"
	"github.com/whybust/whybust/examples/internal/sample"
	"github.com/whybust/whybust/predict"
	"github.com/whybust/whybust/predict/suggest"
	"github.com/whybust/whybust/predict/whatif"
)

const (
	whatIfSchemaFile = "../../docs/whybust-whatif-v1.schema.json"
	adviceSchemaFile = "../../docs/whybust-advice-v1.schema.json"
)

func asJSON(t *testing.T, v any) string {
	t.Helper()
	var out bytes.Buffer
	if err := cli.WriteJSON(&out, v); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// output is what the command prints of a repository.
func output(t *testing.T, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	c := &command{stdout: &out, stderr: &errs, lookup: environment(nil), history: predict.History, advise: whatif.Advise}
	if status := c.run(t.Context(), args); status != exitOK {
		t.Fatalf("%q: status %d, %s", args, status, &errs)
	}
	return out.String()
}

// alteration breaks a good output.
type alteration struct{ reason, old, new string }

// holdSchema validates outputs, and wants each alteration of the last one refused.
func holdSchema(t *testing.T, file string, good []string, broken []alteration) {
	t.Helper()
	_, schema := readSchemaFile(t, file)
	for _, out := range good {
		if err := validate(t, schema, []byte(out)); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	}
	last := good[len(good)-1]
	for _, tt := range broken {
		altered := strings.Replace(last, tt.old, tt.new, 1)
		if altered == last {
			t.Errorf("%s: nothing was replaced", tt.reason)
		}
		if validate(t, schema, []byte(altered)) == nil {
			t.Errorf("%s: accepted", tt.reason)
		}
	}
}

func TestWhatIfSchemaHolds(t *testing.T) {
	dir := changing(t, 4)
	patch := dir + "/.git/whatif.patch" // no file of the context
	if err := os.WriteFile(patch, []byte("--- a/Dockerfile\n+++ b/Dockerfile\n@@ -3,2 +3,2 @@\n-COPY . .\n RUN npm ci $TOKEN\n+COPY . .\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	real := output(t, "history", "-C", dir, "--with-patch", patch, "--format", "json")
	if !strings.Contains(real, `"applied": 3`) {
		t.Errorf("the patch does not apply: %s", real)
	}
	holdSchema(t, whatIfSchemaFile, []string{
		real, asJSON(t, new(whatif.Collector).Result()), asJSON(t, sample.WhatIf("", 1)), asJSON(t, sample.WhatIf(sample.Nasty+sample.Markup, 40)),
	}, []alteration{
		{"another version", "whybust-whatif/v1", "whybust-history/v1"},
		{"another version of what is in it", "whybust-history/v1", "whybust/v1"},
		{"a field that is missing", `"applied": 30,`, ``},
		{"a field that nobody documented", `"applied": 30,`, `"applied": 30, "extra": 1,`},
		{"a figure that nobody documented", `"commandHits":`, `"extra": 1, "commandHits":`},
		{"no history", `"before": {`, `"before": null, "x": {`},
		{"a field of a history that nobody documented", `"unbuildable": 1,`, `"unbuildable": 1, "extra": 1,`},
		{"a fault without a commit", `"subject": "build 39`, `"x": "`},
	})
}

func TestAdviceSchemaHolds(t *testing.T) {
	real := output(t, "advise", "-C", changingWith(t, 22, "FROM node:20\nWORKDIR /app\nCOPY . .\nRUN npm ci\n"), "--format", "json")
	if !strings.Contains(real, `"kind": "`) {
		t.Errorf("nothing is advised: %s", real)
	}
	holdSchema(t, adviceSchemaFile, []string{
		real, output(t, "advise", "-C", changing(t, 3), "--format", "json"),
		asJSON(t, &whatif.Advice{Schema: whatif.AdviceSchema, Interrupted: true, Advices: []whatif.Advised{}}),
		asJSON(t, sample.Advice("", 20)), asJSON(t, sample.Advice(sample.Nasty+sample.Markup, 40)),
	}, []alteration{
		{"another version", "whybust-advice/v1", "whybust-whatif/v1"},
		{"null for a list", `"rates": []`, `"rates": null`},
		{"an unknown kind", `"kind": "order"`, `"kind": "moon"`},
		{"a part that is missing", `"parts": [`, `"x": [`},
		{"a field that nobody documented", `"seen":`, `"extra": 1, "seen":`},
		{"a rate without a number of builds", `"builds": 40,
          "hits": 39`, `"hits": 39`},
		{"a short commit id", `"seen": "1a2b3c4d5e28`, `"seen": "1a`},
		{"a comparison that is half there", `"missesAdded": 0,`, ``},
	})
}

func TestWhatIfSchemaFields(t *testing.T) {
	result, _ := readSchemaFile(t, whatIfSchemaFile)
	advice, _ := readSchemaFile(t, adviceSchemaFile)
	_, doc, ok := strings.Cut(readText(t), "\n## What if\n")
	if !ok {
		t.Fatal("docs/json.md has no section about it")
	}
	for _, tt := range []struct {
		value  any
		schema *jsonschema.Schema
	}{
		{whatif.Result{}, result},
		{whatif.Figures{}, result.Defs["figures"]},
		{whatif.Advice{}, advice},
		{whatif.Advised{}, advice.Defs["advised"]},
		{whatif.Combination{}, advice.Defs["combination"]},
		{whatif.Part{}, advice.Defs["part"]},
		{whatif.Rate{}, advice.Defs["rate"]},
	} {
		checkFields(t, reflect.TypeOf(tt.value), tt.schema, doc)
	}
	predictions, _ := readSchema(t)
	kinds := append(slices.Clone(predictions.Defs["suggestionKind"].Enum), any(suggest.KindOrder))
	if diff := cmp.Diff(kinds, advice.Defs["adviceKind"].Enum); diff != "" {
		t.Errorf("kinds of advice (-whybust/v1 +this):\n%s", diff)
	}
}
