package dockerignore

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
)

// Names returns the ignore files that can apply to a build, the one that takes
// precedence first: `<Dockerfile>.dockerignore` beside the Dockerfile, then
// `.dockerignore` at the root of the context. Both arguments are
// slash-separated paths in the same tree, and so are the results. The first
// that exists applies alone, even if it is empty; they are never merged.
// (frontend/dockerui/config.go in BuildKit v0.34.2. It keeps the name it was
// asked for if it falls back from Dockerfile to dockerfile.)
func Names(dockerfile, contextDir string) []string {
	return []string{dockerfile + ".dockerignore", path.Join(contextDir, ".dockerignore")}
}

// Find reads and parses the first of names that exists. It returns nil, which
// ignores nothing, if there is none: if read returns an error that is
// fs.ErrNotExist for each.
func Find(names []string, read func(name string) ([]byte, error)) (*Rules, error) {
	for _, name := range names {
		data, err := read(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("reading ignore file: %w", err)
		}
		return Parse(name, data)
	}
	return nil, nil
}
