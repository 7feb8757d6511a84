package cachekey

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	buildcontext "github.com/whybust/whybust/context"
)

// maxUnpacked bounds the bytes of an archive's members that are held to know
// what ADD leaves; a larger archive leaves something unknown.
const maxUnpacked = 32 << 20

// archive is an opened archive at its first member.
type archive struct {
	*tar.Reader
	first *tar.Header
	io.Closer
}

// openArchive opens a file that ADD unpacks: one in which, decompressed, a tar
// reader finds a member (isArchivePath in solver/llbsolver/file/unpack.go). It
// gives nil for any other file, and errUnknown for a compression that only a
// builder can undo.
func openArchive(ctx context.Context, view *buildcontext.View, n buildcontext.Node) (*archive, error) {
	if n.Kind != buildcontext.File {
		return nil, nil
	}
	file, err := view.Tree.Open(ctx, n.Path, n.Entry)
	if err != nil {
		return nil, err
	}
	content, err := decompress(bufio.NewReader(file))
	if err == nil {
		r := tar.NewReader(content)
		if first, err := r.Next(); err == nil {
			return &archive{r, first, file}, nil
		}
	}
	file.Close()
	if err == errUnknown {
		return nil, err
	}
	return nil, nil
}

func decompress(r *bufio.Reader) (io.Reader, error) {
	magic, _ := r.Peek(6)
	begins := func(prefix string) bool { return bytes.HasPrefix(magic, []byte(prefix)) }
	switch {
	case begins("\x1f\x8b"):
		return gzip.NewReader(r)
	case begins("BZh"):
		return bzip2.NewReader(r), nil
	case begins("\xfd7zXZ\x00"), begins("\x28\xb5\x2f\xfd"), len(magic) > 3 && magic[0]&0xf0 == 0x50 && begins(string([]byte{magic[0], 0x2a, 0x4d, 0x18})):
		return nil, errUnknown // xz, zstd, a skippable frame of zstd
	}
	return r, nil
}

// unpack puts the members of an archive below the destination. What is out of
// the ordinary (hard links, devices, whiteouts, attributes, names that lead
// out) makes the result unknown.
func (c *copier) unpack(root *node, a *archive) (*node, error) {
	dest := parts(c.dest)
	root, err := root.make(c.ctx, dest, dress{owner: c.dress.owner}, func(n *node) (*node, error) { return n, nil })
	held := int64(0)
	for hdr := a.first; err == nil; hdr, err = a.Next() {
		if held += hdr.Size; held > maxUnpacked || len(hdr.PAXRecords) > 0 {
			return nil, errUnknown
		}
		name := path.Clean("/" + hdr.Name)
		if strings.Contains(hdr.Name, "..") || strings.HasPrefix(path.Base(name), ".wh.") || HasSymbol(name) {
			return nil, errUnknown
		}
		if root, err = c.member(root, a, hdr, append(dest[:len(dest):len(dest)], parts(name)...)); err != nil {
			return nil, err
		}
	}
	if err != io.EOF {
		return nil, orUnknownArchive(err)
	}
	return root, nil
}

// orUnknownArchive keeps errors of the tree apart from those of a damaged archive, with
// which the build fails.
func orUnknownArchive(err error) error {
	if err == tar.ErrHeader || err == io.ErrUnexpectedEOF {
		return errUnknown
	}
	return err
}

func (c *copier) member(root *node, r io.Reader, hdr *tar.Header, names []string) (*node, error) {
	n := &node{entry: buildcontext.Entry{Mode: fs.FileMode(hdr.Mode & 0o7777)}}
	n.entry.Owner = c.dress.owner
	if n.entry.Owner == "" && (hdr.Uid != 0 || hdr.Gid != 0) {
		n.entry.Owner = fmt.Sprintf("%d:%d", hdr.Uid, hdr.Gid)
	}
	if n.entry.Owner == rootOwner {
		n.entry.Owner = ""
	}
	switch hdr.Typeflag {
	case tar.TypeDir:
		return root.make(c.ctx, names, dress{}, func(dir *node) (*node, error) {
			changed := dir.clone()
			changed.entry.Mode, changed.entry.Owner, changed.entry.ID = n.entry.Mode, n.entry.Owner, ""
			return changed, nil
		})
	case tar.TypeReg:
		data, err := io.ReadAll(r)
		if err != nil {
			return nil, errUnknown
		}
		n.data, n.entry.Size = data, int64(len(data))
	case tar.TypeSymlink:
		n.entry.Kind, n.entry.Mode = buildcontext.Symlink, 0o777
		n.data = []byte(hdr.Linkname)
	default:
		return nil, errUnknown
	}
	return root.put(c.ctx, names, dress{}, n)
}
