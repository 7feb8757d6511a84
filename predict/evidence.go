package predict

import (
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/dockerignore"
	"github.com/whybust/whybust/internal/lazyregexp"
)

// Before a hint takes something away, it asks whether the build could want it:
// these look through the Dockerfile, all stages, and through the few files that
// say what a build does.

// maxRead bounds what is read of a manifest or script.
const maxRead = 1 << 20

// read gives the beginning of a file of the new context, nothing if there is no
// such file.
func (h *hinter) read(name string) ([]byte, error) {
	n, ok, err := h.new.Context.Lookup(h.ctx, name, true)
	if err != nil || !ok || n.Kind != buildcontext.File {
		return nil, err
	}
	r, err := h.new.Context.Tree.Open(h.ctx, n.Path, n.Entry)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(io.LimitReader(r, maxRead))
}

// names lists a directory of the new context.
func (h *hinter) names(dir string) (names []string, err error) {
	n, ok, err := h.new.Context.Lookup(h.ctx, dir, true)
	if err != nil || !ok {
		return nil, err
	}
	children, err := h.new.Context.Children(h.ctx, n)
	for _, c := range children {
		names = append(names, c.Name)
	}
	return names, err
}

func (h *hinter) exists(name string) (bool, error) {
	_, ok, err := h.new.Context.Lookup(h.ctx, name, true)
	return ok, err
}

// others are the texts of all instructions of the file but one step.
func (h *hinter) others(but *cachekey.Step) (texts []string) {
	for _, st := range h.new.Steps {
		if st != but {
			texts = append(texts, st.Text)
		}
	}
	for _, c := range slices.Concat(h.new.Config, h.new.Unreached) {
		texts = append(texts, c.Text)
	}
	return texts
}

// runs are the texts of all RUN instructions.
func (h *hinter) runs() (texts []string) {
	for _, text := range h.others(nil) {
		if strings.HasPrefix(strings.ToUpper(text), "RUN") {
			texts = append(texts, text)
		}
	}
	return texts
}

// builders are the files that say what a build does; scripts that a RUN names
// are read beside them.
var builders = []string{
	"Makefile", "package.json", "pyproject.toml", "setup.py", "setup.cfg", "MANIFEST.in", "Cargo.toml", "build.rs",
	"pom.xml", "build.gradle", "build.gradle.kts", "mix.exs", "composer.json", "magefile.go", ".goreleaser.yml", ".goreleaser.yaml",
}

var scriptName = lazyregexp.New(`[\w./-]+\.(sh|bash|py|js|mjs|cjs|ts|rb|mk|pl)\b`)

// steers gives the texts that steer the build: its RUNs, and the files that they
// follow, by their paths in the context.
func (h *hinter) steers() ([]string, error) {
	texts := h.runs()
	files := slices.Clone(builders)
	for _, run := range texts {
		for _, name := range scriptName.FindAllString(run, -1) {
			files = append(files, strings.TrimPrefix(path.Clean("/"+name), "/"))
		}
	}
	slices.Sort(files)
	for _, name := range slices.Compact(files) {
		data, err := h.read(name)
		if err != nil {
			return nil, err
		}
		texts = append(texts, string(data))
	}
	return texts, nil
}

// words takes a text apart at what cannot be part of a path or pattern.
func words(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \t\r\n\"'`,;=:(){}$&|<>", r) })
}

// mentions reports whether one of the texts names the path, a pattern that matches
// it, a directory that it lies in, or a file of the same name.
func mentions(texts []string, file string) bool {
	return slices.ContainsFunc(texts, func(text string) bool {
		return slices.ContainsFunc(words(text), func(w string) bool { return meansPath(w, file) })
	})
}

func meansPath(word, file string) bool {
	word = strings.Trim(path.Clean(word), "/")
	if word == "." || word == "" || word == ".." || strings.Trim(word, "*/.") == "" {
		return false
	}
	if path.Base(word) == path.Base(file) || strings.HasPrefix(file, word+"/") {
		return true
	}
	ok, _ := path.Match(word, file)
	base, _ := path.Match(word, path.Base(file))
	return ok || base
}

// under gives ignore rules with further lines at their end. A line that would
// have to be escaped is an error.
func under(rules *dockerignore.Rules, lines []string) (*dockerignore.Rules, error) {
	var all []string
	for _, line := range lines {
		if strings.ContainsAny(line, "\r\n\\") || strings.HasPrefix(line, "#") || strings.HasPrefix(line, "!") || strings.TrimSpace(line) != line {
			return nil, fmt.Errorf("%q is no plain pattern", line)
		}
	}
	for _, r := range rules.Lines() {
		all = append(all, r.Pattern)
	}
	return dockerignore.New(append(all, lines...))
}

// brought reports whether an exception of the ignore file asks for a path.
func (h *hinter) brought(file string) bool {
	rule := h.new.Context.Rules.Match(file).Rule
	return rule != nil && rule.Negated
}

// ignorePath is the ignore file that applies, or the one that would.
func (h *hinter) ignorePath() string {
	if name := h.new.Context.Rules.File(); name != "" {
		return name
	}
	return path.Join(h.new.Context.Dir, ".dockerignore")
}

// addLines says what to write into that file.
func (h *hinter) addLines(lines []string) string {
	quoted := make([]string, len(lines))
	for i, line := range lines {
		quoted[i] = "`" + line + "`"
	}
	noun := "the line "
	if len(lines) > 1 {
		noun = "the lines "
	}
	if h.new.Context.Rules.File() == "" {
		return "create this file with " + noun + list(quoted)
	}
	return "add " + noun + list(quoted)
}
