package predict

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/whybust/whybust/cachekey"
	"github.com/whybust/whybust/internal/lazyregexp"
)

// Remedy is what would have kept a step cached, as data: what a Hint says in
// words, and two that no hint speaks of. Package suggest makes patches of them
// and tries them. Lines are of the new Dockerfile.
type Remedy struct {
	Kind string
	// Step is the index of the step that it is about.
	Step int
	// Text is the sentence of the hint, if there is one.
	Text string
	// Ignore are lines for the ignore file File: ignore-file and heavy-directory.
	File   string
	Ignore []string
	// Files are the manifests, relative to the context, that an install in step Run needs of
	// what the broad COPY in step Copy takes from the directory From to To: copy-too-early. Command is
	// the install, Fetch one that only fetches if Command compiles as well.
	Files          []string
	Copy, Run      int
	From, To       string
	Command, Fetch string
	// Lines are those of the ARG and ENV of Names to be put below line Below: volatile-arg and
	// late-variable. Passed are the steps between, which do without them as far as is known.
	Lines  []int
	Names  []string
	Below  int
	Passed []int
	// Commands is how many commands of a RUN go into one of their own: instruction-text, and copy-too-early, where
	// 0 is all of them.
	Commands int
	// Image is the reference that FROM names: unpinned-base.
	Image string
	// Copies are the steps to be linked: copy-link; or the one to become a mount of Run: bind-mount.
	Copies []int
}

// The kinds of remedies that are no hints.
const (
	RemedyLateVariable = "late-variable" // an ARG or ENV edited above steps that do not use it
	RemedyCopyLink     = "copy-link"     // COPY that only follows what missed before it
	RemedyBindMount    = "bind-mount"    // a broad COPY for one RUN
)

// Remedies looks for the remedies of the prediction p, which CompareCache made of the cache and the graph.
func Remedies(ctx context.Context, cache *Cache, new *cachekey.Graph, p *Prediction) ([]Remedy, error) {
	near, err := cache.match(Limits{}.under(ctx), new)
	if err != nil {
		return nil, err
	}
	return near.remedies(p)
}

// remedies looks for those of a prediction, hints first.
func (n *nearest) remedies(p *Prediction) ([]Remedy, error) {
	var all []Remedy
	hints, err := n.look(p, &all)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(r Remedy) bool {
		return !slices.ContainsFunc(hints, func(hint Hint) bool { return hint.Kind == r.Kind && hint.Text == r.Text && hint.Step == r.Step })
	})
	for i := range p.Steps {
		if h := n.hinter(p, i, &all); h.begins(i) {
			all = append(all, h.lateVariable(i)...)
		}
	}
	h := &hinter{n.first(), p, &all}
	all = append(all, h.copyLinks()...)
	mounts, err := h.bindMounts()
	return append(all, mounts...), err
}

// remedy keeps the data of a hint, and returns it.
func (h *hinter) remedy(hint *Hint, r Remedy) *Hint {
	r.Kind, r.Step, r.Text = hint.Kind, hint.Step, hint.Text
	*h.remedies = append(*h.remedies, r)
	return hint
}

// lateVariable: a RUN that misses because the Dockerfile gives a variable another value, although
// nothing up to some later line uses it.
func (h *hinter) lateVariable(i int) []Remedy {
	st := h.new.Steps[i]
	old := h.counterpart(i)
	causes := ownCauses(h.p.Steps[i])
	if st.Instruction != "RUN" || st.Onbuild || old == nil || len(causes) != 1 {
		return nil
	}
	c := causes[0]
	f, ok := variable(st, c.Name)
	if !ok || c.Change != Modified || f.Secret || c.Kind != CauseArg && c.Kind != CauseEnv {
		return nil
	}
	in, ok := h.declared(st, f.Line)
	fields := strings.Fields(in.Text)
	if !ok || in.Keyword != "ARG" && in.Keyword != "ENV" || len(fields) < 2 || in.Keyword == "ARG" && len(fields) != 2 ||
		strings.Count(in.Text, "=") > 1 && len(fields) > 2 {
		return nil
	}
	v := volatile{names: []string{c.Name}, lines: []int{f.Line}, vars: []string{c.Name}}
	kept := h.keptWithout(i, v)
	if len(kept) == 0 {
		return nil
	}
	last := h.new.Steps[kept[len(kept)-1]]
	text := fmt.Sprintf("%s %s (line %d) has another value: move it below line %d, the last step that does not use it, and %s cached",
		in.Keyword, c.Name, f.Line, last.EndLine, stay(len(kept)))
	return []Remedy{{
		Kind: RemedyLateVariable, Step: i, Text: text, Lines: []int{f.Line}, Names: v.vars, Below: last.EndLine, Passed: kept,
	}}
}

// copyLinks: for each stage the COPYs that miss only because what is before them did, and that
// could stand on nothing. What a link changes beside that, package suggest asks.
func (h *hinter) copyLinks() (remedies []Remedy) {
	byStage := map[int]int{} // index in remedies
	for i, st := range h.new.Steps {
		if st.Instruction != "COPY" && st.Instruction != "ADD" || st.Onbuild || h.p.Steps[i].Status != Miss || !h.onlyFollows(i) {
			continue
		}
		k, ok := byStage[st.StageIndex]
		if !ok {
			k = len(remedies)
			byStage[st.StageIndex] = k
			remedies = append(remedies, Remedy{Kind: RemedyCopyLink, Step: i})
		}
		remedies[k].Copies = append(remedies[k].Copies, i)
	}
	return remedies
}

// fetchesElsewhere are the commands that leave nothing in the directory where they run.
var fetchesElsewhere = lazyregexp.New(`^(go (mod (download|verify)|install .*@\S+)|(apt-get|apk|apt) .*|mkdir .*|echo .*)( |$)`)

// onlyFollows reports whether a step misses through its parent and nothing else.
func (h *hinter) onlyFollows(i int) bool {
	causes := h.p.Steps[i].Causes
	return len(causes) == 1 && causes[0].Kind == CauseParent && len(h.new.Steps[i].Op.Inputs) > 1 &&
		h.new.Steps[i].Op.Inputs[0].Role == cachekey.RoleRoot
}

// bindMounts: a broad COPY that misses, and after it in its stage one RUN and nothing else.
func (h *hinter) bindMounts() (remedies []Remedy, err error) {
	for i, st := range h.new.Steps {
		if i+1 >= len(h.new.Steps) || h.p.Steps[i].Status != Miss || st.Instruction != "COPY" || st.Onbuild {
			continue
		}
		run := h.new.Steps[i+1]
		if run.Instruction != "RUN" || run.Previous != st || run.StageIndex != st.StageIndex || len(h.after(i)) != 1 {
			continue
		}
		cp, ok, err := h.broad(i)
		if err != nil {
			return nil, err
		}
		if ok && cp.to != "/" && h.onlyOutsideIsRead(run, cp.to) && !h.earlierWrites(st, cp) {
			remedies = append(remedies, Remedy{Kind: RemedyBindMount, Step: i, Copies: []int{i}, Run: i + 1, From: cp.from, To: cp.to})
		}
	}
	return remedies, nil
}

// onlyOutsideIsRead reports whether the stage that ends with a RUN is read by others, and they take
// from it nothing of a directory, nor anything that may lead there.
func (h *hinter) onlyOutsideIsRead(run *cachekey.Step, dir string) bool {
	read := false
	for _, op := range h.new.Ops {
		for _, in := range op.Inputs {
			if in.Op != run.Op {
				continue
			}
			if in.Role == cachekey.RoleRoot || in.Role == cachekey.RoleLayer || len(in.Selectors) == 0 {
				return false
			}
			for _, sel := range in.Selectors {
				if sel.Wildcard || len(sel.Include) > 0 || cachekey.HasSymbol(sel.Path) || overlap(sel.Path, dir) {
					return false
				}
			}
			read = true
		}
	}
	return read
}

func overlap(a, b string) bool {
	a, b = strings.TrimSuffix(a, "/")+"/", strings.TrimSuffix(b, "/")+"/"
	return strings.HasPrefix(a, b) || strings.HasPrefix(b, a)
}

// earlierWrites reports whether a step before a COPY may put something into its directory that the
// mount would hide: a RUN in it other than a fetch into a cache elsewhere, or a COPY of what
// the mount does not show.
func (h *hinter) earlierWrites(st *cachekey.Step, cp broadCopy) bool {
	dir := cp.to
	for prev := st.Previous; prev != nil; prev = prev.Previous {
		switch prev.Instruction {
		case "RUN":
			cwd, known := field(prev.Op.Recipe, cachekey.LabelCwd)
			commands, plain := commandsOf(prev)
			elsewhere := func(c string) bool { return fetchesElsewhere.MatchString(bare(c)) }
			if !known || overlap(cwd, dir) && cwd != "/" && !(plain && !slices.ContainsFunc(commands, func(c string) bool { return !elsewhere(c) })) ||
				strings.Contains(prev.Text, dir) {
				return true
			}
		case "COPY", "ADD":
			if !h.putsWhereItStands(prev, cp) {
				return true
			}
		}
	}
	return false
}

// putsWhereItStands reports whether a copy leaves in the directory of a broad one only what that one
// puts at the same place, or nothing.
func (h *hinter) putsWhereItStands(st *cachekey.Step, cp broadCopy) bool {
	index, fromContext := contextCopy(st.Op)
	for _, f := range st.Op.Recipe {
		if f.Label != cachekey.LabelDest || !overlap(f.Value, cp.to) {
			continue
		}
		if cachekey.HasSymbol(f.Value) || !fromContext {
			return false
		}
		for _, sel := range st.Op.Inputs[index].Selectors {
			source := strings.TrimPrefix(path.Clean(sel.Path), "/")
			if sel.Wildcard {
				source = path.Dir(source)
			}
			same := func(source, at string) bool {
				rel, inside := broadCopy{from: cp.to, to: path.Join("/", cp.from)}.source(path.Join("/", source))
				return inside && rel == path.Clean(at)
			}
			if !same(source, f.Value) && (sel.Wildcard || !same(source, path.Join(f.Value, path.Base(source)))) {
				return false
			}
		}
	}
	return true
}
