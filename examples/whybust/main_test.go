package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/whybust/whybust/examples/internal/sample"
	"github.com/whybust/whybust/internal/gittest"
	"github.com/whybust/whybust/predict"
	"github.com/whybust/whybust/predict/whatif"
)

// runWith runs the command with a prediction made by hand.
func runWith(p *predict.Prediction, err error, args ...string) (status int, stdout, stderr string) {
	return runCommand(func(context.Context, *predict.Request) (*predict.Prediction, error) { return p, err }, args...)
}

func runCommand(f func(context.Context, *predict.Request) (*predict.Prediction, error), args ...string) (status int, stdout, stderr string) {
	var out, errs bytes.Buffer
	c := &command{
		stdout: &out, stderr: &errs, lookup: environment(nil), predict: f, details: predict.RunDetails, history: predict.History, advise: whatif.Advise,
	}
	status = c.run(context.Background(), args)
	return status, out.String(), errs.String()
}

func TestExitStatus(t *testing.T) {
	missing, cached, perhaps := sample.MultiStage(), sample.Prediction(sample.Hit("", 1, 1, "RUN true", 2)), sample.MayHit()
	for _, tt := range []struct {
		reason string
		p      *predict.Prediction
		err    error
		args   string
		want   int
	}{
		{"a miss is an answer", missing, nil, "", exitOK},
		{"a miss, asked for", missing, nil, "--exit-code", exitMiss},
		{"a miss, asked for in JSON", missing, nil, "--exit-code --format json", exitMiss},
		{"may-hit is no miss", perhaps, nil, "--exit-code", exitOK},
		{"may-hit, asked for", perhaps, nil, "--fail-on may-hit", exitMiss},
		{"a miss is worse", missing, nil, "--fail-on=may-hit --format markdown", exitMiss},
		{"only misses asked for", perhaps, nil, "--fail-on miss", exitOK},
		{"an expected step that hits", missing, nil, "--expect-hit WORKDIR", exitOK},
		{"all hit", cached, nil, "--exit-code", exitOK},
		{"an error", nil, errors.New("no"), "", exitError},
		{"an error wins", nil, errors.New("no"), "--exit-code", exitError},
		{"a usage error", cached, nil, "--nope", exitError},
		{"help", nil, nil, "-h", exitOK},
		{"help, though the rest is wrong", nil, nil, "--help a b c d", exitOK},
		{"version", nil, nil, "--version", exitOK},
	} {
		status, stdout, stderr := runWith(tt.p, tt.err, fields(tt.args)...)
		if status != tt.want {
			t.Errorf("%s: status %d, want %d (%s)", tt.reason, status, tt.want, stderr)
		}
		if failed := status == exitError; failed != (stdout == "") || failed != (stderr != "") {
			t.Errorf("%s: stdout %q, stderr %q", tt.reason, stdout, stderr)
		}
	}
}

func TestErrorIsOneVisibleLine(t *testing.T) {
	_, _, stderr := runWith(nil, errors.New("Dockerfile:3: unknown instruction: \x1b[2J\u202e\ngit said:\n\tno"))
	if want := "whybust: Dockerfile:3: unknown instruction: \\x1b[2J\\u202e; git said:; no\n"; stderr != want {
		t.Errorf("got %q, want %q", stderr, want)
	}
	_, _, stderr = runWith(nil, nil, "--\x1b[2J")
	if strings.Contains(stderr, "\x1b") || strings.Count(stderr, "\n") != 1 {
		t.Errorf("got %q", stderr)
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestOutputThatCannotBeWritten(t *testing.T) {
	var errs bytes.Buffer
	c := &command{stdout: brokenPipe{}, stderr: &errs, lookup: environment(nil),
		predict: func(context.Context, *predict.Request) (*predict.Prediction, error) { return sample.MultiStage(), nil }}
	if status := c.run(context.Background(), nil); status != exitError || errs.String() != "whybust: broken pipe\n" {
		t.Errorf("status %d, stderr %q", status, &errs)
	}
}

func TestUsageNamesEveryFlag(t *testing.T) {
	text := usage()
	for _, flag := range strings.Fields("--file -f --target --build-arg --platform --add-host --network --shm-size --ulimit -C " +
		"--before-file --before-target --before-platform --before-build-arg --after-build-arg --no-git-dir --format --fail-on --expect-hit --exit-code --version -h") {
		if !strings.Contains(text, flag+" ") && !strings.Contains(text, flag+",") {
			t.Errorf("the usage text does not name %s", flag)
		}
	}
	for line := range strings.Lines(text) {
		if len(line) > 101 {
			t.Errorf("a long line: %s", line)
		}
	}
}

// The rest runs the library for real, on a repository of two commits.

const secret = "s3cr3t-v4lue"

// repository makes a repository in which the second commit changes one file.
func repository(t *testing.T) string {
	t.Helper()
	dir, _ := gittest.Init(t)
	gittest.Commit(t, dir, "one", map[string]string{
		"Dockerfile": "FROM busybox:1\nWORKDIR /app\nCOPY go.mod ./\n\nCOPY src ./src\nARG TOKEN\nRUN use \"$TOKEN\"\n",
		"go.mod":     "module m\n", "src/index.js": "1\n",
	})
	gittest.Commit(t, dir, "two", map[string]string{"src/index.js": "2\n"})
	return dir
}

func TestRealRun(t *testing.T) {
	dir := repository(t)
	status, stdout, stderr := runCommand(predict.Run, "-C", dir, "HEAD~1", "HEAD")
	const want = "cache busts at step 4/5: COPY src ./src  (Dockerfile:5)\n  src/index.js modified\n1 step follows: [5/5] RUN use"
	if status != exitOK || !strings.HasPrefix(stdout, want) {
		t.Errorf("status %d, stderr %q, want %q and so on, got\n%s", status, stderr, want, stdout)
	}
	_, stdout, _ = runCommand(predict.Run, "-C", dir, "--format", "oneline", "HEAD~1..HEAD")
	if want := "cache busts at step 4/5: COPY src ./src (src/index.js)\n"; stdout != want {
		t.Errorf("got %q, want %q", stdout, want)
	}
}

func TestRealJSON(t *testing.T) {
	_, schema := readSchema(t)
	dir := repository(t)
	for _, revisions := range []string{"HEAD~1 HEAD", "HEAD HEAD", "HEAD~1...HEAD", "HEAD~1", ""} {
		args := append([]string{"-C", dir, "--format", "json"}, strings.Fields(revisions)...)
		status, stdout, stderr := runCommand(predict.Run, args...)
		if status != exitOK {
			t.Errorf("%q: %s", revisions, stderr)
			continue
		}
		if err := validate(t, schema, []byte(stdout)); err != nil {
			t.Errorf("%q: %v\n%s", revisions, err, stdout)
		}
	}
}

func TestBuildArgValuesAreNeverPrinted(t *testing.T) {
	dir := repository(t)
	for _, format := range formats {
		status, stdout, stderr := runCommand(predict.Run, "-C", dir, "--format", format,
			"--build-arg", "TOKEN="+secret, "--before-build-arg", "TOKEN=old-"+secret, "HEAD", "HEAD")
		if status != exitOK {
			t.Errorf("%s: %s", format, stderr)
		}
		if strings.Contains(stdout+stderr, secret) {
			t.Errorf("%s shows the value of a build argument:\n%s%s", format, stdout, stderr)
		}
	}
}

func environment(m map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		v, ok := m[name]
		return v, ok
	}
}

// TestHTML: the page of a repository, with the exit status of any other format.
func TestHTML(t *testing.T) {
	calls := 0
	var out, errs bytes.Buffer
	c := &command{
		stdout: &out, stderr: &errs, lookup: environment(nil),
		details: func(context.Context, *predict.Request, *predict.DetailOptions) (*predict.Prediction, *predict.Details, error) {
			calls++
			p := sample.MultiStage()
			return p, &predict.Details{Steps: make([]predict.StepDetails, len(p.Steps))}, nil
		},
	}
	if status := c.run(t.Context(), []string{"--format", "html", "--exit-code"}); status != exitMiss || calls != 1 || errs.Len() > 0 {
		t.Errorf("status %d after %d predictions: %s", status, calls, &errs)
	}
	if page := out.String(); !strings.HasPrefix(page, "<!doctype html>") || !strings.HasSuffix(page, "</html>\n") || !strings.Contains(page, "COPY . .") {
		t.Errorf("no page: %q", page)
	}
	if status, _, stderr := runWith(nil, nil, "--format", "html", "--all"); status != exitError || !strings.Contains(stderr, "one target") {
		t.Errorf("status %d for many targets: %s", status, stderr)
	}
}
