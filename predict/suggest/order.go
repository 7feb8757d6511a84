package suggest

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/whybust/whybust/cachekey"
	"github.com/whybust/whybust/internal/lazyregexp"
	"github.com/whybust/whybust/predict"
)

// KindOrder is the kind of a change that puts what changes rarely first.
const KindOrder = "order"

// systemPackages are commands that install system packages, and those that go along with them.
var systemPackages = lazyregexp.New(`^((apt-get|apt|apk|dnf|microdnf|yum)( -\S+)* (update|upgrade|install|add|clean|autoremove|autoclean)\b[\w .:/=+~<>*-]*|rm -rf? /var/(lib/apt|cache)/\S*|set -\S+|true)$`)

var installsPackages = lazyregexp.New(`^(apt-get|apt|apk|dnf|microdnf|yum)( -\S+)* (install|add)\b`)

// Order looks for RUNs that install system packages below a COPY or ADD that changed in more builds
// than they did, and moves them above it. changed is in how many builds of a history a step of the build missed
// for causes of its own.
func Order(at *predict.Replayed, changed func(step int) int) []Change {
	if path.IsAbs(at.Dockerfile) {
		return nil
	}
	var changes []Change
	for i, run := range at.Graph.Steps {
		if !installsOnly(run) {
			continue
		}
		above := above(at.Graph, i, changed)
		if above < 0 {
			continue
		}
		copied := at.Graph.Steps[above]
		c := Change{Suggestion: predict.Suggestion{Kind: KindOrder, Step: i, DependsOn: []string{fmt.Sprintf("the RUN on line %d reads nothing that the steps from line %d on bring", run.Line, copied.Line)}}}
		c.Text = fmt.Sprintf("the system packages on line %d stand below line %d, which changed in %d builds, and themselves changed in %d: install them first",
			run.Line, copied.Line, changed(above), changed(i))
		s := &suggester{new: at}
		c.WhatIf = s.whatIf(&attempt{edit: func(d *document, find finder) bool {
			moved, ok1 := find(run.Line, sameText)
			before, ok2 := find(copied.Line, sameText)
			if !ok1 || !ok2 || moved.stage != before.stage || moved.line < before.line || !d.onlyFilesBetween(before, moved) {
				return false
			}
			lines := d.source(moved)
			d.replace(moved)
			d.insertBefore(before, lines...)
			return true
		}})
		changes = append(changes, c)
	}
	return changes
}

// installsOnly reports whether a step installs system packages and does nothing else.
func installsOnly(st *cachekey.Step) bool {
	if st.Instruction != "RUN" || st.Onbuild || strings.Contains(st.Text, "<<") || len(st.Op.Inputs) > 1 {
		return false
	}
	commands, plain := predict.Commands(st)
	return plain && slices.ContainsFunc(commands, installsPackages.MatchString) &&
		!slices.ContainsFunc(commands, func(c string) bool { return !systemPackages.MatchString(c) })
}

// above is the first of the copies before a RUN, with nothing but copies and directories between, that changed
// more often than the RUN itself; -1 if there is none.
func above(g *cachekey.Graph, i int, changed func(step int) int) int {
	found := -1
	for prev := g.Steps[i].Previous; prev != nil && prev.StageIndex == g.Steps[i].StageIndex; prev = prev.Previous {
		k := slices.Index(g.Steps, prev)
		switch {
		case prev.Onbuild || k < 0 || bringsSystemFiles(prev):
			return found
		case prev.Instruction == "WORKDIR":
		case prev.Instruction == "COPY" || prev.Instruction == "ADD":
			if changed(k) > changed(i) {
				found = k
			}
		default:
			return found
		}
	}
	return found
}

// bringsSystemFiles reports whether a copy may put something where package managers look.
func bringsSystemFiles(st *cachekey.Step) bool {
	if st.Instruction != "COPY" && st.Instruction != "ADD" {
		return false
	}
	for _, f := range st.Op.Recipe {
		if f.Label != cachekey.LabelDest {
			continue
		}
		top, _, _ := strings.Cut(strings.TrimPrefix(path.Clean(f.Value), "/"), "/")
		if cachekey.HasSymbol(f.Value) || slices.Contains([]string{"", ".", "etc", "usr", "bin", "sbin", "lib", "lib64", "var", "root", "tmp", "run"}, top) {
			return true
		}
	}
	return false
}

// onlyFilesBetween reports whether nothing stands between two instructions that a RUN would be
// another one without.
func (d *document) onlyFilesBetween(first, last instruction) bool {
	for _, in := range d.all {
		if in.stage != first.stage || in.line <= first.line || in.line >= last.line {
			continue
		}
		if !slices.Contains([]string{"COPY", "ADD", "WORKDIR", "LABEL", "EXPOSE"}, in.keyword) {
			return false
		}
	}
	return true
}
