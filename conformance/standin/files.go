package standin

import (
	"archive/tar"
	"bytes"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// Mode says what the programs of an image do.
type Mode string

// The modes.
const (
	// Same: a RUN writes nothing, so what it leaves hangs on what it found.
	Same Mode = "same"
	// Settled: a RUN makes of every output what it always makes of it, whatever it found.
	Settled Mode = "settled"
	// Random: a RUN gives every output bytes that it never had.
	Random Mode = "random"
)

// Paths of an image that are always there.
const (
	shell   = "/bin/sh"
	listing = "/.whybust/outputs" // as the program has it
)

// layer returns the tar archive of an image's one layer. content is what the
// outputs hold beside the program itself.
func (n *Needs) layer(program []byte, mode Mode, content string) ([]byte, error) {
	l := &layerWriter{made: map[string]bool{"/": true}}
	l.w = tar.NewWriter(&l.buf)
	files, dirs := n.outputs()
	for _, dir := range []string{"/tmp", "/root", "/proc", "/sys", "/dev"} {
		l.dir(dir)
	}
	// setuid, because a RUN of another user must be able to write the outputs too.
	l.file(shell, 0o4755, program)
	for _, p := range slices.Sorted(maps.Keys(n.Programs)) {
		if p != shell && !files[p] {
			l.link(p, shell)
		}
	}
	l.file("/etc/passwd", 0o644, passwd(n.Users))
	l.file("/etc/group", 0o644, group(n.Users, n.Groups))
	for _, p := range slices.Sorted(maps.Keys(dirs)) {
		l.dir(p)
		l.file(path.Join(p, ".whybust-output"), 0o4755, contentOf(p, mode, content))
	}
	for _, p := range slices.Sorted(maps.Keys(files)) {
		l.file(p, 0o4755, append(slices.Clone(program), contentOf(p, mode, content)...))
	}
	if mode != Same {
		l.file(listing, 0o644, n.list(mode, files, dirs))
	}
	if l.err == nil {
		l.err = l.w.Close()
	}
	return l.buf.Bytes(), l.err
}

// list is what the program is to do.
func (n *Needs) list(mode Mode, files, dirs map[string]bool) []byte {
	var b bytes.Buffer
	// The program takes "" for the root.
	line := func(verb, p string) { fmt.Fprintf(&b, "%s %s\n", verb, strings.TrimSuffix(p, "/")) }
	if mode == Random {
		for _, paths := range []map[string]bool{dirs, files} {
			for _, p := range slices.Sorted(maps.Keys(paths)) {
				line("r", p)
			}
		}
		return b.Bytes()
	}
	for _, p := range slices.Sorted(maps.Keys(n.Programs)) {
		line("k", p)
	}
	emptied := maps.Clone(dirs)
	for p := range n.Outputs {
		// What else a wildcard matches must go as well.
		if i := strings.IndexAny(p, `*?[\`); i >= 0 {
			emptied[path.Dir(p[:i]+"x")] = true
		}
	}
	// In order, a directory is emptied before what belongs below it is made.
	for _, p := range slices.Sorted(maps.Keys(emptied)) {
		line("d", p)
	}
	for _, p := range slices.Sorted(maps.Keys(files)) {
		line("c", p)
	}
	return b.Bytes()
}

// contentOf returns what an output holds: in mode Random, every path something else.
func contentOf(p string, mode Mode, content string) []byte {
	if mode == Random {
		content += p + "\n"
	}
	return []byte(content)
}

// outputs resolves wildcards and settles which outputs are files and which
// directories. What cannot be told is a directory: a COPY onto it works whatever is
// copied, and it can be copied to any destination.
func (n *Needs) outputs() (files, dirs map[string]bool) {
	files, dirs = map[string]bool{}, map[string]bool{}
	isDir := map[string]bool{"/": true}
	plain := map[string]bool{}
	for p := range n.Outputs {
		plain[unwild(p)] = true
	}
	for _, paths := range []map[string]bool{plain, n.Programs} {
		for p := range paths {
			for dir := path.Dir(p); dir != "/"; dir = path.Dir(dir) {
				isDir[dir] = true
			}
		}
	}
	for p := range n.Dirs {
		for ; p != "/"; p = path.Dir(p) {
			isDir[p] = true
		}
	}
	for p := range plain {
		if !isDir[p] && looksLikeFile(p, n.Programs) {
			files[p] = true
		} else {
			dirs[p] = true
		}
	}
	return files, dirs
}

func looksLikeFile(p string, programs map[string]bool) bool {
	switch path.Base(path.Dir(p)) {
	case "bin", "sbin":
		return true
	}
	base := path.Base(p)
	return programs[p] || strings.Contains(strings.TrimLeft(base, "."), ".") && !strings.HasSuffix(base, ".d")
}

// unwild returns a path that a pattern of filepath.Match matches.
func unwild(p string) string {
	p = strings.ReplaceAll(p, "**/", "w/")
	var b strings.Builder
	for i := 0; i < len(p); i++ {
		switch c := p[i]; {
		case c == '*' || c == '?':
			b.WriteByte('w')
		case c == '\\' && i+1 < len(p):
			i++
			b.WriteByte(p[i])
		case c == '[' && strings.IndexByte(p[i:], ']') > 1:
			end := i + strings.IndexByte(p[i:], ']')
			b.WriteByte(memberOf(p[i+1 : end]))
			i = end
		default:
			b.WriteByte(c)
		}
	}
	return path.Clean(b.String())
}

// memberOf returns a byte that the class matches.
func memberOf(class string) byte {
	if class[0] != '^' {
		return class[0]
	}
	for c := byte('a'); c < 'z'; c++ {
		if strings.IndexByte(class, c) < 0 {
			return c
		}
	}
	return '_'
}

const firstID = 1000

func passwd(users map[string]bool) []byte {
	var b bytes.Buffer
	b.WriteString("root:x:0:0:root:/root:/bin/sh\n")
	for i, name := range slices.Sorted(maps.Keys(users)) {
		if name != "root" {
			fmt.Fprintf(&b, "%s:x:%d:%d::/:/bin/sh\n", name, firstID+i, firstID+i)
		}
	}
	return b.Bytes()
}

func group(users, groups map[string]bool) []byte {
	all := maps.Clone(users)
	maps.Copy(all, groups)
	var b bytes.Buffer
	b.WriteString("root:x:0:\n")
	for i, name := range slices.Sorted(maps.Keys(all)) {
		if name != "root" {
			fmt.Fprintf(&b, "%s:x:%d:\n", name, firstID+i)
		}
	}
	return b.Bytes()
}

// layerWriter writes an archive in which every path stands once, after its parents.
type layerWriter struct {
	buf  bytes.Buffer
	w    *tar.Writer
	made map[string]bool
	err  error
}

func (l *layerWriter) dir(p string) {
	if l.made[p] {
		return
	}
	l.dir(path.Dir(p))
	l.write(p, &tar.Header{Typeflag: tar.TypeDir, Name: p[1:] + "/", Mode: 0o755}, nil)
}

func (l *layerWriter) file(p string, mode int64, data []byte) {
	l.dir(path.Dir(p))
	l.write(p, &tar.Header{Typeflag: tar.TypeReg, Name: p[1:], Mode: mode, Size: int64(len(data))}, data)
}

func (l *layerWriter) link(p, target string) {
	l.dir(path.Dir(p))
	l.write(p, &tar.Header{Typeflag: tar.TypeLink, Name: p[1:], Linkname: target[1:], Mode: 0o4755}, nil)
}

func (l *layerWriter) write(p string, h *tar.Header, data []byte) {
	if l.made[p] || l.err != nil {
		return
	}
	l.made[p] = true
	if l.err = l.w.WriteHeader(h); l.err == nil {
		_, l.err = l.w.Write(data)
	}
}
