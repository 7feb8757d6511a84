package gitrepo_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/whybust/whybust/internal/gitrepo"
)

// plantGit puts a shell script in PATH as git. $REAL is the real one.
func plantGit(t *testing.T, script string) {
	t.Helper()
	real, err := exec.LookPath("git")
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	text := fmt.Sprintf("#!/bin/sh\nREAL='%s'\n%s", real, script)
	if err := os.WriteFile(filepath.Join(bin, "git"), []byte(text), 0o777); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
}

// oldGit puts a git in PATH that says it is of a version, and is as ignorant as those before 2.36, or 2.31.
func oldGit(t *testing.T, version string) {
	t.Helper()
	ignores := "--batch-command"
	if strings.HasPrefix(version, "1.") || strings.HasPrefix(version, "2.2") || strings.HasPrefix(version, "2.30") {
		ignores += "|--path-format=absolute|--show-object-format"
	}
	plantGit(t, `
for a; do
	case $a in
	rev-parse|cat-file|merge-base) command=$a ;;
	version) echo 'git version `+version+`'; exit ;;
	`+ignores+`)
		[ $command = cat-file ] && { echo "error: unknown option \`+"`"+`${a#--}'
usage: git cat-file" >&2; exit 129; }
		old=yes ;;
	esac
done
if [ "$old" ]; then # it prints what it does not know
	printf '%s\n' false false --show-object-format --path-format=absolute --whybust-mark .git --whybust-mark .git/index --whybust-mark sub/ --whybust-mark /x
	exit
fi
exec "$REAL" "$@"
`)
}

// TestMinVersion opens a repository at its root, where git is asked little, and below.
func TestMinVersion(t *testing.T) {
	dir := newRepo(t)
	for version, tooOld := range map[string]bool{
		"1.8.3.1": true, "2.20.1": true, "2.30.9": true, "2.30.1 (Apple Git-130)": true, "unheard of": true,
		"2.31.0": false, "2.35.1.windows.2": false, "2.35.rc1": false,
	} {
		t.Run(version, func(t *testing.T) {
			oldGit(t, version)
			for _, place := range []string{dir, dir + "/sub"} {
				r, err := gitrepo.Open(t.Context(), place)
				switch {
				case err == nil && tooOld:
					t.Error("it is not too old")
				case err == nil:
					if _, _, err := r.Resolve(t.Context(), "HEAD~1"); err != nil {
						t.Error(err)
					}
					r.Close()
				case !tooOld:
					t.Error(err)
				case !strings.Contains(err.Error(), gitrepo.MinVersion+" or newer is needed") || strings.Contains(err.Error(), "\n"):
					t.Errorf("error = %v, want one line that names the version needed", err)
				}
			}
		})
	}
}

// TestNoGit: there is none in PATH, or only one that lies in the current directory, which
// may be the repository's.
func TestNoGit(t *testing.T) {
	dir := newRepo(t)
	mark := filepath.Join(t.TempDir(), "mark")
	if err := os.WriteFile(dir+"/git", []byte("#!/bin/sh\necho x >'"+mark+"'\n"), 0o777); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	for path, want := range map[string]string{
		t.TempDir(): "git " + gitrepo.MinVersion + " or newer", "": "git " + gitrepo.MinVersion + " or newer",
		".": "current directory", ".:" + os.Getenv("PATH"): "current directory",
	} {
		t.Run(path, func(t *testing.T) {
			t.Setenv("PATH", path)
			_, err := gitrepo.Open(t.Context(), dir)
			if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("PATH=%s: error = %v, want one line with %q", path, err, want)
			}
		})
	}
	if _, err := os.Stat(mark); err == nil {
		t.Error("a program of the repository ran")
	}
}
