package predict_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/internal/leftover"
	"github.com/whybust/whybust/predict"
	"github.com/whybust/whybust/predict/whatif"
)

// kindsScript makes a repository in "r", of six commits on main, the last of which is a merge.
const kindsScript = `
git init -q -b main $INIT r
cd r
mkdir sub
printf 'FROM node:20\nCOPY . .\nRUN npm ci\n' >Dockerfile
printf '.git\n*.md\n' >.dockerignore
echo '{}' >package.json
for i in 1 2 3 4; do echo $i >sub/a; echo $i >b.md; git add -A; git commit -qm "commit $i"; done
git checkout -qb side HEAD~1; echo x >c; git add -A; git commit -qm side
git checkout -q main; git merge -q --no-ff -m merge side
echo 5 >sub/a; git commit -qam "commit 5"
cd ..
`

// kindRepository runs the script and then another in the same directory, and returns "r" or what the second one made.
func kindRepository(t *testing.T, init, script, dir string) string {
	t.Helper()
	top := t.TempDir()
	cmd := exec.Command("sh", "-ec", kindsScript+script)
	cmd.Dir = top
	cmd.Env = append(os.Environ(), "INIT="+init, "HOME="+top, "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_SYSTEM="+os.DevNull,
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@b", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@b",
		"GIT_AUTHOR_DATE=2026-01-01T00:00:00Z", "GIT_COMMITTER_DATE=2026-01-01T00:00:00Z")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return filepath.Join(top, dir)
}

// historyLines is a history in lines without object ids, and its errors.
func historyLines(t *testing.T, r *predict.HistoryRequest) (lines []string, err error) {
	t.Helper()
	for b, e := range predict.History(t.Context(), r) {
		if e != nil {
			return lines, e
		}
		line := b.Subject + ":"
		if b.Err != nil {
			line += " " + b.Err.Error()
		} else if b.Prediction != nil {
			for _, s := range b.Prediction.Steps {
				line += fmt.Sprintf(" %s", s.Status)
				for _, c := range s.Causes {
					line += fmt.Sprintf(" %s%s", c.Kind, strings.TrimSuffix(" "+c.Path, " "))
				}
			}
		}
		lines = append(lines, line)
	}
	return lines, nil
}

// TestHistoryOfEveryKind: a history, and the advice on it, is the same in every kind of repository that holds it, and one clear error where
// it does not.
func TestHistoryOfEveryKind(t *testing.T) {
	want, err := historyLines(t, &predict.HistoryRequest{Dir: kindRepository(t, "", "", "r")})
	if err != nil || len(want) != 6 {
		t.Fatalf("%v, %v", want, err)
	}
	for _, tt := range []struct {
		reason, init, script, dir string
		builds                    int      // 0 is all: the newest
		err                       []string // in the error, or in that of the oldest build
	}{
		{reason: "a bare clone", script: "git clone -q --bare r b", dir: "b"},
		{reason: "a linked worktree", script: "git -C r worktree add -q --detach ../w main", dir: "w"},
		{reason: "a subdirectory", dir: "r/sub"},
		{reason: "through a symbolic link", script: "ln -s r l", dir: "l"},
		{reason: "SHA-256", init: "--object-format=sha256", dir: "r"},
		{reason: "reftable", init: "--ref-format=reftable", dir: "r"},
		{reason: "all packed", script: "cd r; git gc -q; git pack-refs --all", dir: "r"},
		{reason: "with a commit graph of changed paths", script: "git -C r commit-graph write --reachable --changed-paths", dir: "r"},
		{reason: "alternates", script: "git clone -q --shared r s", dir: "s"},
		{reason: "a dirty index and a merge in progress", script: "cd r; git checkout -qb other HEAD~3; echo y >c; git add c; git commit -qm y; git checkout -q main; git merge -q other || true; echo z >Dockerfile; git add Dockerfile", dir: "r"},
		{reason: "a sparse checkout", script: "cd r; git sparse-checkout set --no-cone /b.md", dir: "r"},
		{reason: "settings of git log", script: "cd r; echo sub >order; " +
			"git config log.follow true; git config diff.orderFile order; git config diff.renames copies; git config log.diffMerges on; git config diff.noprefix true; git config core.quotePath true; " +
			"git config i18n.logOutputEncoding UTF-16; git config log.date relative; git config format.pretty oneline; git config log.decorate full; git config color.ui always; git config log.showRoot false; " +
			"git config core.abbrev 4; git config diff.ignoreSubmodules all; git config log.mailmap true; git config diff.relative true; git config log.firstParent false; git config core.commitGraph false; git config diff.wsErrorHighlight all; " +
			"git config log.showSignature true; git config notes.displayRef '*'; git notes add -m note; git config log.graphColors red; git config diff.statNameWidth 1; git config core.precomposeUnicode true", dir: "r"},
		{reason: "shallow", script: "git clone -q --depth 3 file://$PWD/r s", dir: "s", builds: 3},
		{reason: "shallow, of one commit", script: "git clone -q --depth 1 file://$PWD/r s", dir: "s", builds: 1},
		{reason: "a graft", script: "cd r; mkdir -p .git/info; git rev-parse HEAD~1 >.git/info/grafts", dir: "r", builds: 2},
		{reason: "a replaced commit", script: "cd r; git replace --graft HEAD~1", dir: "r", builds: 2},
		{reason: "partial, without blobs", script: "git -C r config uploadpack.allowFilter true; git clone -q --bare --filter=blob:none file://$PWD/r p", dir: "p", err: []string{"partial clone", "nothing is fetched"}},
		{reason: "partial, without trees", script: "git -C r config uploadpack.allowFilter true; git clone -q --bare --filter=tree:0 file://$PWD/r p", dir: "p", err: []string{"partial clone", "nothing is fetched"}},
		{reason: "an unborn HEAD", script: "git init -q e", dir: "e", err: []string{"no commit yet"}},
		{reason: "outside of any repository", script: "mkdir o", dir: "o", err: []string{"not a git repository"}},
	} {
		if strings.Contains(tt.init, "ref-format") && exec.Command("git", "init", "-q", tt.init, t.TempDir()).Run() != nil {
			continue // a git that has none
		}
		t.Run(tt.reason, func(t *testing.T) {
			leftover.Check(t)
			r := &predict.HistoryRequest{Dir: kindRepository(t, tt.init, tt.script, tt.dir)}
			if strings.HasSuffix(tt.dir, "/sub") {
				r.Context = ".."
			}
			got, err := historyLines(t, r)
			_, adviceErr := whatif.Advise(t.Context(), r, nil)
			if len(tt.err) > 0 {
				for _, w := range tt.err {
					if text := fmt.Sprint(got, err); !strings.Contains(text, w) {
						t.Errorf("the history says %q, want %q", text, w)
					}
				}
				return
			}
			if err != nil || adviceErr != nil {
				t.Fatalf("%v, %v", err, adviceErr)
			}
			expected := want
			if tt.builds > 0 {
				expected = append([]string{}, want[len(want)-tt.builds:]...)
				expected[0], _, _ = strings.Cut(expected[0], ":")
				expected[0] += ":"
			}
			if diff := cmp.Diff(expected, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}
