package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"

	"github.com/whybust/whybust/internal/gittest"
	"github.com/whybust/whybust/predict"
)

// monorepo makes a repository of three services, in which the second commit changes one and adds a broken one.
func monorepo(t *testing.T) string {
	t.Helper()
	dir, git := gittest.Init(t)
	write := func(name, text string) { gittest.Write(t, dir, map[string]string{name: text}) }
	for _, name := range []string{"api", "web"} {
		write(name+"/Dockerfile", "FROM alpine@sha256:"+strings.Repeat("0", 64)+"\nCOPY src /src\nRUN make\n")
		write(name+"/src/main.c", name)
	}
	write("old/Dockerfile", "FROM scratch\nCOPY x /x\n")
	write("old/x", "")
	git("add", "-A")
	git("commit", "-q", "-m", "1")
	write("api/src/main.c", "changed")
	write("torn/Dockerfile", "FROM alpine\nCOPI x /x\n")
	git("rm", "-q", "-r", "old")
	git("add", "-A")
	git("commit", "-q", "-m", "2")
	return dir
}

// runIn runs the command with real predictions.
func runIn(dir, stdin string, args ...string) (status int, stdout, stderr string) {
	var out, errs bytes.Buffer
	c := &command{stdin: strings.NewReader(stdin), stdout: &out, stderr: &errs, lookup: environment(nil), predict: predict.Run}
	status = c.run(context.Background(), append([]string{"-C", dir}, args...))
	return status, out.String(), errs.String()
}

func TestTargetsAsText(t *testing.T) {
	status, stdout, stderr := runIn(monorepo(t), "", "--all", "HEAD~1..HEAD")
	if status != exitOK || stderr != "" {
		t.Fatalf("status %d: %s", status, stderr)
	}
	lines := strings.Split(stdout, "\n")
	for i, line := range lines { // without the ids of commits
		if before, after, ok := strings.Cut(line, " -> "); ok {
			lines[i] = before[:strings.Index(before, " (")] + " ->" + after[strings.Index(after, ":"):]
		}
	}
	want := []string{
		"TARGET           VERDICT  FIRST MISS              CAUSE",
		"api/Dockerfile   miss     [2/3] COPY src /src     src/main.c",
		"torn/Dockerfile  broken                           torn/Dockerfile:2: unknown instruction: COPI (did you mean COPY?)",
		"web/Dockerfile   hit",
		"old/Dockerfile   removed",
		"",
		"HEAD~1 ->: 2 of 4 targets affected",
		"",
		"context of api/Dockerfile and 2 more: its directory, which has all that it takes",
		"context of torn/Dockerfile: its directory, as what it takes cannot be read",
		"",
	}
	want[1] = strings.Replace(want[1], "    src/main.c", " src/main.c", 1)
	for i := range want {
		want[i] = strings.Join(strings.Fields(want[i]), " ")
	}
	for i := range lines {
		lines[i] = strings.Join(strings.Fields(lines[i]), " ")
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTargetsAsMatrix(t *testing.T) {
	dir := monorepo(t)
	status, stdout, stderr := runIn(dir, "", "--all", "--format", "matrix", "HEAD~1..HEAD")
	want := `{"include":[` +
		`{"name":"api/Dockerfile","verdict":"miss","context":"api","dockerfile":"api/Dockerfile","target":"","platforms":"linux/amd64"},` +
		`{"name":"torn/Dockerfile","verdict":"broken","context":"torn","dockerfile":"torn/Dockerfile","target":"","platforms":"linux/amd64"}]}` + "\n"
	if status != exitOK || stderr != "" || stdout != want {
		t.Errorf("status %d %s\n%s", status, stderr, cmp.Diff(want, stdout))
	}
	_, stdout, _ = runIn(dir, "", "--all", "--format", "oneline", "HEAD~1..HEAD")
	want = "api/Dockerfile: cache busts at step 2/3: COPY src /src (src/main.c)\n" +
		"torn/Dockerfile: broken (torn/Dockerfile:2: unknown instruction: COPI (did you mean COPY?))\n" +
		"web/Dockerfile: every step is cached (3 steps)\nold/Dockerfile: removed\n"
	if diff := cmp.Diff(want, stdout); diff != "" {
		t.Errorf("oneline (-want +got):\n%s", diff)
	}
}

func TestTargetsFromFiles(t *testing.T) {
	dir := monorepo(t)
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		t.Fatal(err)
	}
	bake := `{"target": {"a": {"context": "api"}, "w": {"context": "web", "args": {"X": "1"}}}}`
	compose := `{"services": {"a": {"build": {"context": "` + real + `/api"}}, "w": {"build": {"context": "` + real + `/web"}}}}`
	if err := os.WriteFile(filepath.Join(dir, "bake.json"), []byte(bake), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "before.json"), []byte(`{"target": {"a": {"context": "api"}}}`), 0o644); err != nil {
		t.Fatal(err)
	}
	const want = "a: cache busts at step 2/3: COPY src /src (src/main.c)\nw: "
	const cached = "every step is cached (3 steps)\n"
	for _, tt := range []struct{ reason, stdin, args, want string }{
		{"a bake file", "", "--bake bake.json", want + cached},
		{"a bake file from standard input", bake, "--bake -", want + cached},
		{"a compose file", compose, "--compose -", want + cached},
		{"another bake file before", "", "--bake bake.json --before-bake before.json", want + "new\n"},
		{"another bake file before, from standard input", `{"target": {"a": {"context": "web"}}}`, "--bake bake.json --before-bake -",
			strings.Replace(want, "src/main.c", "src/main.c", 1) + "new\n"},
	} {
		args := append(strings.Fields(tt.args), "--format", "oneline", "HEAD~1..HEAD")
		status, stdout, stderr := runIn(dir, tt.stdin, args...)
		if status != exitOK || stdout != tt.want {
			t.Errorf("%s: status %d %s\n%s", tt.reason, status, stderr, cmp.Diff(tt.want, stdout))
		}
	}
}

func TestTargetFlags(t *testing.T) {
	dir := monorepo(t)
	bake := `{"target": {"a": {"context": "api"}, "w": {"context": "web"}}}`
	for _, tt := range []struct {
		reason, args string
		status       int
		stderr       string
	}{
		{"a miss, asked for", "--all --exit-code HEAD~1..HEAD", exitMiss, ""},
		{"no miss", "--all --exit-code HEAD~1..HEAD web", exitOK, ""},
		{"two sources", "--all --bake -", exitError, "--bake and --all exclude each other"},
		{"no file", "--bake=", exitError, "--bake needs a FILE"},
		{"a file that is not there", "--bake nope.json", exitError, "nope.json: no such file or directory"},
		{"one of an image", "--all -f Dockerfile", exitError, "--file is about one image; with --all it stands with each target"},
		{"one of an image, in a bake file", "--bake - --platform linux/arm64", exitError, "--platform is about one image; with --bake it stands with each target"},
		{"a context", "--bake - HEAD~1 HEAD api", exitError, "a CONTEXT is about one image; with --bake it stands with each target"},
		{"the old side alone", "--before-bake x", exitError, "--before-bake goes with --bake"},
		{"both from standard input", "--bake - --before-bake -", exitError, "only one side can be read from standard input"},
		{"a matrix of one", "--format matrix", exitError, "--format matrix goes with --bake, --compose or --all"},
		{"one cache for one", "--one-cache", exitError, "--one-cache goes with --bake, --compose or --all"},
		{"no such revision", "--bake - nope HEAD", exitError, "nope"},
		{"not what it says", "--compose -", exitError, "standard input: there are no services"},
		{"below what is not there", "--all HEAD~1..HEAD nowhere", exitOK, ""},
		{"outside", "--all HEAD~1..HEAD ../..", exitError, "outside of the repository"},
	} {
		status, stdout, stderr := runIn(dir, bake, strings.Fields(tt.args)...)
		if status != tt.status || !strings.Contains(stderr, tt.stderr) || strings.Count(stderr, "\n") > 1 {
			t.Errorf("%s: status %d, want %d: %s", tt.reason, status, tt.status, stderr)
		}
		if (status == exitError) != (stdout == "") {
			t.Errorf("%s: standard output: %q", tt.reason, stdout)
		}
	}
}

// TestTargetsSchema: the array is what the schema calls targets.
func TestTargetsSchema(t *testing.T) {
	raw, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	schema := new(jsonschema.Schema)
	if err := json.Unmarshal(raw, schema); err != nil {
		t.Fatal(err)
	}
	// The root is that of one prediction; an array stands beside it.
	array := &jsonschema.Schema{Type: "array", Items: &jsonschema.Schema{Ref: "#/$defs/target"}, Defs: schema.Defs}
	shut := &jsonschema.Schema{Not: &jsonschema.Schema{}}
	array.Defs["target"].AdditionalProperties = shut
	array.Defs["prediction"] = schema.CloneSchemas()
	array.Defs["target"].Properties["prediction"] = &jsonschema.Schema{AnyOf: []*jsonschema.Schema{{Type: "null"}, {Type: "object"}}}
	resolved, err := array.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	status, stdout, stderr := runIn(monorepo(t), "", "--all", "--format", "json", "HEAD~1..HEAD")
	if status != exitOK {
		t.Fatal(stderr)
	}
	if err := validate(t, resolved, []byte(stdout)); err != nil {
		t.Error(err)
	}
	for _, broken := range []struct{ old, new string }{
		{`"verdict": "broken"`, `"verdict": "torn"`}, {`"affected": true,`, ``}, {`"context": "api",`, `"context": "api", "extra": 1,`},
	} {
		if text := strings.Replace(stdout, broken.old, broken.new, 1); text == stdout || validate(t, resolved, []byte(text)) == nil {
			t.Errorf("%s is accepted, or was not there", broken.new)
		}
	}
	_, one := readSchema(t)
	var answers []struct{ Prediction json.RawMessage }
	if err := json.Unmarshal([]byte(stdout), &answers); err != nil {
		t.Fatal(err)
	}
	for _, a := range answers {
		if string(a.Prediction) == "null" {
			continue
		}
		if err := validate(t, one, a.Prediction); err != nil {
			t.Error(err)
		}
	}
}
