package predict

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
)

// broadCopy is a COPY or ADD that takes a whole directory of the context.
type broadCopy struct {
	step *cachekey.Step
	from string // directory of the context, "" is its root
	to   string // where it puts that directory's content
}

// copyTooEarly: a broad COPY that files made miss, before an install that reads
// other files only. Manifests first, the install, and then the rest would have
// kept it.
func (h *hinter) copyTooEarly(i int) (*Hint, error) {
	causes := h.p.Steps[i].Causes
	if !onlyFiles(causes) {
		return nil, nil
	}
	cp, ok, err := h.broad(i)
	if err != nil || !ok {
		return nil, err
	}
	for _, j := range h.after(i) {
		if len(ownCauses(h.p.Steps[j])) > 0 {
			return nil, nil // from here on it would miss anyway
		}
		found, ok := findInstall(h.new.Steps[j], cp)
		if !ok {
			if st := h.new.Steps[j]; st.Instruction == "RUN" && !selfContained(st) {
				return nil, nil // the install may rest on what this one makes
			}
			continue
		}
		files, err := h.manifests(found)
		if err != nil || len(files) == 0 || touches(causes, files) || h.copiedBefore(i, files) {
			return nil, err
		}
		hint := h.manifestsFirst(cp, j, found, files)
		through := found.through
		if found.alone {
			through = 0
		}
		return h.remedy(hint, Remedy{
			Commands: through, Copy: i, Run: j, Files: files, From: cp.from, To: cp.to, Command: found.command, Fetch: fetchCommand(found),
		}), nil
	}
	return nil, nil
}

// broad reads a step as a broad copy: one source, a directory, nothing filtered.
func (h *hinter) broad(i int) (cp broadCopy, ok bool, err error) {
	st := h.new.Steps[i]
	index, ok := contextCopy(st.Op)
	dest, single := field(st.Op.Recipe, cachekey.LabelDest)
	if !ok || !single || len(st.Op.Inputs[index].Selectors) != 1 {
		return cp, false, nil
	}
	sel := st.Op.Inputs[index].Selectors[0]
	if sel.Wildcard || len(sel.Include) > 0 || len(sel.Exclude) > 0 || cachekey.HasSymbol(sel.Path) {
		return cp, false, nil
	}
	cp = broadCopy{step: st, from: strings.TrimPrefix(path.Clean(sel.Path), "/"), to: path.Clean(dest)}
	n, ok, err := h.new.Context.Lookup(h.ctx, cp.from, true)
	return cp, ok && n.Kind == buildcontext.Dir, err
}

// install is an install command found in a RUN.
type install struct {
	*installer
	step    *cachekey.Step
	command string
	from    broadCopy
	dir     string // where it runs, as a directory of the context
	alone   bool   // nothing else in the RUN looks at the project
	through int    // how many commands of the RUN end with it
}

// findInstall looks for the first install in a RUN that has only harmless
// commands before it.
func findInstall(st *cachekey.Step, cp broadCopy) (found install, ok bool) {
	commands, plain := commandsOf(st)
	cwd, known := field(st.Op.Recipe, cachekey.LabelCwd)
	if !plain || !known || readsFiles(st) {
		return install{}, false
	}
	cwd = path.Clean(cwd)
	for n, c := range commands {
		if dir, ok := changeDir(c, cwd); ok {
			cwd = dir
			continue
		}
		if k := slices.IndexFunc(installers, func(in installer) bool { return in.command.MatchString(bare(c)) }); k >= 0 {
			if installers[k].fetch != "" && hasCacheMount(st) {
				return install{}, false // what it fetches is kept already
			}
			dir, inside := cp.source(cwd)
			rest := slices.ContainsFunc(commands[n+1:], func(c string) bool { return !harmless.MatchString(bare(c)) })
			return install{&installers[k], st, bare(c), cp, dir, !rest && installers[k].fetch == "", n + 1}, inside
		}
		if !harmless.MatchString(bare(c)) {
			return install{}, false
		}
	}
	return install{}, false
}

// source gives the directory of the context that the copy put at dir.
func (cp broadCopy) source(dir string) (string, bool) {
	if dir == cp.to {
		return cp.from, true
	}
	rel, ok := strings.CutPrefix(dir, strings.TrimSuffix(cp.to, "/")+"/")
	return path.Join(cp.from, rel), ok
}

// readsFiles reports whether a RUN mounts something beside its root filesystem.
func readsFiles(st *cachekey.Step) bool {
	return slices.ContainsFunc(st.Op.Inputs, func(in cachekey.Input) bool { return in.Role == cachekey.RoleMount })
}

func hasCacheMount(st *cachekey.Step) bool {
	return slices.ContainsFunc(st.Op.Recipe, func(f cachekey.Field) bool {
		return f.Label == cachekey.LabelMount && strings.HasPrefix(f.Value, "cache ")
	})
}

// manifests lists the files that an install reads, as far as they are in the
// context. There are none if one that it needs is missing, or if one says that
// it reads the sources as well.
func (h *hinter) manifests(in install) (files []string, err error) {
	needs := slices.Clone(in.needs)
	for _, m := range named.FindAllStringSubmatch(in.command, -1) {
		needs = append(needs, m[1]+m[2])
	}
	if slices.ContainsFunc(needs, func(name string) bool { return strings.ContainsAny(name, "$~") || strings.Contains(name, "..") }) {
		return nil, nil
	}
	if i := slices.Index(needs, "*.csproj"); i >= 0 {
		if needs[i], err = h.onlyProject(in.dir); err != nil || needs[i] == "" {
			return nil, err
		}
	}
	for _, name := range in.absent {
		if _, ok, err := h.new.Context.Lookup(h.ctx, path.Join(in.dir, name), true); err != nil || ok {
			return nil, err
		}
	}
	for k, name := range append(needs, in.takes...) {
		file := in.file(name)
		_, ok, err := h.new.Context.Lookup(h.ctx, file, true)
		if err != nil || !ok && k < len(needs) {
			return nil, err
		}
		if !ok {
			continue
		}
		if sources, err := h.refuses(in, file); err != nil || sources {
			return nil, err
		}
		if path.Ext(file) != ".rs" { // a stub will do
			files = append(files, file)
		}
	}
	return files, nil
}

// file is the path in the context of a file that the command finds under a name.
func (in install) file(name string) string {
	if path.IsAbs(name) {
		if dir, ok := in.from.source(path.Dir(name)); ok {
			return path.Join(dir, path.Base(name))
		}
	}
	return path.Join(in.dir, name)
}

// onlyProject is the name of the only C# project of a directory.
func (h *hinter) onlyProject(dir string) (string, error) {
	names, err := h.names(dir)
	if err != nil {
		return "", err
	}
	project := ""
	for _, name := range names {
		switch path.Ext(name) {
		case ".sln", ".slnx", ".fsproj":
			return "", nil
		case ".csproj":
			if project != "" {
				return "", nil
			}
			project = name
		}
	}
	return project, nil
}

// refuses reports whether a manifest says that more than manifests counts.
func (h *hinter) refuses(in install, file string) (bool, error) {
	if in.refuse == nil || in.lifts != nil && in.lifts.MatchString(in.command) || strings.Contains(path.Base(file), "lock") || path.Ext(file) == ".rs" {
		return false, nil
	}
	data, err := h.read(file)
	return in.refuse.Match(data), err
}

// touches reports whether a change is one of the files, or in one of them.
func touches(causes []Cause, files []string) bool {
	return slices.ContainsFunc(causes, func(c Cause) bool {
		return slices.ContainsFunc(files, func(f string) bool { return c.Path == f || strings.HasPrefix(c.Path, f+"/") })
	})
}

// copiedBefore reports whether a step before step i takes one of the files by
// name: then somebody has thought of it already.
func (h *hinter) copiedBefore(i int, files []string) bool {
	for prev := h.new.Steps[i].Previous; prev != nil; prev = prev.Previous {
		index, ok := contextCopy(prev.Op)
		if !ok {
			continue
		}
		for _, sel := range prev.Op.Inputs[index].Selectors {
			if slices.ContainsFunc(files, func(f string) bool { return takesByName(sel, f) }) {
				return true
			}
		}
	}
	return false
}

func takesByName(sel buildcontext.Selector, file string) bool {
	ok, _ := path.Match(strings.TrimPrefix(sel.Path, "/"), file)
	return ok
}

// fetchCommand is the command that only fetches what an install would, empty for one that does no more itself.
func fetchCommand(in install) string {
	if in.fetch != "" && strings.HasPrefix(in.command, "./mvnw") {
		return "./mvnw" + strings.TrimPrefix(in.fetch, "mvn")
	}
	return in.fetch
}

// manifestsFirst words the hint.
func (h *hinter) manifestsFirst(cp broadCopy, j int, in install, files []string) *Hint {
	hint := &Hint{Kind: hintCopyTooEarly, Step: j, File: h.p.Dockerfile, Line: cp.step.Line}
	untouched := "this change touches none of them"
	switch len(files) {
	case 1:
		untouched = "this change does not touch it"
	case 2:
		untouched = "this change touches neither"
	}
	if in.alone {
		hint.Text = fmt.Sprintf("copy %s before %s (line %d) and the rest after it: %s", list(files), quote(in.command), in.step.Line, untouched)
		return hint
	}
	fetch := cmp.Or(fetchCommand(in), in.command)
	stub := ""
	if slices.Contains(in.needs, "src/main.rs") {
		stub = " with an empty src/main.rs"
	}
	hint.Text = fmt.Sprintf("copy %s%s and run %s in a RUN of its own before %s: %s, so what it fetches stays cached",
		list(files), stub, quote(fetch), at(cp.step), untouched)
	return hint
}
