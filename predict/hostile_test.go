package predict_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/whybust/whybust/internal/leftover"
	"github.com/whybust/whybust/predict"
	"github.com/whybust/whybust/predict/whatif"
)

func TestMain(m *testing.M) { os.Exit(leftover.Main(m)) }

// allModes analyses a repository in every way that there is. Errors are as good as
// answers here, for what is planted may well break the repository.
func allModes(t *testing.T, dir string) (errs []error) {
	t.Helper()
	for _, r := range []predict.Request{
		{Before: side("HEAD~1"), After: side("HEAD")},
		{Before: side("HEAD~1"), After: side("HEAD"), MergeBase: true},
		{Before: side("HEAD"), After: side("")},
		{Before: side(""), After: side("")},
	} {
		r.Dir = dir
		_, err := predict.Run(t.Context(), &r)
		errs = append(errs, err)
	}
	for _, rev := range []string{"HEAD", ""} {
		_, err := predict.Keys(t.Context(), &predict.KeysRequest{Dir: dir, Side: side(rev), CacheDir: t.TempDir()})
		errs = append(errs, err)
	}
	for _, err := range predict.History(t.Context(), &predict.HistoryRequest{Dir: dir}) {
		if err != nil {
			errs = append(errs, err)
		}
	}
	_, err := whatif.Advise(t.Context(), &predict.HistoryRequest{Dir: dir}, nil)
	return append(errs, err)
}

func side(revision string) predict.Side { return predict.Side{Revision: revision} }

// plant is a repository with a program that leaves a mark when it runs.
type plant struct {
	t                  *testing.T
	dir, program, mark string
	git                func(args ...string) string
}

// newPlant makes a repository of two commits, and touches its files so that git would look at them again.
func newPlant(t *testing.T) *plant {
	t.Helper()
	leftover.Check(t)
	t.Setenv("HOME", t.TempDir())
	dir, git := newRepository(t)
	p := &plant{t, dir, filepath.Join(t.TempDir(), "program"), filepath.Join(t.TempDir(), "mark"), git}
	script := "#!/bin/sh\necho \"$0 $*\" >>'" + p.mark + "'\nexit 1\n"
	if err := os.WriteFile(p.program, []byte(script), 0o777); err != nil {
		t.Fatal(err)
	}
	writeFile(t, dir, "Dockerfile", "FROM alpine:3.20\nCOPY . /app\n")
	writeFile(t, dir, ".dockerignore", ".git\n")
	for _, content := range []string{"1", "2"} {
		writeFile(t, dir, "app", content)
		writeFile(t, dir, "lib/x", content)
		git("add", "-A")
		git("commit", "-qm", content)
	}
	return p
}

func (p *plant) config(values ...string) {
	for i := 0; i < len(values); i += 2 {
		p.git("config", values[i], values[i+1])
	}
}

func (p *plant) attributes(text string) { writeFile(p.t, p.dir, ".git/info/attributes", text) }

// promisor makes a partial clone out of the repository, whose remote the caller sets, and in which
// an object of each commit and of the working tree is missing.
func (p *plant) promisor(url string) {
	p.config("core.repositoryFormatVersion", "1", "extensions.partialClone", "origin",
		"remote.origin.promisor", "true", "remote.origin.partialCloneFilter", "blob:none", "remote.origin.url", url)
	for _, rev := range []string{"HEAD~1:app", "HEAD:app", "HEAD:Dockerfile"} {
		id := p.git("rev-parse", rev)
		if err := os.Remove(filepath.Join(p.dir, ".git/objects", id[:2], id[2:])); err != nil {
			p.t.Fatal(err)
		}
	}
	writeFile(p.t, p.dir, "app", "3")
}

func (p *plant) ran() bool {
	_, err := os.Stat(p.mark)
	return err == nil
}

// TestNothingRuns plants a program wherever git may be told to run one. That the plant is
// a live one shows with the command that does obey it.
func TestNothingRuns(t *testing.T) {
	for _, tc := range []struct {
		name  string
		plant func(p *plant)
		obeys string // a shell command that runs the program, if one can without a terminal or a network
	}{
		{"hooks", func(p *plant) {
			for _, hook := range []string{"post-checkout", "post-index-change", "reference-transaction", "pre-auto-gc"} {
				os.MkdirAll(p.dir+"/.git/hooks", 0o777)
				os.Symlink(p.program, p.dir+"/.git/hooks/"+hook)
			}
		}, "git checkout -q HEAD~1"},
		{"core.hooksPath", func(p *plant) {
			os.Mkdir(p.dir+"/hooks", 0o777)
			os.Symlink(p.program, p.dir+"/hooks/post-checkout")
			p.config("core.hooksPath", "hooks")
		}, "git checkout -q HEAD~1"},
		{"core.fsmonitor", func(p *plant) { p.config("core.fsmonitor", p.program) }, "git status"},
		{"clean filter", func(p *plant) {
			p.attributes("* filter=x\n")
			p.config("filter.x.clean", p.program)
		}, "git add app"},
		{"smudge filter", func(p *plant) {
			p.attributes("* filter=x\n")
			p.config("filter.x.smudge", p.program)
		}, "git cat-file --filters HEAD:app"},
		{"filter process", func(p *plant) {
			p.attributes("* filter=x\n")
			p.config("filter.x.process", p.program, "filter.x.required", "true")
		}, "git cat-file --filters HEAD:app"},
		{"committed .gitattributes", func(p *plant) {
			writeFile(p.t, p.dir, ".gitattributes", "* filter=x diff=x text eol=crlf ident merge=x\n")
			p.git("add", ".gitattributes")
			p.git("commit", "-qm", "attributes")
			p.config("filter.x.smudge", p.program, "filter.x.clean", p.program, "diff.x.textconv", p.program,
				"diff.x.command", p.program, "merge.x.driver", p.program)
		}, "git cat-file --filters HEAD:app"},
		{"textconv", func(p *plant) {
			p.attributes("* diff=x\n")
			p.config("diff.x.textconv", p.program)
		}, "git cat-file --textconv HEAD:app"},
		{"diff driver", func(p *plant) {
			p.attributes("* diff=x\n")
			p.config("diff.x.command", p.program)
		}, "git diff HEAD~1"},
		{"diff.external", func(p *plant) { p.config("diff.external", p.program) }, "git diff HEAD~1"},
		{"pager", func(p *plant) {
			p.config("core.pager", p.program, "pager.cat-file", p.program, "pager.rev-parse", p.program, "pager.log", p.program)
		}, ""},
		{"signatures", func(p *plant) {
			p.config("log.showSignature", "true", "gpg.program", p.program, "gpg.ssh.program", p.program)
			p.git("-c", "commit.gpgSign=false", "commit", "-q", "--allow-empty", "-m", "unsigned")
			commit := strings.Replace(p.git("cat-file", "commit", "HEAD"), "\n\n", "\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----\n\n", 1)
			writeFile(p.t, p.dir, "signed", commit+"\n")
			p.git("reset", "-q", "--hard", p.git("hash-object", "-t", "commit", "-w", "signed"))
		}, "git log -1"},
		{"aliases", func(p *plant) {
			for _, name := range []string{"cat-file", "rev-parse", "merge-base", "for-each-ref", "version", "log", "other"} {
				p.config("alias."+name, "!"+p.program)
			}
		}, "git other"},
		{"include.path", func(p *plant) {
			writeFile(p.t, p.dir, "evil", "[core]\n\tfsmonitor = "+p.program+"\n[includeIf \"gitdir:**\"]\n\tpath = evil2\n")
			writeFile(p.t, p.dir, "evil2", "[core]\n\tsshCommand = "+p.program+"\n\tworktree = /\n\tbare = true\n")
			p.config("include.path", "../evil")
		}, "git status"},
		{"submodules", func(p *plant) {
			writeFile(p.t, p.dir, ".gitmodules", "[submodule \"s\"]\n\tpath = s\n\turl = ext::"+p.program+"\n")
			p.git("add", "-A")
			p.git("update-index", "--add", "--cacheinfo", "160000,"+p.git("rev-parse", "HEAD")+",s")
			p.git("commit", "-qm", "submodule")
			p.config("submodule.recurse", "true", "submodule.s.active", "true", "submodule.s.update", "!"+p.program,
				"submodule.s.url", "ext::"+p.program)
		}, "git -c protocol.ext.allow=always submodule update"},
		{"credential helper", func(p *plant) {
			p.config("credential.helper", p.program)
			p.promisor("https://127.0.0.1:1/x")
		}, "printf 'protocol=https\\nhost=x\\n\\n' | GIT_TERMINAL_PROMPT=0 git credential fill"},
		{"lazy fetching, by a program that serves", func(p *plant) {
			p.promisor("file://" + p.dir)
			p.config("remote.origin.uploadpack", p.program)
		}, "git cat-file -p HEAD:app"},
		{"lazy fetching, by ext::", func(p *plant) {
			p.promisor("ext::" + p.program)
			p.config("protocol.ext.allow", "always", "protocol.allow", "always")
		}, "git cat-file -p HEAD:app"},
		{"lazy fetching, by ssh", func(p *plant) {
			p.promisor("ssh://127.0.0.1/x")
			p.config("core.sshCommand", p.program)
		}, "git cat-file -p HEAD:app"},
		{"lazy fetching, through a proxy", func(p *plant) {
			p.promisor("git://127.0.0.1/x")
			p.config("core.gitProxy", p.program)
		}, "git cat-file -p HEAD:app"},
		{"alternate refs", func(p *plant) {
			p.config("core.alternateRefsCommand", p.program)
			p.git("clone", "-q", "--bare", ".", "other.git")
			writeFile(p.t, p.dir, ".git/objects/info/alternates", p.dir+"/other.git/objects\n")
		}, "git rev-list --alternate-refs"},
		{"a repository in a subdirectory", func(p *plant) {
			p.git("init", "-q", "lib")
			p.git("-C", "lib", "config", "core.fsmonitor", p.program)
			p.git("-C", "lib", "config", "core.hooksPath", filepath.Dir(p.program))
		}, "git -C lib status"},
		{"a bare repository among the files", func(p *plant) {
			p.git("init", "-q", "--bare", "lib")
			p.git("-C", "lib", "config", "core.bare", "false")
			p.git("-C", "lib", "config", "core.worktree", "..")
			p.git("-C", "lib", "config", "core.fsmonitor", p.program)
		}, "git -C lib status"},
		{"a .git file", func(p *plant) {
			p.git("init", "-q", "--bare", "evil")
			p.git("-C", "evil", "config", "core.bare", "false")
			p.git("-C", "evil", "config", "core.worktree", "../lib")
			p.git("-C", "evil", "config", "core.fsmonitor", p.program)
			writeFile(p.t, p.dir, "lib/.git", "gitdir: ../evil\n")
		}, "git -C lib status"},
		{"the environment", func(p *plant) {
			for name, value := range map[string]string{
				"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.fsmonitor", "GIT_CONFIG_VALUE_0": p.program,
				"GIT_SSH_COMMAND": p.program, "GIT_SSH": p.program, "GIT_ASKPASS": p.program, "GIT_EXTERNAL_DIFF": p.program,
				"GIT_PAGER": p.program, "GIT_EDITOR": p.program, "GIT_PROXY_COMMAND": p.program, "GIT_TRACE": p.mark,
				"GIT_TRACE2_EVENT": p.mark, "GIT_EXEC_PATH": filepath.Dir(p.program), "GIT_TEMPLATE_DIR": p.dir,
			} {
				p.t.Setenv(name, value)
			}
		}, "git status"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := newPlant(t)
			tc.plant(p)
			os.Remove(p.mark)
			for _, dir := range []string{p.dir, p.dir + "/lib"} {
				allModes(t, dir)
				if p.ran() {
					data, _ := os.ReadFile(p.mark)
					t.Fatalf("in %s, this ran:\n%s", dir, data)
				}
			}
			if tc.obeys == "" {
				return
			}
			cmd := exec.Command("sh", "-c", tc.obeys)
			cmd.Dir = p.dir
			if out, _ := cmd.CombinedOutput(); !p.ran() {
				t.Errorf("the plant is dead: %s:\n%s", tc.obeys, out)
			}
		})
	}
}

// TestEnvironmentLeadsNowhere: with the variables that point git elsewhere the answer is the same.
func TestEnvironmentLeadsNowhere(t *testing.T) {
	p, other := newPlant(t), newPlant(t)
	want := runKeys(t, p.dir, "HEAD")
	for name, value := range map[string]string{
		"GIT_DIR": other.dir + "/.git", "GIT_WORK_TREE": other.dir, "GIT_INDEX_FILE": other.dir + "/.git/index",
		"GIT_OBJECT_DIRECTORY": "/nowhere", "GIT_ALTERNATE_OBJECT_DIRECTORIES": "/nowhere", "GIT_COMMON_DIR": "/nowhere",
		"GIT_NAMESPACE": "x", "GIT_CEILING_DIRECTORIES": filepath.Dir(p.dir), "GIT_DEFAULT_HASH": "sha256", "GIT_SHALLOW_FILE": "/nowhere",
		"GIT_GRAFT_FILE": "/nowhere", "GIT_REPLACE_REF_BASE": "refs/heads/", "GIT_LITERAL_PATHSPECS": "1", "GIT_CONFIG_GLOBAL": "/nowhere",
		"GIT_CONFIG_PARAMETERS": "'core.bare=true'", "GIT_ATTR_SOURCE": "HEAD~1", "GIT_TEST_ASSUME_DIFFERENT_OWNER": "1",
	} {
		t.Setenv(name, value)
	}
	for _, err := range allModes(t, p.dir) {
		if err != nil {
			t.Error(err)
		}
	}
	if got := runKeys(t, p.dir, "HEAD"); got != want {
		t.Errorf("the keys are\n%s\nnot\n%s", got, want)
	}
}

// runKeys gives the keys of a revision, or of the working tree, in lines.
func runKeys(t *testing.T, dir, revision string) string {
	t.Helper()
	keys, err := predict.Keys(t.Context(), &predict.KeysRequest{Dir: dir, Side: side(revision), NoGitDir: true})
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, k := range keys {
		lines = append(lines, k.Key+" "+k.Name)
	}
	return strings.Join(lines, "\n")
}
