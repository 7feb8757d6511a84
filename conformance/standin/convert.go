package standin

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/containerd/platforms"
	"github.com/distribution/reference"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/solver/pb"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	digest "github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/whybust/whybust/internal/scenario"
)

// Convert has BuildKit's own converter make its definition of a Dockerfile, for a platform ("" for this
// machine's). It also returns the images that were asked for, normalized; their configurations
// come from config. Nothing is read from anywhere.
func Convert(ctx context.Context, dockerfile []byte, platform string, options dockerui.Config, config func(image string) scenario.ImageConfig) (def *llb.Definition, images []string, err error) {
	target, err := platformOf(platform)
	if err != nil {
		return nil, nil, err
	}
	options.BuildPlatforms = []ocispecs.Platform{platforms.Normalize(platforms.DefaultSpec())}
	resolver := &resolver{config: config}
	caps := pb.Caps.CapSet(pb.Caps.All())
	mainContext := llb.Local("context")
	res, err := dockerfile2llb.Dockerfile2LLB(ctx, dockerfile, dockerfile2llb.ConvertOpt{
		Config:         options,
		MainContext:    &mainContext,
		SourceMap:      llb.NewSourceMap(nil, "Dockerfile", "Dockerfile", dockerfile),
		TargetPlatform: target,
		MetaResolver:   resolver,
		LLBCaps:        &caps,
	})
	if err != nil {
		return nil, nil, err
	}
	if def, err = res.State.Marshal(ctx, llb.WithCaps(caps)); err != nil {
		return nil, nil, err
	}
	return def, slices.Collect(resolver.asked.all()), nil
}

func platformOf(text string) (*ocispecs.Platform, error) {
	p := platforms.DefaultSpec()
	if text != "" {
		var err error
		if p, err = platforms.Parse(text); err != nil {
			return nil, err
		}
	}
	p = platforms.Normalize(p)
	return &p, nil
}

// resolver answers for image configurations and notes which images were asked for.
type resolver struct {
	config func(name string) scenario.ImageConfig
	asked  set
}

func (r *resolver) ResolveImageConfig(_ context.Context, ref string, _ sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	name, err := Normalize(ref)
	if err != nil {
		return "", "", nil, err
	}
	r.asked.add(name)
	var image dockerspec.DockerOCIImage
	if err := configure(&image, r.config(name)); err != nil {
		return "", "", nil, err
	}
	// Any layer will do: without one the conversion would take the image for scratch.
	image.RootFS.DiffIDs = []digest.Digest{digest.FromString("")}
	data, err := json.Marshal(image)
	return ref, "", data, err
}

// Normalize returns the full form of an image's name: with its registry, and with a tag
// unless it has a digest.
func Normalize(ref string) (string, error) {
	named, err := reference.ParseNormalizedNamed(ref)
	if err != nil {
		return "", err
	}
	return reference.TagNameOnly(named).String(), nil
}

// ConfigFor finds the configuration of an image by its normalized name.
func ConfigFor(name string, configs map[string]scenario.ImageConfig) (scenario.ImageConfig, bool) {
	for _, key := range slices.Sorted(maps.Keys(configs)) {
		if full, err := Normalize(key); err == nil && full == name {
			return configs[key], true
		}
	}
	return scenario.ImageConfig{}, false
}

func configure(image *dockerspec.DockerOCIImage, c scenario.ImageConfig) error {
	data, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, &image.Config)
}
