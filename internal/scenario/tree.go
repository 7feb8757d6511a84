package scenario

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing/fstest"
)

// Tree is one side's files by clean, slash-separated path relative to its root.
// Directories stand in it only if the scenario names them, empty ones above all; the parents
// of a path are understood.
type Tree map[string]Entry

// Entry is one path of a Tree.
type Entry struct {
	// Mode holds the type and the permission bits.
	Mode fs.FileMode
	// Data is a file's content.
	Data []byte
	// Link is a symbolic link's target.
	Link string
}

// Default permission bits of what a scenario does not chmod.
const (
	filePerm fs.FileMode = 0o644
	dirPerm  fs.FileMode = 0o755
	linkPerm fs.FileMode = 0o777
)

// Paths are the tree's paths in order.
func (t Tree) Paths() []string {
	paths := make([]string, 0, len(t))
	for p := range t {
		paths = append(paths, p)
	}
	slices.Sort(paths)
	return paths
}

// FS returns the tree as a file system that also reads links and gives modes
// ([fs.ReadLinkFS]). It shares the tree's data.
func (t Tree) FS() fs.FS {
	m := fstest.MapFS{}
	for p, e := range t {
		data := e.Data
		if e.Mode.Type() == fs.ModeSymlink {
			data = []byte(e.Link)
		}
		m[p] = &fstest.MapFile{Data: data, Mode: e.Mode}
		for dir := path.Dir(p); dir != "."; dir = path.Dir(dir) {
			if _, named := t[dir]; !named {
				m[dir] = &fstest.MapFile{Mode: fs.ModeDir | dirPerm}
			}
		}
	}
	return m
}

// WriteTo writes the tree into dir, which must exist, with exactly its
// permission bits whatever the umask is.
func (t Tree) WriteTo(dir string) error {
	paths := t.Paths()
	for _, p := range paths {
		if err := t[p].writeTo(dir, p); err != nil {
			return err
		}
	}
	// Directories last and from below, so that none loses its write bit before it is filled.
	slices.Reverse(paths)
	for _, p := range paths {
		if e := t[p]; e.Mode.IsDir() {
			if err := os.Chmod(filepath.Join(dir, p), e.Mode.Perm()); err != nil {
				return err
			}
		}
	}
	return nil
}

func (e Entry) writeTo(root, p string) error {
	if err := mkdirAll(root, path.Dir(p)); err != nil {
		return err
	}
	file := filepath.Join(root, filepath.FromSlash(p))
	switch e.Mode.Type() {
	case fs.ModeDir:
		return mkdirAll(root, p)
	case fs.ModeSymlink:
		return os.Symlink(e.Link, file)
	}
	if err := os.WriteFile(file, e.Data, filePerm); err != nil {
		return err
	}
	return os.Chmod(file, e.Mode.Perm())
}

// mkdirAll is os.MkdirAll below root with modes that no umask narrows.
func mkdirAll(root, p string) error {
	if p == "." {
		return nil
	}
	if err := mkdirAll(root, path.Dir(p)); err != nil {
		return err
	}
	dir := filepath.Join(root, filepath.FromSlash(p))
	if err := os.Mkdir(dir, dirPerm); err != nil {
		if info, statErr := os.Lstat(dir); statErr == nil && info.IsDir() {
			return nil
		}
		return err
	}
	return os.Chmod(dir, dirPerm)
}

// cleanPath accepts a relative, clean, slash-separated path inside the tree.
func cleanPath(p string) (string, error) {
	clean := strings.TrimSuffix(p, "/")
	if !fs.ValidPath(clean) || clean == "." || strings.ContainsRune(clean, 0) {
		return "", fmt.Errorf("%q is no clean path inside the tree", p)
	}
	return clean, nil
}

// check finds a path that stands below another one that is no directory.
func (t Tree) check() (bad string, err error) {
	for _, p := range t.Paths() {
		for dir := path.Dir(p); dir != "."; dir = path.Dir(dir) {
			if e, ok := t[dir]; ok && !e.Mode.IsDir() {
				return p, fmt.Errorf("%s stands below %s, which is no directory", p, dir)
			}
		}
	}
	return "", nil
}
