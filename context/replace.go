package buildcontext

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

// Replace returns a tree in which some files have other content, while nothing is
// written anywhere. files maps clean, slash-separated paths to bytes; nil means that there is
// no such file. A file that the tree has keeps its mode, a new one is 0644, and the
// directories above it are made. Links are not followed: a path that leads
// through one takes its place (see View.Lookup). files must not be changed afterwards.
//
// The identities of the tree go on holding: what is replaced has one of its own,
// which is equal for equal content.
func Replace(t Tree, files map[string][]byte) Tree {
	if len(files) == 0 {
		return t
	}
	r := &replacement{tree: t, files: files, below: map[string][]string{}}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		for dir := name; dir != ""; {
			dir = path.Dir(dir)
			if dir == "." {
				dir = ""
			}
			r.below[dir] = append(r.below[dir], name)
		}
	}
	return r
}

type replacement struct {
	tree  Tree
	files map[string][]byte
	below map[string][]string // the files in and below each directory that one is in
}

// replacedID begins the identities of what is replaced.
const replacedID = "replaced:"

// Root implements Tree.
func (r *replacement) Root(ctx context.Context) (Entry, error) {
	e, err := r.tree.Root(ctx)
	return r.dir("", e), err
}

// dir marks the identity of a directory that holds replaced files.
func (r *replacement) dir(dir string, e Entry) Entry {
	h := sha256.New()
	for _, name := range r.below[dir] {
		data := r.files[name]
		fmt.Fprintf(h, "%d %s %t %d\n", len(name), name[len(dir):], data == nil, len(data))
		h.Write(data)
	}
	if e.ID != "" {
		e.ID += "\x00" + replacedID + hex.EncodeToString(h.Sum(nil))
	}
	return e
}

// ReadDir implements Tree.
func (r *replacement) ReadDir(ctx context.Context, dir string, e Entry) ([]Entry, error) {
	names, touched := r.below[dir]
	if !touched {
		return r.tree.ReadDir(ctx, dir, e)
	}
	entries, err := r.original(ctx, dir)
	if err != nil {
		return nil, err
	}
	entries = slices.Clone(entries)
	marked := map[string]bool{}
	for _, name := range names {
		rest := strings.TrimPrefix(name[len(dir):], "/")
		base, _, nested := strings.Cut(rest, "/")
		i, found := slices.BinarySearchFunc(entries, base, byName)
		switch {
		case nested && !found:
			if r.adds(join(dir, base)) {
				entries = slices.Insert(entries, i, Entry{Name: base, Kind: Dir, Mode: 0o755, Size: -1})
			}
		case nested && entries[i].Kind == Dir:
			if !marked[base] {
				entries[i] = r.dir(join(dir, base), entries[i])
			}
			marked[base] = true
		case nested:
			if r.adds(join(dir, base)) {
				entries[i] = Entry{Name: base, Kind: Dir, Mode: 0o755, Size: -1}
			}
		case r.files[name] == nil && found:
			entries = slices.Delete(entries, i, i+1)
		case r.files[name] == nil:
		case found:
			entries[i] = r.file(name, entries[i].Mode, entries[i].Kind)
		default:
			entries = slices.Insert(entries, i, r.file(name, 0o644, File))
		}
	}
	return entries, nil
}

// adds reports whether there is a file below a directory, and does not only take some away.
func (r *replacement) adds(dir string) bool {
	return slices.ContainsFunc(r.below[dir], func(name string) bool { return r.files[name] != nil })
}

func (r *replacement) file(name string, mode fs.FileMode, was Kind) Entry {
	if was != File {
		mode = 0o644
	}
	sum := sha256.Sum256(r.files[name])
	return Entry{Name: path.Base(name), Mode: mode, ID: replacedID + hex.EncodeToString(sum[:]), Size: int64(len(r.files[name]))}
}

// original lists a directory of the tree below; none if it has no such directory.
func (r *replacement) original(ctx context.Context, dir string) ([]Entry, error) {
	e, err := r.tree.Root(ctx)
	if err != nil {
		return nil, err
	}
	at := ""
	for part := range strings.SplitSeq(dir, "/") {
		if part == "" {
			break
		}
		entries, err := r.tree.ReadDir(ctx, at, e)
		if err != nil {
			return nil, err
		}
		i, found := findEntry(entries, part)
		if !found || entries[i].Kind != Dir {
			return nil, nil
		}
		at, e = join(at, part), entries[i]
	}
	return r.tree.ReadDir(ctx, at, e)
}

// ReadLink implements Tree.
func (r *replacement) ReadLink(ctx context.Context, path string, link Entry) (string, error) {
	return r.tree.ReadLink(ctx, path, link)
}

// Open implements Tree.
func (r *replacement) Open(ctx context.Context, path string, file Entry) (io.ReadCloser, error) {
	if data := r.files[path]; data != nil {
		return io.NopCloser(bytes.NewReader(data)), nil
	}
	return r.tree.Open(ctx, path, file)
}

// ahead implements aheadReader.
func (r *replacement) ahead(ctx context.Context, entries []Entry) error {
	plain := slices.DeleteFunc(slices.Clone(entries), func(e Entry) bool { return e.ID == "" || strings.Contains(e.ID, replacedID) })
	return readAhead(ctx, r.tree, plain)
}

// holds implements prover.
func (r *replacement) holds(path, id string) bool {
	p, ok := r.tree.(prover)
	_, touched := r.below[path]
	return ok && !touched && p.holds(path, id)
}
