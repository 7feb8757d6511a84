// Package synth makes the repositories and directories that are measured. They
// are a function of their Spec alone: every machine measures the same files.
package synth

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// The branches of a repository. Each of the latter has Base as its parent, of
// History the oldest commit.
const (
	Base   = "base"
	Change = "change" // Changed files are written anew
	Ignore = "ignore" // the ignore file has one rule more, which can match in any directory

	History = "history" // Spec.Commits commits, each of which changes Changed files
)

// Changed is how many files Change changes, each in a directory of its own if
// there are as many.
const Changed = 10

// Spec says what a repository holds.
type Spec struct {
	Files    int
	Size     int  // of each file, in bytes
	Checkout bool // with files and an index; otherwise as after git clone --no-checkout
	Commits  int  // the length of History
}

// version is part of the name of what is kept. It changes with what is made.
const version = "v2"

// Repository makes the repository in dir, unless it is there, and returns its
// path.
func Repository(ctx context.Context, dir string, s Spec) (string, error) {
	name := fmt.Sprintf("%s-repository-%d-%d", version, s.Files, s.Size)
	if s.Checkout {
		name += "-checkout"
	}
	if s.Commits > 0 {
		name += fmt.Sprintf("-%d", s.Commits)
	}
	return once(filepath.Join(dir, name), func(path string) error { return s.repository(ctx, path) })
}

// Directory makes a plain directory with the files of Base, unless it is there,
// and returns its path.
func Directory(dir string, s Spec) (string, error) {
	name := fmt.Sprintf("%s-directory-%d-%d", version, s.Files, s.Size)
	return once(filepath.Join(dir, name), s.directory)
}

// once makes something under another name first, so that what is there is
// whole.
func once(path string, do func(path string) error) (string, error) {
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return "", err
	}
	partial, err := os.MkdirTemp(filepath.Dir(path), "partial-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(partial)
	if err := do(partial); err != nil {
		return "", fmt.Errorf("making %s: %w", path, err)
	}
	return path, os.Rename(partial, path)
}

func (s Spec) repository(ctx context.Context, path string) error {
	if err := git(ctx, path, nil, "init", "-q", "-b", Base); err != nil {
		return err
	}
	read, write := io.Pipe()
	go func() {
		out := bufio.NewWriterSize(write, 1<<20)
		s.stream(out)
		write.CloseWithError(out.Flush())
	}()
	if err := git(ctx, path, read, "fast-import", "--quiet"); err != nil {
		return err
	}
	if !s.Checkout {
		return nil
	}
	if err := git(ctx, path, nil, "reset", "-q", "--hard", Base); err != nil {
		return err
	}
	// Of a file as young as the index git cannot tell whether it changed since.
	time.Sleep(20 * time.Millisecond)
	now := time.Now()
	return os.Chtimes(filepath.Join(path, ".git", "index"), now, now)
}

// git runs git without the settings of the user, which could change what is
// made.
func git(ctx context.Context, dir string, stdin io.Reader, args ...string) error {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir, cmd.Stdin = dir, stdin
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_SYSTEM="+os.DevNull)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("git %s: %w: %s", args[0], err, out)
	}
	return nil
}

// stream writes the history for git fast-import.
func (s Spec) stream(w *bufio.Writer) {
	commit(w, Base, 1, "")
	s.each(func(path string, i int) { modify(w, path, s.content(i, 0)) })
	modify(w, "Dockerfile", []byte(dockerfile))
	modify(w, ".dockerignore", []byte(ignoreFile))

	commit(w, Change, 2, Base)
	stride := s.Files / Changed
	for n := range Changed {
		modify(w, Path(n*stride), s.content(n*stride, 1))
	}

	commit(w, Ignore, 3, Base)
	modify(w, ".dockerignore", []byte(ignoreFile+"**/*.gen.go\n"))
	s.history(w)
	fmt.Fprintln(w, "done")
}

// history writes Spec.Commits commits. The files that they change lie next to each other, as
// what one commit changes mostly does, and move through the repository.
func (s Spec) history(w *bufio.Writer) {
	parent := Base
	for n := range s.Commits {
		commit(w, History, 10+n, parent)
		for k := range Changed {
			i := (n*37 + k*3) % s.Files
			modify(w, Path(i), s.content(i, 2+n))
		}
		parent = ""
	}
}

func commit(w *bufio.Writer, branch string, mark int, parent string) {
	fmt.Fprintf(w, "commit refs/heads/%s\nmark :%d\ncommitter B <b@example.com> %d +0000\ndata 0\n", branch, mark, 1_700_000_000+mark)
	if parent != "" {
		fmt.Fprintf(w, "from refs/heads/%s\n", parent)
	}
}

func modify(w *bufio.Writer, path string, data []byte) {
	fmt.Fprintf(w, "M 100644 inline %s\ndata %d\n", path, len(data))
	w.Write(data)
	w.WriteByte('\n')
}

func (s Spec) directory(path string) error {
	made := ""
	var failed error
	write := func(name string, data []byte) {
		file := filepath.Join(path, filepath.FromSlash(name))
		if dir := filepath.Dir(file); dir != made && failed == nil {
			made, failed = dir, os.MkdirAll(dir, 0o777)
		}
		if failed == nil {
			failed = os.WriteFile(file, data, 0o666)
		}
	}
	s.each(func(name string, i int) { write(name, s.content(i, 0)) })
	write("Dockerfile", []byte(dockerfile))
	write(".dockerignore", []byte(strings.TrimSpace(ignoreFile)))
	return failed
}
