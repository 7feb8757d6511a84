package parts_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	digest "github.com/opencontainers/go-digest"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
)

// replayed is a walk over a replayed graph, in the order of definition.
type replayed struct {
	names  map[*cachekey.Op][]string
	number map[*cachekey.Op]int
	list   []described
}

// describeGraph gives the operations that the target needs in the words of describeDefinition.
func describeGraph(g *cachekey.Graph) []described {
	r := &replayed{names: map[*cachekey.Op][]string{}, number: map[*cachekey.Op]int{}}
	for _, s := range g.Steps {
		r.names[s.Op] = append(append(r.names[s.Op], s.Name), s.Also...)
	}
	if target := targetOf(g); target != nil {
		r.visit(target)
	}
	return r.list
}

// targetOf is the last operation that no other reads: stages stand after those that
// they need, and the target after all.
func targetOf(g *cachekey.Graph) *cachekey.Op {
	read := map[*cachekey.Op]bool{}
	for _, op := range g.Ops {
		for _, in := range op.Inputs {
			read[in.Op] = true
		}
	}
	for _, op := range slices.Backward(g.Ops) {
		if !read[op] {
			return op
		}
	}
	return nil
}

func (r *replayed) visit(op *cachekey.Op) {
	if _, seen := r.number[op]; seen {
		return
	}
	for _, in := range op.Inputs {
		r.visit(in.Op)
	}
	r.number[op] = len(r.list)
	text, compared := r.describe(op)
	d := described{text: text, names: r.names[op]}
	if compared {
		d.key = op.RecipeKey()
	}
	r.list = append(r.list, d)
}

func (r *replayed) describe(op *cachekey.Op) (text string, compared bool) {
	var w writer
	switch op.Kind {
	case cachekey.OpContext:
		w.line("context")
	case cachekey.OpMerge:
		w.line("merge")
	case cachekey.OpImage:
		w.line("image %s", op.Recipe[0].Value)
		w.line("platform: %s", op.Recipe[1].Value)
	case cachekey.OpRemote:
		if f := op.Recipe[0]; f.Name == "http" {
			w.line("http %s as %s", f.Value, op.Recipe[1].Value)
		} else {
			w.line("git")
		}
	case cachekey.OpExec:
		describeExecRecipe(&w, op.Recipe)
		compared = true
	case cachekey.OpFile:
		describeFileRecipe(&w, op)
		compared = true
	}
	for i, in := range op.Inputs {
		w.line("input %d is #%d", i, r.number[in.Op])
		if compared {
			w.line("  by content: %t", in.ByContent)
			w.line("  selection: %s", selectionDigest(op.Kind, in.Selection))
		}
	}
	return w.String(), compared
}

// selectionDigest is the selector that BuildKit makes of a selection (FileOp.CacheMap and ExecOp.CacheMap).
func selectionDigest(kind cachekey.OpKind, selection string) digest.Digest {
	if selection == "" {
		return ""
	}
	paths := bytes.Split([]byte(selection), []byte{0})
	if kind == cachekey.OpFile {
		slices.Reverse(paths)
	}
	return digest.FromBytes(bytes.Join(paths, []byte{0}))
}

func describeExecRecipe(w *writer, recipe cachekey.Recipe) {
	w.line("exec")
	for _, f := range recipe {
		switch f.Label {
		case cachekey.LabelCommand:
			for _, arg := range cachekey.SplitArgs(f.Value) {
				w.line("argument %q", arg)
			}
		case cachekey.LabelEnv:
			w.line("env %q", f.Name+"="+f.Value)
		case cachekey.LabelKind:
			w.line("root: %t", f.Value == "exec on root")
		case cachekey.LabelMount:
			w.line("mount %s: %s", f.Name, f.Value)
		default:
			w.line("%s: %s", f.Label, f.Value)
		}
	}
}

// fields are the values of a recipe by label.
type fields map[string][]string

func (f fields) one(label string) string { return strings.Join(f[label], "\n") }

func fieldsOf(recipe cachekey.Recipe) fields {
	f := fields{}
	for _, field := range recipe {
		f[field.Label] = append(f[field.Label], field.Value)
	}
	return f
}

func describeFileRecipe(w *writer, op *cachekey.Op) {
	kind := op.Recipe[0].Value
	f := fieldsOf(op.Recipe)
	w.line("file, root: %t", strings.HasSuffix(kind, "on root"))
	switch what, _, _ := strings.Cut(kind, " on "); {
	case what == "mkdir":
		owner := f.one(cachekey.LabelOwner)
		if owner == "" {
			owner = ":"
		}
		w.line("mkdir %s mode=755 parents=true owner=%s time=%s", f.one(cachekey.LabelDest), owner, f.one(cachekey.LabelTime))
	case what == "mkdir /cache":
		w.line("mkdir /cache mode=%s parents=false owner=%s time=", strings.TrimLeft(f.one(cachekey.LabelMode), "0"), f.one(cachekey.LabelOwner))
	case what == "mkfile":
		mode := "644"
		if strings.HasSuffix(kind, ", executable") {
			mode = "755"
		}
		w.line("mkfile %s mode=%s owner=: time= %q", f.one(cachekey.LabelDest), mode, f.one(cachekey.LabelData))
	case what == "copy":
		describeCopies(w, op)
	default:
		w.line("other: %s", kind)
	}
}

// describeCopies cuts the recipe into its actions, each of which begins with a kind.
func describeCopies(w *writer, op *cachekey.Op) {
	taken := map[int]int{} // selectors of each input that are described
	rest := op.Recipe[1:]
	for len(rest) > 0 {
		end := slices.IndexFunc(rest[1:], func(f cachekey.Field) bool { return f.Label == cachekey.LabelKind }) + 1
		if end == 0 {
			end = len(rest)
		}
		describeCopyRecipe(w, op, rest[:end], taken)
		rest = rest[end:]
	}
}

func describeCopyRecipe(w *writer, op *cachekey.Op, action cachekey.Recipe, taken map[int]int) {
	f := fieldsOf(action)
	var kind string
	var from int
	fmt.Sscanf(action[0].Value, "%s from %d", &kind, &from)
	w.line("copy %q from %d to %q owner=%s mode=%s unpack=%s", f.one(cachekey.LabelSource), from, f.one(cachekey.LabelDest),
		f.one(cachekey.LabelOwner), f.one(cachekey.LabelMode), f.one(cachekey.LabelUnpack))
	var sel buildcontext.Selector
	if from >= 0 && op.Inputs[from].Role != cachekey.RoleRoot {
		sel = op.Inputs[from].Selectors[taken[from]]
		taken[from]++
		w.line("  selector %q", sel.Path)
	}
	local := kind == "path"
	w.line("  links=%t contents=%t wildcard=%t", local, local, local)
	var include, required []string
	for _, p := range f[cachekey.LabelInclude] {
		if r, ok := strings.CutPrefix(p, "required "); ok {
			required = append(required, r)
		} else {
			include = append(include, p)
		}
	}
	w.line("  include=%q exclude=%q required=%q", include, f[cachekey.LabelExclude], required)
}
