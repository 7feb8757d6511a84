package predict

import (
	"strings"

	"github.com/whybust/whybust/cachekey"
	"github.com/whybust/whybust/internal/lazyregexp"
)

var (
	// automatic are the ARGs that BuildKit sets itself, or leaves out of cache keys.
	automatic = lazyregexp.New(`^((TARGET|BUILD)(PLATFORM|OS|ARCH|VARIANT)|TARGETSTAGE|BUILDKIT_.*|SOURCE_DATE_EPOCH|(?i:https?|ftp|no|all)_(?i:proxy))$`)
	// passing are the names of ARGs whose values pass: those that say which commit, when or
	// which run of CI.
	passing = lazyregexp.New(`(?i)(^|_)(git|commit|sha|revision|rev|vcs)(_|$)|(build|pipeline|run|job)_?(date|time|number|num|id)(_|$)|timestamp`)
)

// earlyArgs looks for ARGs above steps that do not use them.
func (f *hazardFinder) earlyArgs() {
	for _, c := range f.new.Config {
		if c.Keyword != "ARG" {
			continue
		}
		for _, name := range argNames(c.Text) {
			if !automatic.MatchString(name) {
				f.earlyArg(c, name)
			}
		}
	}
}

// argNames are the names that an ARG declares. Values may be quoted, over several lines.
func argNames(text string) (names []string) {
	_, rest, _ := strings.Cut(strings.TrimSpace(text), " ")
	for len(names) < maxArgs {
		m := argName.FindStringSubmatch(rest)
		if m == nil {
			break
		}
		names, rest = append(names, m[1]), rest[len(m[0]):]
	}
	return names
}

// maxArgs bounds the names of one ARG.
const maxArgs = 100

// argName is one NAME or NAME=VALUE at the beginning of what is left of an ARG.
var argName = lazyregexp.New(`^[\s\\]*([A-Za-z_]\w*)(?:=(?:[^\s"'\\]|"(?:[^"\\]|\\[\s\S])*"|'[^']*'|\\[\s\S])*)?(?:\s+|$)`)

// earlyArg looks at one ARG. The RUNs between it and the first instruction that
// uses it have it in their keys for nothing. Where no instruction names it, programs may
// read it from their environment: then it is a hazard only if its value passes.
func (f *hazardFinder) earlyArg(c cachekey.ConfigInstruction, name string) {
	user := f.argUser(c, name)
	if user == 0 && !passing.MatchString(name) {
		return
	}
	var runs []*cachekey.Step
	for _, st := range f.new.Steps {
		between := st.StageIndex == c.StageIndex && st.Line > c.Line && (user == 0 || st.Line < user)
		if between && st.Instruction == "RUN" && !st.Onbuild {
			runs = append(runs, st)
		}
	}
	if len(runs) == 0 {
		return
	}
	at := &cachekey.Step{Stage: c.Stage, Line: c.Line, EndLine: c.EndLine}
	last := runs[len(runs)-1]
	if user == 0 {
		f.add(HazardEarlyArg, at, "ARG "+name, "ARG %s is part of the key of %s, and no instruction of the stage uses it",
			name, counted(len(runs), "RUN"))
		return
	}
	use := "that do not use it"
	if len(runs) == 1 {
		use = "that does not use it"
	}
	f.add(HazardEarlyArg, at, "ARG "+name, "ARG %s is part of the key of %s %s: below line %d it would cost them nothing",
		name, counted(len(runs), "RUN"), use, last.EndLine)
}

// argUser is the line of the first instruction of the stage below an ARG that
// names it, 0 if there is none. A second ARG of the name is no use of it.
func (f *hazardFinder) argUser(c cachekey.ConfigInstruction, name string) (first int) {
	see := func(stage, line int, text string) {
		if stage == c.StageIndex && line > c.Line && uses(text, []string{name}) && (first == 0 || line < first) {
			first = line
		}
	}
	for _, st := range f.new.Steps {
		see(st.StageIndex, st.Line, st.Text)
	}
	for _, o := range f.new.Config {
		if o.Keyword != "ARG" || strings.Contains(o.Text, "$") {
			see(o.StageIndex, o.Line, o.Text)
		}
	}
	return first
}
