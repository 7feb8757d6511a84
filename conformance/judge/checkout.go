package judge

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// Repository checks out commits of a git repository without touching its own
// work tree, index or configuration.
type Repository struct {
	// GitDir is the repository's own directory.
	GitDir string
	// Top is its work tree, empty in a bare one.
	Top string
	// Prefix is the directory that OpenRepository was given, relative to Top.
	Prefix string
}

// OpenRepository finds the repository that a directory belongs to.
func OpenRepository(ctx context.Context, dir string) (*Repository, error) {
	r := &Repository{}
	out, err := git(ctx, nil, "-C", dir, "rev-parse", "--absolute-git-dir")
	if err != nil {
		return nil, err
	}
	r.GitDir = strings.TrimSpace(out)
	if out, err = git(ctx, nil, "-C", dir, "rev-parse", "--show-toplevel"); err == nil {
		r.Top = strings.TrimSpace(out)
	}
	if out, err = git(ctx, nil, "-C", dir, "rev-parse", "--show-prefix"); err == nil {
		r.Prefix = strings.TrimSuffix(strings.TrimSpace(out), "/")
	}
	return r, nil
}

// History lists up to n commits that touch one of the paths, newest first, along first parents.
func (r *Repository) History(ctx context.Context, rev string, n int, paths []string) ([]string, error) {
	args := []string{"--git-dir", r.GitDir, "rev-list", "--first-parent", fmt.Sprintf("--max-count=%d", n), "--end-of-options", rev, "--"}
	out, err := git(ctx, nil, append(args, paths...)...)
	return strings.Fields(out), err
}

// Checkout writes a commit's files into dir as git itself does with no
// configuration: no filters, no hooks, modes 644 and 755.
func (r *Repository) Checkout(ctx context.Context, commit, dir string) error {
	old := syscall.Umask(0o022)
	defer syscall.Umask(old)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	index := dir + ".index"
	defer os.Remove(index)
	env := []string{"GIT_DIR=" + r.GitDir, "GIT_WORK_TREE=" + dir, "GIT_INDEX_FILE=" + index}
	if _, err := git(ctx, env, "read-tree", "--end-of-options", commit); err != nil {
		return err
	}
	_, err := git(ctx, env, "-C", dir, "checkout-index", "--all", "--force")
	if err != nil && strings.Contains(err.Error(), "unable to read sha1 file") {
		return placeholders(ctx, env, dir)
	}
	return err
}

// placeholders writes the files whose blobs the repository lacks, as snapshots
// of large repositories lack the largest: with the blob's id, so that they are equal
// when the files are.
func placeholders(ctx context.Context, env []string, dir string) error {
	out, err := git(ctx, env, "-C", dir, "ls-files", "--stage", "-z")
	if err != nil {
		return err
	}
	for entry := range strings.SplitSeq(strings.TrimSuffix(out, "\x00"), "\x00") {
		about, name, _ := strings.Cut(entry, "\t")
		fields := strings.Fields(about)
		file := filepath.Join(dir, name)
		if _, err := os.Lstat(file); err == nil || len(fields) != 3 || fields[0][:3] != "100" {
			continue
		}
		mode := os.FileMode(0o644)
		if fields[0] == "100755" {
			mode = 0o755
		}
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, []byte("blob "+fields[1]+"\n"), mode); err != nil {
			return err
		}
	}
	return nil
}

// Lay writes files over a checkout, by their paths from its root, as predict.Side has them in Replace:
// nil is a file that is to go. A link of the checkout is followed, but not out of it.
func Lay(root string, files map[string][]byte) error {
	for name, data := range files {
		file := filepath.Join(root, name)
		if real, err := filepath.EvalSymlinks(file); err == nil && strings.HasPrefix(real, root+"/") {
			file = real
		}
		var err error
		if data == nil {
			err = os.RemoveAll(file)
		} else if err = os.MkdirAll(filepath.Dir(file), 0o755); err == nil {
			err = os.WriteFile(file, data, 0o644)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// WithGitDir gives a checkout a .git that differs with each commit, as a clone's does.
func WithGitDir(dir, commit string) error {
	if err := os.Mkdir(filepath.Join(dir, ".git"), 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, ".git", "HEAD"), []byte(commit+"\n"), 0o644)
}

func git(ctx context.Context, env []string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", append([]string{
		"-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "core.autocrlf=false",
		"-c", "core.symlinks=true", "-c", "core.fileMode=true", "-c", "safe.directory=*",
	}, args...)...)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null", "GIT_ATTR_NOSYSTEM=1",
		"GIT_LFS_SKIP_SMUDGE=1", "GIT_TERMINAL_PROMPT=0", "LC_ALL=C")
	cmd.Env = append(cmd.Env, env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("git %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(stderr.String()))
	}
	return stdout.String(), nil
}
