package predict

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	buildcontext "github.com/whybust/whybust/context"
)

// overlaid is a directory of a side with the files of Side.Replace.
func (s *source) overlaid(ctx context.Context, side Side, c buildcontext.Commit, dir string) (buildcontext.Tree, error) {
	replace := side.Replace
	side.Replace = nil
	tree, err := s.tree(ctx, side, c, dir)
	if err != nil {
		return nil, err
	}
	whole, err := s.tree(ctx, side, c, "")
	if err != nil {
		return nil, err
	}
	files, err := replaced(ctx, whole, replace, dir)
	return buildcontext.Replace(tree, files), err
}

// fingerprint is equal for equal Side.Replace, empty for none.
func fingerprint(replace map[string][]byte) string {
	if len(replace) == 0 {
		return ""
	}
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(replace)) {
		fmt.Fprintf(h, "%q %t %d\n", name, replace[name] == nil, len(replace[name]))
		h.Write(replace[name])
	}
	return string(h.Sum(nil))
}

// replaced gives the files of Side.Replace that are in dir, by their paths from there, each
// where the links on its way lead: that is the file that a build reads.
func replaced(ctx context.Context, whole buildcontext.Tree, replace map[string][]byte, dir string) (map[string][]byte, error) {
	files := map[string][]byte{}
	for name, data := range replace {
		if clean := path.Clean(name); clean != name || path.IsAbs(name) || name == "." || strings.HasPrefix(name+"/", "../") {
			return nil, fmt.Errorf("%q to be replaced is no path from the repository's root", name)
		}
		at, err := landing(ctx, &buildcontext.View{Tree: whole}, name)
		if err != nil {
			return nil, err
		}
		if rel, inside := strings.CutPrefix(at, dir); inside && (dir == "" || strings.HasPrefix(rel, "/")) {
			files[strings.TrimPrefix(rel, "/")] = data
		}
	}
	return files, nil
}

// landing is where a path ends when links are followed, whether or not there is such a file.
func landing(ctx context.Context, v *buildcontext.View, name string) (string, error) {
	n, ok, err := v.Lookup(ctx, name, true)
	if ok || err != nil {
		return n.Path, err
	}
	dir, base := path.Split(name)
	if dir == "" {
		return name, nil
	}
	parent, err := landing(ctx, v, path.Clean(dir))
	return path.Join(parent, base), err
}
