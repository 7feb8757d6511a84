package buildcontext

import (
	"bytes"
	"encoding/binary"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// folderAt implements folderTree.
func (t directory) folderAt(path string) (folder, error) {
	f, err := t.root.Open(fsPath(path))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return &linuxFolder{fd: fd}, nil
}

// linuxFolder is a file descriptor. What package os adds to one (finalizers,
// the poller, a look at what was opened) takes longer than reading a small file.
type linuxFolder struct{ fd int }

func (d *linuxFolder) close() { unix.Close(d.fd) }

func (d *linuxFolder) openat(name string, flags int) (int, error) {
	for {
		fd, err := unix.Openat(d.fd, name, flags|unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return -1, &fs.PathError{Op: "open", Path: name, Err: err}
		}
		return fd, nil
	}
}

func (d *linuxFolder) folder(name string) (folder, error) {
	fd, err := d.openat(name, unix.O_DIRECTORY)
	if err != nil {
		return nil, err
	}
	return &linuxFolder{fd}, nil
}

func (d *linuxFolder) open(name string) (io.ReadCloser, error) {
	fd, err := d.openat(name, unix.O_NONBLOCK) // it may be a named pipe by now
	if err != nil {
		return nil, err
	}
	return linuxFile(fd), nil
}

// linuxFile is an open file.
type linuxFile int

func (f linuxFile) Read(p []byte) (int, error) {
	for {
		n, err := unix.Read(int(f), p)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			return 0, os.NewSyscallError("read", err)
		case n == 0 && len(p) > 0:
			return 0, io.EOF
		}
		return n, nil
	}
}

func (f linuxFile) Close() error { return unix.Close(int(f)) }

// direntName is where the name stands in a struct linux_dirent64, after the
// inode, the offset, the length and the type.
const direntName = 8 + 8 + 2 + 1

// entries lists the directory as fsTree does.
func (d *linuxFolder) entries() ([]Entry, error) {
	var entries []Entry
	buf := make([]byte, 8<<10)
	for {
		n, err := unix.Getdents(d.fd, buf)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return nil, os.NewSyscallError("getdents", err)
		}
		if n == 0 {
			slices.SortFunc(entries, func(a, b Entry) int { return strings.Compare(a.Name, b.Name) })
			return entries, nil
		}
		for rest := buf[:n]; len(rest) > direntName; {
			length := int(binary.NativeEndian.Uint16(rest[16:]))
			if length <= direntName || length > len(rest) {
				return nil, fs.ErrInvalid
			}
			name, _, _ := bytes.Cut(rest[direntName:length], []byte{0})
			rest = rest[length:]
			if text := string(name); text != "." && text != ".." {
				if entries, err = d.appendEntry(entries, text); err != nil {
					return nil, err
				}
			}
		}
	}
}

// appendEntry adds an entry by what lstat says. What has disappeared meanwhile
// is left out.
func (d *linuxFolder) appendEntry(entries []Entry, name string) ([]Entry, error) {
	var st unix.Stat_t
	err := error(unix.EINTR)
	for err == unix.EINTR {
		err = unix.Fstatat(d.fd, name, &st, unix.AT_SYMLINK_NOFOLLOW)
	}
	if err == unix.ENOENT {
		return entries, nil
	}
	if err != nil {
		return nil, &fs.PathError{Op: "lstat", Path: name, Err: err}
	}
	return append(entries, modeEntry(name, linuxMode(st.Mode), st.Size)), nil
}

// linuxMode is the type and the permission bits of a file.
func linuxMode(mode uint32) fs.FileMode {
	m := fs.FileMode(mode & 0o777)
	switch mode & unix.S_IFMT {
	case unix.S_IFDIR:
		m |= fs.ModeDir
	case unix.S_IFLNK:
		m |= fs.ModeSymlink
	case unix.S_IFIFO:
		m |= fs.ModeNamedPipe
	case unix.S_IFSOCK:
		m |= fs.ModeSocket
	case unix.S_IFCHR:
		m |= fs.ModeDevice | fs.ModeCharDevice
	case unix.S_IFBLK:
		m |= fs.ModeDevice
	}
	return m
}
