package judge

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/whybust/whybust/internal/scenario"
)

// Scenario writes the scenario's trees to disk and judges them. Of options it takes Fresh and Debug.
func (j *Judge) Scenario(ctx context.Context, s *scenario.Scenario, options Pair) ([]scenario.Step, error) {
	dir, err := os.MkdirTemp("", "whybust-scenario-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	p := Pair{Images: s.Images, Fresh: options.Fresh, Debug: options.Debug, CacheMode: s.CacheMode, Cached: make([]Side, len(s.Cached))}
	type copied struct {
		name string
		from scenario.Side
		to   *Side
	}
	sides := []copied{{"old", s.Old, &p.Old}, {"new", s.New, &p.New}}
	for i, from := range s.Cached {
		sides = append(sides, copied{fmt.Sprintf("cached%d", i), from, &p.Cached[i]})
	}
	for _, side := range sides {
		root := dir + "/" + side.name
		if err := os.Mkdir(root, 0o755); err != nil {
			return nil, err
		}
		if err := os.Chmod(root, 0o755); err != nil {
			return nil, err
		}
		if err := side.from.Tree.WriteTo(root); err != nil {
			return nil, err
		}
		for _, dir := range side.from.Build.Overlays {
			if err := overlay(filepath.Join(root, s.Context), filepath.Join(root, dir)); err != nil {
				return nil, err
			}
		}
		*side.to = Side{Root: root, Context: s.Context, Build: side.from.Build, Images: side.from.Images}
	}
	return j.Judge(ctx, p)
}

// overlay copies what is in a directory into another one, as something would that makes files before the build.
// Directories merge; cp refuses to let anything else take the place of a directory, or a directory that of a file.
func overlay(dir, from string) error {
	err := filepath.WalkDir(from, func(path string, over fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		below := filepath.Join(dir, rel)
		info, err := os.Lstat(below)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case info.IsDir() == over.IsDir():
			return nil // cp does it
		}
		return os.RemoveAll(below)
	})
	if err != nil {
		return err
	}
	out, err := exec.Command("cp", "-a", "--remove-destination", from+"/.", dir).CombinedOutput()
	if err != nil {
		return fmt.Errorf("cp: %w: %s", err, out)
	}
	return nil
}
