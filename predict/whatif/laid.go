// Package whatif replays a history with a change laid over every commit, beside the
// history as it was: a Dockerfile, an ignore file, a patch, or the remedies that package suggest
// finds, of which Advise says what they would have saved.
//
// Every figure is one of the builds that were replayed and of no others; their number stands beside it.
package whatif

import (
	"cmp"
	"errors"
	"io/fs"
	"maps"
	"path"

	"github.com/whybust/whybust/predict"
)

// Dockerfile lays a Dockerfile over that of each commit.
func Dockerfile(data []byte) predict.WhatIf {
	return func(at *predict.WhatIfSource) (map[string][]byte, error) {
		if at.Dockerfile == "" || path.IsAbs(at.Dockerfile) {
			return nil, errors.New("the Dockerfile is no file of the repository")
		}
		return map[string][]byte{at.Dockerfile: data}, nil
	}
}

// IgnoreFile lays an ignore file over the one that each commit is built with. A commit without one
// gets it in its context.
func IgnoreFile(data []byte) predict.WhatIf {
	return func(at *predict.WhatIfSource) (map[string][]byte, error) {
		return map[string][]byte{cmp.Or(at.IgnoreFile, path.Join(at.Context, ".dockerignore")): data}, nil
	}
}

// All makes several changes, one after another: each sees what those before it have made. If one
// does not apply, none does.
func All(changes ...predict.WhatIf) predict.WhatIf {
	return func(at *predict.WhatIfSource) (map[string][]byte, error) {
		files := map[string][]byte{}
		for _, change := range changes {
			more, err := change(over(at, files))
			if err != nil {
				return nil, err
			}
			maps.Copy(files, more)
		}
		return files, nil
	}
}

// over is a source with files laid over it. Its graph stays that of the commit as it is.
func over(at *predict.WhatIfSource, files map[string][]byte) *predict.WhatIfSource {
	if len(files) == 0 {
		return at
	}
	on := *at
	if data, ok := files[at.Dockerfile]; ok {
		on.DockerfileData = data
	}
	for name, data := range files {
		switch {
		case name == on.IgnoreFile:
			on.IgnoreData = data
		case on.IgnoreFile == "" && path.Base(name) == ".dockerignore":
			on.IgnoreFile, on.IgnoreData = name, data
		}
	}
	on.Read = func(name string) ([]byte, error) {
		if data, ok := files[name]; ok {
			if data == nil {
				return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrNotExist}
			}
			return data, nil
		}
		return at.Read(name)
	}
	return &on
}
