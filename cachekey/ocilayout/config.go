package ocilayout

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/whybust/whybust/cachekey"
)

// Config reads an image's configuration: the OCI object with "architecture", "os" and "config",
// which `crane config` and `docker buildx imagetools inspect --format '{{json .Image}}'` print. The
// Digest of the result is empty; its ConfigDigest is that of data.
func Config(data []byte) (*cachekey.Image, error) {
	var c struct {
		platform
		Config *struct {
			Env        []string
			WorkingDir string
			User       string
			Shell      []string
			OnBuild    []string
		} `json:"config"`
		RootFS *struct{} `json:"rootfs"`
	}
	if err := json.Unmarshal(data, &c); err != nil {
		return nil, fmt.Errorf("no image configuration: %w", err)
	}
	if c.OS == "" || c.Architecture == "" || c.RootFS == nil {
		return nil, errors.New(`no image configuration: it has no "os", "architecture" or "rootfs"`)
	}
	image := &cachekey.Image{
		ConfigDigest: fmt.Sprintf("sha256:%x", sha256.Sum256(data)),
		Config:       &cachekey.ImageConfig{Platform: c.platform.String()},
	}
	if own := c.Config; own != nil {
		image.Config.Env, image.Config.WorkingDir, image.Config.User = own.Env, own.WorkingDir, own.User
		image.Config.Shell, image.Config.OnBuild = own.Shell, own.OnBuild
	}
	return image, nil
}
