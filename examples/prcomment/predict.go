package main

import (
	"context"
	"errors"
	"maps"
	"path/filepath"
	"strings"

	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/examples/internal/cli"
	"github.com/whybust/whybust/examples/internal/report"
	"github.com/whybust/whybust/predict"
	"github.com/whybust/whybust/predict/suggest"
	"github.com/whybust/whybust/predict/targets"
	"github.com/whybust/whybust/predict/timings"
)

// predictAll compares the merge base of a pull request with its head.
func predictAll(ctx context.Context, o *options, j *job, lookup func(string) (string, bool)) ([]report.Target, error) {
	args := map[string]string{}
	if err := cli.AddBuildArgs(args, "--build-arg", o.BuildArgs, lookup); err != nil {
		return nil, err
	}
	measured, err := cli.ReadTimings(o.Dir, o.timings, strings.NewReader(""))
	if err != nil {
		return nil, err
	}
	if o.all {
		return predictTargets(ctx, o, j, args, measured)
	}
	side := predict.Side{Revision: j.base, File: o.File, Target: o.Target, Platform: o.Platform, BuildArgs: args}
	if err := o.InputFlags.Fill(&side, o.Dir); err != nil {
		return nil, err
	}
	after := side
	after.Revision, after.BuildArgs = j.head, maps.Clone(args)
	request := &predict.Request{
		Dir: o.Dir, Context: o.context, Before: side, After: after, MergeBase: true, NoGitDir: o.NoGitDir,
		AddHosts: o.AddHosts, Ulimits: o.Ulimits, Network: o.Network, ShmSize: o.ShmSize,
		Timings: measured,
	}
	p, err := predict.Run(ctx, request)
	if err == nil && o.suggest {
		p.Suggestions, err = suggest.For(ctx, request, p, nil)
	}
	if err != nil {
		return nil, err
	}
	return report.Single(p), nil
}

// predictTargets answers for every Dockerfile.
func predictTargets(ctx context.Context, o *options, j *job, args map[string]string, measured *timings.Durations) ([]report.Target, error) {
	if len(o.Contexts)+len(o.Overlays) > 0 || o.File != "" || o.Target != "" {
		return nil, errors.New("--file, --target, --build-context and --overlay are about one image, not --all")
	}
	images, err := cli.ReadBases("--base", o.Dir, o.Bases)
	if err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(o.Dir)
	if err == nil {
		dir, err = filepath.EvalSymlinks(dir)
	}
	if err != nil {
		return nil, err
	}
	repo, err := buildcontext.OpenRepository(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer repo.Close()
	found, err := targets.Find(ctx, &targets.Search{
		Repository: repo, Before: j.base, After: j.head, MergeBase: true, Dir: o.context,
		Build: predict.Build{
			Side:     predict.Side{Platform: o.Platform, BuildArgs: args},
			AddHosts: o.AddHosts, Ulimits: o.Ulimits, Network: o.Network, ShmSize: o.ShmSize,
		},
	})
	if err != nil {
		return nil, err
	}
	return predict.RunAll(ctx, &predict.Batch{
		Dir: o.Dir, Repository: repo, Before: j.base, After: j.head, MergeBase: true, NoGitDir: o.NoGitDir, Targets: found,
		BeforeArgs: args, AfterArgs: args, BeforeImage: images, AfterImage: images,
		Timings: measured,
	})
}
