package main

import (
	"bytes"
	"context"
	"iter"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/predict"
)

func TestSubcommand(t *testing.T) {
	for _, tt := range []struct {
		reason, args string
		name, rest   string
	}{
		{"nothing", "", "", ""},
		{"it stands first", "history -n 5 main", "history", "-n 5 main"},
		{"the other one", "advise", "advise", ""},
		{"after a directory, as with git", "-C dir history -n 5", "history", "-C dir -n 5"},
		{"written together", "-Cdir history", "history", "-Cdir"},
		{"the long flag", "--directory dir advise main", "advise", "--directory dir main"},
		{"the long flag, written together", "--directory=dir history", "history", "--directory=dir"},
		{"two directories", "-C a -C b history", "history", "-C a -C b"},
		{"a directory of that name", "-C history", "", "-C history"},
		{"a directory of that name before the command", "-C history history", "history", "-C history"},
		{"a revision of that name", "-- history", "", "-- history"},
		{"and in a directory", "-C dir -- history", "", "-C dir -- history"},
		{"the second revision", "main history", "", "main history"},
		{"after another flag it is a revision", "--suggest history", "", "--suggest history"},
		{"a directory that is missing", "-C", "", "-C"},
	} {
		name, rest := subcommand(strings.Fields(tt.args))
		if diff := cmp.Diff([]string{tt.name, tt.rest}, []string{name, strings.Join(rest, " ")}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.reason, diff)
		}
	}
}

func TestSubcommandRuns(t *testing.T) {
	dir := ""
	run := func(args ...string) (status int, stderr string) {
		var errs bytes.Buffer
		c := &command{
			stdout: &bytes.Buffer{}, stderr: &errs, lookup: os.LookupEnv, predict: predict.Run,
			history: func(_ context.Context, r *predict.HistoryRequest) iter.Seq2[*predict.HistoryBuild, error] {
				dir = r.Dir
				return made(func(func(*predict.HistoryBuild, error) bool) {})(nil, nil)
			},
		}
		return c.run(t.Context(), args), errs.String()
	}
	if status, errs := run("-C", "there", "history"); status != exitOK || dir != "there" {
		t.Errorf("-C there history: status %d, in %q: %s", status, dir, errs)
	}
	repo := repository(t)
	if status, errs := run("-C", repo, "--suggest", "history", "HEAD"); status != exitError || !strings.Contains(errs, "the command history goes first") {
		t.Errorf("a flag before the command: status %d, %s", status, errs)
	}
	if status, errs := run("-C", repo, "-f", "x", "nowhere", "HEAD"); status != exitError || strings.Contains(errs, "goes first") {
		t.Errorf("another revision: status %d, %s", status, errs)
	}
}
