package main

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"strings"
	"testing"

	"github.com/whybust/whybust/internal/gittest"
	"github.com/whybust/whybust/predict"
)

// changing is a repository of n commits, each of which changes a file that is copied.
func changing(t *testing.T, n int) string {
	t.Helper()
	return changingWith(t, n, "FROM node:20\nARG TOKEN\nCOPY . .\nRUN npm ci $TOKEN\n")
}

func changingWith(t *testing.T, n int, dockerfile string) string {
	t.Helper()
	dir, _ := gittest.Init(t)
	for i := range n {
		gittest.Commit(t, dir, fmt.Sprint("commit ", i), map[string]string{
			"Dockerfile": dockerfile, ".dockerignore": ".git\n", "index.js": fmt.Sprint(i), "package.json": "{}", "package-lock.json": "{}",
		})
	}
	return dir
}

// TestHistoryPage: the newest builds have pages of their own, and a build argument is nowhere.
func TestHistoryPage(t *testing.T) {
	dir := changing(t, 16)
	write := func(ctx context.Context, history replay, args ...string) (string, int) {
		var out, errs bytes.Buffer
		c := &command{stdout: &out, stderr: &errs, lookup: environment(nil), predict: predict.Run, details: predict.RunDetails, history: history}
		status := c.run(ctx, append([]string{"history", "--format", "html", "-C", dir}, args...))
		if errs.Len() > 0 {
			t.Errorf("%q: %s", args, errs.String())
		}
		return out.String(), status
	}
	page, status := write(t.Context(), predict.History, "--build-arg", "TOKEN=hush-hush")
	if status != exitOK || !strings.HasPrefix(page, "<!doctype html>") || !strings.HasSuffix(page, "</html>\n") {
		t.Fatalf("status %d and %d bytes", status, len(page))
	}
	for want, n := range map[string]int{
		`class="whybust-build"`: 12, `"cells":"hof"`: 15, "hush": 0, "0% of 15 builds altogether cached": 3,
		`"command":["whybust","-C","` + dir + `","--build-arg","TOKEN","--format","html"]`: 1,
	} {
		if got := strings.Count(page, want); got != n {
			t.Errorf("%s is there %d times, want %d", want, got, n)
		}
	}
	page, _ = write(t.Context(), predict.History, "--cache-size", "3")
	if n := strings.Count(page, `class="whybust-build"`); n != 12 {
		t.Errorf("with three builds in the cache %d pages, want 12", n)
	}

	ctx, cancel := context.WithCancel(t.Context())
	page, status = write(ctx, func(ctx context.Context, r *predict.HistoryRequest) iter.Seq2[*predict.HistoryBuild, error] {
		return func(yield func(*predict.HistoryBuild, error) bool) {
			n := 0
			for b, err := range predict.History(ctx, r) {
				if n++; n == 8 {
					cancel()
				}
				if !yield(b, err) {
					return
				}
			}
		}
	})
	if status != exitInterrupted || !strings.Contains(page, "interrupted: these are the oldest builds") || strings.Contains(page, "whybust-build\">") || strings.Count(page, `"cells":"hof"`) != 6 {
		t.Errorf("after an interrupt: status %d, %d bytes, %d builds", status, len(page), strings.Count(page, `"cells":"hof"`))
	}
}

// TestWhatIfPage: both sides are drawn, the newest builds of each have pages of their own, and a build argument is nowhere.
func TestWhatIfPage(t *testing.T) {
	dir := changing(t, 16)
	late := "FROM node:20\nARG TOKEN\nRUN npm ci $TOKEN\nCOPY . .\n"
	write := func(format string) string {
		var out, errs bytes.Buffer
		c := &command{stdin: strings.NewReader(late), stdout: &out, stderr: &errs, lookup: environment(nil), details: predict.RunDetails, history: predict.History}
		if status := c.run(t.Context(), []string{"history", "-C", dir, "--with-dockerfile", "-", "--build-arg", "TOKEN=hush-hush", "--format", format}); status != exitOK || errs.Len() > 0 {
			t.Errorf("%s: status %d, %s", format, status, &errs)
		}
		return out.String()
	}
	page := write("html")
	for want, n := range map[string]int{
		`class="whybust-build"`: 24, `"cells":"hof"`: 15, `"cells":"hho"`: 15, "hush": 0, `"change":"the Dockerfile on standard input"`: 1, "15 misses avoided, 0 added, in 15 builds": 3,
	} {
		if got := strings.Count(page, want); got != n {
			t.Errorf("%s is there %d times, want %d", want, got, n)
		}
	}
	table := write("csv")
	for _, want := range []string{"side,row,stage,", "without,3,", "\nwith,3,"} {
		if !strings.Contains(table, want) {
			t.Errorf("%q is not in\n%s", want, table)
		}
	}
}
