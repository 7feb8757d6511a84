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
	return directory{fsTree{root.FS()}, root}, nil // the root is closed when it is collected
}

// directory is a file system whose directories can be opened by themselves.
type directory struct {
	fsTree
	root *os.Root
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
	if d.Type() != 0 {
		return modeEntry(d.Name(), d.Type(), -1), nil
	}
	info, err := d.Info()
	if err != nil {
		return Entry{}, err
	}
	return modeEntry(d.Name(), info.Mode(), info.Size()), nil
}

// modeEntry makes an entry of a name, a mode and, for a file, a size.
func modeEntry(name string, mode fs.FileMode, size int64) Entry {
	e := Entry{Name: name, Size: -1}
	switch mode.Type() {
	case fs.ModeDir:
		e.Kind, e.Mode = Dir, 0o755
	case fs.ModeSymlink:
		e.Kind, e.Mode = Symlink, 0o777
	case 0:
		e.Mode, e.Size = fileMode(mode), size
	default:
		e.Kind, e.Mode, e.ID = Opaque, 0o644, "special:"+mode.Type().String()
	}
	return e
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
