//go:build !race

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/whybust/whybust/predict"
	"github.com/whybust/whybust/predict/whatif"
)

// importedCommit is a commit that git fast-import makes, so that no file system need take its names.
type importedCommit struct {
	author, subject string
	files           map[string]string // all of them
}

// importHistory makes a bare repository of commits on main.
func importHistory(t *testing.T, commits []importedCommit) (dir string) {
	t.Helper()
	dir = t.TempDir()
	var in bytes.Buffer
	for i, c := range commits {
		fmt.Fprintf(&in, "commit refs/heads/main\ncommitter %s <t@example.org> %d +0000\ndata %d\n%s\ndeleteall\n", c.author, 1_700_000_000+3600*i, len(c.subject), c.subject)
		for _, name := range slices.Sorted(keysOf(c.files)) {
			data := c.files[name]
			fmt.Fprintf(&in, "M 100644 inline %s\ndata %d\n%s\n", octal(name), len(data), data)
		}
	}
	for _, args := range [][]string{{"init", "-q", "--bare", "-b", "main"}, {"fast-import", "--quiet"}} {
		cmd := exec.Command("git", args...)
		cmd.Dir, cmd.Stdin = dir, bytes.NewReader(in.Bytes())
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %q: %v\n%s", args, err, out)
		}
	}
	return dir
}

func keysOf(m map[string]string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// form is one way in which the command prints something of a repository.
type form struct {
	name  string // of the format
	args  []string
	env   map[string]string
	stdin string
}

func (f form) String() string { return fmt.Sprintf("%q %v", f.args, f.env) }

// everyForm is each format of each subcommand, with the flags that add to it.
func everyForm(extra ...string) (all []form) {
	add := func(name string, env map[string]string, args ...string) {
		all = append(all, form{name: name, env: env, args: slices.Concat(args, extra)})
	}
	for _, format := range formats {
		add(format, nil, "--format", format, "--suggest", "main~1", "main")
		add(format, nil, "--format", format, "--cached", "main~2", "--cache-mode", "min", "main~3", "main")
		if format != "html" {
			add(format, nil, "--format", format, "--all", "main~1", "main")
		}
	}
	for _, format := range historyFormats {
		add(format, nil, "history", "--format", format, "-n", "5", "main")
		if format != "html" {
			add(format, nil, "history", "--format", format, "-n", "5", "--all", "main")
			add(format, nil, "history", "--format", format, "--branch-cache", "main~3", "main")
		}
		add(format, nil, "history", "--format", format, "-n", "5", "--with-ignorefile", "ignore", "main")
	}
	for _, format := range adviseFormats {
		add(format, nil, "advise", "--format", format, "main")
	}
	add("matrix", nil, "--format", "matrix", "--all", "main~1", "main")
	add("text", map[string]string{"CLICOLOR_FORCE": "1"}, "main~1", "main")
	add("text", map[string]string{"CI": "1"}, "--fail-on", "miss", "--expect-hit", "RUN", "main~1", "main")
	add("github", map[string]string{"GITHUB_STEP_SUMMARY": "summary"}, "--format", "github", "main~1", "main")
	return all
}

// shown is all that a run of the command leaves for others to see.
type shown struct {
	status                  int
	stdout, stderr, summary string
}

// run runs the command as main does, on a terminal, in an empty directory.
func (f form) run(t *testing.T, repository string) shown {
	t.Helper()
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.WriteFile("ignore", []byte("*.md\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"GITHUB_STEP_SUMMARY": ""}
	for name, value := range f.env {
		env[name] = value
	}
	var out, errs bytes.Buffer
	c := &command{
		stdin: strings.NewReader(f.stdin), stdout: &out, stderr: &errs, lookup: environment(env), terminal: true, stderrTerminal: true,
		predict: predict.Run, details: predict.RunDetails, history: predict.History, advise: whatif.Advise,
	}
	args := slices.Clone(f.args)
	at := 0
	if args[0] == historyCommand || args[0] == adviseCommand {
		at = 1
	}
	for i, arg := range args {
		if arg == "ignore" {
			args[i] = filepath.Join(dir, arg)
		}
	}
	s := shown{status: c.run(context.Background(), slices.Insert(args, at, "-C", repository))}
	summary, err := os.ReadFile("summary")
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	s.stdout, s.stderr, s.summary = out.String(), errs.String(), string(summary)
	return s
}
