// Command program is what stands in for every program of a stand-in image,
// /bin/sh first of all. It does not look at its arguments; it does what the list in its image
// says, and nothing if there is none. Each line of the list is a letter, a space and a path:
//
//	r PATH  gives PATH bytes that no run wrote before, or a file below it if it is a directory
//	c PATH  makes of PATH what it makes of it always: the same bytes if it is a file, a
//	        directory with one file if it is one
//	d PATH  as c, for what is to be a directory if it is not there
//	k PATH  keeps PATH when a directory above it is emptied
//
// It uses nothing but system calls, so that it stays small: the native
// snapshotter copies it for every step.
package main

import "syscall"

const (
	list   = "/.whybust/outputs"
	self   = "/bin/sh"
	output = "/.whybust-output" // the name of what is written below a directory
)

func main() {
	kept := map[string]bool{list: true, self: true}
	var jobs []string
	for line := range lines(read(list)) {
		switch {
		case len(line) < 2:
		case line[0] == 'k':
			kept[line[2:]] = true
		default:
			jobs = append(jobs, line)
		}
	}
	for _, job := range jobs {
		if path := job[2:]; job[0] == 'r' {
			randomize(path)
		} else {
			settle(path, job[0] == 'd', kept)
		}
	}
}

// randomize keeps what a file held in front of the fresh bytes, so that a program remains one.
func randomize(path string) {
	if isDir(path) {
		write(path+output, fresh())
	} else {
		write(path, append(read(path), fresh()...))
	}
}

// settle makes path the same whatever it was.
func settle(path string, dir bool, kept map[string]bool) {
	if dir && !exists(path) {
		mkdirAll(path)
	}
	if !isDir(path) {
		write(path, append(read(self), "settled\n"...))
		return
	}
	empty(path, kept)
	write(path+output, []byte("settled\n"))
	if path != "" {
		_ = syscall.Chmod(path, 0o755)
		_ = syscall.Chown(path, 0, 0)
	}
}

// empty removes what is below a directory, but what is kept and what a mount holds.
func empty(dir string, kept map[string]bool) {
	for _, name := range names(dir + "/") {
		path := dir + "/" + name
		switch path {
		case "/proc", "/sys", "/dev", "/.whybust", "/etc":
			continue
		}
		if kept[path] {
			continue
		}
		if isDir(path) {
			empty(path, kept)
			_ = syscall.Rmdir(path)
		} else {
			_ = syscall.Unlink(path)
		}
	}
}

// write writes a new file of that name, which belongs to root. Errors do not
// count: what is below a read-only mount cannot be written.
func write(path string, data []byte) {
	const suffix = ".whybust-new"
	fd, err := syscall.Open(path+suffix, syscall.O_CREAT|syscall.O_WRONLY|syscall.O_TRUNC, 0o600)
	if err != nil {
		return
	}
	for len(data) > 0 {
		n, err := syscall.Write(fd, data)
		if err != nil {
			break
		}
		data = data[n:]
	}
	_ = syscall.Fchown(fd, 0, 0)
	_ = syscall.Fchmod(fd, 0o4755)
	_ = syscall.Close(fd)
	if syscall.Rename(path+suffix, path) != nil {
		_ = syscall.Unlink(path + suffix)
	}
}

// fresh returns bytes that no other run returns, printable ones.
func fresh() []byte {
	raw := make([]byte, 16)
	fd, err := syscall.Open("/dev/urandom", syscall.O_RDONLY, 0)
	if err != nil {
		syscall.Exit(70)
	}
	if n, err := syscall.Read(fd, raw); err != nil || n != len(raw) {
		syscall.Exit(71)
	}
	_ = syscall.Close(fd)
	const hex = "0123456789abcdef"
	out := make([]byte, 0, 2*len(raw)+1)
	for _, b := range raw {
		out = append(out, hex[b>>4], hex[b&15])
	}
	return append(out, '\n')
}

func exists(path string) bool {
	var st syscall.Stat_t
	return syscall.Lstat(path, &st) == nil
}

// isDir does not follow a link, and takes "" for the root.
func isDir(path string) bool {
	var st syscall.Stat_t
	return path == "" || syscall.Lstat(path, &st) == nil && st.Mode&syscall.S_IFMT == syscall.S_IFDIR
}

func mkdirAll(path string) {
	for i := 1; i <= len(path); i++ {
		if i == len(path) || path[i] == '/' {
			_ = syscall.Mkdir(path[:i], 0o755)
		}
	}
}

func names(dir string) []string {
	fd, err := syscall.Open(dir, syscall.O_RDONLY|syscall.O_DIRECTORY, 0)
	if err != nil {
		return nil
	}
	defer func() { _ = syscall.Close(fd) }()
	var all []string
	buf := make([]byte, 1<<16)
	for {
		n, err := syscall.ReadDirent(fd, buf)
		if n <= 0 || err != nil {
			return all
		}
		_, _, all = syscall.ParseDirent(buf[:n], -1, all)
	}
}

func read(path string) []byte {
	fd, err := syscall.Open(path, syscall.O_RDONLY, 0)
	if err != nil {
		return nil
	}
	defer func() { _ = syscall.Close(fd) }()
	var data []byte
	buf := make([]byte, 1<<16)
	for {
		n, err := syscall.Read(fd, buf)
		if n <= 0 || err != nil {
			return data
		}
		data = append(data, buf[:n]...)
	}
}

func lines(data []byte) func(func(string) bool) {
	return func(yield func(string) bool) {
		start := 0
		for i, c := range data {
			if c != '\n' {
				continue
			}
			if !yield(string(data[start:i])) {
				return
			}
			start = i + 1
		}
	}
}
