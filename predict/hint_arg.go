package predict

import (
	"fmt"
	"slices"
	"strings"

	"github.com/whybust/whybust/cachekey"
	"github.com/whybust/whybust/internal/lazyregexp"
)

// volatile are the build arguments that made a step miss, with what repeats
// them as ENV: what a hint proposes to move.
type volatile struct {
	names []string // of ARGs, in order
	lines []int    // of those ARGs
	vars  []string // names, and those of ENVs that hold them
	envs  []int    // lines of those ENVs
	why   string
}

// volatileArg: a RUN that misses only because an argument from outside has
// another value, although nothing up to some later line uses it.
func (h *hinter) volatileArg(i int) (*Hint, error) {
	st := h.new.Steps[i]
	if st.Instruction != "RUN" || st.Onbuild {
		return nil, nil
	}
	v, ok := h.volatile(i)
	if !ok {
		return nil, nil
	}
	kept := h.keptWithout(i, v)
	if len(kept) == 0 {
		return nil, nil
	}
	last := h.new.Steps[kept[len(kept)-1]]
	subject, it := fmt.Sprintf("ARG %s (line %d)", v.names[0], v.lines[0]), "it"
	if len(v.names) > 1 {
		subject, it = "", "them"
		for k, name := range v.names {
			subject += fmt.Sprintf("%sARG %s (line %d)", []string{"", " and "}[min(k, 1)], name, v.lines[k])
		}
	}
	if len(v.envs) > 0 {
		it += fmt.Sprintf(", with the ENV on line %d,", v.envs[0])
	}
	text := fmt.Sprintf("%s %s: move %s below line %d, the last step that does not use %s, and %s cached",
		subject, v.why, it, last.EndLine, strings.SplitN(it, ",", 2)[0], stay(len(kept)))
	hint := &Hint{Kind: hintVolatileArg, Step: i, File: h.p.Dockerfile, Line: v.lines[0], Text: text}
	return h.remedy(hint, Remedy{Lines: slices.Concat(v.lines, v.envs), Names: v.vars, Below: last.EndLine, Passed: kept}), nil
}

func stay(n int) string {
	if n == 1 {
		return "that step stays"
	}
	return fmt.Sprintf("%d steps stay", n)
}

// volatile reads the causes of step i as arguments from outside, declared in
// its stage, that have other values than before.
func (h *hinter) volatile(i int) (v volatile, ok bool) {
	st, old := h.new.Steps[i], h.counterpart(i)
	if old == nil {
		return v, false
	}
	commits, times := true, true
	for _, c := range ownCauses(h.p.Steps[i]) {
		n, ok1 := variable(st, c.Name)
		o, ok2 := variable(old, c.Name)
		if !ok1 || !ok2 || !n.Secret || !o.Secret || c.Change != Modified || c.Kind != CauseArg && c.Kind != CauseEnv {
			return v, false
		}
		commits = commits && commitID.MatchString(n.Value) && commitID.MatchString(o.Value)
		times = times && timestamp.MatchString(n.Value) && timestamp.MatchString(o.Value)
		if c.Kind == CauseArg && !h.add(&v, st, n) {
			return v, false
		}
	}
	for _, c := range ownCauses(h.p.Steps[i]) {
		if n, _ := variable(st, c.Name); c.Kind == CauseEnv && !h.addEnv(&v, st, n) {
			return v, false
		}
	}
	v.vars = append(v.vars, v.names...)
	v.why = volatility(len(v.names) == 1, commits, times)
	return v, len(v.names) > 0
}

// volatility says how arguments change, as far as their values show it.
func volatility(one, commits, times bool) string {
	has, changes := "have other values", "change"
	if one {
		has, changes = "has another value", "changes"
	}
	switch {
	case commits:
		return changes + " with every commit"
	case times:
		return changes + " with the time"
	}
	return has
}

var (
	commitID  = lazyregexp.New(`(^|[^0-9A-Za-z])([0-9a-f]{40}|[0-9a-f]{64})($|[^0-9A-Za-z])`)
	timestamp = lazyregexp.New(`^\d{4}-\d\d-\d\d([T _].*)?$|^20\d{6}(T?\d{4,6}Z?)?$|^1\d{9}$`)
)

// variable is a variable in a step's environment.
func variable(st *cachekey.Step, name string) (cachekey.Field, bool) {
	for _, f := range st.Op.Recipe {
		if f.Label == cachekey.LabelEnv && f.Name == name && name != "" {
			return f, true
		}
	}
	return cachekey.Field{}, false
}

// add takes in an ARG that stands alone in its instruction, in the step's stage.
func (h *hinter) add(v *volatile, st *cachekey.Step, f cachekey.Field) bool {
	c, ok := h.declared(st, f.Line)
	if !ok || c.Keyword != "ARG" || len(strings.Fields(c.Text)) != 2 {
		return false
	}
	v.names, v.lines = append(v.names, f.Name), append(v.lines, f.Line)
	return true
}

// addEnv takes in an ENV that repeats an ARG: of the same name, or one that is taken in.
func (h *hinter) addEnv(v *volatile, st *cachekey.Step, f cachekey.Field) bool {
	c, ok := h.declared(st, f.Line)
	if !ok || c.Keyword != "ENV" || len(strings.Fields(c.Text)) > 2 {
		return false
	}
	for _, arg := range h.new.Config {
		name, _, _ := strings.Cut(strings.TrimSpace(strings.TrimPrefix(arg.Text, "ARG")), "=")
		if arg.Keyword == "ARG" && arg.StageIndex == st.StageIndex && arg.Line < f.Line && uses(c.Text, []string{name}) {
			if !slices.Contains(v.names, name) {
				v.names, v.lines = append(v.names, name), append(v.lines, arg.Line)
			}
			v.vars, v.envs = append(v.vars, f.Name), append(v.envs, f.Line)
			return true
		}
	}
	return false
}

// declared is the instruction of the step's stage that stands on a line.
func (h *hinter) declared(st *cachekey.Step, line int) (cachekey.ConfigInstruction, bool) {
	for _, c := range h.new.Config {
		if c.Line == line && c.StageIndex == st.StageIndex {
			return c, true
		}
	}
	return cachekey.ConfigInstruction{}, false
}

// uses reports whether a text has one of the names as a word of its own.
func uses(text string, names []string) bool {
	isPart := func(r rune) bool {
		return r == '_' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
	}
	parts := strings.FieldsFunc(text, func(r rune) bool { return !isPart(r) })
	return slices.ContainsFunc(parts, func(p string) bool { return slices.Contains(names, p) })
}

// keptWithout lists the steps from i on, in its stage, that would be cached if
// the arguments stood below them. It ends at the first instruction that uses one,
// and at the first step with a cause of another kind. Where no instruction says that
// it uses one, a program may read it from its environment: then only
// commands that surely do not are counted.
func (h *hinter) keptWithout(i int, v volatile) (kept []int) {
	user := h.firstUser(i, v)
	for j := i; j < len(h.new.Steps); j++ {
		st := h.new.Steps[j]
		if st.StageIndex != h.new.Steps[i].StageIndex || user > 0 && st.Line >= user || h.otherCause(j, v) {
			break
		}
		if user == 0 && st.Instruction == "RUN" && !selfContained(st) {
			break
		}
		kept = append(kept, j)
	}
	return kept
}

// otherCause reports whether a step would miss without the arguments, too.
func (h *hinter) otherCause(j int, v volatile) bool {
	for _, c := range h.p.Steps[j].Causes {
		switch {
		case c.Kind == CauseParent:
		case (c.Kind == CauseArg || c.Kind == CauseEnv) && slices.Contains(v.vars, c.Name):
		default:
			return true
		}
	}
	return false
}

// firstUser is the line of the first instruction below the arguments that uses
// one of the variables, 0 if there is none.
func (h *hinter) firstUser(i int, v volatile) int {
	first := 0
	see := func(stage, line int, text string) {
		if stage == h.new.Steps[i].StageIndex && line > v.lines[0] && uses(text, v.vars) && (first == 0 || line < first) {
			first = line
		}
	}
	for _, st := range h.new.Steps {
		see(st.StageIndex, st.Line, st.Text)
	}
	for _, c := range h.new.Config {
		if !slices.Contains(v.lines, c.Line) && !slices.Contains(v.envs, c.Line) {
			see(c.StageIndex, c.Line, c.Text)
		}
	}
	return first
}

// selfContained reports whether a RUN is nothing but installs and the like.
func selfContained(st *cachekey.Step) bool {
	commands, plain := commandsOf(st)
	return plain && !slices.ContainsFunc(commands, func(c string) bool {
		c = bare(c)
		known := func(in installer) bool { return in.fetch == "" && in.command.MatchString(c) }
		return !harmless.MatchString(c) && !slices.ContainsFunc(installers, known)
	})
}
