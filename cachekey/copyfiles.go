package cachekey

import (
	"context"
	"io/fs"
	"path"
	"strconv"
	"strings"

	buildcontext "github.com/whybust/whybust/context"
)

// copy is the tree after a COPY or ADD.
func (f *files) copy(_ context.Context, op *Op, k *copying) *files {
	takes, dest, d := k.takes, k.dest, k.dress()
	exclude := k.cmd.Exclude
	return f.change(op, func(ctx context.Context, root *node) (_ *node, err error) {
		for _, t := range takes {
			c := copier{ctx: ctx, op: op, dest: dest, dress: d, filtered: len(exclude) > 0 || len(t.sel.Include) > 0}
			if root, err = c.take(root, t); err != nil {
				return nil, err
			}
		}
		return root, nil
	})
}

// dress is what --chown and --chmod make of what is copied.
func (k *copying) dress() dress {
	d := dress{owner: ownerText(k.owner)}
	if k.cmd.Chown != "" && d.owner == "" {
		d.owner = rootOwner // files of a stage may have another owner: this one is set
	}
	if n, err := strconv.ParseUint(k.mode, 8, 32); err == nil {
		d.mode, d.set = fs.FileMode(n), true
	} else {
		d.text = k.mode
	}
	return d
}

// copier copies one source (copy.Copy in fsutil).
type copier struct {
	ctx      context.Context
	op       *Op
	dest     string
	dress    dress
	filtered bool
}

func (c *copier) take(root *node, t taking) (*node, error) {
	view, _, err := t.input.tree().eval(c.ctx)
	if err != nil {
		return nil, err
	}
	if symbolicSelector(t.sel) || HasSymbol(c.dest) {
		return nil, errUnknown
	}
	if c.filtered {
		return c.filter(root, view, t)
	}
	matches, err := buildcontext.Matches(c.ctx, view, t.sel)
	if err != nil {
		return nil, err
	}
	for _, m := range matches {
		if root, err = c.match(root, view, m, t); err != nil {
			return nil, err
		}
	}
	return root, nil
}

// match copies one file or directory that a source names.
func (c *copier) match(root *node, view *buildcontext.View, m buildcontext.Node, t taking) (*node, error) {
	switch m.Kind {
	case buildcontext.Unknown, buildcontext.Opaque:
		return nil, errUnknown
	case buildcontext.Dir:
		return root.make(c.ctx, parts(c.dest), c.dress.header(), func(dir *node) (*node, error) {
			return dir.lay(c.ctx, viewLayer(view, m, c.dress))
		})
	}
	if t.unpack {
		archive, err := openArchive(c.ctx, view, m)
		if err != nil {
			return nil, err
		}
		if archive != nil {
			defer archive.Close()
			return c.unpack(root, archive)
		}
	}
	file, err := wrap(c.ctx, view, m, c.dress)
	if err != nil {
		return nil, err
	}
	return c.place(root, file, m.Name)
}

// place puts a file at the destination, or in it if it is a directory. What is itself
// in doubt may be a directory whose files land beside others: that is not imitated.
func (c *copier) place(root *node, file *node, name string) (*node, error) {
	dest := parts(c.dest)
	if !strings.HasSuffix(c.dest, "/") && !strings.HasSuffix(c.dest, "/.") {
		at, doubt, err := root.stands(c.ctx, dest)
		if err != nil {
			return nil, err
		}
		if len(file.entry.Doubt) > maxDoubt {
			return nil, errUnknown
		}
		if at == nil || at.entry.Kind != buildcontext.Dir {
			return root.put(c.ctx, dest, c.dress.header(), file.doubted(c.op, at, doubt, name))
		}
	}
	if file.entry.Doubt != "" {
		return nil, errUnknown
	}
	return root.put(c.ctx, append(dest, name), c.dress.header(), file)
}

// header is the dress of directories made on the way to a destination: a
// symbolic mode is not applied to them.
func (d dress) header() dress {
	d.text = ""
	return d
}

// filter copies with --exclude or --parents: file by file, each with the
// directories above it.
func (c *copier) filter(root *node, view *buildcontext.View, t taking) (*node, error) {
	if t.unpack {
		return nil, errUnknown
	}
	var whole error
	prefix := strings.TrimPrefix(t.sel.Path, "/")
	err := buildcontext.Walk(c.ctx, view, t.sel, func(rel string, n buildcontext.Node) error {
		if n.Kind == buildcontext.Unknown || n.Kind == buildcontext.Opaque || n.Doubt != "" || t.sel.Wildcard {
			whole = errUnknown
			return fs.SkipAll
		}
		to := strings.Trim(rel, "/")
		if to == "" && n.Kind != buildcontext.Dir {
			file, err := wrap(c.ctx, view, n, c.dress)
			if err == nil {
				root, err = c.place(root, file, path.Base(prefix))
			}
			return err
		}
		next, err := c.one(root, view, n, append(parts(c.dest), parts(to)...))
		root = next
		return err
	})
	if whole != nil {
		return nil, whole
	}
	return root, err
}

// one puts a single file, or makes a single directory.
func (c *copier) one(root *node, view *buildcontext.View, n buildcontext.Node, names []string) (*node, error) {
	if n.Kind != buildcontext.Dir {
		file, err := wrap(c.ctx, view, n, c.dress)
		if err != nil {
			return nil, err
		}
		return root.put(c.ctx, names, c.dress.header(), file)
	}
	d := c.dress
	if !d.set {
		d.mode, d.set = n.Mode, true
	}
	if d.owner == "" {
		d.owner = n.Owner // as in its source
	}
	return root.make(c.ctx, names, d, func(dir *node) (*node, error) { return dir, nil })
}
