package predict

import (
	"context"
	"io"
	"path"
	"strconv"
	"strings"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/internal/gitattr"
)

// What is compared of a commit are its blobs. A checkout may hold other bytes
// where .gitattributes says so: what a filter makes of them (LFS files), other line ends, $Id$
// expanded. Both sides of a build are checkouts, and equal blobs under equal attributes
// give equal files; so the attributes matter in two cases only. A file whose blob changed may be the same in both
// checkouts, which a note says. And a file whose blob is the same may differ if its attributes changed: whether
// it does, hangs on the checkout being a new one, so that it may hit.
//
// A .gitattributes is read only if a directory that was read anyway has one, and then those
// above the files that changed.

// attributes answers what the .gitattributes of a tree, which is that of the whole repository, say.
type attributes struct {
	tree buildcontext.Tree
	dirs map[string]*gitattr.File // nil where there is none
}

func newAttributes(t buildcontext.Tree) *attributes {
	return &attributes{t, map[string]*gitattr.File{}}
}

// of returns how a checkout of a file may differ from its blob.
func (a *attributes) of(ctx context.Context, name string) (gitattr.Conversion, error) {
	var sources []gitattr.Source
	dirs := []string{""}
	for i, c := range name {
		if c == '/' {
			dirs = append(dirs, name[:i])
		}
	}
	for _, dir := range dirs {
		f, err := a.file(ctx, dir)
		if err != nil {
			return gitattr.Conversion{}, err
		}
		if f != nil || dir == "" {
			sources = append(sources, gitattr.Source{Dir: dir, File: f})
		}
	}
	if sources[0].File == nil {
		sources[0].File = gitattr.Parse(nil, true)
	}
	return gitattr.Lookup(name, sources), nil
}

// file reads the .gitattributes of a directory, once. Links do not count, as for git.
func (a *attributes) file(ctx context.Context, dir string) (*gitattr.File, error) {
	if f, ok := a.dirs[dir]; ok {
		return f, nil
	}
	view := &buildcontext.View{Tree: a.tree}
	n, ok, err := view.Lookup(ctx, path.Join(dir, gitattr.Name), false)
	if err != nil {
		return nil, err
	}
	var f *gitattr.File
	if ok && n.Kind == buildcontext.File && n.Path == path.Join(dir, gitattr.Name) {
		r, err := a.tree.Open(ctx, n.Path, n.Entry)
		if err != nil {
			return nil, err
		}
		defer r.Close()
		data, err := io.ReadAll(io.LimitReader(r, maxRead))
		if err != nil {
			return nil, err
		}
		f = gitattr.Parse(data, dir == "")
	}
	a.dirs[dir] = f
	return f, nil
}

// checkout is one side as the attributes see it.
type checkout struct {
	commit buildcontext.Commit
	whole  buildcontext.Tree // of the repository
	view   *buildcontext.View
	// stamp is equal for checkouts whose .gitattributes are all the same, 0 if that is not known.
	stamp int64
}

// like reports whether two checkouts are known to have the same .gitattributes.
func (c checkout) like(d checkout) bool {
	return c.whole == d.whole || c.stamp != 0 && c.stamp == d.stamp
}

// checkouts are the sides of an analysis.
func (s *source) checkouts(ctx context.Context, sides []Side, commits []buildcontext.Commit, graphs []*cachekey.Graph) (list []checkout, err error) {
	for i, side := range sides {
		whole, err := s.tree(ctx, side, commits[i], "")
		if err != nil {
			return nil, err
		}
		list = append(list, checkout{commit: commits[i], whole: whole, view: graphs[i].Context})
	}
	return list, nil
}

// hasAttributes reports whether a .gitattributes was seen anywhere, or laid over a side.
func (s *source) hasAttributes() bool { return s.replaced || s.repo.HasAttributes() }

// replacesAttributes reports whether a .gitattributes is laid over the side.
func (s Side) replacesAttributes() bool {
	for name := range s.Replace {
		if path.Base(name) == gitattr.Name {
			return true
		}
	}
	return false
}

// heed predicts again if attributes changed from one commit to the next, and adds the notes about
// checkouts. The last of the sides is the new one.
func (s *source) heed(ctx context.Context, p *Prediction, dir string, sides []checkout, again func() (*Prediction, error)) (*Prediction, error) {
	if s.attributed != nil {
		return p, nil
	}
	s.noteSparse(p, dir, sides[len(sides)-1])
	if !s.hasAttributes() {
		return p, nil
	}
	h := &heed{s, ctx, dir, sides}
	differ, err := h.differ()
	if err == nil && differ {
		s.attributed = newAttributed(h)
		p, err = again()
		s.attributed = nil
	}
	if err != nil {
		return nil, err
	}
	return p, h.notes(p)
}

// heed is what a prediction must heed.
type heed struct {
	*source
	ctx     context.Context
	context string // directory
	sides   []checkout
}

// attributesKey names what attributes are of: checkouts of one stamp, or a tree.
type attributesKey struct {
	stamp int64
	tree  buildcontext.Tree
}

// maxAttributes bounds how many are remembered: those of a few commits, which is what is compared at a time.
const maxAttributes = 16

// of gives the attributes of a checkout. Those of one stamp are read once.
func (s *source) of(c checkout) *attributes {
	key := attributesKey{stamp: c.stamp}
	if c.stamp == 0 {
		key.tree = c.whole
	}
	a := s.attributes[key]
	if a == nil {
		if len(s.attributes) >= maxAttributes {
			clear(s.attributes)
		}
		a = newAttributes(c.whole)
		s.attributes[key] = a
	}
	return a
}

// notes adds a note for each line of a .gitattributes under which files fall that
// a step takes and that changed.
func (h *heed) notes(p *Prediction) error {
	notes := map[string]*attributeNote{}
	var order []string
	seen := map[string]bool{}
	for _, s := range p.Steps {
		for _, c := range s.Causes {
			if c.Kind != CauseFile || seen[c.Path] {
				continue
			}
			seen[c.Path] = true
			was, is, err := h.conversions(c.Path)
			if err != nil {
				return err
			}
			n := attributeNote{was: was.Text, is: is.Text}
			if was == is || is.Text != "" {
				n.place = is
			} else {
				n.place = was
			}
			if n.place.Text == "" {
				continue
			}
			key := n.key()
			if notes[key] == nil {
				notes[key] = &n
				order = append(order, key)
			}
			notes[key].paths = append(notes[key].paths, c.Path)
		}
	}
	for _, key := range order {
		n := notes[key]
		p.Notes = append(p.Notes, Note{
			Kind: "attributes", File: path.Join(n.place.Dir, gitattr.Name), Line: n.place.Line, Text: n.text(),
		})
	}
	return nil
}

// conversions are those of a file of the context, in the first side and in the new one.
func (h *heed) conversions(file string) (was, is gitattr.Conversion, err error) {
	name, last := path.Join(h.context, file), len(h.sides)-1
	if was, err = h.of(h.sides[0]).of(h.ctx, name); err == nil {
		is, err = h.of(h.sides[last]).of(h.ctx, name)
	}
	return was, is, err
}

// attributeNote is a note in the making.
type attributeNote struct {
	was, is string // the attributes on both sides
	place   gitattr.Conversion
	paths   []string
}

func (n *attributeNote) key() string {
	return strings.Join([]string{n.was, n.is, n.place.Dir, strconv.Itoa(n.place.Line)}, "\x00")
}

func (n *attributeNote) text() string {
	files := someFiles(n.paths[0], len(n.paths))
	switch {
	case n.was == n.is && (n.is == "text" || n.is == "text=auto"):
		return files + " with the attribute " + n.is + ": a checkout holds other line ends than the commit if git is told to write them (core.eol, " +
			"core.autocrlf); what is compared is the commit"
	case n.was == n.is:
		return files + " with " + n.is + ": a checkout may hold other bytes than the commit, and what is compared is the commit"
	}
	return files + ": the attributes changed from " + orNone(n.was) + " to " + orNone(n.is) +
		": a new checkout may hold other bytes than the commits tell"
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}
