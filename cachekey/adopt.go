package cachekey

import (
	"context"
	"fmt"
	"slices"

	buildcontext "github.com/whybust/whybust/context"
)

// adopt takes the operations of another graph into this one and gives the state that
// its image leaves: that of its configuration, without arguments.
func (r *replayer) adopt(g *Graph, name string) state {
	needed := map[*Op]bool{g.result.root: true}
	for _, op := range slices.Backward(g.Ops) {
		if needed[op] {
			for _, in := range op.Inputs {
				needed[in.Op] = true
			}
		}
	}
	here := map[*Op]*Op{}
	rename := func(id string) string {
		return ResolveUnknown(id, func(index int) string { return here[g.Ops[index]].UnknownID() })
	}
	for _, op := range g.Ops {
		if !needed[op] {
			continue
		}
		inputs := slices.Clone(op.Inputs)
		for i := range inputs {
			inputs[i].Op = here[inputs[i].Op]
		}
		own, fresh := r.op(op.Kind, 0, slices.Clone(op.Recipe), inputs, fmt.Sprintf("%p %d", g, op.index))
		if fresh {
			own.Context, own.secret = name, op.secret
			own.image = op.image
			own.files = adoptedFiles(op, rename)
		}
		here[op] = own
	}
	final := g.result
	return state{
		root: here[final.root], imageEnv: final.imageEnv, workdir: final.workdir, user: final.user, shell: final.shell,
		platform: final.platform, onbuild: final.onbuild, unknownTrigger: final.unknownTrigger,
	}
}

// adoptedFiles are the files of an operation of another graph. What is unknown of them
// is named for the operations of this one.
func adoptedFiles(op *Op, rename func(id string) string) *files {
	return &files{make: func(ctx context.Context) (*buildcontext.View, *node, error) {
		view, err := op.Files(ctx)
		if err != nil || op.Kind == OpContext && view == nil {
			return nil, nil, err
		}
		if op.Kind != OpContext {
			view = &buildcontext.View{Tree: &adoptedTree{view.Tree, rename}, Rules: view.Rules, Dir: view.Dir}
		}
		return viewFiles(ctx, view)
	}}
}

// adoptedTree is a tree in which what is unknown has other names.
type adoptedTree struct {
	buildcontext.Tree
	rename func(id string) string
}

func (t *adoptedTree) Root(ctx context.Context) (buildcontext.Entry, error) {
	e, err := t.Tree.Root(ctx)
	return t.named(e), err
}

func (t *adoptedTree) ReadDir(ctx context.Context, path string, dir buildcontext.Entry) ([]buildcontext.Entry, error) {
	entries, err := t.Tree.ReadDir(ctx, path, dir)
	entries = slices.Clone(entries)
	for i := range entries {
		entries[i] = t.named(entries[i])
	}
	return entries, err
}

func (t *adoptedTree) named(e buildcontext.Entry) buildcontext.Entry {
	if e.Kind == buildcontext.Unknown {
		e.ID = t.rename(e.ID)
	}
	e.Since, e.Doubt = t.rename(e.Since), t.rename(e.Doubt)
	return e
}
