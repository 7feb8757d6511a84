package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/examples/internal/sample"
	"github.com/whybust/whybust/internal/gittest"
	"github.com/whybust/whybust/predict/history"
)

const historiesSchemaFile = "../../docs/whybust-histories-v1.schema.json"

// evolving is monorepo with a third commit, in which one service comes and another breaks.
func evolving(t *testing.T) string {
	dir := monorepo(t)
	git := gittest.In(t, dir)
	gittest.Write(t, dir, map[string]string{"new/Dockerfile": "FROM alpine:3.20\nCOPY . .\n", "new/x": "1", "web/src/main.c": "changed"})
	git("add", "-A")
	git("commit", "-q", "-m", "3")
	return dir
}

func historiesOf(t *testing.T, args ...string) (s history.Targets) {
	t.Helper()
	if err := json.Unmarshal([]byte(output(t, append([]string{"history", "--format", "json"}, args...)...)), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestHistoryOfTargets(t *testing.T) {
	dir := evolving(t)
	type line struct {
		Name, Context       string
		Absent, Builds, Bad int
	}
	var got []line
	for _, x := range historiesOf(t, "-C", dir, "--all").Targets {
		got = append(got, line{x.Name, x.Context, x.Absent, x.History.Builds, x.History.Unbuildable})
	}
	want := []line{{"api/Dockerfile", "api", 0, 2, 0}, {"new/Dockerfile", "new", 2, 0, 0}, {"torn/Dockerfile", "torn", 1, 0, 2}, {"web/Dockerfile", "web", 0, 2, 0}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, x := range historiesOf(t, "-C", dir+"/web", "--all", "HEAD~1", ".").Targets {
		if x.Name != "web/Dockerfile" || x.Context != "web" || x.History.Last.Subject != "2" {
			t.Errorf("below a directory: %+v", x)
		}
	}
	if text := output(t, "history", "-C", dir, "--all"); !strings.HasPrefix(text, "3 commits of 4 targets, ") || !strings.Contains(text, "\n== torn/Dockerfile\n") {
		t.Error(text)
	}
	if text := output(t, "history", "-C", dir, "--all", "--format", "csv"); !strings.HasPrefix(text, "target,platform,row,") || !strings.Contains(text, "\nweb/Dockerfile,linux/amd64,2,") {
		t.Error(text)
	}
	if text := output(t, "history", "-C", dir, "--all", "--format", "markdown"); !strings.Contains(text, "| `web/Dockerfile` | 2 | 67% | 2 | `1: [2/3] COPY src /src` |\n") {
		t.Error(text)
	}
}

// TestHistoryOfBakeAndCompose: the targets are those of the file, for every commit.
func TestHistoryOfBakeAndCompose(t *testing.T) {
	dir := evolving(t)
	for flag, text := range map[string]string{
		"--bake":    `{"group":{},"target":{"one":{"context":"api","dockerfile":"Dockerfile"},"two":{"context":"web","dockerfile":"Dockerfile","platforms":["linux/arm64"]}}}`,
		"--compose": `{"services":{"one":{"build":{"context":"` + dir + `/api"}},"two":{"build":{"context":"` + dir + `/web","platforms":["linux/arm64"]}}}}`,
	} {
		file := filepath.Join(t.TempDir(), "targets.json")
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		s := historiesOf(t, "-C", dir, flag, file)
		if len(s.Targets) != 2 || s.Commits != 3 {
			t.Fatalf("%s: %+v", flag, s)
		}
		one, two := s.Targets[0], s.Targets[1]
		if one.Name != "one" || one.Context != "api" || one.History.Edits.Source != 1 || two.Name != "two" || two.Platform != "linux/arm64" || two.History.Builds != 2 {
			t.Errorf("%s: %+v", flag, s)
		}
	}
}

func TestHistoryOfTargetsErrors(t *testing.T) {
	for _, args := range []string{
		"--all --format html", "--all --with-dockerfile x", "--all -f x", "--all --target x", "--bake x --compose y", "--bake x HEAD context", "--bake=",
		"--bake - --timings -", "--bake x --platform linux/arm64", "--all --overlay x",
	} {
		if inv, err := parseHistory(fields(args), environment(nil), time.Now); err == nil {
			t.Errorf("%s: %+v, want an error", args, inv)
		}
	}
	dir, git := gittest.Init(t)
	git("commit", "-q", "--allow-empty", "-m", "1")
	for _, args := range [][]string{{"--all"}, {"--bake", "nowhere.json"}, {"--all", "nowhere"}} {
		if status, out, errs := runIn(dir, "", append([]string{"history"}, args...)...); status != exitError || out != "" || strings.Count(errs, "\n") != 1 {
			t.Errorf("%q: status %d, %q, %q", args, status, out, errs)
		}
	}
}

func TestHistoryOfTargetsInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, errs bytes.Buffer
	c := &command{stdout: &out, stderr: &errs, lookup: environment(nil)}
	status := c.run(ctx, []string{"history", "-C", evolving(t), "--all"})
	if status == exitOK || out.Len() > 0 == (errs.Len() > 0) {
		t.Errorf("status %d, %q, %q", status, &out, &errs)
	}
}

func TestHistoriesSchema(t *testing.T) {
	real := output(t, "history", "-C", evolving(t), "--all", "--format", "json")
	holdSchema(t, historiesSchemaFile, []string{
		real, asJSON(t, history.NewTargets(nil, history.Options{}).Summary()), asJSON(t, sample.Targets("", 2)), asJSON(t, sample.Targets(sample.Nasty+sample.Markup, 30)),
	}, []alteration{
		{"another version", "whybust-histories/v1", "whybust-history/v1"},
		{"another version of what is in it", "whybust-history/v1", "whybust/v1"},
		{"null for a list", `"notes": []`, `"notes": null`},
		{"a field that is missing", `"absent": 0,`, ``},
		{"a field that nobody documented", `"absent": 0,`, `"absent": 0, "extra": 1,`},
		{"no history", `"history": {`, `"history": null, "x": {`},
	})
	schema, _ := readSchemaFile(t, historiesSchemaFile)
	_, doc, ok := strings.Cut(readText(t), "\n## Histories of many targets\n")
	if !ok {
		t.Fatal("docs/json.md has no section about it")
	}
	checkFields(t, reflect.TypeFor[history.Targets](), schema, doc)
	checkFields(t, reflect.TypeFor[history.TargetHistory](), schema.Defs["target"], doc)
}
