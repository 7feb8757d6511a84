package standin_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/sourcepolicy"
	spb "github.com/moby/buildkit/sourcepolicy/pb"
	digest "github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/whybust/whybust/conformance/standin"
	"github.com/whybust/whybust/internal/scenario"
)

// TestPolicy: BuildKit's own engine sends every name to the registry, once, and the name can be told from
// what it makes of it.
// noSides says nothing of the images of either build.
var noSides [2]map[string]scenario.ImageConfig

func TestPolicy(t *testing.T) {
	r := registry(t)
	set := r.Add(standin.NewNeeds(), standin.Same, nil, noSides)
	hex := strings.Repeat("a1", 32)
	for name, original := range map[string]string{
		"docker.io/library/alpine:3.20":                 "docker.io/library/alpine:3.20",
		"docker.io/library/alpine@sha256:" + hex:        "docker.io/library/alpine@sha256:" + hex,
		"docker.io/library/alpine:3.20@sha256:" + hex:   "docker.io/library/alpine@sha256:" + hex,
		"registry.example.com:5000/a/b/c:v1":            "registry.example.com:5000/a/b/c:v1",
		"localhost:5000/x:1@sha256:" + hex:              "localhost:5000/x@sha256:" + hex,
		"10.0.0.1/x:1":                                  "10.0.0.1/x:1",
		"gcr.io/distroless/static-debian12:nonroot":     "gcr.io/distroless/static-debian12:nonroot",
		"mcr.microsoft.com/dotnet/sdk:8.0-alpine3.19_x": "mcr.microsoft.com/dotnet/sdk:8.0-alpine3.19_x",
	} {
		op := &pb.SourceOp{Identifier: "docker-image://" + name}
		if _, err := sourcepolicy.NewEngine([]*spb.Policy{set.Policy(0)}).Evaluate(t.Context(), op); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		image := strings.TrimPrefix(op.Identifier, "docker-image://")
		if !strings.HasPrefix(image, r.Addr()+"/") {
			t.Errorf("%s goes to %s", name, image)
		}
		if got := standin.Original(image + "@sha256:" + hex); got != original {
			t.Errorf("%s comes back as %s, want %s", name, got, original)
		}
	}
}

// TestPolicyAdd: a URL goes to the registry, and its own address goes nowhere else.
func TestPolicyAdd(t *testing.T) {
	r := registry(t)
	set := r.Add(standin.NewNeeds(), standin.Random, nil, noSides)
	engine := sourcepolicy.NewEngine([]*spb.Policy{set.Policy(0)})
	for _, url := range []string{"https://example.com/a/b.tgz?x=1", "http://example.com:8080/a"} {
		op := &pb.SourceOp{Identifier: url}
		if _, err := engine.Evaluate(t.Context(), op); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(op.Identifier, "http://"+r.Addr()+"/add/") {
			t.Fatalf("%s goes to %s", url, op.Identifier)
		}
		if body := string(get(t, op.Identifier)); !strings.Contains(body, "example.com") {
			t.Errorf("%s holds %q", url, body)
		}
	}
}

func registry(t *testing.T) *standin.Registry {
	t.Helper()
	r, err := standin.NewRegistry([]byte("program"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// TestImages: what makes the modes differ, and the sets from each other.
func TestImages(t *testing.T) {
	r := registry(t)
	needs := standin.NewNeeds()
	needs.Outputs["/out"] = true
	configs := map[string]scenario.ImageConfig{"alpine:1": {Env: []string{"A=b"}}}
	same := r.Add(needs, standin.Same, configs, noSides)
	random := r.Add(needs, standin.Random, configs, noSides)
	one, two := fetch(t, r, same, "alpine", "1"), fetch(t, r, same, "alpine", "2")
	if one.index == two.index {
		t.Error("two tags have one digest")
	}
	if one.layer != two.layer {
		t.Error("mode same: two tags hold different files")
	}
	if one.index == fetch(t, r, r.Add(needs, standin.Same, configs, noSides), "alpine", "1").index {
		t.Error("two sets have an image of one digest")
	}
	if fetch(t, r, random, "alpine", "1").layer == fetch(t, r, random, "alpine", "2").layer {
		t.Error("mode random: two tags hold equal files")
	}
	if !strings.Contains(one.config, `"Env":["A=b"]`) || strings.Contains(two.config, "A=b") {
		t.Errorf("the configuration is not that of its image: %s, %s", one.config, two.config)
	}
	same.Remove()
	resp, err := http.Get(tagURL(r, same, "alpine", "1"))
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusNotFound {
		t.Errorf("a removed set still answers: %s", resp.Status)
	}
}

func tagURL(r *standin.Registry, s *standin.Set, name, tag string) string {
	to := s.Policy(0).Rules[0].Updates.Identifier
	id := strings.Split(strings.TrimPrefix(to, "docker-image://"), "/")[1]
	return "http://" + r.Addr() + "/v2/" + id + "/tagged/docker.io/port-none/library/" + name + "/manifests/" + tag
}

type image struct {
	index, layer digest.Digest
	config       string
}

// fetch reads an image as a client does.
func fetch(t *testing.T, r *standin.Registry, s *standin.Set, name, tag string) image {
	t.Helper()
	url := tagURL(r, s, name, tag)
	base := url[:strings.LastIndex(url, "/")]
	indexData := get(t, url)
	var index ocispecs.Index
	var manifest ocispecs.Manifest
	decode(t, indexData, &index)
	decode(t, get(t, base+"/"+index.Manifests[0].Digest.String()), &manifest)
	blobs := strings.TrimSuffix(base, "manifests") + "blobs/"
	config := get(t, blobs+manifest.Config.Digest.String())
	if digest.FromBytes(config) != manifest.Config.Digest {
		t.Error("the configuration does not have its digest")
	}
	return image{digest.FromBytes(indexData), manifest.Layers[0].Digest, string(config)}
}

func get(t *testing.T, url string) []byte {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %v %s", url, resp.Status, err, data)
	}
	return data
}

func decode(t *testing.T, data []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(data, v); err != nil {
		t.Fatal(err)
	}
}
