package main

import (
	"bytes"
	"go/parser"
	"go/token"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"

	"github.com/whybust/whybust/examples/internal/cli"
	"github.com/whybust/whybust/examples/internal/sample"
	"github.com/whybust/whybust/predict/history"
)

const historySchemaFile = "../../docs/whybust-history-v1.schema.json"

func historyJSON(t *testing.T, s *history.Summary) string {
	t.Helper()
	var out bytes.Buffer
	if err := cli.WriteJSON(&out, s); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestHistorySchemaHolds(t *testing.T) {
	_, schema := readSchemaFile(t, historySchemaFile)
	var none history.Collector
	for reason, s := range map[string]*history.Summary{"nothing": none.Summary(), "one": sample.History("", 1), "a trend": sample.History(sample.Nasty, 60), "a step that is new": sample.Grown(60)} {
		if err := validate(t, schema, []byte(historyJSON(t, s))); err != nil {
			t.Errorf("%s: %v", reason, err)
		}
	}
	good := historyJSON(t, sample.History("", 60))
	for _, tt := range []struct{ reason, old, new string }{
		{"another version", "whybust-history/v1", "whybust/v1"},
		{"null for a list", `"from": []`, `"from": null`},
		{"a field that nobody documented", `"builds": 60`, `"builds": 60, "extra": 1`},
		{"a field that is missing", `"unbuildable": 1,`, ``},
		{"no trend of a step", `"trend": [`, `"x": [`},
		{"a point that is no number of builds", `"runs": 2`, `"runs": -2`},
		{"an unknown kind of culprit", `"kind": "file"`, `"kind": "moon"`},
		{"an unknown kind of cause", `"file": 30`, `"moon": 30`},
	} {
		broken := strings.Replace(good, tt.old, tt.new, 1)
		if broken == good {
			t.Errorf("%s: nothing was replaced", tt.reason)
		}
		if validate(t, schema, []byte(broken)) == nil {
			t.Errorf("%s: accepted", tt.reason)
		}
	}
}

func TestHistorySchemaFields(t *testing.T) {
	schema, _ := readSchemaFile(t, historySchemaFile)
	_, doc, ok := strings.Cut(readText(t), "\n## A history\n")
	if !ok {
		t.Fatal("docs/json.md has no section about it")
	}
	for _, tt := range []struct {
		value  any
		schema *jsonschema.Schema
	}{
		{history.Summary{}, schema},
		{history.Cache{}, schema.Defs["cache"]},
		{history.Commit{}, schema.Defs["commit"]},
		{history.Fault{}, schema.Defs["fault"]},
		{history.Step{}, schema.Defs["step"]},
		{history.Origin{}, schema.Defs["origin"]},
		{history.Edits{}, schema.Defs["edits"]},
		{history.Culprit{}, schema.Defs["culprit"]},
		{history.Trend{}, schema.Defs["trend"]},
		{history.Point{}, schema.Defs["point"]},
		{history.StepPoint{}, schema.Defs["stepPoint"]},
		{history.Break{}, schema.Defs["break"]},
	} {
		checkFields(t, reflect.TypeOf(tt.value), tt.schema, doc)
	}
}

func TestHistorySchemaLists(t *testing.T) {
	schema, _ := readSchemaFile(t, historySchemaFile)
	text := func(values []any) (list []string) {
		for _, v := range values {
			list = append(list, v.(string))
		}
		return list
	}
	f, err := parser.ParseFile(token.NewFileSet(), "../../predict/history/history.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	constants := map[string][]string{}
	addConstants(t, constants, f)
	kinds := text(schema.Defs["culpritKind"].Enum)
	if diff := cmp.Diff(constants["CulpritKind"], kinds); diff != "" {
		t.Errorf("kinds of culprits (-Go +schema):\n%s", diff)
	}
	if !slices.ContainsFunc(readTables(t), func(table []string) bool { return slices.Equal(table, kinds) }) {
		t.Errorf("docs/json.md has no table with exactly %q", kinds)
	}
	predictions, _ := readSchema(t)
	if diff := cmp.Diff(text(predictions.Defs["causeKind"].Enum), text(schema.Defs["causeKind"].Enum)); diff != "" {
		t.Errorf("kinds of causes (-whybust/v1 +this):\n%s", diff)
	}
}
