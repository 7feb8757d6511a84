package cachekey

import (
	"context"
	"slices"
	"sync"

	buildcontext "github.com/whybust/whybust/context"
)

// What a graph is hangs on the Dockerfile and the options alone, and the context only matters where files are looked
// at. So the builds of a history, of which nearly all have the Dockerfile of the one before, need not be
// replayed: their graphs are copies in which the context is another one. Should somebody ask what an operation
// leaves, which is seldom needed, the Dockerfile is replayed after all.

// Over gives what Replay gives for the same Dockerfile and options over another context, without a
// replay. It is nil if the graph has named contexts, which belong to the build as well.
func (g *Graph) Over(view *buildcontext.View) *Graph {
	if g.again == nil || slices.ContainsFunc(g.Ops, func(op *Op) bool { return op.Context != "" }) {
		return nil
	}
	c := *g
	c.Context, c.Notes = view, slices.Clone(g.Notes)
	again := &replayedAgain{make: g.again, view: view}
	c.copyOps(g, again)
	c.copySteps(g)
	return &c
}

// at is an operation's counterpart in a copy of its graph.
func (g *Graph) at(op *Op) *Op {
	if op == nil {
		return nil
	}
	return g.Ops[op.index]
}

// copyOps copies the operations of a graph.
func (g *Graph) copyOps(from *Graph, again *replayedAgain) {
	ops, count := make([]Op, len(from.Ops)), 0
	g.Ops = make([]*Op, len(ops))
	for i, op := range from.Ops {
		count += len(op.Inputs)
		g.Ops[i] = &ops[i]
	}
	inputs := make([]Input, 0, count)
	for i, op := range from.Ops {
		ops[i] = *op
		first := len(inputs)
		for _, in := range op.Inputs {
			in.Op = g.at(in.Op)
			inputs = append(inputs, in)
		}
		ops[i].Inputs = inputs[first:len(inputs):len(inputs)]
		if op.Kind == OpContext {
			ops[i].files = contextFiles(g.Context)
		} else {
			ops[i].files = again.files(i)
		}
	}
	g.Final, g.result.root = g.at(from.Final), g.at(from.result.root)
}

// copySteps copies the steps of a graph whose operations were copied.
func (g *Graph) copySteps(from *Graph) {
	steps, here := make([]Step, len(from.Steps)), make(map[*Step]*Step, len(from.Steps))
	g.Steps = make([]*Step, len(steps))
	for i, st := range from.Steps {
		g.Steps[i], here[st] = &steps[i], &steps[i]
	}
	for i, st := range from.Steps {
		steps[i] = *st
		steps[i].Op, steps[i].Previous = g.at(st.Op), here[st.Previous]
	}
}

// replayedAgain is a replay that is made when it is needed, once.
type replayedAgain struct {
	make  func(ctx context.Context, view *buildcontext.View) (*Graph, error)
	view  *buildcontext.View
	mu    sync.Mutex
	graph *Graph
}

// files are those that an operation leaves in it.
func (a *replayedAgain) files(index int) *files {
	return &files{make: func(ctx context.Context) (*buildcontext.View, *node, error) {
		g, err := a.replay(ctx)
		if err != nil {
			return nil, nil, err
		}
		return g.Ops[index].files.eval(ctx)
	}}
}

func (a *replayedAgain) replay(ctx context.Context) (*Graph, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.graph == nil {
		g, err := a.make(ctx, a.view)
		if err != nil {
			return nil, err
		}
		a.graph = g
	}
	return a.graph, nil
}
