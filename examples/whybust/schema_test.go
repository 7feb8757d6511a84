package main

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"

	"github.com/whybust/whybust/examples/internal/report"
	"github.com/whybust/whybust/examples/internal/sample"
	"github.com/whybust/whybust/predict"
)

const (
	schemaFile = "../../docs/whybust-v1.schema.json"
	schemaText = "../../docs/json.md"
)

var typesFiles = []string{"../../predict/prediction.go", "../../predict/target.go"}

// readSchema returns the published schema and the same one closed: readers must
// let unknown fields pass, but this program must not write them.
func readSchema(t *testing.T) (open *jsonschema.Schema, closed *jsonschema.Resolved) {
	t.Helper()
	return readSchemaFile(t, schemaFile)
}

func readSchemaFile(t *testing.T, name string) (open *jsonschema.Schema, closed *jsonschema.Resolved) {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	open, shut := new(jsonschema.Schema), new(jsonschema.Schema)
	for _, s := range []*jsonschema.Schema{open, shut} {
		if err := json.Unmarshal(raw, s); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := open.Resolve(&jsonschema.ResolveOptions{Loader: loadBeside(name, false)}); err != nil {
		t.Fatal(err)
	}
	closeSchema(shut)
	closed, err = shut.Resolve(&jsonschema.ResolveOptions{Loader: loadBeside(name, true)})
	if err != nil {
		t.Fatal(err)
	}
	return open, closed
}

// closeSchema refuses fields that nobody documented.
func closeSchema(s *jsonschema.Schema) {
	s.AdditionalProperties = &jsonschema.Schema{Not: &jsonschema.Schema{}}
	for _, def := range s.Defs {
		if def.Type == "object" && def.AdditionalProperties == nil {
			def.AdditionalProperties = &jsonschema.Schema{Not: &jsonschema.Schema{}}
		}
	}
}

// loadBeside reads the schemas that one refers to from the files beside it.
func loadBeside(name string, closed bool) jsonschema.Loader {
	return func(uri *url.URL) (*jsonschema.Schema, error) {
		raw, err := os.ReadFile(filepath.Join(filepath.Dir(name), path.Base(uri.Path)))
		if err != nil {
			return nil, err
		}
		s := new(jsonschema.Schema)
		if err := json.Unmarshal(raw, s); err != nil {
			return nil, err
		}
		if closed {
			closeSchema(s)
		}
		return s, nil
	}
}

// validate checks one output of --format json.
func validate(t *testing.T, schema *jsonschema.Resolved, output []byte) error {
	t.Helper()
	var v any
	if err := json.Unmarshal(output, &v); err != nil {
		t.Fatalf("not JSON: %v", err)
	}
	return schema.Validate(v)
}

func TestSchemaHolds(t *testing.T) {
	_, schema := readSchema(t)
	for _, r := range sample.All() {
		var out bytes.Buffer
		if err := report.JSON(&out, r.Prediction); err != nil {
			t.Fatal(err)
		}
		if err := validate(t, schema, out.Bytes()); err != nil {
			t.Errorf("%s: %v", r.Name, err)
		}
	}
}

// TestSchemaRefuses proves that the check above can fail.
func TestSchemaRefuses(t *testing.T) {
	_, schema := readSchema(t)
	for _, tt := range []struct {
		reason   string
		old, new string
	}{
		{"another version", `"whybust/v1"`, `"whybust/v2"`},
		{"null for a list", `"notes": []`, `"notes": null`},
		{"a field that is missing", `"ignoreFile": ".dockerignore",`, ``},
		{"a field that nobody documented", `"target": "",`, `"target": "", "extra": 1,`},
		{"a step with an unknown field", `"of": 6,`, `"of": 6, "extra": 1,`},
		{"an unknown status", `"status": "hit"`, `"status": "perhaps"`},
		{"an unknown kind of cause", `"kind": "file"`, `"kind": "moon"`},
		{"a miss without first", `"first": 4`, `"first": null`},
		{"a hit with a cause", `"causes": []`, `"causes": [{"kind": "file"}]`},
		{"a short commit id", `"3f0c1d2e4b5a69788796a5b4c3d2e1f00f1e2d3c"`, `"3f0c1d2"`},
	} {
		var out bytes.Buffer
		if err := report.JSON(&out, sample.All()[0].Prediction); err != nil {
			t.Fatal(err)
		}
		broken := strings.Replace(out.String(), tt.old, tt.new, 1)
		if broken == out.String() {
			t.Errorf("%s: nothing was replaced", tt.reason)
		}
		if validate(t, schema, []byte(broken)) == nil {
			t.Errorf("%s: accepted", tt.reason)
		}
	}
}

// TestSchemaFields compares the fields of the Go types with those of the schema
// and of the text.
func TestSchemaFields(t *testing.T) {
	schema, _ := readSchema(t)
	doc := readText(t)
	for _, tt := range []struct {
		value  any
		schema *jsonschema.Schema
	}{
		{predict.Prediction{}, schema},
		{predict.Revision{}, schema.Defs["revision"]},
		{predict.Step{}, schema.Defs["step"]},
		{predict.Cause{}, schema.Defs["cause"]},
		{predict.ConfigChange{}, schema.Defs["configChange"]},
		{predict.Note{}, schema.Defs["note"]},
		{predict.Hint{}, schema.Defs["hint"]},
		{predict.Cost{}, schema.Defs["cost"]},
		{predict.Suggestion{}, schema.Defs["suggestion"]},
		{predict.Saves{}, schema.Defs["saves"]},
		{predict.TargetPrediction{}, schema.Defs["target"]},
	} {
		checkFields(t, reflect.TypeOf(tt.value), tt.schema, doc)
	}
}

// checkFields compares the fields of a Go type.
func checkFields(t *testing.T, typ reflect.Type, schema *jsonschema.Schema, doc string) {
	t.Helper()
	var fields, required []string
	for _, field := range reflect.VisibleFields(typ) {
		name, option, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "-" || field.Anonymous { // for callers in Go only; its fields are listed
			continue
		}
		fields = append(fields, name)
		if option == "" {
			required = append(required, name)
		}
		if !strings.Contains(doc, "`"+name+"`") {
			t.Errorf("%v: docs/json.md says nothing about %s", typ, name)
		}
	}
	slices.Sort(fields)
	if diff := cmp.Diff(fields, slices.Sorted(maps.Keys(schema.Properties))); diff != "" {
		t.Errorf("fields of %v (-Go +schema):\n%s", typ, diff)
	}
	if diff := cmp.Diff(required, schema.Required); diff != "" {
		t.Errorf("required fields of %v (-Go +schema):\n%s", typ, diff)
	}
}

// TestSchemaLists compares the closed lists: the constants in the source, the
// schema's and the tables of the text.
func TestSchemaLists(t *testing.T) {
	schema, _ := readSchema(t)
	constants := readConstants(t)
	tables := readTables(t)
	for _, tt := range []struct{ def, goType string }{
		{"status", "Status"},
		{"causeKind", "CauseKind"},
		{"change", "Change"},
		{"targetVerdict", "TargetVerdict"},
		{"noteKind", ""}, // plain strings in Go
		{"hintKind", ""},
		{"suggestionKind", ""},
	} {
		var list []string
		for _, v := range schema.Defs[tt.def].Enum {
			list = append(list, v.(string))
		}
		if tt.goType != "" {
			if diff := cmp.Diff(constants[tt.goType], list); diff != "" {
				t.Errorf("%s (-Go +schema):\n%s", tt.def, diff)
			}
		}
		if !slices.ContainsFunc(tables, func(table []string) bool { return slices.Equal(table, list) }) {
			t.Errorf("docs/json.md has no table with exactly %q", list)
		}
	}
}

// readConstants returns the string constants of each type in the files of the types.
func readConstants(t *testing.T) map[string][]string {
	t.Helper()
	constants := map[string][]string{}
	for _, name := range typesFiles {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		addConstants(t, constants, f)
	}
	return constants
}

func addConstants(t *testing.T, constants map[string][]string, f *ast.File) {
	t.Helper()
	ast.Inspect(f, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || spec.Type == nil || len(spec.Values) != 1 {
			return true
		}
		name := spec.Type.(*ast.Ident).Name
		value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		constants[name] = append(constants[name], value)
		return true
	})
}

func readText(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile(schemaText)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// readTables returns the first column of each table in docs/json.md.
func readTables(t *testing.T) [][]string {
	t.Helper()
	row := regexp.MustCompile("^\\| `([a-z-]+)` \\|")
	var tables [][]string
	var table []string
	for line := range strings.Lines(readText(t) + "\n") {
		if m := row.FindStringSubmatch(line); m != nil {
			table = append(table, m[1])
		} else if !strings.HasPrefix(line, "|") {
			tables, table = append(tables, table), nil
		}
	}
	return tables
}
