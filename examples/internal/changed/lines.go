// Package changed tells which lines of files a change touched, for remarks on
// them: a code host shows those only on lines of the change.
package changed

import (
	"bytes"
	"context"
	"io"

	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/predict"
)

// Files are two states of a repository. They are not safe for concurrent use.
type Files struct {
	ctx           context.Context
	before, after buildcontext.Tree
	lines         map[string][]int
}

// Open opens the states that a prediction compared.
func Open(ctx context.Context, repo *buildcontext.Repository, before, after predict.Revision) (*Files, error) {
	f := &Files{ctx: ctx, lines: map[string][]int{}}
	for _, side := range []struct {
		revision predict.Revision
		tree     *buildcontext.Tree
	}{{before, &f.before}, {after, &f.after}} {
		if side.revision.Commit == "" {
			tree, err := repo.WorkTree(ctx, "")
			if err != nil {
				return nil, err
			}
			*side.tree = tree
			continue
		}
		c, err := repo.Resolve(ctx, side.revision.Commit)
		if err != nil {
			return nil, err
		}
		*side.tree = repo.Tree(c, "")
	}
	return f, nil
}

// First is the first line of a file, in its new state, that the change touched
// between from and to, both included; 0 is no bound. It is 0 if there is none:
// the file is not part of the change, is gone, or only lost lines. A file that is
// no text counts as one line. The path is relative to the repository's root.
func (f *Files) First(file string, from, to int) (int, error) {
	lines, ok := f.lines[file]
	if !ok {
		var err error
		if lines, err = f.read(file); err != nil {
			return 0, err
		}
		f.lines[file] = lines
	}
	for _, n := range lines {
		if n >= from && (to == 0 || n <= to) {
			return n, nil
		}
	}
	return 0, nil
}

// read compares the two states of a file.
func (f *Files) read(file string) ([]int, error) {
	after, ok, err := f.content(f.after, file)
	if err != nil || !ok {
		return nil, err
	}
	before, _, err := f.content(f.before, file)
	if err != nil || bytes.Equal(before, after) {
		return nil, err
	}
	if len(after) > maxFile || len(before) > maxFile || bytes.IndexByte(after, 0) >= 0 {
		return []int{1}, nil
	}
	return Lines(before, after), nil
}

// maxFile is the most that is compared of a file, in bytes.
const maxFile = 1 << 20

// content reads a file, not more than one byte beyond maxFile; ok is false if there is
// none. Links are not followed.
func (f *Files) content(t buildcontext.Tree, file string) (data []byte, ok bool, err error) {
	n, ok, err := (&buildcontext.View{Tree: t}).Lookup(f.ctx, file, false)
	if err != nil || !ok || n.Kind != buildcontext.File {
		return nil, false, err
	}
	r, err := t.Open(f.ctx, n.Path, n.Entry)
	if err != nil {
		return nil, false, err
	}
	defer r.Close()
	data, err = io.ReadAll(io.LimitReader(r, maxFile+1))
	return data, err == nil, err
}
