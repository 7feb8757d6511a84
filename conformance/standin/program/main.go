// Command program is what stands in for every program of a stand-in image,
// /bin/sh first of all. It does not look at its arguments. If the image holds a
// list of outputs, it gives each of them bytes that no run wrote before;
// else it does nothing, which is to say that a RUN writes what it wrote last time.
//
// It uses nothing but system calls, so that it stays small: the native
// snapshotter copies it for every step.
package main

import "syscall"

// list names the outputs, one path a line: "f PATH" for a file, "d PATH" for a directory.
const list = "/.whybust/outputs"

func main() {
	for line := range lines(read(list)) {
		if len(line) < 3 {
			continue
		}
		path := line[2:]
		if line[0] == 'd' {
			replace(path+"/.whybust-output", nil)
		} else {
			// What it held stays in front, so that a program remains one.
			replace(path, read(path))
		}
	}
}

// replace writes data and fresh bytes to a new file of that name. Errors do
// not count: a path below a read-only mount cannot be written.
func replace(path string, data []byte) {
	mode := uint32(0o644)
	var st syscall.Stat_t
	if syscall.Lstat(path, &st) == nil {
		mode = st.Mode & 0o7777
	}
	const tmpSuffix = ".whybust-new"
	fd, err := syscall.Open(path+tmpSuffix, syscall.O_CREAT|syscall.O_WRONLY|syscall.O_TRUNC, mode)
	if err != nil {
		return
	}
	data = append(data, fresh()...)
	for len(data) > 0 {
		n, err := syscall.Write(fd, data)
		if err != nil {
			break
		}
		data = data[n:]
	}
	_ = syscall.Fchmod(fd, mode)
	_ = syscall.Close(fd)
	_ = syscall.Rename(path+tmpSuffix, path)
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
