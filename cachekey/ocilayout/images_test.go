package ocilayout_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/cachekey"
	"github.com/whybust/whybust/cachekey/ocilayout"
)

// layout builds the files of an OCI layout.
type layout struct {
	fstest.MapFS
}

func newLayout() *layout { return &layout{fstest.MapFS{}} }

type m = map[string]any

// put adds a blob and gives its descriptor.
func (l *layout) put(v any) m {
	data, _ := json.Marshal(v)
	dgst := fmt.Sprintf("%x", sha256.Sum256(data))
	l.MapFS["blobs/sha256/"+dgst] = &fstest.MapFile{Data: data}
	return m{"mediaType": "application/json", "digest": "sha256:" + dgst, "size": len(data)}
}

// image adds an image of one platform.
func (l *layout) image(arch, variant, env string) m {
	config := l.put(m{
		"os": "linux", "architecture": arch, "variant": variant, "rootfs": m{"type": "layers"},
		"config": m{"Env": []string{env}, "WorkingDir": "/w", "User": "u", "Shell": []string{"sh"}, "OnBuild": []string{"RUN x"}},
	})
	d := l.put(m{"schemaVersion": 2, "config": config, "layers": []m{}})
	d["platform"] = m{"os": "linux", "architecture": arch, "variant": variant}
	return d
}

// index writes index.json.
func (l *layout) index(manifests ...m) {
	data, _ := json.Marshal(m{"schemaVersion": 2, "manifests": manifests})
	l.MapFS["index.json"] = &fstest.MapFile{Data: data}
}

func named(d m, key, name string) m {
	d["annotations"] = m{key: name}
	return d
}

const (
	imageName = "io.containerd.image.name"
	refName   = "org.opencontainers.image.ref.name"
)

func TestImage(t *testing.T) {
	l := newLayout()
	attestation := l.put(m{"config": l.put(m{})})
	attestation["platform"] = m{"os": "unknown", "architecture": "unknown"}
	deep := l.put(m{"manifests": []m{attestation, l.image("amd64", "", "A=amd64"), l.image("arm64", "v8", "A=arm64"), l.image("arm", "v6", "A=v6")}})
	one := named(l.put(m{"manifests": []m{deep}}), refName, "1")
	one["platform"] = nil
	l.index(one, named(l.image("amd64", "", "A=two"), imageName, "docker.io/library/x:2"))
	opened, err := ocilayout.Open(l)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ reason, name, platform, env, own string }{
		{"through nested indexes", "1", "linux/amd64", "A=amd64", "linux/amd64"},
		{"arm64 is arm64/v8", "1", "linux/arm64", "A=arm64", "linux/arm64/v8"},
		{"an older variant runs", "1", "linux/arm/v7", "A=v6", "linux/arm/v6"},
		{"by its full name", "docker.io/library/x:2", "linux/amd64", "A=two", "linux/amd64"},
	} {
		image, err := opened.Image([]string{tt.name}, "", tt.platform)
		if err != nil {
			t.Errorf("%s: %v", tt.reason, err)
			continue
		}
		want := &cachekey.ImageConfig{
			Platform: tt.own, Env: []string{tt.env}, WorkingDir: "/w", User: "u", Shell: []string{"sh"}, OnBuild: []string{"RUN x"},
		}
		if diff := cmp.Diff(want, image.Config); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.reason, diff)
		}
		if tt.name == "1" && image.Digest != one["digest"] {
			t.Errorf("%s: digest %s, want that of what index.json names, %s", tt.reason, image.Digest, one["digest"])
		}
	}
	if _, err := opened.Image([]string{"1"}, "", "linux/s390x"); err == nil || !strings.Contains(err.Error(), "only for linux/amd64, linux/arm64/v8, linux/arm/v6") {
		t.Errorf("a platform that is not there: %v", err)
	}
	if _, err := opened.Image([]string{"3"}, "", "linux/amd64"); err == nil {
		t.Error("a name that is not there was found")
	}
	image, err := opened.Image(nil, fmt.Sprint(one["digest"]), "linux/amd64")
	if err != nil || image.Config.Env[0] != "A=amd64" {
		t.Errorf("by digest: %v, %v", image, err)
	}
}

// TestBadLayouts: whatever a layout holds, there is one error and no more is read than is said.
func TestBadLayouts(t *testing.T) {
	for _, tt := range []struct {
		reason, want string
		spoil        func(l *layout)
	}{
		{"no index", "no OCI layout", func(l *layout) { delete(l.MapFS, "index.json") }},
		{"an index that is no JSON", "index.json", func(l *layout) { l.MapFS["index.json"].Data = []byte("{") }},
		{"an empty index", "names no image", func(l *layout) { l.index() }},
		{"a blob that was changed", "does not have this digest", func(l *layout) {
			for name, f := range l.MapFS {
				if name != "index.json" {
					f.Data = append(f.Data, ' ')
				}
			}
		}},
		{"a blob that is not there", "file does not exist", func(l *layout) {
			for name := range l.MapFS {
				if name != "index.json" {
					delete(l.MapFS, name)
				}
			}
		}},
		{"a digest that leads out", "is no digest", func(l *layout) { l.index(m{"digest": "sha256:../../../etc/passwd"}) }},
		{"an unknown algorithm", "is no digest", func(l *layout) { l.index(m{"digest": "md5:d41d8cd98f00b204e9800998ecf8427e"}) }},
		{"too large", "larger than", func(l *layout) { l.MapFS["index.json"].Data = make([]byte, ocilayout.MaxBlob+1) }},
		{"a blob that is nothing", "neither an index nor a manifest", func(l *layout) { l.index(l.put(m{})) }},
		{"a blob that is both", "both an index and a manifest", func(l *layout) {
			l.index(l.put(m{"config": m{"digest": "x"}, "manifests": []m{{}}}))
		}},
		{"indexes without end", "too deep", func(l *layout) {
			d := l.image("amd64", "", "A=1")
			for range 10 {
				d = l.put(m{"manifests": []m{{"digest": d["digest"]}}})
			}
			l.index(d)
		}},
		{"no configuration", "no image configuration", func(l *layout) { l.index(l.put(m{"config": l.put(m{"config": m{}})})) }},
		{"a directory in the place of a file", "no regular file", func(l *layout) {
			delete(l.MapFS, "index.json")
			l.MapFS["index.json/x"] = &fstest.MapFile{}
		}},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			l := newLayout()
			l.index(l.image("amd64", "", "A=1"))
			tt.spoil(l)
			opened, err := ocilayout.Open(l)
			if err == nil {
				_, err = opened.Image([]string{"latest"}, "", "linux/amd64")
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
}

func TestImages(t *testing.T) {
	dir := t.TempDir()
	l := newLayout()
	top := l.image("amd64", "", "A=1")
	l.index(top)
	if err := os.CopyFS(filepath.Join(dir, "layout"), l); err != nil {
		t.Fatal(err)
	}
	config := `{"os":"linux","architecture":"amd64","config":{"Env":["B=1"]},"rootfs":{}}`
	if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	var images ocilayout.Images
	if image, err := images.Image("docker.io/library/node:20", "linux/amd64"); image != nil || err != nil {
		t.Errorf("the zero Images knows %v, %v", image, err)
	}
	for ref, path := range map[string]string{"node:20": "layout", "ghcr.io/o/i": "config.json"} {
		if err := images.Add(ref, filepath.Join(dir, path)); err != nil {
			t.Fatal(err)
		}
	}
	digest := fmt.Sprint(top["digest"])
	for _, tt := range []struct{ reason, ref, env, digest string }{
		{"a layout", "docker.io/library/node:20", "A=1", digest},
		{"pinned to what the layout has", "docker.io/library/node:20@" + digest, "A=1", digest},
		{"pinned to something else", "docker.io/library/node:20@sha256:" + strings.Repeat("0", 64), "", ""},
		{"a configuration", "ghcr.io/o/i:latest", "B=1", ""},
		{"a configuration of no known digest", "ghcr.io/o/i:latest@" + digest, "", ""},
		{"another tag", "docker.io/library/node:21", "", ""},
	} {
		image, err := images.Image(tt.ref, "linux/amd64")
		switch {
		case err != nil:
			t.Errorf("%s: %v", tt.reason, err)
		case tt.env == "" && image != nil:
			t.Errorf("%s: known as %v", tt.reason, image)
		case tt.env != "" && (image == nil || image.Config.Env[0] != tt.env || image.Digest != tt.digest || image.ConfigDigest == ""):
			t.Errorf("%s: got %+v", tt.reason, image)
		}
	}
	for _, bad := range []string{"none", "."} {
		if err := images.Add("x", filepath.Join(dir, bad)); err == nil {
			t.Errorf("%s was added", bad)
		}
	}
	if err := images.Add("X", dir); err == nil {
		t.Error("a name that is no reference was added")
	}
}
