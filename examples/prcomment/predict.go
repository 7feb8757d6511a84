package main

import (
	"context"
	"maps"
	"path/filepath"

	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/examples/internal/cli"
	"github.com/whybust/whybust/examples/internal/report"
	"github.com/whybust/whybust/predict"
	"github.com/whybust/whybust/predict/targets"
)

// predictAll compares the merge base of a pull request with its head.
func predictAll(ctx context.Context, o *options, j *job, lookup func(string) (string, bool)) ([]report.Target, error) {
	args := map[string]string{}
	if err := cli.AddBuildArgs(args, "--build-arg", o.BuildArgs, lookup); err != nil {
		return nil, err
	}
	if o.all {
		return predictTargets(ctx, o, j, args)
	}
	side := predict.Side{Revision: j.base, File: o.File, Target: o.Target, Platform: o.Platform, BuildArgs: args}
	after := side
	after.Revision, after.BuildArgs = j.head, maps.Clone(args)
	p, err := predict.Run(ctx, &predict.Request{
		Dir: o.Dir, Context: o.context, Before: side, After: after, MergeBase: true, NoGitDir: o.NoGitDir,
		AddHosts: o.AddHosts, Ulimits: o.Ulimits, Network: o.Network, ShmSize: o.ShmSize,
	})
	if err != nil {
		return nil, err
	}
	return report.Single(p), nil
}

// predictTargets answers for every Dockerfile.
func predictTargets(ctx context.Context, o *options, j *job, args map[string]string) ([]report.Target, error) {
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
	})
}
