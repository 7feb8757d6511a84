package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/whybust/whybust/internal/leftover"
	"github.com/whybust/whybust/predict"
)

func TestMain(m *testing.M) { os.Exit(leftover.Main(m)) }

// TestRepositoryErrors: what is wrong with a repository, a revision or git is one line with
// the remedy, exit status 2, and nothing on standard output.
func TestRepositoryErrors(t *testing.T) {
	sh := func(t *testing.T, dir, script string) {
		t.Helper()
		cmd := exec.Command("sh", "-ec", script)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_SYSTEM="+os.DevNull)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", script, err, out)
		}
	}
	for _, tc := range []struct {
		name   string
		script string // run in the repository
		args   string
		want   []string
	}{
		{"outside of any repository", "rm -rf .git", "HEAD~1 HEAD", []string{"not a git repository"}},
		{"no such directory", "", "-C nowhere", []string{"nowhere", "no such file"}},
		{"shallow", "git clone -q --depth=1 file://$PWD s", "-C s HEAD~1 HEAD", []string{`"HEAD~1"`, "shallow", "fetch-depth: 0", "git fetch --unshallow"}},
		{"merge base in a shallow clone", "git checkout -qb side HEAD~1; git -c user.name=a -c user.email=a@b commit -q --allow-empty -m x; git clone -q --no-single-branch --depth=1 file://$PWD s",
			"-C s origin/main...origin/side", []string{"no common ancestor", "shallow", "fetch-depth: 0"}},
		{"partial, without the Dockerfile of then", "sed -i s/busybox:1/busybox:2/ Dockerfile; git -c user.name=a -c user.email=a@b commit -qam x; " +
			"git config uploadpack.allowFilter true; git clone -q --filter=blob:none file://$PWD p", "-C p HEAD~1 HEAD",
			[]string{"Dockerfile: git object ", "partial clone", "nothing is fetched", "git cat-file -e "}},
		{"partial, without the trees", "git config uploadpack.allowFilter true; git clone -q --filter=tree:0 --no-checkout file://$PWD p", "-C p HEAD~1 HEAD",
			[]string{"git object ", "partial clone", "nothing is fetched"}},
		{"unborn HEAD", "rm -rf .git; git init -q", "", []string{`"HEAD"`, "no commit yet"}},
		{"reftable, or another extension that this git does not know", "git config core.repositoryFormatVersion 1; git config extensions.refStorage unheard-of",
			"HEAD~1 HEAD", []string{"git says", "refstorage"}},
		{"a repository format of the future", "git config core.repositoryFormatVersion 99", "HEAD~1 HEAD", []string{"git says", "99"}},
		{"a damaged configuration", "echo '[core' >.git/config", "HEAD~1 HEAD", []string{"git says", "config"}},
		{"a working tree for a bare repository", "git clone -q --bare . b", "-C b HEAD", []string{"no working tree"}},
		{"no such revision", "", "nowhere", []string{`"nowhere"`, "no such revision"}},
		{"an option for a revision", "", "-- --output=x HEAD", []string{`"--output=x"`, "no such revision"}},
		{"a pathspec for a revision", "", ":(glob)* HEAD", []string{`":(glob)*"`}},
		{"a dash for a revision", "", "- HEAD", []string{`"-"`, "no such revision"}},
		{"a branch that was never left", "", "@{-1} HEAD", []string{`"@{-1}"`, "no such revision"}},
		{"no upstream", "", "@{u} HEAD", []string{`"@{u}"`, "no upstream"}},
		{"no such upstream on the other side", "", "HEAD @{u}", []string{`"@{u}"`, "no upstream"}},
		{"a context out of the repository", "", "HEAD~1 HEAD ..", []string{`".."`, "outside of the repository"}},
		{"no such context", "", "HEAD~1 HEAD nowhere", []string{"nowhere"}},
		{"a commit that is damaged", "printf x >.git/objects/$(git rev-parse HEAD~1 | sed 's,^..,&/,') || { f=.git/objects/$(git rev-parse HEAD~1 | sed 's,^..,&/,'); chmod +w $f; printf x >$f; }",
			"HEAD~1 HEAD", []string{`"HEAD~1"`}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			leftover.Check(t)
			t.Setenv("HOME", t.TempDir())
			dir := repository(t)
			sh(t, dir, "git branch -m main; "+tc.script)
			t.Chdir(dir)
			oneErrorLine(t, fields(tc.args), tc.want)
		})
	}
}

// oneErrorLine runs the command and looks for what its error is to say.
func oneErrorLine(t *testing.T, args, want []string) {
	t.Helper()
	status, stdout, stderr := runCommand(predict.Run, args...)
	if status != exitError || stdout != "" || strings.Count(stderr, "\n") != 1 {
		t.Errorf("status %d, stdout %q, stderr %q, want one line of an error", status, stdout, stderr)
	}
	for _, w := range want {
		if !strings.Contains(stderr, w) {
			t.Errorf("stderr %q, want %q in it", stderr, w)
		}
	}
}

// TestGitErrors: no git, one that is too old, one that refuses a repository of somebody else's.
func TestGitErrors(t *testing.T) {
	dir := repository(t)
	everyCommand := func(t *testing.T, want ...string) {
		t.Helper()
		for _, command := range [][]string{nil, {historyCommand}, {adviseCommand}} {
			oneErrorLine(t, append([]string{"-C", dir}, command...), want)
		}
	}
	t.Run("none", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		everyCommand(t, "no git in PATH", "git 2.31 or newer")
	})
	t.Run("too old", func(t *testing.T) {
		bin := t.TempDir()
		script := "#!/bin/sh\ncase \"$*\" in\n*version) echo git version 2.30.2 ;;\n*) echo \"error: unknown option\" >&2; exit 129 ;;\nesac\n"
		if err := os.WriteFile(filepath.Join(bin, "git"), []byte(script), 0o777); err != nil {
			t.Fatal(err)
		}
		t.Setenv("PATH", bin)
		everyCommand(t, "git 2.30.2 is too old", "2.31 or newer")
	})
	t.Run("of another user", func(t *testing.T) {
		t.Setenv("HOME", t.TempDir())
		if os.Getuid() == 0 {
			for _, path := range []string{dir, dir + "/.git"} {
				if err := os.Lchown(path, 12345, 12345); err != nil {
					t.Fatal(err)
				}
			}
		} else { // git's own tests have this variable for whoever cannot give files away
			bin := t.TempDir()
			real, _ := exec.LookPath("git")
			script := "#!/bin/sh\nGIT_TEST_ASSUME_DIFFERENT_OWNER=1 exec '" + real + "' \"$@\"\n"
			if err := os.WriteFile(filepath.Join(bin, "git"), []byte(script), 0o777); err != nil {
				t.Fatal(err)
			}
			t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
		}
		oneErrorLine(t, []string{"-C", dir, "HEAD~1", "HEAD"}, []string{"dubious ownership", "git config --global --add safe.directory " + dir})
		cmd := exec.Command("git", "config", "--global", "--add", "safe.directory", dir)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if status, _, stderr := runCommand(predict.Run, "-C", dir, "HEAD~1", "HEAD"); status != exitOK {
			t.Errorf("the remedy does not help: %s", stderr)
		}
	})
}
