package predict

import (
	"context"
	"iter"
	"path"
	"slices"
	"strings"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/internal/gitattr"
)

// places tell which selections of a graph take a file of the context. They hold for trees that differ
// in what files hold, and in nothing else.
type places struct {
	view   *buildcontext.View
	whole  *buildcontext.View
	reads  map[string]bool // the files that say how it is built
	takes  []*buildcontext.Taking
	inputs map[selectionKey]int // the selections, by operation and input
	known  map[string]*placed
	gitDir placed
	dirs   map[string]bool // those in which .gitattributes were looked for

	// The files that the commit at hand changed and a selection takes, in order, and
	// the selections that take any.
	files []*placed
	mask  uint64
}

type selectionKey struct{ op, input int }

// placed is a file of the repository.
type placed struct {
	path     string // in the context
	dir      string // from the root of the repository, "" for it
	kind     CauseKind
	taken    uint64 // the selections that take it
	decisive bool   // it says how is built, or is checked out
	asked    bool   // its directory was read ahead
	looked   bool   // .gitattributes were looked for there
}

const (
	maxSelections = 64
	maxPlaced     = 1 << 14
)

// newPlaces is nil if a selection is not known, or something that it needs is missing.
func newPlaces(ctx context.Context, b *builtCommit, reads map[string]bool) (*places, error) {
	p := &places{
		view: b.graph.Context, whole: &buildcontext.View{Tree: b.whole}, reads: reads, inputs: map[selectionKey]int{},
		known: map[string]*placed{}, dirs: map[string]bool{}, gitDir: placed{path: ".git", kind: CauseGitDir},
	}
	at := map[string]int{}
	for i, op := range b.graph.Ops {
		for k := range op.Inputs {
			in := &op.Inputs[k]
			if in.Op.Kind != cachekey.OpContext {
				continue
			}
			key := selectorTexts(in.Selectors)
			n, ok := at[key]
			if !ok {
				t, ok, err := p.taking(ctx, in)
				if !ok || err != nil || len(p.takes) == maxSelections {
					return nil, err
				}
				n = len(p.takes)
				p.takes, at[key] = append(p.takes, t), n
				if t.GitDir() {
					p.gitDir.taken |= 1 << n
				}
			}
			p.inputs[selectionKey{i, k}] = n
		}
	}
	return p, nil
}

func (p *places) taking(ctx context.Context, in *cachekey.Input) (*buildcontext.Taking, bool, error) {
	if in.Symbolic() || !in.ByContent || in.Op.Context != "" {
		return nil, false, nil
	}
	return p.view.Taking(ctx, in.Selectors)
}

// affect takes the files of a commit to hand. ok is false if there is no short cut for them.
func (p *places) affect(files iter.Seq[string]) (ok bool) {
	p.files, p.mask = p.files[:0], p.gitDir.taken
	if p.mask != 0 {
		p.files = append(p.files, &p.gitDir)
	}
	n := 0
	for name := range files {
		f := p.file(name)
		if n++; f.decisive || n > maxModified {
			return false
		}
		if f.taken != 0 {
			p.files, p.mask = append(p.files, f), p.mask|f.taken
		}
	}
	slices.SortFunc(p.files, func(a, b *placed) int { return buildcontext.ComparePaths(a.path, b.path) })
	return true
}

// file looks at a file of the repository, once.
func (p *places) file(name string) *placed {
	if f := p.known[name]; f != nil {
		return f
	}
	if len(p.known) >= maxPlaced {
		clear(p.known)
	}
	name = strings.Clone(name) // it is part of a longer text
	f := &placed{kind: CauseFile, dir: name[:max(0, strings.LastIndexByte(name, '/'))]}
	f.decisive = p.reads[name] || path.Base(name) == gitattr.Name
	p.known[name] = f
	rest, inside := name, true
	if p.view.Dir != "" {
		rest, inside = strings.CutPrefix(name, p.view.Dir+"/")
	}
	if f.path = rest; !inside {
		return f
	}
	for n, t := range p.takes {
		if t.File(rest) {
			f.taken |= 1 << n
		}
	}
	return f
}

// affectedBy is the selection of an operation that takes one of the files at hand. one is false if there is none, or more.
func (p *places) affectedBy(op *cachekey.Op) (selection uint64, one bool) {
	n := 0
	for k := range op.Inputs {
		if at, ok := p.inputs[selectionKey{op.Index(), k}]; ok && p.mask&(1<<at) != 0 {
			selection = 1 << at
			n++
		}
	}
	return selection, n == 1
}

// findAttributes looks into the directories of the files at hand for .gitattributes, until one was seen
// anywhere: a comparison would have read these directories.
func (p *places) findAttributes(ctx context.Context, h *replayedHistory) error {
	for _, f := range p.files {
		if h.hasAttributes() {
			return nil
		}
		if f.looked {
			continue
		}
		f.looked = true
		if p.dirs[f.dir] {
			continue
		}
		p.dirs[f.dir] = true
		if _, _, err := p.whole.Lookup(ctx, path.Join(f.dir, gitattr.Name), false); err != nil {
			return err
		}
	}
	return nil
}

// ahead begins to read the directories that findAttributes will look into.
func (p *places) ahead(ctx context.Context, files iter.Seq[string], h *replayedHistory) error {
	if h.hasAttributes() {
		return nil
	}
	var dirs []string
	for name := range files {
		f := p.file(name)
		if f.taken == 0 || f.looked || f.asked {
			continue
		}
		f.asked = true
		if f.dir != "" && !p.dirs[f.dir] && !slices.Contains(dirs, f.dir) {
			dirs = append(dirs, f.dir)
		}
	}
	return p.whole.Ahead(ctx, dirs)
}
