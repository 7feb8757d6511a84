package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"iter"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/spf13/pflag"

	"github.com/whybust/whybust/predict"
	"github.com/whybust/whybust/predict/history"
)

var noon = time.Date(2026, 3, 31, 12, 0, 0, 0, time.UTC)

func TestParseHistory(t *testing.T) {
	defaults := predict.HistoryRequest{Limit: 200, CacheSize: 1, CacheMode: "local", Side: predict.Side{BuildArgs: map[string]string{}}}
	with := func(change func(*predict.HistoryRequest)) predict.HistoryRequest {
		r := defaults
		change(&r)
		return r
	}
	for args, want := range map[string]predict.HistoryRequest{
		"":                       defaults,
		"v1.2":                   with(func(r *predict.HistoryRequest) { r.Revision = "v1.2" }),
		"HEAD services/api":      with(func(r *predict.HistoryRequest) { r.Revision, r.Context = "HEAD", "services/api" }),
		"-n 0 --cache-size 5":    with(func(r *predict.HistoryRequest) { r.Limit, r.CacheSize = 0, 5 }),
		"--since 2026-01-31":     with(func(r *predict.HistoryRequest) { r.Since = time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC) }),
		"--since 90d":            with(func(r *predict.HistoryRequest) { r.Since = noon.AddDate(0, 0, -90) }),
		"--since 2.weeks.ago":    with(func(r *predict.HistoryRequest) { r.Since = noon.AddDate(0, 0, -14) }),
		"--since 6m":             with(func(r *predict.HistoryRequest) { r.Since = noon.AddDate(0, -6, 0) }),
		"--since 1y":             with(func(r *predict.HistoryRequest) { r.Since = noon.AddDate(-1, 0, 0) }),
		"--cache-mode min":       with(func(r *predict.HistoryRequest) { r.CacheMode = "min" }),
		"-C d -f F --no-git-dir": with(func(r *predict.HistoryRequest) { r.Dir, r.File, r.NoGitDir = "d", "F", true }),
		"--target t --platform linux/arm64 --build-arg A=b": with(func(r *predict.HistoryRequest) {
			r.Target, r.Platform, r.BuildArgs = "t", "linux/arm64", map[string]string{"A": "b"}
		}),
	} {
		inv, err := parseHistory(fields(args), environment(nil), func() time.Time { return noon })
		if err != nil {
			t.Errorf("%q: %v", args, err)
			continue
		}
		if diff := cmp.Diff(want, inv.request, cmpopts.IgnoreFields(predict.Side{}, "Image")); diff != "" {
			t.Errorf("%q (-want +got):\n%s", args, diff)
		}
	}
	for _, args := range []string{"a b c", "a..b", "--since yesterday", "--since 90x", "-n -1", "-n x", "--cache-size 0", "--cache-mode moon", "--cache-mode=",
		"--format moon", "--build-arg =x", "--nope", "--build-context x", "--since 999999d"} {
		if inv, err := parseHistory(fields(args), environment(nil), time.Now); err == nil {
			t.Errorf("%q: %+v, want an error", args, inv.request)
		}
	}
	if _, err := parseHistory([]string{""}, environment(nil), time.Now); err == nil {
		t.Error("an empty REV is taken")
	}
}

// runHistory runs the command over a history that is made by hand.
func runHistory(ctx context.Context, builds replay, args ...string) (status int, stdout, stderr string) {
	var out, errs bytes.Buffer
	c := &command{stdout: &out, stderr: &errs, lookup: environment(nil), history: builds, stderrTerminal: true}
	status = c.run(ctx, append([]string{"history"}, args...))
	return status, out.String(), errs.String()
}

// made is a history of two builds, and what happens then.
func made(then func(yield func(*predict.HistoryBuild, error) bool)) replay {
	return func(context.Context, *predict.HistoryRequest) iter.Seq2[*predict.HistoryBuild, error] {
		return func(yield func(*predict.HistoryBuild, error) bool) {
			for n := range 2 {
				b := &predict.HistoryBuild{Commit: strings.Repeat("ab", 20), Time: noon}
				if n > 0 {
					b.Prediction = &predict.Prediction{Verdict: predict.Hit}
				}
				if !yield(b, nil) {
					return
				}
			}
			then(yield)
		}
	}
}

func TestHistoryStatus(t *testing.T) {
	nothing := func(func(*predict.HistoryBuild, error) bool) {}
	if status, out, _ := runHistory(t.Context(), made(nothing)); status != exitOK || !strings.HasPrefix(out, "1 build, ") {
		t.Errorf("status %d: %s", status, out)
	}
	fails := func(yield func(*predict.HistoryBuild, error) bool) { yield(nil, errors.New("no\nmore")) }
	if status, out, stderr := runHistory(t.Context(), made(fails)); status != exitError || out != "" || !strings.HasSuffix(stderr, "whybust: no; more\n") {
		t.Errorf("an error: status %d, %q, %q", status, out, stderr)
	}
	ctx, cancel := context.WithCancel(t.Context())
	interrupted := func(yield func(*predict.HistoryBuild, error) bool) { cancel(); yield(nil, ctx.Err()) }
	status, out, stderr := runHistory(ctx, made(interrupted), "--format", "json")
	var s history.Summary
	if err := json.Unmarshal([]byte(out), &s); err != nil || status != exitInterrupted || !s.Interrupted || s.Builds != 1 {
		t.Errorf("interrupted: status %d, %v, %s", status, err, out)
	}
	if !strings.HasPrefix(stderr, "\r\x1b[K1 of at most 200 builds, 2026-03-31") || !strings.HasSuffix(stderr, "\r\x1b[K") {
		t.Errorf("progress: %q", stderr)
	}
	if status, out, _ := runHistory(t.Context(), nil, "-h"); status != exitOK || !strings.Contains(out, "--cache-size") {
		t.Errorf("help: status %d, %s", status, out)
	}
}

func TestHistoryOfRepository(t *testing.T) {
	dir := repository(t)
	for _, format := range historyFormats {
		var out, errs bytes.Buffer
		c := &command{stdout: &out, stderr: &errs, lookup: os.LookupEnv, history: predict.History, details: predict.RunDetails}
		status := c.run(t.Context(), []string{"history", "-C", dir, "--build-arg", "TOKEN=" + secret, "--format", format})
		if status != exitOK || errs.Len() > 0 || !strings.Contains(out.String(), "COPY src ./src") || strings.Contains(out.String(), secret) {
			t.Errorf("%s: status %d, %s\n%s", format, status, &errs, &out)
		}
	}
	c := &command{stdout: &bytes.Buffer{}, stderr: &bytes.Buffer{}, lookup: os.LookupEnv, history: predict.History, details: predict.RunDetails}
	if status := c.run(t.Context(), []string{"history", "-C", dir, "-f", "nowhere"}); status != exitError {
		t.Errorf("without a Dockerfile: status %d", status)
	}
}

func TestHistoryDocs(t *testing.T) {
	text := read(t, "../../docs/history.md") + read(t, "../../README.md")
	historyFlags(new(historyOptions)).VisitAll(func(f *pflag.Flag) {
		if !strings.Contains(text, "`--"+f.Name) {
			t.Errorf("no word of --%s", f.Name)
		}
	})
	for line := range strings.Lines(historyUsage()) {
		if len(line) > 101 {
			t.Errorf("a long line: %s", line)
		}
	}
}

func TestColumns(t *testing.T) {
	for value, want := range map[string]int{"": 80, "120": 120, "10": 60, "x": 80, "-1": 80, "100000": 400} {
		if got := columns(environment(map[string]string{"COLUMNS": value})); got != want {
			t.Errorf("COLUMNS=%q: %d, want %d", value, got, want)
		}
	}
}

func TestHistoryTimings(t *testing.T) {
	dir := repository(t)
	log := "#1 [4/5] COPY src ./src\n#1 DONE 61.5s\n"
	var out, errs bytes.Buffer
	c := &command{stdin: strings.NewReader(log), stdout: &out, stderr: &errs, lookup: os.LookupEnv, history: predict.History}
	status := c.run(t.Context(), []string{"history", "-C", dir, "--timings", "-"})
	if status != exitOK || !strings.Contains(out.String(), "LOST\n") || !strings.Contains(out.String(), " 1m01s\n") {
		t.Errorf("status %d, %s\n%s", status, &errs, &out)
	}
	if status := c.run(t.Context(), []string{"history", "-C", dir, "--timings", "none.log"}); status != exitError {
		t.Errorf("a log that is not there: status %d", status)
	}
}

func TestHistoryBranchCache(t *testing.T) {
	inv, err := parseHistory(fields("--branch-cache main topic"), environment(nil), time.Now)
	if err != nil || inv.request.BranchCache != "main" || inv.request.Revision != "topic" {
		t.Errorf("%+v, %v", inv, err)
	}
	for _, args := range []string{"--branch-cache=", "--branch-cache main --format html"} {
		if _, err := parseHistory(fields(args), environment(nil), time.Now); err == nil {
			t.Errorf("%s: no error", args)
		}
	}
	dir := repository(t)
	for format, want := range map[string]string{
		"text":     "\npull requests for HEAD~1, with its build at the merge base in the cache\n",
		"markdown": "\npull requests for `HEAD~1`, with its build at the merge base in the cache.\n",
		"json":     "\"branch\": \"HEAD~1\"\n",
	} {
		var out, errs bytes.Buffer
		c := &command{stdout: &out, stderr: &errs, lookup: os.LookupEnv, history: predict.History}
		status := c.run(t.Context(), []string{"history", "-C", dir, "--branch-cache", "HEAD~1", "--format", format})
		if status != exitOK || errs.Len() > 0 || !strings.Contains(out.String(), want) {
			t.Errorf("%s: status %d, %s\n%s", format, status, &errs, &out)
		}
		out.Reset()
		c.stdin = strings.NewReader("nothing\n")
		status = c.run(t.Context(), []string{"history", "-C", dir, "--branch-cache", "HEAD~1", "--format", format, "--with-ignorefile", "-"})
		if status != exitOK || errs.Len() > 0 || !strings.Contains("\n"+strings.ReplaceAll(out.String(), "Pull", "pull"), want) {
			t.Errorf("%s with a change: status %d, %s\n%s", format, status, &errs, &out)
		}
	}
}
