package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/whybust/whybust/examples/internal/report"
	"github.com/whybust/whybust/examples/internal/sample"
	"github.com/whybust/whybust/predict"
)

func TestExpectHit(t *testing.T) {
	status, stdout, stderr := runWith(sample.MultiStage(), nil, "--format", "oneline", "--expect-hit", "RUN npm ci", "--expect-hit", "WORKDIR")
	if want := "whybust: expected \"RUN npm ci\" to hit, but step 5/6 of builder (RUN npm ci) misses: follows step 4/6 of builder\n"; status != exitMiss || stderr != want {
		t.Errorf("status %d, stderr %q", status, stderr)
	}
	if !strings.HasPrefix(stdout, "cache busts at") {
		t.Errorf("stdout %q", stdout)
	}
	status, stdout, stderr = runWith(sample.MultiStage(), nil, "--expect-hit", "RUN yarn")
	if status != exitError || stdout != "" || stderr != "whybust: --expect-hit \"RUN yarn\" matches no step\n" {
		t.Errorf("status %d, stdout %q, stderr %q", status, stdout, stderr)
	}
}

// inCI runs the command on a repository as a job would.
func inCI(t *testing.T, env map[string]string, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	c := &command{stdout: &out, stderr: &errs, lookup: environment(env), predict: predict.Run}
	if status := c.run(context.Background(), args); status != exitOK {
		t.Fatalf("%q: status %d, %s", args, status, &errs)
	}
	return out.String()
}

const (
	wantAnnotation = "::warning file=src/index.js,line=1,title=cache busts at step 4/5%3A COPY src ./src::src/index.js modified; 1 step follows\n"
	wantHeadline   = "cache busts at step 4/5: COPY src ./src (src/index.js)\n"
)

func TestGitHub(t *testing.T) {
	dir := repository(t)
	summary := filepath.Join(t.TempDir(), "summary")
	if err := os.WriteFile(summary, []byte("of another step\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got := inCI(t, map[string]string{"GITHUB_STEP_SUMMARY": summary}, "-C", dir, "--format", "github", "HEAD~1", "HEAD")
	if want := wantHeadline + wantAnnotation; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	text := read(t, summary)
	if !strings.HasPrefix(text, "of another step\n### cache busts at step 4/5: `COPY src ./src`\n") || strings.Contains(text, "<!--") {
		t.Errorf("the summary is %q", text)
	}
	got = inCI(t, nil, "-C", dir, "--format", "github", "HEAD~1", "HEAD")
	if !strings.HasPrefix(got, "### cache busts") || !strings.HasSuffix(got, "\n"+wantAnnotation) {
		t.Errorf("without a summary: %q", got)
	}
}

func TestAnnotationsStayOnTheChange(t *testing.T) {
	dir := repository(t)
	// A build argument is no line of the change, and a working tree without a change has none.
	got := inCI(t, nil, "-C", dir, "--format", "github", "--before-build-arg", "TOKEN=1", "--after-build-arg", "TOKEN=2", "HEAD", "HEAD")
	if strings.Contains(got, "::") {
		t.Errorf("got %q", got)
	}
	dockerfile := filepath.Join(dir, "Dockerfile")
	text := strings.Replace(read(t, dockerfile), "COPY go.mod ./", "COPY \\\n  go.mod ./x", 1)
	if err := os.WriteFile(dockerfile, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	got = inCI(t, nil, "-C", dir, "--format", "github")
	if want := "::warning file=Dockerfile,line=3,title="; !strings.Contains(got, want) {
		t.Errorf("want %q in %q", want, got)
	}
}

func TestCommentHasAMarker(t *testing.T) {
	dir := repository(t)
	for _, format := range []string{"markdown", "gitlab"} {
		got := inCI(t, nil, "-C", dir, "--format", format, "HEAD~1", "HEAD")
		if id, _, ok := report.Marker(got); !ok || id != "" {
			t.Errorf("%s: %q", format, got)
		}
	}
}

func TestHazardsOfARepository(t *testing.T) {
	dir := repository(t)
	for _, args := range [][]string{{"HEAD", "HEAD"}, {"--all", "HEAD", "HEAD"}} {
		var log struct {
			Runs []struct{ Results []struct{ RuleID string } }
		}
		if err := json.Unmarshal([]byte(inCI(t, nil, append([]string{"-C", dir, "--format", "sarif"}, args...)...)), &log); err != nil {
			t.Fatal(err)
		}
		if len(log.Runs) != 1 || len(log.Runs[0].Results) != 1 || log.Runs[0].Results[0].RuleID != predict.HazardUnpinnedBase {
			t.Errorf("%q: got %+v", args, log)
		}
	}
	var findings []struct {
		CheckName string `json:"check_name"`
	}
	if err := json.Unmarshal([]byte(inCI(t, nil, "-C", dir, "--format", "codequality", "HEAD~1", "HEAD")), &findings); err != nil {
		t.Fatal(err)
	}
	if len(findings) != 2 || findings[0].CheckName != "whybust/cache-bust" || findings[1].CheckName != "whybust/unpinned-base" {
		t.Errorf("got %+v", findings)
	}
}

// TestTextGivesNoCommands has files whose names a runner would take for commands.
func TestTextGivesNoCommands(t *testing.T) {
	p := sample.Prediction(sample.Miss("", 1, 1, "COPY . .", 1,
		sample.File(predict.Added, "::error::x"), sample.File(predict.Added, "a##[error]b"), sample.File(predict.Added, "##vso[task.setvariable]")))
	for _, format := range []string{"text", "oneline", "markdown", "json"} {
		var out bytes.Buffer
		c := &command{stdout: &out, stderr: new(bytes.Buffer), lookup: environment(map[string]string{"CI": "true"}),
			predict: func(context.Context, *predict.Request) (*predict.Prediction, error) { return p, nil }}
		c.run(context.Background(), []string{"--format", format})
		for line := range strings.Lines(out.String()) {
			if strings.HasPrefix(strings.TrimSpace(line), "::") || strings.Contains(line, "##[") || strings.Contains(line, "##vso[") {
				t.Errorf("%s: %q", format, line)
			}
		}
	}
}
