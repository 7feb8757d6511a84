package judge

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/containerd/containerd/v2/core/content"
	"github.com/containerd/containerd/v2/plugins/content/local"

	"github.com/whybust/whybust/conformance/buildkit"
	"github.com/whybust/whybust/conformance/standin"
	"github.com/whybust/whybust/internal/scenario"
)

// The values of a --build-context that are no directory; see scenario.Build.
const (
	imagePrefix  = "docker-image://"
	layoutPrefix = "oci-layout://"
	targetPrefix = "target:"
)

// request is one of the two builds, as docker buildx asks for it.
func (s Side) request(set *standin.Set, side int, layouts string) (*buildkit.Request, error) {
	attrs, err := Attrs(s.Build)
	if err != nil {
		return nil, err
	}
	req := &buildkit.Request{
		Context:    filepath.Join(s.Root, s.Context),
		Dockerfile: s.dockerfile(),
		Attrs:      attrs,
		Policy:     set.Policy(side),
		Locals:     map[string]string{},
		Stores:     map[string]content.Store{},
		Targets:    map[string]buildkit.Request{},
	}
	for name, value := range s.Build.Contexts {
		if err := s.addContext(req, name, value, set, side, layouts); err != nil {
			return nil, err
		}
	}
	return req, nil
}

// addContext adds a named context (loadInputs in docker buildx).
func (s Side) addContext(req *buildkit.Request, name, value string, set *standin.Set, side int, layouts string) error {
	attr := "context:" + name
	if strings.HasPrefix(value, imagePrefix) || strings.Contains(value, "://") && !strings.HasPrefix(value, layoutPrefix) {
		req.Attrs[attr] = value
		return nil
	}
	if image, ok := strings.CutPrefix(value, layoutPrefix); ok {
		store := fmt.Sprintf("store%d-%d", side, len(req.Stores))
		dir := filepath.Join(layouts, store)
		top, err := set.WriteLayout(dir, side, image)
		if err != nil {
			return err
		}
		if req.Stores[store], err = local.NewStore(dir); err != nil {
			return err
		}
		req.Attrs[attr] = fmt.Sprintf("%s%s:latest@%s", layoutPrefix, store, top)
		return nil
	}
	if file, ok := strings.CutPrefix(value, targetPrefix); ok {
		attrs, err := Attrs(scenario.Build{BuildArgs: s.Build.BuildArgs, Platform: s.Build.Platform})
		req.Targets[name] = buildkit.Request{Context: req.Context, Dockerfile: filepath.Join(s.Root, file), Attrs: attrs}
		return err
	}
	mount := strings.NewReplacer("/", "_", ":", "_").Replace(name)
	if mount == "context" || mount == "dockerfile" {
		mount = "_" + mount
	}
	req.Attrs[attr] = "local:" + mount
	req.Locals[mount] = filepath.Join(s.Root, value)
	return nil
}

// images are the configurations of the side's images. A named context of an image has that of the image.
func (s Side) images(both map[string]scenario.ImageConfig) map[string]scenario.ImageConfig {
	all := map[string]scenario.ImageConfig{}
	maps.Copy(all, both)
	maps.Copy(all, s.Images)
	for name, value := range s.Build.Contexts {
		_, image, _ := strings.Cut(value, "://")
		if full, err := standin.Normalize(image); err == nil {
			if config, ok := standin.ConfigFor(full, all); ok {
				all[name] = config
			}
		}
	}
	return all
}

// targets are the Dockerfiles of the targets that the side takes.
func (s Side) targets() (files [][]byte) {
	for _, name := range slices.Sorted(maps.Keys(s.Build.Contexts)) {
		if file, ok := strings.CutPrefix(s.Build.Contexts[name], targetPrefix); ok {
			if data, err := os.ReadFile(filepath.Join(s.Root, file)); err == nil {
				files = append(files, data)
			}
		}
	}
	return files
}
