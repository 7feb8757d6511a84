package predict

import (
	"fmt"
	"path"
	"slices"
	"strings"

	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/internal/lazyregexp"
)

// unneeded is a kind of files that an image is seldom made of.
type unneeded struct {
	name *lazyregexp.Regexp // of paths of the context
	// line is the ignore rule, with $1 for what the name encloses first.
	line string
	// unless keeps such files where one of the build's texts says this.
	unless *lazyregexp.Regexp
}

var (
	usesGit  = lazyregexp.New(`(^|[^\w./-])git(["',\s]+(-C \S+\s+)?)(describe|rev-parse|rev-list|log|show|status|diff|submodule|branch|tag|symbolic-ref|ls-files|config|var)\b|buildvcs=true|setuptools.scm|hatch-vcs|versioningit|versioneer|git-commit-id|gitversion|Nerdbank|vergen|git2|gitHash|goreleaser|jgitver|palantir\.git`)
	runTests = lazyregexp.New(`(?i)\btest|pytest|rspec|jest|vitest|phpunit|\btox\b|\bnox\b|cypress|playwright`)
	runDocs  = lazyregexp.New(`(?i)mkdocs|docusaurus|vitepress|vuepress|sphinx|\bdocs\b|\bhugo\b|gitbook`)
)

// unneededFiles are tried in order. .git is not among the files, see gitLine.
var unneededFiles = []unneeded{
	{name: lazyregexp.New(`^(\.github|\.circleci|\.gitlab|\.buildkite|\.vscode|\.idea|\.devcontainer|\.changeset|\.husky)/`), line: "$1"},
	{name: lazyregexp.New(`^(\.gitlab-ci\.yml|\.travis\.yml|\.drone\.yml|appveyor\.yml|azure-pipelines\.yml|Jenkinsfile|codecov\.yml|renovate\.json|\.pre-commit-config\.yaml|\.golangci\.ya?ml|\.gitignore|\.gitattributes|\.editorconfig|\.mailmap)$`), line: "$1"},
	{name: lazyregexp.New(`^((?:README|CHANGELOG|CHANGES|CONTRIBUTING|CODE_OF_CONDUCT|SECURITY|MAINTAINERS|AUTHORS|HISTORY|GOVERNANCE|ROADMAP|SUPPORT|ADOPTERS)(?:[._-]\w[\w-]*)?(?:\.(?:md|rst|txt|adoc))?)$`), line: "$1"},
	{name: lazyregexp.New(`^((?:LICENSE|LICENCE|COPYING)(?:[._-]\w+)?(?:\.(?:md|txt))?)$`), line: "$1"},
	{name: lazyregexp.New(`^(docs?)/(?:.*/)?[^/]+\.(md|rst|adoc)$`), line: "$1/**/*.$2", unless: runDocs},
	{name: lazyregexp.New(`^((?:docker-)?compose[\w.-]*\.ya?ml)$`), line: "$1"},
	{name: lazyregexp.New(`^((?:[\w-]+/)*(?:Dockerfile|dockerfile)[\w.-]*)$`), line: "$1"},
	{name: lazyregexp.New(`^(\.dockerignore)$`), line: "$1"},
	{name: lazyregexp.New(`_test\.go$`), line: "**/*_test.go", unless: runTests},
	{name: lazyregexp.New(`\.((?:test|spec)\.[cm]?[jt]sx?)$`), line: "**/*.$1", unless: runTests},
	{name: lazyregexp.New(`(?:^|/)(__tests__|__mocks__|__snapshots__)/`), line: "**/$1", unless: runTests},
	{name: lazyregexp.New(`^((?:[^/]+/)*tests)/`), line: "$1", unless: runTests},
	{name: lazyregexp.New(`^(test|spec|e2e|cypress)/`), line: "$1", unless: runTests},
}

// maxLines is the number of ignore rules that one hint may ask for.
const maxLines = 3

// ignoreFile: all that made a copy of the context's root miss is files that are
// not needed in the image. Which lines would have kept it, is tried out.
func (h *hinter) ignoreFile(i int) (*Hint, error) {
	st, causes := h.new.Steps[i], h.p.Steps[i].Causes
	if old := h.counterpart(i); !onlyFiles(causes) || old == nil {
		return nil, nil
	}
	if cp, ok, err := h.broad(i); err != nil || !ok || cp.from != "" {
		return nil, err
	}
	lines, err := h.ignoreLines(causes)
	if err != nil || len(lines) == 0 || len(lines) > maxLines {
		return nil, err
	}
	files, others := changedFiles(causes), h.others(st)
	if !h.canIgnore(files, lines) || slices.ContainsFunc(files, func(f string) bool { return mentions(others, f) }) {
		return nil, nil
	}
	if ok, err := h.wouldHit(i, lines); err != nil || !ok {
		return nil, err
	}
	text := fmt.Sprintf("%s: nothing else that changed is taken by %s", h.addLines(lines), at(st))
	hint := &Hint{Kind: hintIgnoreFile, Step: i, File: h.ignorePath(), Text: text}
	return h.remedy(hint, Remedy{File: hint.File, Ignore: lines}), nil
}

// ignoreLines gives the rules that would ignore all causes, none if one of them
// may be needed.
func (h *hinter) ignoreLines(causes []Cause) (lines []string, err error) {
	var steers []string
	for _, c := range causes {
		kind, line := classify(c)
		if line == "" {
			return nil, nil
		}
		if steers == nil {
			if steers, err = h.steers(); err != nil {
				return nil, err
			}
		}
		if kind.unless != nil && slices.ContainsFunc(steers, kind.unless.MatchString) || c.Kind == CauseFile && mentionsFile(steers, c.Path) {
			return nil, nil
		}
		if !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	return lines, nil
}

// classify finds the kind of files that a cause belongs to, and its rule.
func classify(c Cause) (kind unneeded, line string) {
	if c.Kind == CauseGitDir {
		return unneeded{unless: usesGit}, ".git"
	}
	for _, u := range unneededFiles {
		if m := u.name.FindStringSubmatchIndex(c.Path); m != nil {
			return u, string(u.name.ExpandString(nil, u.line, c.Path, m))
		}
	}
	return unneeded{}, ""
}

// mentionsFile reports whether a text names the file, or what is below its first directory.
func mentionsFile(texts []string, file string) bool {
	base := path.Base(file)
	top, _, nested := strings.Cut(file, "/")
	return slices.ContainsFunc(texts, func(text string) bool {
		return strings.Contains(text, base) || nested && strings.Contains(text, top+"/")
	})
}

// wouldHit compares the two contexts again, as step i takes them, under the
// rules that they have and further lines.
func (h *hinter) wouldHit(i int, lines []string) (bool, error) {
	n, o := h.new.Steps[i].Op, h.counterpart(i).Op
	k, ok1 := contextCopy(n)
	l, ok2 := contextCopy(o)
	if !ok1 || !ok2 {
		return false, nil
	}
	var views [2]*buildcontext.View
	for side, view := range []*buildcontext.View{h.old.Context, h.new.Context} {
		rules, err := under(view.Rules, lines)
		if err != nil {
			return false, nil
		}
		views[side] = &buildcontext.View{Tree: view.Tree, Rules: rules}
	}
	diff, err := buildcontext.Compare(h.ctx, views[0], o.Inputs[l].Selectors, views[1], n.Inputs[k].Selectors)
	return err == nil && diff.Equal(), err
}
