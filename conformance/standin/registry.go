package standin

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"

	spb "github.com/moby/buildkit/sourcepolicy/pb"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	digest "github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/whybust/whybust/internal/scenario"
)

// Registry serves stand-in images over HTTP to the daemons of this process. A
// source policy (Set.Policy) sends every image of a build to it, whatever the registry's name is, so
// that the build itself runs as it does with real images: names, step numbers and
// platforms come out as always, which they do not with named contexts.
type Registry struct {
	program []byte
	server  *http.Server
	addr    string

	mu   sync.Mutex
	sets map[string]*Set
	next int
}

// NewRegistry listens on a free port of the loopback device. program is the binary of package
// program.
func NewRegistry(program []byte) (*Registry, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &Registry{program: program, addr: l.Addr().String(), sets: map[string]*Set{}}
	r.server = &http.Server{Handler: r}
	go func() { _ = r.server.Serve(l) }()
	return r, nil
}

// Addr is the registry's host:port.
func (r *Registry) Addr() string { return r.addr }

// Close stops serving.
func (r *Registry) Close() error { return r.server.Close() }

// Set is the images of one pair of builds in one mode. No image of a set has the digest of one of
// another set, so nothing that is built on one is ever a hit in another.
type Set struct {
	registry *Registry
	id       string
	needs    *Needs
	mode     Mode
	configs  map[string]scenario.ImageConfig
	sides    [2]map[string]scenario.ImageConfig

	mu     sync.Mutex
	blobs  map[digest.Digest][]byte
	types  map[digest.Digest]string
	images map[string]digest.Digest
	layers map[string]digest.Digest
}

// Add makes a set, to be removed with Remove. configs hold for both builds; what sides say of an image
// besides makes another image of it.
func (r *Registry) Add(needs *Needs, mode Mode, configs map[string]scenario.ImageConfig, sides [2]map[string]scenario.ImageConfig) *Set {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.next++
	s := &Set{
		registry: r, id: fmt.Sprintf("set%d", r.next), needs: needs, mode: mode, configs: configs, sides: sides,
		blobs: map[digest.Digest][]byte{}, types: map[digest.Digest]string{},
		images: map[string]digest.Digest{}, layers: map[string]digest.Digest{},
	}
	r.sets[s.id] = s
	return s
}

// Remove forgets the set.
func (s *Set) Remove() {
	s.registry.mu.Lock()
	defer s.registry.mu.Unlock()
	delete(s.registry.sets, s.id)
}

// Policy is the source policy that sends every image of one of the two builds (0 or 1) to the registry, and every
// URL of an ADD. The first group of each pattern is a host that does not begin with "127.", so that no rule applies to what a rule made.
func (s *Set) Policy(side int) *spb.Policy {
	const (
		host   = `^docker-image://((?:[^1/]|1[^2/]|12[^7/]|127[^./])[^:/]*)`
		repo   = `/([^:@]+)`
		tagged = `(?::([^@]+))?`
		pinned = `@sha256:([0-9a-f]{64})$`
	)
	id := fmt.Sprintf("%s.%d", s.id, side)
	to := "docker-image://" + s.registry.addr + "/" + id + "/"
	convert := func(from, to string) *spb.Rule {
		return &spb.Rule{
			Action:   spb.PolicyAction_CONVERT,
			Selector: &spb.Selector{Identifier: from, MatchType: spb.MatchType_REGEX},
			Updates:  &spb.Update{Identifier: to},
		}
	}
	return &spb.Policy{Version: 1, Rules: []*spb.Rule{
		convert(host+`:([0-9]+)`+repo+tagged+pinned, to+"pinned/${1}/port-${2}/${3}:${5}"),
		convert(host+repo+tagged+pinned, to+"pinned/${1}/port-none/${2}:${4}"),
		convert(host+`:([0-9]+)`+repo+`:([^@]+)$`, to+"tagged/${1}/port-${2}/${3}:${4}"),
		convert(host+repo+`:([^@]+)$`, to+"tagged/${1}/port-none/${2}:${3}"),
		convert(`^https?://((?:[^1/]|1[^2/]|12[^7/]|127[^./])[^/]*/.*)$`, "http://"+s.registry.addr+adds+id+"/${1}"),
	}}
}

// Original returns the name that stood in the Dockerfile, in full, of an image as BuildKit names it
// after Policy and after its digest was found.
func Original(image string) string {
	// 127.0.0.1:PORT/SET/REPOSITORY:TAG@sha256:DIGEST
	rest, _, _ := strings.Cut(image, "@")
	parts := strings.SplitN(rest, "/", 3)
	if len(parts) != 3 {
		return image
	}
	colon := strings.LastIndexByte(parts[2], ':')
	if colon < 0 {
		return image
	}
	name, err := nameOf(parts[2][:colon], parts[2][colon+1:])
	if err != nil {
		return image
	}
	return name
}

// nameOf undoes what Policy's rules do to a name: the normalized reference without a tag beside a digest.
func nameOf(repository, tag string) (string, error) {
	parts := strings.SplitN(repository, "/", 4)
	if len(parts) != 4 {
		return "", fmt.Errorf("%q is none of the policy's names", repository)
	}
	host, repo := parts[1], parts[3]
	if port := strings.TrimPrefix(parts[2], "port-"); port != "none" {
		host += ":" + port
	}
	if parts[0] == "pinned" {
		return host + "/" + repo + "@sha256:" + tag, nil
	}
	return host + "/" + repo + ":" + tag, nil
}

// platformsServed are those of which every image has a variant. The program is the same in all:
// the builds run on this machine whatever they are for.
var platformsServed = []ocispecs.Platform{
	{OS: "linux", Architecture: "amd64"},
	{OS: "linux", Architecture: "arm64", Variant: "v8"},
	{OS: "linux", Architecture: "arm", Variant: "v7"},
	{OS: "linux", Architecture: "arm", Variant: "v6"},
	{OS: "linux", Architecture: "386"},
	{OS: "linux", Architecture: "ppc64le"},
	{OS: "linux", Architecture: "s390x"},
	{OS: "linux", Architecture: "riscv64"},
}

// image returns the digest of the index of an image, made when it is first asked for.
func (s *Set) image(side int, name string) (digest.Digest, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	// A pinned image is what its digest says, whatever it is called.
	identity := name
	if _, pin, ok := strings.Cut(name, "@"); ok {
		identity = pin
	}
	config, ok := ConfigFor(name, s.sides[side])
	if ok {
		text, err := json.Marshal(config)
		if err != nil {
			return "", err
		}
		identity += " " + string(text)
	} else {
		config, _ = ConfigFor(name, s.configs)
	}
	if dgst, ok := s.images[name+" "+identity]; ok {
		return dgst, nil
	}
	content := "content of an output\n"
	if s.mode == Random {
		content = "content of an output in " + identity + "\n"
	}
	layer, err := s.layer(content)
	if err != nil {
		return "", err
	}
	index := ocispecs.Index{Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: ocispecs.MediaTypeImageIndex}
	for _, p := range platformsServed {
		m, err := s.manifest(config, identity, layer, p)
		if err != nil {
			return "", err
		}
		index.Manifests = append(index.Manifests, m)
	}
	desc, err := s.put(index.MediaType, index)
	if err != nil {
		return "", err
	}
	s.images[name+" "+identity] = desc.Digest
	return desc.Digest, nil
}

func (s *Set) layer(content string) (digest.Digest, error) {
	if dgst, ok := s.layers[content]; ok {
		return dgst, nil
	}
	data, err := s.needs.layer(s.registry.program, s.mode, content)
	if err != nil {
		return "", err
	}
	dgst := digest.FromBytes(data)
	s.blobs[dgst], s.types[dgst] = data, ocispecs.MediaTypeImageLayer
	s.layers[content] = dgst
	return dgst, nil
}

func (s *Set) manifest(config scenario.ImageConfig, identity string, layer digest.Digest, p ocispecs.Platform) (ocispecs.Descriptor, error) {
	var image dockerspec.DockerOCIImage
	if err := configure(&image, config); err != nil {
		return ocispecs.Descriptor{}, err
	}
	image.Platform = p
	image.RootFS = ocispecs.RootFS{Type: "layers", DiffIDs: []digest.Digest{layer}}
	// The author is what makes the digest this set's and this image's own. No key looks at it.
	image.Author = s.id + " " + identity
	desc, err := s.put(ocispecs.MediaTypeImageConfig, image)
	if err != nil {
		return ocispecs.Descriptor{}, err
	}
	manifest, err := s.put(ocispecs.MediaTypeImageManifest, ocispecs.Manifest{
		Versioned: specs.Versioned{SchemaVersion: 2},
		MediaType: ocispecs.MediaTypeImageManifest,
		Config:    desc,
		Layers: []ocispecs.Descriptor{{
			MediaType: ocispecs.MediaTypeImageLayer, Digest: layer, Size: int64(len(s.blobs[layer])),
		}},
	})
	manifest.Platform = &p
	return manifest, err
}

func (s *Set) put(mediaType string, v any) (ocispecs.Descriptor, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return ocispecs.Descriptor{}, err
	}
	dgst := digest.FromBytes(data)
	s.blobs[dgst], s.types[dgst] = data, mediaType
	return ocispecs.Descriptor{MediaType: mediaType, Digest: dgst, Size: int64(len(data))}, nil
}

// adds is where Policy sends the URLs of ADD.
const adds = "/add/"

// serveAdd answers for a URL of an ADD: with bytes that hang on the URL in mode random, and on nothing in
// the others. What the real URL holds is as unknown as what an image holds.
func (r *Registry) serveAdd(w http.ResponseWriter, path string) {
	id, url, _ := strings.Cut(path, "/")
	set, _ := r.set(id)
	switch {
	case set == nil:
		http.Error(w, "no such set", http.StatusNotFound)
	case set.mode == Random:
		fmt.Fprintf(w, "content of %s\n", url)
	default:
		fmt.Fprintln(w, "content of a URL")
	}
}

// set finds a set by what Policy calls it, and says for which of the builds.
func (r *Registry) set(id string) (s *Set, side int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	id, n, _ := strings.Cut(id, ".")
	if n == "1" {
		side = 1
	}
	return r.sets[id], side
}

// ServeHTTP answers /v2/SET/NAME/manifests/TAG-OR-DIGEST, /v2/SET/NAME/blobs/DIGEST and /add/SET/URL.
func (r *Registry) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if path, ok := strings.CutPrefix(req.URL.Path, adds); ok {
		r.serveAdd(w, path)
		return
	}
	rest := strings.TrimPrefix(req.URL.Path, "/v2/")
	if rest == "" {
		return
	}
	id, rest, _ := strings.Cut(rest, "/")
	set, side := r.set(id)
	if set == nil {
		http.Error(w, "no such set", http.StatusNotFound)
		return
	}
	data, mediaType, dgst, err := set.lookup(side, rest)
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Docker-Content-Digest", dgst.String())
	w.Header().Set("Content-Length", fmt.Sprint(len(data)))
	if req.Method != http.MethodHead {
		_, _ = w.Write(data)
	}
}

func (s *Set) lookup(side int, urlPath string) ([]byte, string, digest.Digest, error) {
	var dgst digest.Digest
	if i := strings.LastIndex(urlPath, "/blobs/"); i >= 0 {
		dgst = digest.Digest(urlPath[i+len("/blobs/"):])
	} else if i := strings.LastIndex(urlPath, "/manifests/"); i >= 0 {
		repository, ref := urlPath[:i], urlPath[i+len("/manifests/"):]
		dgst = digest.Digest(ref)
		if !strings.Contains(ref, ":") {
			name, err := nameOf(repository, ref)
			if err != nil {
				return nil, "", "", err
			}
			if dgst, err = s.image(side, name); err != nil {
				return nil, "", "", err
			}
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	data, ok := s.blobs[dgst]
	if !ok {
		return nil, "", "", fmt.Errorf("%s is not here", urlPath)
	}
	return data, s.types[dgst], dgst, nil
}
