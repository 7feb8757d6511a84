package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"iter"
	"strings"
	"testing"

	"github.com/whybust/whybust/examples/internal/sample"
	"github.com/whybust/whybust/predict"
	"github.com/whybust/whybust/predict/whatif"
)

// runAdvise runs the command with advice that is made by hand.
func runAdvise(ctx context.Context, advise func() (*whatif.Advice, error), environ map[string]string, args ...string) (status int, stdout, stderr string) {
	var out, errs bytes.Buffer
	c := &command{stdout: &out, stderr: &errs, lookup: environment(environ), advise: func(context.Context, *predict.HistoryRequest, *whatif.AdviseOptions) (*whatif.Advice, error) {
		return advise()
	}}
	status = c.run(ctx, append([]string{"advise"}, args...))
	return status, out.String(), errs.String()
}

// TestInterruptedAdvise: an interrupt prints what was found by then, in every format.
func TestInterruptedAdvise(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	found := func() (*whatif.Advice, error) {
		a := sample.Advice("", 30)
		a.Interrupted = true
		return a, nil
	}
	nothing := func() (*whatif.Advice, error) { return nil, ctx.Err() }
	for _, tt := range []struct {
		reason string
		advise func() (*whatif.Advice, error)
		begins map[string]string
	}{
		{"with advice", found, map[string]string{"text": "interrupted: this is what was found by then; ", "markdown": "Interrupted: this is what was found by then; "}},
		{"before the first build", nothing, map[string]string{"text": "interrupted: ", "markdown": "Interrupted: "}},
	} {
		for format, want := range tt.begins {
			if status, out, stderr := runAdvise(ctx, tt.advise, nil, "--format", format); status != exitInterrupted || !strings.HasPrefix(out, want) || stderr != "" {
				t.Errorf("%s, %s: status %d, %q, %q", tt.reason, format, status, out, stderr)
			}
		}
		status, out, _ := runAdvise(ctx, tt.advise, nil, "--format", "json")
		var a whatif.Advice
		if err := json.Unmarshal([]byte(out), &a); err != nil || status != exitInterrupted || !a.Interrupted {
			t.Errorf("%s: status %d, %v, %s", tt.reason, status, err, out)
		}
	}
	if status, out, stderr := runAdvise(t.Context(), func() (*whatif.Advice, error) { return nil, errors.New("no") }, nil); status != exitError || out != "" || stderr != "whybust: no\n" {
		t.Errorf("an error: status %d, %q, %q", status, out, stderr)
	}
}

// TestHistoryGivesNoCommands: what a repository says is no command to the runner that prints it.
func TestHistoryGivesNoCommands(t *testing.T) {
	advise := func() (*whatif.Advice, error) { return sample.Advice(sample.Markup, 30), nil }
	for _, format := range adviseFormats {
		_, out, _ := runAdvise(t.Context(), advise, map[string]string{"CI": "true"}, "--format", format)
		quiet(t, format, out)
	}
	for _, args := range [][]string{{"history", "--format", "text"}, {"history", "--format", "markdown"}, {"history", "--format", "csv"}, {"history", "--format", "json"},
		{"history", "--with-dockerfile", "-", "--format", "text"}, {"history", "--with-dockerfile", "-", "--format", "markdown"}, {"history", "--with-dockerfile", "-", "--format", "json"}} {
		var out, errs bytes.Buffer
		c := &command{stdin: strings.NewReader(""), stdout: &out, stderr: &errs, lookup: environment(map[string]string{"CI": "1"}), history: func(_ context.Context, _ *predict.HistoryRequest) iter.Seq2[*predict.HistoryBuild, error] {
			return func(yield func(*predict.HistoryBuild, error) bool) {
				for _, b := range sample.Changed(sample.Markup, 30) {
					if !yield(b, nil) {
						return
					}
				}
			}
		}}
		if status := c.run(t.Context(), args); status != exitOK {
			t.Fatalf("%q: status %d, %s", args, status, &errs)
		}
		quiet(t, strings.Join(args, " "), out.String())
	}
}

func quiet(t *testing.T, reason, out string) {
	t.Helper()
	for line := range strings.Lines(out) {
		if strings.Contains(line, "##[") || strings.HasPrefix(strings.TrimSpace(line), "::") {
			t.Errorf("%s: a command to a runner: %q", reason, line)
		}
	}
	if !strings.Contains(out, "npm ci") {
		t.Errorf("%s: %s", reason, out)
	}
}
