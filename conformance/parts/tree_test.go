package parts_test

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"path"
	"slices"
	"strconv"
	"strings"

	digest "github.com/opencontainers/go-digest"

	buildcontext "github.com/whybust/whybust/context"
)

// tree is a random context in memory.
type tree struct {
	// nodes are the paths, "a/b"; a directory stands before what is in it, and the root is not there.
	nodes map[string]node
	// identities says that the tree gives entries an ID, as git does, by which equal subtrees are not read.
	identities bool
}

type node struct {
	kind buildcontext.Kind
	mode fs.FileMode
	uid  uint32
	// content is a file's, or a link's target.
	content string
}

// paths are in the order in which fsutil walks: an entry before its siblings' children.
func (t *tree) paths() []string {
	byPart := func(a, b string) int {
		return strings.Compare(strings.ReplaceAll(a, "/", "\x00"), strings.ReplaceAll(b, "/", "\x00"))
	}
	return slices.SortedFunc(maps.Keys(t.nodes), byPart)
}

func (t *tree) clone() *tree { return &tree{maps.Clone(t.nodes), t.identities} }

// String lists the tree for messages.
func (t *tree) String() string {
	var w writer
	for _, p := range t.paths() {
		n := t.nodes[p]
		w.line("%-20s %d %o %d %q", p, n.kind, n.mode, n.uid, n.content)
	}
	return w.String()
}

// identity hashes what is at a path: a directory with all below it.
func (t *tree) identity(p string) string {
	if !t.identities {
		return ""
	}
	if n := t.nodes[p]; p != "" && n.kind != buildcontext.Dir {
		return "git:" + fmt.Sprint(n.kind) + n.content
	}
	var w writer
	for _, q := range t.paths() {
		if p == "" || strings.HasPrefix(q, p+"/") {
			n := t.nodes[q]
			w.line("%q %v %v %v %q", strings.TrimPrefix(q, p), n.kind, n.mode, n.uid, n.content)
		}
	}
	return "git:" + digest.FromString(w.String()).String()
}

func (t *tree) Root(context.Context) (buildcontext.Entry, error) {
	return buildcontext.Entry{Kind: buildcontext.Dir, Mode: 0o755, Size: -1, ID: t.identity("")}, nil
}

func (t *tree) ReadDir(_ context.Context, dir string, _ buildcontext.Entry) ([]buildcontext.Entry, error) {
	var entries []buildcontext.Entry
	for p, n := range t.nodes {
		if path.Dir(p) != path.Join(".", dir) {
			continue
		}
		owner := ""
		if n.uid != 0 {
			owner = strconv.Itoa(int(n.uid))
		}
		entries = append(entries, buildcontext.Entry{
			Name: path.Base(p), Kind: n.kind, Mode: n.mode, Owner: owner, Size: int64(len(n.content)), ID: t.identity(p),
		})
	}
	slices.SortFunc(entries, func(a, b buildcontext.Entry) int { return strings.Compare(a.Name, b.Name) })
	return entries, nil
}

func (t *tree) ReadLink(_ context.Context, p string, _ buildcontext.Entry) (string, error) {
	return t.nodes[p].content, nil
}

func (t *tree) Open(_ context.Context, p string, _ buildcontext.Entry) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader(t.nodes[p].content)), nil
}

// generator draws trees, edits and patterns from few names, so that they meet.
type generator struct{ *rand.Rand }

// newGenerator gives each round of a test its own numbers: one round can be run again alone.
func newGenerator(round int) generator { return generator{rand.New(rand.NewPCG(*seed, uint64(round)))} }

func (g generator) oneIn(n int) bool { return g.IntN(n) == 0 }

func pick[T any](g generator, list ...T) T { return list[g.IntN(len(list))] }

var names = []string{"a", "b", "c", "x", "d", "a.b", "ab"}

func (g generator) tree() *tree {
	t := &tree{nodes: map[string]node{}, identities: g.oneIn(2)}
	g.fill(t, "", 0)
	return t
}

func (g generator) fill(t *tree, dir string, depth int) {
	for _, name := range names {
		if g.IntN(100) > 45 {
			continue
		}
		p := path.Join(dir, name)
		switch kind := g.IntN(10); {
		case kind < 4 && depth < 3:
			t.nodes[p] = node{kind: buildcontext.Dir, mode: pick[fs.FileMode](g, 0o755, 0o755, 0o755, 0o755, 0o755, 0o755, 0o755, 0o700), uid: g.uid()}
			g.fill(t, p, depth+1)
		case kind < 6:
			t.nodes[p] = node{kind: buildcontext.Symlink, mode: 0o777, content: g.link()}
		default:
			t.nodes[p] = node{kind: buildcontext.File, mode: pick[fs.FileMode](g, 0o644, 0o644, 0o755), uid: g.uid(), content: pick(g, "", "1", "2")}
		}
	}
}

func (g generator) uid() uint32 {
	if g.oneIn(12) {
		return 7
	}
	return 0
}

func (g generator) link() string {
	p := g.path()
	return pick(g, p, ".."+p, ".", p[1:]+"/", p[1:], p[1:])
}

// path is absolute and need not exist.
func (g generator) path() string {
	p := ""
	for range 1 + g.IntN(3) {
		if g.oneIn(12) {
			p += "/.."
		} else {
			p += "/" + pick(g, names...)
		}
	}
	return p
}

// edit returns the tree with one or two things changed; a change may come to nothing.
func (g generator) edit(t *tree) *tree {
	t = t.clone()
	for range 1 + g.IntN(2) {
		if paths := t.paths(); len(paths) > 0 {
			g.editPath(t, pick(g, paths...))
		}
	}
	return t
}

func (g generator) editPath(t *tree, p string) {
	n := t.nodes[p]
	switch g.IntN(5) {
	case 0:
		maps.DeleteFunc(t.nodes, func(q string, _ node) bool { return q == p || strings.HasPrefix(q, p+"/") })
	case 1:
		if n.kind == buildcontext.File {
			n.content += "z"
			t.nodes[p] = n
		}
	case 2:
		if n.kind == buildcontext.Dir {
			t.nodes[p+"/new"] = node{kind: buildcontext.File, mode: 0o644}
		}
	case 3:
		switch n.kind {
		case buildcontext.Dir:
			n.mode = 0o711
		case buildcontext.File:
			n.mode ^= 0o111
		}
		t.nodes[p] = n
	case 4:
		t.move(p, path.Join(path.Dir(p), pick(g, names...)))
	}
}

// move renames a path with all below it, unless there is something at the new name.
func (t *tree) move(from, to string) {
	if _, taken := t.nodes[to]; taken {
		return
	}
	for _, p := range t.paths() {
		if p == from || strings.HasPrefix(p, from+"/") {
			t.nodes[to+p[len(from):]] = t.nodes[p]
			delete(t.nodes, p)
		}
	}
}
