package gitrepo_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/internal/gitrepo"
)

// each gives the entries of a log one by one.
func each(parts iter.Seq2[[]*gitrepo.LogEntry, error]) iter.Seq2[*gitrepo.LogEntry, error] {
	return func(yield func(*gitrepo.LogEntry, error) bool) {
		for part, err := range parts {
			if err != nil && !yield(nil, err) {
				return
			}
			for _, e := range part {
				if !yield(e, nil) {
					return
				}
			}
		}
	}
}

// logLines writes a history as a line for each commit and for each change.
func logLines(t *testing.T, r *gitrepo.Repo, rev string, o gitrepo.LogOptions) (lines []string) {
	t.Helper()
	tip, _, err := r.Resolve(t.Context(), rev)
	if err != nil {
		t.Fatal(err)
	}
	for e, err := range each(r.Log(t.Context(), tip, o)) {
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, e.Subject)
		for _, c := range e.Changes {
			lines = append(lines, fmt.Sprintf("  %s %o", c.Path, c.Mode))
		}
	}
	return lines
}

// mergedRepo has main (root, base, merge of topic, last) and topic.
func mergedRepo(t *testing.T) string {
	dir := newRepo(t)
	git(t, dir, "checkout", "-qb", "topic")
	write(t, dir, "sub/topic", "1")
	git(t, dir, "add", "-A")
	git(t, dir, "commit", "-qm", "on topic")
	git(t, dir, "checkout", "-q", "main")
	write(t, dir, "sub/main", "1")
	git(t, dir, "add", "-A")
	git(t, dir, "commit", "-qm", "on main")
	git(t, dir, "merge", "-q", "--no-ff", "-m", "merge", "topic")
	git(t, dir, "commit", "-q", "--allow-empty", "-m", "empty")
	return dir
}

var mergedLog = []string{
	"one", "  sub/file 100644", "two", "  sub/file 100644", "on main", "  sub/main 100644", "merge", "  sub/topic 100644", "empty",
}

func TestLog(t *testing.T) {
	dir := mergedRepo(t)
	if diff := cmp.Diff(mergedLog, logLines(t, open(t, dir), "HEAD", gitrepo.LogOptions{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(mergedLog[6:], logLines(t, open(t, dir), "HEAD", gitrepo.LogOptions{Limit: 2})); diff != "" {
		t.Errorf("the newest two (-want +got):\n%s", diff)
	}
	if lines := logLines(t, open(t, dir), "HEAD", gitrepo.LogOptions{Since: time.Now().Add(time.Hour)}); lines != nil {
		t.Errorf("since tomorrow: %q", lines)
	}
	git(t, dir, "clone", "-q", "--depth=2", "file://"+dir, "shallow")
	if got := logLines(t, open(t, dir+"/shallow"), "HEAD", gitrepo.LogOptions{}); len(got) == 0 || got[0] != "merge" || got[len(got)-1] != "empty" {
		t.Errorf("of a shallow clone: %q", got)
	}
}

// TestLogIsNobodysToConfigure: settings of the repository change what git log says, but not here.
func TestLogIsNobodysToConfigure(t *testing.T) {
	dir := mergedRepo(t)
	fifo := dir + "/.git/order"
	if err := os.WriteFile(fifo, []byte("zzz\n"), 0o000); err != nil {
		t.Fatal(err)
	}
	for _, setting := range []string{
		"log.diffMerges=combined", "log.diffMerges=off", "log.showSignature=true", "log.showRoot=false", "log.decorate=full", "log.abbrevCommit=true",
		"format.pretty=oneline", "diff.renames=copies", "diff.orderFile=" + fifo, "diff.relative=true", "diff.noprefix=true", "core.abbrev=4",
		"color.ui=always", "i18n.logOutputEncoding=UTF-16", "diff.ignoreSubmodules=all", "diff.external=touch x", "diff.submodule=log", "core.quotePath=true",
		"log.follow=true", "notes.displayRef=*", "diff.stat=true", "core.pager=touch x", "diff.noIndex=true",
	} {
		name, value, _ := strings.Cut(setting, "=")
		git(t, dir, "config", name, value)
		want := mergedLog
		if name == "log.showRoot" {
			want = slices.Delete(slices.Clone(want), 1, 2) // whoever reads it takes the first tree as a whole
		}
		if diff := cmp.Diff(want, logLines(t, open(t, dir), "HEAD", gitrepo.LogOptions{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", setting, diff)
		}
		git(t, dir, "config", "--unset", name)
	}
	if _, err := os.Stat(dir + "/x"); err == nil {
		t.Error("a setting was executed")
	}
}

// TestLogHostile: names, subjects and encodings of any kind.
func TestLogHostile(t *testing.T) {
	dir := newRepo(t)
	var want []string
	for _, name := range []string{"a\nb", ":100644", "tab\t", "\xff", "-x", "\x1b[2J", strings.Repeat("deep/", 200) + "x"} {
		write(t, dir, name, "1")
		git(t, dir, "add", "-A")
		git(t, dir, "commit", "-qm", ":"+name)
		want = append(want, name)
	}
	long := strings.Repeat("long ", 15_000)
	git(t, dir, "commit", "-q", "--allow-empty", "-m", long)
	var got []string
	tip, _, err := open(t, dir).Resolve(t.Context(), "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	subject := ""
	for e, err := range each(open(t, dir).Log(t.Context(), tip, gitrepo.LogOptions{Limit: len(want) + 1})) {
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range e.Changes {
			got = append(got, c.Path)
		}
		subject = e.Subject
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(subject) == 0 || len(subject) > 1024 || !strings.HasPrefix(long, subject) {
		t.Errorf("a subject of %d bytes", len(subject))
	}
}

// TestLogEnds: however it ends, no process is left (newRepo looks).
func TestLogEnds(t *testing.T) {
	dir := newRepo(t)
	for range 20 {
		git(t, dir, "commit", "-q", "--allow-empty", "-m", "empty")
	}
	r := open(t, dir)
	tip, _, err := r.Resolve(t.Context(), "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	for range each(r.Log(t.Context(), tip, gitrepo.LogOptions{})) {
		break
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n := 0
	for _, err := range each(r.Log(ctx, tip, gitrepo.LogOptions{})) {
		if n++; n == 2 {
			cancel()
		}
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("error = %v, want Canceled", err)
		}
	}
	for e, err := range each(r.Log(ctx, tip, gitrepo.LogOptions{})) {
		if e != nil || !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled before: %v, %v", e, err)
		}
	}
	missing, _ := gitrepo.ParseOID(strings.Repeat("12", 20))
	for e, err := range each(r.Log(t.Context(), missing, gitrepo.LogOptions{})) {
		if e != nil {
			t.Errorf("an entry of a commit that is not there: %v", e)
		}
		oneError(t, err)
	}
}

func TestLogOfOtherGits(t *testing.T) {
	dir := newRepo(t)
	r := open(t, dir)
	tip, _, err := r.Resolve(t.Context(), "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	gitrepo.SetPatience(t, 100*time.Millisecond)
	for script, want := range map[string]string{
		"sleep 600\n":                             "did not answer within",
		"printf 'garbage\\0'\n":                   "git log answered",
		"printf ':100644\\0a\\0'\n":               "git log answered",
		"printf 'no end'\n":                       "unexpected EOF",
		"echo 'fatal: no' >&2; exit 9":            "no",
		"head -c 200000 /dev/zero | tr '\\0' :\n": "longer than",
	} {
		plantGit(t, script)
		var last error
		for _, err := range each(r.Log(t.Context(), tip, gitrepo.LogOptions{})) {
			last = err
		}
		oneError(t, last)
		if !strings.Contains(fmt.Sprint(last), want) {
			t.Errorf("%q: error = %v, want %q", script, last, want)
		}
	}
}

func FuzzLog(f *testing.F) {
	id, tree := strings.Repeat("12", 20), strings.Repeat("ab", 20)
	f.Add([]byte(id + " " + tree + " 1700000000 subject\x00\n:100644 100644 " + id + " " + tree + " M\x00a/b\x00" + id + " " + tree + " 1 \x00"))
	f.Add([]byte(":100644 100644 " + id + " " + tree + " M\x00a\x00"))
	f.Add([]byte(id + " " + tree + " 9999999999999999999 s\x00"))
	f.Add([]byte("\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		entries, err := gitrepo.ParseLog(data)
		if err != nil && (strings.Contains(err.Error(), "\n") || len(err.Error()) > 1000) {
			t.Errorf("error = %v", err)
		}
		size := 0
		for _, e := range entries {
			size += len(e.Commit.Hex()) + len(e.Tree.Hex()) + len(e.Subject)
			for _, c := range e.Changes {
				size += len(c.Path)
				if c.Path == "" || strings.Contains(c.Path, "\x00") {
					t.Errorf("path %q", c.Path)
				}
			}
		}
		if size > len(data) {
			t.Errorf("%d bytes of %d", size, len(data))
		}
	})
}

// TestParseLogPlaces: wherever in the parser's buffer a change lies, its id and path are its own.
func TestParseLogPlaces(t *testing.T) {
	var data []byte
	var want []gitrepo.RawChange
	for i := range 3000 {
		hex := fmt.Sprintf("%040x", i+1)
		id, _ := gitrepo.ParseOID(hex)
		c := gitrepo.RawChange{Path: strings.Repeat("p", i%97) + fmt.Sprint(i), Mode: 0o100644, OID: id, Content: i%3 > 0}
		before := "100644"
		if !c.Content {
			before = "100755"
		}
		if i%10 == 0 {
			data = fmt.Appendf(data, "%s %s %d s\x00", hex, hex, i)
		}
		data = fmt.Appendf(data, ":%s 100644 %s %s M\x00%s\x00", before, hex, hex, c.Path)
		want = append(want, c)
	}
	entries, err := gitrepo.ParseLog(data)
	var got []gitrepo.RawChange
	for _, e := range entries {
		got = append(got, e.Changes...)
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("error %v (-want +got):\n%s", err, diff)
	}
}
