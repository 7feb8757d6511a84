package gitrepo

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// plainLayout recognises the one layout whose every fact is known without
// asking: dir holds a .git directory whose configuration has no extension,
// moves no working tree and is not bare. Git looks at dir/.git before all
// else, and reads these settings from this file alone, without its includes.
// Anything else is git's to say, and in either case git says whether it accepts the repository at all.
func (r *Repo) plainLayout() bool {
	top, err := filepath.EvalSymlinks(r.dir)
	if err != nil {
		return false
	}
	gitDir := filepath.Join(top, ".git")
	if !isDir(gitDir) || !isDir(filepath.Join(gitDir, "objects")) || !isDir(filepath.Join(gitDir, "refs")) ||
		exists(filepath.Join(gitDir, "commondir")) || !plainHead(filepath.Join(gitDir, "HEAD")) ||
		!plainConfig(filepath.Join(gitDir, "config")) {
		return false
	}
	r.WorkTree, r.GitDir, r.IndexFile = top, gitDir, filepath.Join(gitDir, "index")
	r.ObjectFormat, r.Shallow = "sha1", exists(filepath.Join(gitDir, "shallow"))
	return true
}

func isDir(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.IsDir()
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// plainHead reports whether a HEAD is one that git takes for the sign of a repository.
func plainHead(path string) bool {
	info, err := os.Lstat(path)
	if err != nil || info.Mode().Type() != fs.FileMode(0) {
		return false
	}
	head, err := readSmall(path, maxConfig)
	line := strings.TrimSpace(string(head))
	_, detached := ParseOID(line)
	return err == nil && (detached || strings.HasPrefix(line, "ref: refs/"))
}

// maxConfig is more than any plain configuration has.
const maxConfig = 1 << 20

// plainConfig reports whether a configuration file says nothing, in any spelling, about the layout. A
// backslash could hide the end of a line.
func plainConfig(path string) bool {
	data, err := readSmall(path, maxConfig)
	if err != nil {
		return false
	}
	config := strings.ReplaceAll(strings.ToLower(string(data)), "bare = false", "")
	for _, odd := range []string{"worktree", "bare", "extensions", "\\"} {
		if strings.Contains(config, odd) {
			return false
		}
	}
	return true
}
