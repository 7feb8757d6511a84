package predict

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/dockerignore"
)

// files reads Dockerfiles and ignore files. Mostly both sides have the same
// ones, which are then read and parsed once. The zero files is ready for use.
type files struct {
	blobs   map[string][]byte // by identity
	size    int               // of what is in blobs and ignores
	opened  map[string]bool   // the paths of what was read since source.forget
	ignores []ignore
}

type ignore struct {
	name, data string
	rules      *dockerignore.Rules
}

// rules is dockerignore.Find.
func (f *files) rules(ctx context.Context, limits dockerignore.Limits, names []string, read func(name string) ([]byte, error)) (*dockerignore.Rules, error) {
	for _, name := range names {
		data, err := read(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("reading ignore file: %w", err)
		}
		for _, i := range f.ignores {
			if i.name == name && i.data == string(data) {
				return i.rules, nil
			}
		}
		rules, err := limits.Parse(ctx, name, data)
		if err == nil {
			f.remember(len(data))
			f.ignores = append(f.ignores, ignore{name, string(data), rules})
		}
		return rules, err
	}
	return nil, nil
}

// maxFiles bounds what is remembered: a history has any number of Dockerfiles.
const maxFiles = 32 << 20

// remember makes room for a file of so many bytes.
func (f *files) remember(size int) {
	if f.size += size + 1<<10; f.size > maxFiles {
		f.blobs, f.ignores, f.size = nil, nil, size
	}
	if f.blobs == nil {
		f.blobs = map[string][]byte{}
	}
}

// maxFile bounds what is read of a Dockerfile or an ignore file.
const maxFile = 16 << 20

// read reads a file of a tree, links followed within it. An identity stands for the bytes only in
// a commit: a checkout may write a blob with other line ends.
func (f *files) read(ctx context.Context, t buildcontext.Tree, commit bool, name string) ([]byte, error) {
	view := &buildcontext.View{Tree: t}
	n, ok, err := view.Lookup(ctx, name, true)
	if err != nil {
		return nil, err
	}
	if !ok || n.Kind != buildcontext.File {
		return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrNotExist}
	}
	if f.opened == nil {
		f.opened = map[string]bool{}
	}
	f.opened[n.Path] = true
	commit = commit && n.ID != "" // a file laid over it has none
	if data, ok := f.blobs[n.ID]; ok && commit {
		return data, nil
	}
	r, err := t.Open(ctx, n.Path, n.Entry)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = fmt.Errorf("%s is larger than %d bytes", name, maxFile)
	}
	if err == nil && commit {
		f.remember(len(data))
		f.blobs[n.ID] = data
	}
	return data, err
}
