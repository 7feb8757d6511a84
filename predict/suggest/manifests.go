package suggest

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/internal/lazyregexp"
	"github.com/whybust/whybust/predict"
)

// manifestsFirst copies the files that an install reads in place of a broad COPY, and brings the
// rest after the install; or, where the install compiles as well, puts a fetch before that COPY.
func (s *suggester) manifestsFirst(r *predict.Remedy) (*attempt, error) {
	cp, run := s.step(r.Copy), s.step(r.Run)
	c, ok := readCopy(cp.Text)
	if !ok || cp.StageIndex != run.StageIndex || strings.HasPrefix(r.Command, "cargo ") {
		return nil, nil
	}
	if r.Fetch != "" && workdir(run) != path.Join(r.To, strings.TrimPrefix(path.Dir(r.Files[0]), r.From)) {
		return nil, nil // it would have to change to the directory first
	}
	copies, ok, err := s.copyLines(c, r)
	if err != nil || !ok {
		return nil, err
	}
	if lost, err := s.overwritten(r); err != nil || lost {
		return nil, err
	}
	a := &attempt{needsRun: true, dependsOn: s.manifestDepends(r)}
	a.edit = func(d *document, find finder) bool {
		same := sameText
		if r.Fetch == "" && r.Commands > 0 {
			same = sameFront(r.Commands)
		}
		broad, ok1 := find(cp.Line, sameText)
		install, ok2 := find(run.Line, same)
		if !ok1 || !ok2 || !d.movable(broad, install, c, r.Fetch != "") {
			return false
		}
		if r.Fetch != "" {
			d.insertBefore(broad, append(copies, "RUN "+r.Fetch)...)
			return true
		}
		d.replace(broad, copies...)
		if r.Commands == 0 {
			d.insertAfter(install, d.source(broad)...)
			return true
		}
		parts, ok := splitAfter(d.source(install), r.Commands)
		if ok {
			d.replace(install, slices.Concat(parts.front, d.source(broad), parts.between, parts.rest)...)
		}
		return ok && !cleansUp.MatchString(strings.Join(parts.rest, "\n"))
	}
	return a, nil
}

// workdir is the directory that a RUN begins in.
func workdir(st *cachekey.Step) string {
	for _, f := range st.Op.Recipe {
		if f.Label == cachekey.LabelCwd {
			return path.Clean(f.Value)
		}
	}
	return ""
}

// cleansUp is for commands that make a layer smaller only in the RUN that filled it.
var cleansUp = lazyregexp.New(`\brm -\w*r|\b(cache|store) (clean|purge|prune)\b|\b(purge|autoremove)\b`)

// manifestDepends says what cannot be known of an install.
func (s *suggester) manifestDepends(r *predict.Remedy) []string {
	depends := []string{fmt.Sprintf("`%s` reads nothing of the project but %s", r.Command, listed(r.Files))}
	if r.Fetch != "" {
		depends[0] = fmt.Sprintf("`%s` reads nothing of the project but %s, and what it fetches beyond `%s` does no harm", r.Fetch, listed(r.Files), r.Command)
	}
	if rewrites.MatchString(r.Command) {
		depends = append(depends, "it leaves the lock file as it is: what it writes there, the COPY after it takes back")
	}
	return depends
}

var rewrites = lazyregexp.New(`^((npm|pnpm|bun) (install|i)|yarn( install)?)( --?(?:production|prod|no-\S+|registry\S*|omit\S*|ignore-\S+)\S*)*$`)

// leaves are the directories that an install fills, by its first word.
var leaves = map[string]string{
	"npm": "node_modules", "pnpm": "node_modules", "yarn": "node_modules", "bun": "node_modules", "composer": "vendor", "bundle": "vendor/bundle",
	"poetry": ".venv", "uv": ".venv", "mix": "deps", "dotnet": "obj",
}

// overwritten reports whether the context holds what an install makes, which a later COPY would put over it.
func (s *suggester) overwritten(r *predict.Remedy) (bool, error) {
	first, _, _ := strings.Cut(r.Command, " ")
	dir, ok := leaves[first]
	if !ok {
		return false, nil
	}
	_, ok, err := s.new.Graph.Context.Lookup(s.ctx, path.Join(path.Dir(r.Files[0]), dir), true)
	return ok, err
}

// movable reports whether a broad COPY can stand below an install: nothing between the two, or for
// a fetch between the COPY and the install, makes a difference.
func (d *document) movable(broad, install instruction, c copyText, fetch bool) bool {
	if broad.stage != install.stage || broad.line >= install.line {
		return false
	}
	for _, in := range d.all {
		if in.stage != broad.stage || in.line <= broad.line || in.line >= install.line {
			continue
		}
		switch in.keyword {
		case "COPY", "ADD", "ONBUILD":
			return false
		case "WORKDIR":
			if fetch || !path.IsAbs(c.dest) {
				return false
			}
		case "USER", "SHELL":
			if fetch {
				return false
			}
		case "ENV", "ARG":
			if fetch || strings.Contains(c.all, "$") {
				return false
			}
		}
	}
	return true
}

// copyText is a COPY or ADD of one source in shell form, as it is written.
type copyText struct {
	all, keyword string
	flags        []string
	source, dest string
}

func readCopy(text string) (c copyText, ok bool) {
	fields := strings.Fields(text)
	c.all = text
	if len(fields) < 3 || strings.Contains(text, "[") || strings.Contains(text, "<<") || strings.ContainsAny(text, `"'\`) {
		return c, false
	}
	c.keyword, fields = fields[0], fields[1:]
	for len(fields) > 0 && strings.HasPrefix(fields[0], "--") {
		c.flags, fields = append(c.flags, fields[0]), fields[1:]
	}
	if len(fields) != 2 {
		return c, false
	}
	c.source, c.dest = fields[0], fields[1]
	return c, true
}

// plainName is a path that COPY takes as it is written.
var plainName = lazyregexp.New(`^[\w./@+-]+$`)

// copyLines writes the COPYs of the manifests: one for the files of each directory, one for each directory.
func (s *suggester) copyLines(c copyText, r *predict.Remedy) (lines []string, ok bool, err error) {
	head := strings.Join(append([]string{"COPY"}, c.flags...), " ")
	base := strings.TrimSuffix(strings.TrimSuffix(c.dest, "."), "/")
	switch {
	case c.dest == "." || c.dest == "./":
		base = "."
	case strings.HasSuffix(c.dest, "."), strings.Contains(strings.Join(c.flags, " "), "--exclude"):
		return nil, false, nil
	}
	var dirs []string
	files := map[string][]string{}
	for _, file := range r.Files {
		n, found, err := s.new.Graph.Context.Lookup(s.ctx, file, true)
		if err != nil || !found || !plainName.MatchString(file) {
			return nil, false, err
		}
		rel := strings.TrimPrefix(strings.TrimPrefix(file, r.From), "/")
		if n.Kind == buildcontext.Dir {
			lines = append(lines, fmt.Sprintf("%s %s %s/%s/", head, file, base, rel))
			continue
		}
		dir := path.Dir(rel)
		if !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
		files[dir] = append(files[dir], file)
	}
	for _, dir := range dirs {
		dest := base + "/"
		if dir != "." {
			dest += dir + "/"
		}
		lines = append(lines, fmt.Sprintf("%s %s %s", head, strings.Join(files[dir], " "), dest))
	}
	return lines, len(lines) > 0, nil
}
