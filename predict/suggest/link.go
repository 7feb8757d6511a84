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

// link gives a stage's COPYs --link, with which they do not depend on what is before them. A
// link is copied onto nothing and then laid over, so that it makes its own directories: root's, with
// mode 755, in place of links or of directories that somebody else owns.
func (s *suggester) link(r *predict.Remedy) (*attempt, error) {
	var steps []*cachekey.Step
	var depends, names []string
	for _, i := range r.Copies {
		st := s.step(i)
		needs, ok, err := s.linkable(st)
		if err != nil {
			return nil, err
		}
		if ok {
			steps, names = append(steps, st), append(names, fmt.Sprint(st.Line))
			depends = append(depends, needs...)
		}
	}
	if len(steps) == 0 {
		return nil, nil
	}
	slices.Sort(depends)
	a := &attempt{dependsOn: slices.Compact(depends), was: withoutLink}
	a.text = fmt.Sprintf("COPY --link on line %s does not depend on the steps before it, of which one misses", listed(names))
	if len(names) > 1 {
		a.text = fmt.Sprintf("COPY --link on lines %s does not depend on the steps before, of which one misses", listed(names))
	}
	a.edit = func(d *document, find finder) bool {
		for _, st := range steps {
			in, ok := find(st.Line, sameText)
			if !ok {
				return false
			}
			lines := d.source(in)
			lines[0] = copyWord.ReplaceAllString(lines[0], "${0} --link")
			d.replace(in, lines...)
		}
		return true
	}
	return a, nil
}

var (
	copyWord    = lazyregexp.New(`^\s*(?i:COPY)`)
	linkWord    = lazyregexp.New(`^(COPY) --link`)
	namedOwner  = lazyregexp.New(`--chown=\S*[^\d:\s]`)
	notForLinks = lazyregexp.New(`--(link|chmod|parents)\b|<<|\$`)
)

func withoutLink(text string) string { return linkWord.ReplaceAllString(text, "$1") }

// linkable reports whether a COPY can be linked, and on what that depends.
func (s *suggester) linkable(st *cachekey.Step) (depends []string, ok bool, err error) {
	if st.Instruction != "COPY" || notForLinks.MatchString(st.Text) || namedOwner.MatchString(st.Text) {
		return nil, false, nil
	}
	dest := ""
	for _, f := range st.Op.Recipe {
		if f.Label == cachekey.LabelDest {
			if dest != "" && dest != f.Value || cachekey.HasSymbol(f.Value) {
				return nil, false, nil
			}
			dest = f.Value
		}
	}
	dir := path.Clean(dest)
	bare := !strings.HasSuffix(dest, "/") && !strings.HasSuffix(dest, "/.")
	if bare {
		isDir, err := s.copiesDirectory(st)
		if err != nil {
			return nil, false, err
		}
		if bare = !isDir; bare {
			dir = path.Dir(dir)
		}
	}
	if dir == "/" && !bare || s.ownedByOthers(st, dir) {
		return nil, false, nil
	}
	if dir != "/" {
		depends = append(depends, fmt.Sprintf("%s and the directories above it are no links, and root's with mode 755, in what is before line %d", dir, st.Line))
	}
	if bare {
		depends = append(depends, fmt.Sprintf("%s is no directory in what is before line %d", path.Clean(dest), st.Line))
	}
	return depends, true, nil
}

// copiesDirectory reports whether a COPY is known to take one directory, whose content it puts into
// its destination.
func (s *suggester) copiesDirectory(st *cachekey.Step) (bool, error) {
	for _, in := range st.Op.Inputs {
		if in.Op.Kind == cachekey.OpContext && len(in.Selectors) == 1 && !in.Selectors[0].Wildcard {
			n, ok, err := s.new.Graph.Context.Lookup(s.ctx, in.Selectors[0].Path, true)
			return ok && n.Kind == buildcontext.Dir, err
		}
	}
	return false, nil
}

// ownedByOthers reports whether something before a step in its stage may have given the directory
// to another owner, or another mode.
func (s *suggester) ownedByOthers(st *cachekey.Step, dir string) bool {
	top, _, _ := strings.Cut(strings.TrimPrefix(dir, "/"), "/")
	for prev := st.Previous; prev != nil; prev = prev.Previous {
		switch {
		case prev.Instruction == "RUN" && (strings.Contains(prev.Text, "/"+top) || top == ""),
			prev.Instruction != "RUN" && (strings.Contains(prev.Text, "--chown") || strings.Contains(prev.Text, "--chmod")):
			return true
		}
	}
	return slices.ContainsFunc(s.new.Graph.Config, func(c cachekey.ConfigInstruction) bool {
		return c.Keyword == "USER" && c.Line < st.Line
	})
}
