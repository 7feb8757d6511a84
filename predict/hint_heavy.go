package predict

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/whybust/whybust/cachekey"
	"github.com/whybust/whybust/dockerignore"
	"github.com/whybust/whybust/internal/lazyregexp"
)

// generated says by what a directory is known to be made by tools. Names that
// people also give to sources need a witness: a file beside it, and a RUN that makes it anew.
type generated struct {
	beside []string           // one of these lies beside it; none: nothing needed
	run    *lazyregexp.Regexp // a RUN of the Dockerfile says this; nil: nothing needed
}

var (
	nodeInstall = lazyregexp.New(`\b(npm|pnpm|yarn|bun)\b`)
	nodeBuild   = lazyregexp.New(`\b((npm|pnpm|yarn|bun) (run )?\S*build|(vite|next|nuxt|nuxi|webpack|rollup|astro|ng|vue-cli-service|tsc)( build| -|$))`)
)

// heavy are the directories that are worth a rule, by their names.
var heavy = map[string]generated{
	"node_modules":     {run: nodeInstall},
	"bower_components": {run: lazyregexp.New(`\bbower install`)},
	".venv":            {}, "__pycache__": {}, ".pytest_cache": {}, ".mypy_cache": {}, ".ruff_cache": {}, ".tox": {}, ".nox": {},
	".nyc_output": {}, ".parcel-cache": {}, ".turbo": {}, ".gradle": {}, ".terraform": {}, ".idea": {}, ".vscode": {}, ".vs": {},
	".next": {run: nodeBuild}, ".nuxt": {run: nodeBuild}, ".svelte-kit": {run: nodeBuild},
	"venv":     {beside: []string{"requirements.txt", "pyproject.toml", "setup.py", "manage.py"}},
	"coverage": {beside: []string{"package.json"}},
	"htmlcov":  {beside: []string{"pyproject.toml", "setup.cfg", "tox.ini", ".coveragerc"}},
	"dist":     {beside: []string{"package.json"}, run: nodeBuild},
	"target":   {beside: []string{"Cargo.toml", "pom.xml"}, run: lazyregexp.New(`\b(cargo (build|install)|mvnw? )`)},
	"build":    {beside: []string{"build.gradle", "build.gradle.kts"}, run: lazyregexp.New(`\bgradlew? `)},
	"_build":   {beside: []string{"mix.exs"}, run: lazyregexp.New(`\bmix (compile|release)`)},
}

// heavyDirectory: generated directories that changed and that nothing ignores.
// It need not be all that made the step miss.
func (h *hinter) heavyDirectory(i int) (*Hint, error) {
	st := h.new.Steps[i]
	if _, ok := contextCopy(st.Op); !ok {
		return nil, nil
	}
	files := changedFiles(ownCauses(h.p.Steps[i]))
	dirs := heavyDirs(files)
	known := map[string]bool{}
	for dir := range dirs {
		ok, err := h.isGenerated(dir)
		if err != nil {
			return nil, err
		}
		known[dir] = ok
	}
	group := biggest(dirs, known)
	if len(group) == 0 {
		return nil, nil
	}
	line := ignoreLine(group)
	inside := slices.Concat(collect(group, dirs)...)
	if !h.canIgnore(inside, []string{line}) || h.otherTargetsCopy(group) {
		return nil, nil
	}
	text := fmt.Sprintf("%s: %s takes in %s, where %s", h.addLines([]string{line}), at(st), placesIn(group), share(len(inside), len(files)))
	hint := &Hint{Kind: hintHeavyDirectory, Step: i, File: h.ignorePath(), Text: text}
	return h.remedy(hint, Remedy{File: hint.File, Ignore: []string{line}}), nil
}

// share says how much of a change is in some place.
func share(n, all int) string {
	if n == all {
		return fmt.Sprintf("all that changed is (%s)", counted(n, "file"))
	}
	return fmt.Sprintf("%d of the %d changed files are", n, all)
}

// otherTargetsCopy reports whether a stage that is not built now takes one of
// the directories from the context by name.
func (h *hinter) otherTargetsCopy(dirs []string) bool {
	var texts []string
	for _, c := range h.new.Unreached {
		if c.Keyword != "RUN" && !strings.Contains(c.Text, "--from=") || strings.Contains(c.Text, "--mount=") {
			texts = append(texts, c.Text)
		}
	}
	return slices.ContainsFunc(dirs, func(dir string) bool { return mentions(texts, dir) })
}

// changedFiles are the paths of the files that made a step miss.
func changedFiles(causes []Cause) (files []string) {
	for _, c := range causes {
		if c.Kind == CauseFile && c.Change != Unknown {
			files = append(files, c.Path)
		}
	}
	return files
}

// heavyDirs sorts files by the outermost directory with a telling name.
func heavyDirs(files []string) map[string][]string {
	dirs := map[string][]string{}
	for _, file := range files {
		for end := range len(file) {
			if file[end] != '/' {
				continue
			}
			if _, ok := heavy[path.Base(file[:end])]; ok {
				dirs[file[:end]] = append(dirs[file[:end]], file)
				break
			}
		}
	}
	return dirs
}

// isGenerated asks for the witnesses of a directory.
func (h *hinter) isGenerated(dir string) (bool, error) {
	g := heavy[path.Base(dir)]
	if g.run != nil && !slices.ContainsFunc(h.runs(), g.run.MatchString) {
		return false, nil
	}
	for _, name := range g.beside {
		if ok, err := h.exists(path.Join(path.Dir(dir), name)); ok || err != nil {
			return ok, err
		}
	}
	return len(g.beside) == 0, nil
}

// biggest gives the known directories of that base name which holds the most files.
func biggest(dirs map[string][]string, known map[string]bool) (group []string) {
	files, groups := map[string]int{}, map[string][]string{}
	for dir, list := range dirs {
		if known[dir] {
			base := path.Base(dir)
			files[base] += len(list)
			groups[base] = append(groups[base], dir)
		}
	}
	best := ""
	for base, n := range files {
		if best == "" || n > files[best] || n == files[best] && base < best {
			best = base
		}
	}
	slices.Sort(groups[best])
	return groups[best]
}

func collect(group []string, dirs map[string][]string) (lists [][]string) {
	for _, dir := range group {
		lists = append(lists, dirs[dir])
	}
	return lists
}

// ignoreLine is one line for a directory, or for several of one name.
func ignoreLine(group []string) string {
	if len(group) == 1 {
		return group[0]
	}
	return "**/" + path.Base(group[0])
}

func placesIn(group []string) string {
	if len(group) == 1 {
		return group[0]
	}
	return fmt.Sprintf("%d directories %s", len(group), path.Base(group[0]))
}

// canIgnore reports whether the lines would keep all the files out, and nothing
// out that a step or an exception of the ignore file asks for.
func (h *hinter) canIgnore(files, lines []string) bool {
	rules, err := under(h.new.Context.Rules, lines)
	if err != nil {
		return false // a name that no pattern can write
	}
	unwanted := func(file string) bool { return rules.Match(file).Ignored && !h.brought(file) }
	return !slices.ContainsFunc(files, func(file string) bool { return !unwanted(file) }) && h.namedStay(rules)
}

// namedStay reports whether the new rules leave what selectors name.
func (h *hinter) namedStay(rules *dockerignore.Rules) bool {
	for _, op := range h.new.Ops {
		for _, in := range op.Inputs {
			if in.Op.Kind != cachekey.OpContext || in.Op.Context != "" {
				continue
			}
			for _, sel := range in.Selectors {
				if name := strings.TrimPrefix(sel.Path, "/"); rules.Match(name).Ignored && !h.new.Context.Rules.Match(name).Ignored {
					return false
				}
			}
		}
	}
	return true
}
