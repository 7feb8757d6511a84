package cachekey

import (
	"context"
	"slices"
	"strings"
	"sync"

	buildcontext "github.com/whybust/whybust/context"
)

// layer is one of the sources of a directory's entries: an unknown one, a
// directory of another view, or a list of nodes.
//
// A Dockerfile may put tens of thousands of files into one directory, one after
// another, and every step's directory is kept. So what is added lies in layers whose sizes
// grow geometrically, as in a log-structured merge tree: directories share the large ones, a
// file is merged a logarithmic number of times, and a name is found in as many searches.
type layer struct {
	unknown string  // the ID of what is not known
	since   string  // the RUNs that may have written over it
	src     *source // nil if it is no view's
	nodes   []*node // sorted by name; nil if it is none of nodes
	headers bool    // directories of this layer bring their own mode and owner (merge)
}

// source is a directory of a view with the dress that its entries get. It is
// read once.
type source struct {
	view  *buildcontext.View
	dir   buildcontext.Node
	dress dress

	mu    sync.Mutex
	read  bool
	nodes []*node
	rest  rest
}

func viewLayer(view *buildcontext.View, dir buildcontext.Node, d dress) layer {
	return layer{src: &source{view: view, dir: dir, dress: d}}
}

func nodeLayer(nodes ...*node) layer { return layer{nodes: nodes} }

// list gives what a layer holds, sorted, and what else it may hold.
func (l *layer) list(ctx context.Context) ([]*node, rest, error) {
	switch {
	case l.unknown != "":
		return nil, rest{l.unknown, l.since}, nil
	case l.src == nil:
		return l.nodes, rest{}, nil
	}
	nodes, unknown, err := l.src.list(ctx)
	if unknown.id != "" {
		unknown.since = addMark(unknown.since, l.since)
	}
	return nodes, unknown, err
}

func (s *source) list(ctx context.Context) (nodes []*node, unknown rest, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.read {
		return s.nodes, s.rest, nil
	}
	children, err := s.view.Children(ctx, s.dir)
	if err != nil {
		return nil, rest{}, err
	}
	for _, c := range children {
		if c.Kind == buildcontext.Unknown && c.Name == "" {
			unknown = rest{c.ID, c.Since}
			continue
		}
		n, err := wrap(ctx, s.view, c, s.dress)
		if err != nil {
			return nil, rest{}, err
		}
		nodes = append(nodes, n)
	}
	slices.SortFunc(nodes, byName)
	s.read, s.nodes, s.rest = true, nodes, unknown
	return nodes, unknown, nil
}

func byName(a, b *node) int { return strings.Compare(a.entry.Name, b.entry.Name) }

// find searches sorted nodes.
func find(nodes []*node, name string) *node {
	i, ok := slices.BinarySearchFunc(nodes, name, func(n *node, name string) int { return strings.Compare(n.entry.Name, name) })
	if !ok {
		return nil
	}
	return nodes[i]
}

// push puts a layer of nodes on top, merged with those below it that are no
// larger. The slice that is given stays as it is.
func push(layers []layer, top layer) []layer {
	layers = layers[:len(layers):len(layers)]
	for len(layers) > 0 {
		below := layers[len(layers)-1]
		if below.nodes == nil || below.headers || len(below.nodes) > len(top.nodes) {
			break
		}
		layers, top = layers[:len(layers)-1:len(layers)-1], nodeLayer(overlay(below, top)...)
	}
	return append(layers, top)
}

// overlay merges two layers of nodes; of one name the upper counts.
func overlay(below, top layer) []*node {
	out := make([]*node, 0, len(below.nodes)+len(top.nodes))
	xs, ys := below.nodes, top.nodes
	for len(xs) > 0 || len(ys) > 0 {
		switch {
		case len(ys) == 0 || len(xs) > 0 && byName(xs[0], ys[0]) < 0:
			out, xs = append(out, xs[0].rewritten(below.since)), xs[1:]
		case len(xs) > 0 && byName(xs[0], ys[0]) == 0:
			xs = xs[1:]
		default:
			out, ys = append(out, ys[0].rewritten(top.since)), ys[1:]
		}
	}
	return out
}
