package standin

import (
	"os"
	"path/filepath"

	digest "github.com/opencontainers/go-digest"
)

// WriteLayout writes the blobs of an image of one of the builds as an OCI layout has them, and returns the digest of
// its index.
func (s *Set) WriteLayout(dir string, side int, image string) (digest.Digest, error) {
	name, err := Normalize(image)
	if err != nil {
		return "", err
	}
	top, err := s.image(side, name)
	if err != nil {
		return "", err
	}
	blobs := filepath.Join(dir, "blobs", "sha256")
	if err := os.MkdirAll(blobs, 0o755); err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for dgst, data := range s.blobs {
		if err := os.WriteFile(filepath.Join(blobs, dgst.Encoded()), data, 0o644); err != nil {
			return "", err
		}
	}
	return top, nil
}
