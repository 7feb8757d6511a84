package judge

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/whybust/whybust/conformance/buildkit"
	"github.com/whybust/whybust/conformance/standin"
	"github.com/whybust/whybust/internal/scenario"
)

// Files builds both sides of a pair, each from an empty cache, with images that hold the same and RUNs
// that write nothing, and returns what the two results hold: kind, mode, owner and content by path.
func (j *Judge) Files(ctx context.Context, p Pair) (old, new map[string]string, err error) {
	ctx, cancel := context.WithTimeout(ctx, pairTimeout)
	defer cancel()
	needs, _, err := needsOf(ctx, p)
	if err != nil {
		return nil, nil, err
	}
	d, release, err := j.daemon(ctx, p.Fresh)
	if err != nil {
		return nil, nil, err
	}
	defer release()
	set := j.registry.Add(needs, standin.Same, p.Images, [2]map[string]scenario.ImageConfig{p.Old.Images, p.New.Images})
	defer set.Remove()
	var results [2]map[string]string
	for i, side := range []Side{p.Old, p.New} {
		if results[i], err = j.files(ctx, d, set, i, side); err != nil {
			return nil, nil, &BuildError{Side: [...]string{"old", "new"}[i], Mode: standin.Same, Err: err}
		}
	}
	return results[0], results[1], nil
}

func (j *Judge) files(ctx context.Context, d *buildkit.Daemon, set *standin.Set, i int, side Side) (map[string]string, error) {
	if err := d.Reset(ctx); err != nil {
		return nil, err
	}
	attrs, err := Attrs(side.Build)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "whybust-output-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if _, err := d.Build(ctx, buildkit.Request{
		Context: filepath.Join(side.Root, side.Context), Dockerfile: side.dockerfile(), Attrs: attrs, Policy: set.Policy(i), Output: dir,
	}); err != nil {
		return nil, err
	}
	return listFiles(dir)
}

// listFiles describes all that is in a directory.
func listFiles(dir string) (map[string]string, error) {
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		text := info.Mode().String()
		if st, ok := info.Sys().(*syscall.Stat_t); ok {
			text += fmt.Sprintf(" %d:%d", st.Uid, st.Gid)
		}
		switch {
		case info.Mode().IsRegular():
			sum, err := sumFile(path)
			if err != nil {
				return err
			}
			text += " " + sum
		case info.Mode()&fs.ModeSymlink != 0:
			target, err := os.Readlink(path)
			if err != nil {
				return err
			}
			text += " -> " + target
		}
		rel, err := filepath.Rel(dir, path)
		files["/"+filepath.ToSlash(rel)] = text
		return err
	})
	return files, err
}

func sumFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), err
}
