package ocilayout

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/whybust/whybust/cachekey"
)

// Images are images on disk by reference, each in a layout of its own or as a configuration
// file. The zero Images is empty. Its method Image is what cachekey.Options takes. Add must not be called
// while Image is.
type Images struct {
	byName map[string]source
}

type source struct {
	path   string
	layout *Layout
	config *cachekey.Image
}

// Add says that a reference means what is at a path: the directory of a layout, or a file with a
// configuration. What was said before of the same reference is replaced.
func (s *Images) Add(reference, path string) error {
	full, err := cachekey.ImageReference(reference)
	if err != nil {
		return err
	}
	src := source{path: path}
	info, err := os.Stat(path)
	switch {
	case err != nil:
	case info.IsDir():
		src.layout, err = OpenDir(path)
	default:
		var data []byte
		if data, err = read(os.DirFS(filepath.Dir(path)), filepath.Base(path)); err == nil {
			src.config, err = Config(data)
		}
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if s.byName == nil {
		s.byName = map[string]source{}
	}
	s.byName[full] = src
	return nil
}

// OpenDir opens the layout in a directory. Nothing outside of it is read.
func OpenDir(dir string) (*Layout, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return Open(root.FS()) // the root is closed when it is collected
}

// Image gives what is known of an image, nil if nothing was added under its reference. A
// reference with a digest is also found under what it is without, if that has this digest.
func (s *Images) Image(reference, platform string) (*cachekey.Image, error) {
	if s == nil {
		return nil, nil
	}
	name, digest, pinned := strings.Cut(reference, "@")
	src, ok := s.byName[reference]
	if !ok && pinned {
		tagged, err := cachekey.ImageReference(name)
		if err != nil {
			return nil, err
		}
		if src, ok = s.byName[tagged]; ok && src.layout == nil {
			return nil, nil // which digest the configuration belongs to is not known
		}
	}
	if !ok {
		return nil, nil
	}
	if src.config != nil {
		image := *src.config
		image.Digest = digest
		return &image, nil
	}
	image, err := src.layout.Image(namesOf(name), "", platform)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", src.path, err)
	}
	if pinned && image.Digest != digest {
		return nil, nil
	}
	return image, nil
}

// namesOf is how index.json may name an image.
func namesOf(full string) []string {
	_, tag, _ := strings.Cut(full[strings.LastIndexByte(full, '/')+1:], ":")
	short := strings.TrimPrefix(strings.TrimPrefix(full, "docker.io/"), "library/")
	return []string{full, short, tag}
}
