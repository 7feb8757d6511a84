package buildcontext

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// FS makes a tree of a file system. Links are links if fsys is an
// fs.ReadLinkFS, and an error when they are read otherwise. Of the permission bits only the
// owner's execute bit counts, as in git. Devices, sockets and pipes are Opaque.
// It is as safe for concurrent use as fsys is.
func FS(fsys fs.FS) Tree { return fsTree{fsys} }

// Directory makes a tree of a directory of the operating system. Nothing
// outside of it can be reached: links in it are never followed by the system.
// Entries carry no IDs: see the working tree of a git repository for one that does.
func Directory(path string) (Tree, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, fmt.Errorf("opening build context: %w", err)
	}
	return fsTree{root.FS()}, nil // the root is closed when it is collected
}

type fsTree struct{ fsys fs.FS }

func (t fsTree) Root(context.Context) (Entry, error) {
	info, err := fs.Stat(t.fsys, ".")
	if err != nil {
		return Entry{}, err
	}
	if !info.IsDir() {
		return Entry{}, fmt.Errorf("build context: %w", fs.ErrInvalid)
	}
	return Entry{Kind: Dir, Mode: 0o755, Size: -1}, nil
}

func (t fsTree) ReadDir(ctx context.Context, path string, _ Entry) ([]Entry, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	list, err := fs.ReadDir(t.fsys, fsPath(path))
	if err != nil {
		return nil, err
	}
	entries := make([]Entry, 0, len(list))
	for _, d := range list {
		e, err := fsEntry(d)
		if err != nil {
			return nil, fmt.Errorf("reading directory %q: %w", path, err)
		}
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(a, b Entry) int { return strings.Compare(a.Name, b.Name) })
	return entries, nil
}

func fsEntry(d fs.DirEntry) (Entry, error) {
	e := Entry{Name: d.Name(), Size: -1}
	switch d.Type() {
	case fs.ModeDir:
		e.Kind, e.Mode = Dir, 0o755
	case fs.ModeSymlink:
		e.Kind, e.Mode = Symlink, 0o777
	case 0:
		info, err := d.Info()
		if err != nil {
			return Entry{}, err
		}
		e.Mode, e.Size = fileMode(info.Mode()), info.Size()
	default:
		e.Kind, e.Mode, e.ID = Opaque, 0o644, "special:"+d.Type().String()
	}
	return e, nil
}

// fileMode keeps the executable bit only.
func fileMode(mode fs.FileMode) fs.FileMode {
	if mode&0o100 != 0 {
		return 0o755
	}
	return 0o644
}

func (t fsTree) ReadLink(_ context.Context, path string, _ Entry) (string, error) {
	return fs.ReadLink(t.fsys, fsPath(path))
}

func (t fsTree) Open(_ context.Context, path string, _ Entry) (io.ReadCloser, error) {
	return t.fsys.Open(fsPath(path))
}

func fsPath(path string) string {
	if path == "" {
		return "."
	}
	return path
}
