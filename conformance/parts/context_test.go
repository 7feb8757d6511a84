package parts_test

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/moby/buildkit/cache"
	"github.com/moby/buildkit/cache/contenthash"
	"github.com/moby/buildkit/solver/llbsolver/ops/opsutils"
	digest "github.com/opencontainers/go-digest"
	"github.com/tonistiigi/fsutil"
	fstypes "github.com/tonistiigi/fsutil/types"

	buildcontext "github.com/whybust/whybust/context"
)

var rounds = flag.Int("rounds", 40, "number of random trees whose digests are compared")

// TestDigest: two selections of two trees have equal digests with [buildcontext.Digest], and no difference with
// [buildcontext.Compare], exactly when BuildKit's cache/contenthash gives them equal digests.
func TestDigest(t *testing.T) {
	t.Logf("-seed %d -rounds %d", *seed, *rounds)
	c := &digests{}
	for round := range *rounds {
		c.round(t, round)
		if t.Failed() {
			break
		}
	}
	t.Logf("%d digests, %d of what is not there; %d pairs compared, %d equal, %d of them by other selectors",
		c.made, c.missing, c.pairs, c.equal, c.equalOther)
	if c.missing == 0 || c.equalOther == 0 || c.equal == c.pairs {
		t.Error("the trees are too much alike, or too little, to show anything")
	}
}

// digests counts what was compared.
type digests struct{ made, missing, pairs, equal, equalOther int }

// selection is what some selectors take of a tree.
type selection struct {
	tree      *tree
	selectors []opsutils.Selector
	// set tells apart lists of selectors.
	set int
	// real is BuildKit's digest, err its error; ours is that of the root module.
	real string
	err  error
	ours buildcontext.Sum
}

func (c *digests) round(t *testing.T, round int) {
	g := newGenerator(round)
	base := g.tree()
	trees := []*tree{base, g.edit(base), g.edit(base), g.edit(base)}
	sets := make([][]opsutils.Selector, 8)
	for i := range sets {
		sets[i] = g.selectors()
	}
	var all []*selection
	for _, tree := range trees {
		checksums, err := scan(t.Context(), tree)
		if err != nil {
			t.Fatal(err)
		}
		for i, set := range sets {
			all = append(all, c.digest(t, round, &selection{tree: tree, selectors: set, set: i}, checksums))
		}
	}
	for i, old := range all {
		for _, new := range all[i:] {
			// other selectors seldom take the same: a quarter of these pairs will do
			if old.set == new.set || g.oneIn(4) {
				c.compare(t, round, old, new)
			}
		}
	}
}

// digest fills in the digests of a selection.
func (c *digests) digest(t *testing.T, round int, s *selection, checksums contenthash.CacheContext) *selection {
	c.made++
	s.real, s.err = checksum(t.Context(), checksums, s.selectors)
	if s.err != nil {
		c.missing++
	}
	var err error
	s.ours, err = buildcontext.Digest(t.Context(), s.view(), converted(s.selectors))
	if (err != nil) != (s.err != nil) {
		t.Errorf("round %d: BuildKit's error is %v, ours %v\n%s", round, s.err, err, s)
	}
	return s
}

func (c *digests) compare(t *testing.T, round int, old, new *selection) {
	c.pairs++
	diff, err := buildcontext.Compare(t.Context(), old.view(), converted(old.selectors), new.view(), converted(new.selectors))
	if err != nil {
		t.Fatalf("round %d: %v\nold %s\nnew %s", round, err, old, new)
	}
	if (len(diff.MissingOld) > 0) != (old.err != nil) || (len(diff.MissingNew) > 0) != (new.err != nil) {
		t.Errorf("round %d: %+v, but BuildKit's errors are %v and %v\nold %s\nnew %s", round, diff, old.err, new.err, old, new)
		return
	}
	if old.err != nil || new.err != nil {
		return
	}
	equal := old.real == new.real
	if equal {
		c.equal++
		if old.set != new.set {
			c.equalOther++
		}
	}
	if equal != diff.Equal() || equal != (old.ours == new.ours) {
		t.Errorf("round %d: equal with BuildKit: %t, with Compare: %t, with Digest: %t\n%+v\nold %s\nnew %s",
			round, equal, diff.Equal(), old.ours == new.ours, diff, old, new)
	}
}

func (s *selection) view() *buildcontext.View { return &buildcontext.View{Tree: s.tree} }

func (s *selection) String() string { return fmt.Sprintf("%+v of\n%s", s.selectors, s.tree) }

func converted(list []opsutils.Selector) []buildcontext.Selector {
	var out []buildcontext.Selector
	for _, s := range list {
		out = append(out, buildcontext.Selector{
			Path: s.Path, Wildcard: s.Wildcard, FollowLinks: s.FollowLinks,
			Include: s.IncludePatterns, Exclude: s.ExcludePatterns, Required: s.RequiredPaths,
		})
	}
	return out
}

func (g generator) selectors() []opsutils.Selector {
	list := []opsutils.Selector{g.selector()}
	for g.oneIn(4) {
		list = append(list, g.selector())
	}
	return list
}

func (g generator) selector() opsutils.Selector {
	s := opsutils.Selector{Path: path.Join("/", g.path()), FollowLinks: !g.oneIn(4)}
	switch g.IntN(4) {
	case 0:
		s.Path = pick(g, "/", "/"+pick(g, names[:4]...))
	case 1:
		s.Path = g.wildcards(s.Path)
		s.Wildcard = strings.ContainsAny(s.Path, "*?[")
	}
	if g.oneIn(3) {
		s.ExcludePatterns = g.patterns()
	}
	if g.oneIn(4) {
		s.IncludePatterns = g.patterns()
		if g.oneIn(4) {
			s.RequiredPaths = []string{path.Join("/", g.path())}
		}
	}
	return s
}

// wildcards puts a pattern in the place of one part of a path.
func (g generator) wildcards(p string) string {
	parts := strings.Split(p[1:], "/")
	parts[g.IntN(len(parts))] = pick(g, "*", "?", "a*", "[^x]", "[ab]", "**", "*b", "a[^q]b", "\\a*", "[^q]*")
	if g.oneIn(5) {
		parts = append(parts, "*")
	}
	return "/" + strings.Join(parts, "/")
}

func (g generator) patterns() []string {
	var list []string
	for range 1 + g.IntN(3) {
		list = append(list, pick(g,
			"*", "**", "a", "b", "?", "a*", "*/a", "**/x", "a/*", "a/b", "!a", "!**/x", "!a/b", "*.b", "c/**",
			"[ab]", "d/x", "a/b/c", "!*/x", "", "a|b*", "x"))
	}
	return list
}

// checksum is BuildKit's digest of some selectors (opsutils.NewContentHashFunc).
func checksum(ctx context.Context, checksums contenthash.CacheContext, selectors []opsutils.Selector) (string, error) {
	selectors = dedupeSelectors(selectors)
	if len(selectors) == 0 {
		selectors = []opsutils.Selector{{}}
	}
	var all []string
	for _, s := range selectors {
		sum, err := checksums.Checksum(ctx, nil, path.Join("/", s.Path), contenthash.ChecksumOpts{
			Wildcard: s.Wildcard, FollowLinks: s.FollowLinks,
			IncludePatterns: s.IncludePatterns, ExcludePatterns: s.ExcludePatterns, RequiredPaths: s.RequiredPaths,
		}, nil)
		if err != nil {
			return "", err
		}
		all = append(all, sum.String())
	}
	return strings.Join(all, ","), nil
}

var scans atomic.Int64

// scan tells BuildKit's checksums of a tree what a client that sends it would.
func scan(ctx context.Context, t *tree) (contenthash.CacheContext, error) {
	// contexts are kept by this name: one for each tree, of which no two have one
	checksums, err := contenthash.GetCacheContext(ctx, &metadata{id: fmt.Sprint(scans.Add(1)), values: map[string][]byte{}})
	if err != nil {
		return nil, err
	}
	for _, p := range t.paths() {
		if err := add(checksums, p, t.nodes[p]); err != nil {
			return nil, err
		}
	}
	if len(t.nodes) > 0 {
		return checksums, nil
	}
	// the root comes into being with the first file, and stays
	if err := add(checksums, "first", node{kind: buildcontext.File, mode: 0o644}); err != nil {
		return nil, err
	}
	return checksums, checksums.HandleChange(fsutil.ChangeKindDelete, "first", nil, nil)
}

func add(checksums contenthash.CacheContext, p string, n node) error {
	stat := &fstypes.Stat{Path: p, Mode: uint32(n.mode), Uid: n.uid, Gid: n.uid}
	switch n.kind {
	case buildcontext.Dir:
		stat.Mode |= uint32(os.ModeDir)
	case buildcontext.Symlink:
		stat.Mode |= uint32(os.ModeSymlink)
		stat.Linkname = n.content
	default:
		stat.Size = int64(len(n.content))
	}
	hash, err := contenthash.NewFromStat(stat)
	if err != nil {
		return err
	}
	if n.kind == buildcontext.File {
		hash.Write([]byte(n.content))
	}
	return checksums.HandleChange(fsutil.ChangeKindAdd, p, hashed{&fsutil.StatInfo{Stat: stat}, digest.NewDigest(digest.SHA256, hash)}, nil)
}

// hashed is a file with its digest, as the receiver of a context has it.
type hashed struct {
	os.FileInfo
	digest digest.Digest
}

func (h hashed) Digest() digest.Digest { return h.digest }

// metadata is as much of a cached reference as its checksums need.
type metadata struct {
	cache.RefMetadata
	id     string
	values map[string][]byte
}

func (m *metadata) ID() string { return m.id }

func (m *metadata) GetExternal(key string) ([]byte, error) {
	if v, ok := m.values[key]; ok {
		return v, nil
	}
	return nil, os.ErrNotExist
}

func (m *metadata) SetExternal(key string, value []byte) error {
	m.values[key] = value
	return nil
}

// dedupeSelectors, with the two functions below it, is a copy of BuildKit's solver/llbsolver/ops/file.go, which does not
// export it: nested paths are dropped, and the rest stands in the order of the paths.
func dedupeSelectors(m []opsutils.Selector) []opsutils.Selector {
	paths := make([]string, 0, len(m))
	pathsFollow := make([]string, 0, len(m))
	for _, sel := range m {
		if !sel.HasWildcardOrFilters() {
			if sel.FollowLinks {
				pathsFollow = append(pathsFollow, sel.Path)
			} else {
				paths = append(paths, sel.Path)
			}
		}
	}
	paths = dedupePaths(paths)
	pathsFollow = dedupePaths(pathsFollow)
	selectors := make([]opsutils.Selector, 0, len(m))
	for _, p := range paths {
		selectors = append(selectors, opsutils.Selector{Path: p})
	}
	for _, p := range pathsFollow {
		selectors = append(selectors, opsutils.Selector{Path: p, FollowLinks: true})
	}
	for _, sel := range m {
		if sel.HasWildcardOrFilters() {
			selectors = append(selectors, sel)
		}
	}
	slices.SortFunc(selectors, func(i, j opsutils.Selector) int {
		return cmp.Compare(i.Path, j.Path)
	})
	return selectors
}

func dedupePaths(inp []string) []string {
	if len(inp) <= 1 {
		return inp
	}
	old := make(map[string]struct{}, len(inp))
	for _, p := range inp {
		old[p] = struct{}{}
	}
	paths := make([]string, 0, len(old))
	for p1 := range old {
		var skip bool
		for p2 := range old {
			if p1 != p2 && strings.HasPrefix(p1, forceTrailingSlash(p2)) {
				skip = true
				break
			}
		}
		if !skip {
			paths = append(paths, p1)
		}
	}
	slices.Sort(paths)
	return paths
}

func forceTrailingSlash(s string) string {
	if strings.HasSuffix(s, "/") {
		return s
	}
	return s + "/"
}
