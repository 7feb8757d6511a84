package buildkit

import (
	"context"
	"encoding/json"
	"maps"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/exporter/containerimage/exptypes"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/pb"
)

// targetFile begins the name under which the directory of a target's Dockerfile is sent.
const targetFile = "dockerfile-"

// withTargets solves the targets and then the build that takes them, in one session, as docker buildx bake does with
// "target:" contexts.
func (req *Request) withTargets(ctx context.Context, c gateway.Client) (*gateway.Result, error) {
	attrs, inputs := req.attrs(), map[string]*pb.Definition{}
	for name, target := range req.Targets {
		own := target.attrs()
		own["dockerfilekey"] = targetFile + name
		res, err := c.Solve(ctx, gateway.SolveRequest{Frontend: "dockerfile.v0", FrontendOpt: own})
		if err != nil {
			return nil, err
		}
		ref, err := res.SingleRef()
		if err != nil {
			return nil, err
		}
		state := llb.Scratch()
		if ref != nil { // an image may be empty
			if state, err = ref.ToState(); err != nil {
				return nil, err
			}
		}
		def, err := state.Marshal(ctx)
		if err != nil {
			return nil, err
		}
		metadata, err := json.Marshal(map[string][]byte{exptypes.ExporterImageConfigKey: res.Metadata[exptypes.ExporterImageConfigKey]})
		if err != nil {
			return nil, err
		}
		inputs[name] = def.ToPB()
		maps.Copy(attrs, map[string]string{"context:" + name: "input:" + name, "input-metadata:" + name: string(metadata)})
	}
	return c.Solve(ctx, gateway.SolveRequest{Frontend: "dockerfile.v0", FrontendOpt: attrs, FrontendInputs: inputs})
}
