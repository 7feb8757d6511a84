package ocilayout_test

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/whybust/whybust/cachekey/ocilayout"
)

// FuzzLayout opens anything: a blob that may be an index, a manifest and a configuration, and that an index names. There is
// no panic and no end that does not come, and what is found has the digest that was asked for.
func FuzzLayout(f *testing.F) {
	f.Add(`{"manifests":[{"digest":"BLOB","platform":{"os":"linux","architecture":"amd64"}}]}`, `{"config":{"digest":"BLOB"},"os":"linux","architecture":"amd64","rootfs":{}}`)
	f.Add(`{"manifests":[{"digest":"BLOB"},{"digest":"BLOB","annotations":{"org.opencontainers.image.ref.name":"latest"}}]}`, `{"manifests":[null,{"digest":"BLOB"}]}`)
	f.Fuzz(func(t *testing.T, index, blob string) {
		sum := fmt.Sprintf("%x", sha256.Sum256([]byte(blob)))
		l, err := ocilayout.Open(fstest.MapFS{
			"index.json":          {Data: []byte(strings.ReplaceAll(index, "BLOB", "sha256:"+sum))},
			"blobs/sha256/" + sum: {Data: []byte(blob)},
		})
		if err != nil {
			return
		}
		image, err := l.Image([]string{"latest"}, "", "linux/amd64")
		if (image == nil) == (err == nil) {
			t.Fatalf("image %v, error %v", image, err)
		}
		if image != nil && image.Digest != "sha256:"+sum {
			t.Fatalf("digest %q, want that of the only blob", image.Digest)
		}
	})
}

// FuzzConfig reads anything as a configuration.
func FuzzConfig(f *testing.F) {
	f.Add(`{"os":"linux","architecture":"amd64","config":{"Env":["A=1"]},"rootfs":{}}`)
	f.Fuzz(func(t *testing.T, data string) {
		image, err := ocilayout.Config([]byte(data))
		if err == nil && (image.Config == nil || !strings.Contains(image.Config.Platform, "/")) {
			t.Fatalf("image %+v", image)
		}
	})
}
