package ocilayout

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/whybust/whybust/cachekey"
)

// Layout is an OCI image layout. It is immutable, and as safe for concurrent use
// as the file system that it is read from.
type Layout struct {
	fsys  fs.FS
	index index
}

// index is an OCI image index, or a Docker manifest list.
type index struct {
	Manifests []descriptor `json:"manifests"`
}

// manifest is an OCI image manifest, or Docker's of version 2.
type manifest struct {
	Config descriptor `json:"config"`
}

type descriptor struct {
	MediaType   string            `json:"mediaType"`
	Digest      string            `json:"digest"`
	Platform    *platform         `json:"platform"`
	Annotations map[string]string `json:"annotations"`
}

// The annotations by which index.json names its images.
const (
	imageName = "io.containerd.image.name"
	refName   = "org.opencontainers.image.ref.name"
)

// Open reads the index of the layout whose root directory fsys is.
func Open(fsys fs.FS) (*Layout, error) {
	l := &Layout{fsys: fsys}
	data, err := read(fsys, "index.json")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("no OCI layout: %w", err)
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, &l.index); err != nil {
		return nil, fmt.Errorf("index.json: %w", err)
	}
	if len(l.index.Manifests) == 0 {
		return nil, errors.New("index.json names no image")
	}
	return l, nil
}

// Image finds an image and reads its configuration for a platform, "linux/amd64". The image is the one
// with the digest, or else the one that index.json names by one of the names (a
// full reference or a tag alone), or the only one. Its Digest is that of what index.json points to.
func (l *Layout) Image(names []string, digest, platform string) (*cachekey.Image, error) {
	want, err := parsePlatform(platform)
	if err != nil {
		return nil, err
	}
	top := descriptor{Digest: digest}
	if digest == "" {
		if top, err = l.find(names, want); err != nil {
			return nil, err
		}
	}
	config, err := l.config(top, want, maxNesting)
	if err != nil {
		return nil, err
	}
	data, err := l.blob(config.Digest)
	if err != nil {
		return nil, err
	}
	image, err := Config(data)
	if err != nil {
		return nil, fmt.Errorf("blob %s: %w", config.Digest, err)
	}
	image.Digest = top.Digest
	return image, nil
}

// find picks an image of index.json (StoreIndex in BuildKit's client/ociindex). Where the images have
// no names, they are taken for those of the platforms of one.
func (l *Layout) find(names []string, want platform) (descriptor, error) {
	for _, annotation := range []string{imageName, refName} {
		for _, name := range names {
			for _, d := range l.index.Manifests {
				if name != "" && d.Annotations[annotation] == name {
					return d, nil
				}
			}
		}
	}
	if len(l.index.Manifests) == 1 {
		return l.index.Manifests[0], nil
	}
	if slices.ContainsFunc(l.index.Manifests, func(d descriptor) bool {
		return d.Annotations[imageName] != "" || d.Annotations[refName] != ""
	}) {
		return descriptor{}, fmt.Errorf("none of the %d images in index.json is called %s", len(l.index.Manifests), strings.Join(names, " or "))
	}
	return choose(l.index.Manifests, want)
}

// maxNesting bounds how deep an index may lie in others.
const maxNesting = 4

// config finds the configuration of what a descriptor points to.
func (l *Layout) config(d descriptor, want platform, depth int) (descriptor, error) {
	data, err := l.blob(d.Digest)
	if err != nil {
		return descriptor{}, err
	}
	var is struct {
		index
		manifest
	}
	if err := json.Unmarshal(data, &is); err != nil {
		return descriptor{}, fmt.Errorf("blob %s: %w", d.Digest, err)
	}
	switch {
	case is.Config.Digest != "" && len(is.Manifests) > 0:
		return descriptor{}, fmt.Errorf("blob %s is both an index and a manifest", d.Digest)
	case is.Config.Digest != "":
		return is.Config, nil
	case len(is.Manifests) == 0:
		return descriptor{}, fmt.Errorf("blob %s is neither an index nor a manifest", d.Digest)
	case depth == 0:
		return descriptor{}, errors.New("the index lies too deep in others")
	}
	next, err := choose(is.Manifests, want)
	if err != nil {
		return descriptor{}, fmt.Errorf("image %s: %w", d.Digest, err)
	}
	return l.config(next, want, depth-1)
}

// blob reads a blob and checks its digest.
func (l *Layout) blob(digest string) ([]byte, error) {
	algorithm, encoded, sum, err := parseDigest(digest)
	if err != nil {
		return nil, err
	}
	data, err := read(l.fsys, "blobs/"+algorithm+"/"+encoded)
	if err != nil {
		return nil, err
	}
	if sum(data) != encoded {
		return nil, fmt.Errorf("blob %s does not have this digest", digest)
	}
	return data, nil
}
