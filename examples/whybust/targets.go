package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/examples/internal/cli"
	"github.com/whybust/whybust/examples/internal/report"
	"github.com/whybust/whybust/predict"
	"github.com/whybust/whybust/predict/targets"
)

// selection says which targets are asked for: those of a file, or all Dockerfiles.
type selection struct {
	bake, compose, beforeBake, beforeCompose string
	all, oneCache                            bool
}

// many reports whether the answer is about targets.
func (s *selection) many() bool { return s.all || s.bake != "" || s.compose != "" }

// check finds flags that exclude each other. Those of one image make no sense for many.
func (s *selection) check(given func(string) bool, args int) error {
	var sources []string
	for _, name := range []string{"bake", "compose", "all"} {
		if given(name) {
			sources = append(sources, "--"+name)
		}
	}
	switch {
	case len(sources) > 1:
		return fmt.Errorf("%s and %s exclude each other", sources[0], sources[1])
	case s.oneCache && !s.many():
		return errors.New("--one-cache goes with --bake, --compose or --all")
	case s.beforeBake != "" && s.bake == "":
		return errors.New("--before-bake goes with --bake")
	case s.beforeCompose != "" && s.compose == "":
		return errors.New("--before-compose goes with --compose")
	case len(sources) == 1 && !s.many() && sources[0] != "--all":
		return fmt.Errorf("%s needs a FILE", sources[0])
	case !s.many():
		return nil
	}
	alone := []string{
		"file", "target", "before-file", "before-target", "before-platform", "cached-target", "build-context", "overlay", "before-overlay",
	}
	if !s.all {
		alone = append(alone, "platform", "add-host", "network", "shm-size", "ulimit")
	}
	for _, name := range alone {
		if given(name) {
			return fmt.Errorf("--%s is about one image; with %s it stands with each target", name, sources[0])
		}
	}
	if !s.all && args > 0 {
		return fmt.Errorf("a CONTEXT is about one image; with %s it stands with each target", sources[0])
	}
	return nil
}

// predictTargets answers for each target that an invocation asks for.
func (c *command) predictTargets(ctx context.Context, inv *invocation) (*predict.Batch, []predict.TargetPrediction, error) {
	r := &inv.request
	batch := &predict.Batch{
		Dir: r.Dir, Before: r.Before.Revision, After: r.After.Revision, MergeBase: r.MergeBase, NoGitDir: r.NoGitDir, Timings: r.Timings,
		BeforeArgs: r.Before.BuildArgs, AfterArgs: r.After.BuildArgs, OneCache: inv.oneCache,
		BeforeImage: r.Before.Image, AfterImage: r.After.Image,
		CacheMode: r.CacheMode, NoCache: r.NoCache, NoCacheFilter: r.NoCacheFilter,
	}
	for _, s := range r.Cached {
		batch.Cached = append(batch.Cached, s.Revision)
	}
	repo, err := openRepository(ctx, r.Dir)
	if err != nil {
		return nil, nil, err
	}
	defer repo.Close()
	batch.Repository = repo
	if batch.Targets, err = c.targets(ctx, inv, repo); err != nil {
		return nil, nil, err
	}
	found, err := predict.RunAll(ctx, batch)
	return batch, found, err
}

func openRepository(ctx context.Context, dir string) (*buildcontext.Repository, error) {
	dir, err := filepath.Abs(dir)
	if err == nil {
		dir, err = filepath.EvalSymlinks(dir)
	}
	if err != nil {
		return nil, err
	}
	return buildcontext.OpenRepository(ctx, dir)
}

// targets reads or finds the targets.
func (c *command) targets(ctx context.Context, inv *invocation, repo *buildcontext.Repository) ([]predict.Target, error) {
	r, s := &inv.request, &inv.selection
	if s.all {
		return targets.Find(ctx, &targets.Search{
			Repository: repo, Before: r.Before.Revision, After: r.After.Revision, MergeBase: r.MergeBase, Dir: r.Context,
			Build: predict.Build{
				Side:     predict.Side{Platform: r.After.Platform, BuildArgs: r.After.BuildArgs},
				AddHosts: r.AddHosts, Ulimits: r.Ulimits, Network: r.Network, ShmSize: r.ShmSize,
			},
		})
	}
	read, file, before := targets.ReadBake, s.bake, s.beforeBake
	if s.compose != "" {
		read, file, before = targets.ReadCompose, s.compose, s.beforeCompose
	}
	if file == "-" && before == "-" {
		return nil, errors.New("only one side can be read from standard input")
	}
	after, err := c.definitions(read, r.Dir, file)
	if err != nil {
		return nil, err
	}
	if before == "" {
		return targets.Pair(after, after), nil
	}
	old, err := c.definitions(read, r.Dir, before)
	if err != nil {
		return nil, err
	}
	return targets.Pair(old, after), nil
}

// definitions reads a file, "-" being standard input.
func (c *command) definitions(read func(io.Reader, string) ([]targets.Definition, error), dir, file string) ([]targets.Definition, error) {
	if file == "-" {
		return read(c.stdin, "standard input")
	}
	name := file
	if !filepath.IsAbs(name) {
		name = filepath.Join(dir, name)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return read(f, file)
}

// writeTargets writes the answers about many targets.
func writeTargets(out *bytes.Buffer, format string, answers []predict.TargetPrediction, colors bool) error {
	switch format {
	case "json":
		return cli.WriteJSON(out, answers)
	case "matrix":
		var indented bytes.Buffer
		if err := cli.WriteJSON(&indented, targets.NewMatrix(answers)); err != nil {
			return err
		}
		return oneLineJSON(out, indented.Bytes())
	case "oneline":
		for _, a := range answers {
			fmt.Fprintf(out, "%s: %s\n", report.TargetName(a), report.TargetLine(a))
		}
	default:
		report.Table(out, answers, colors)
	}
	return nil
}

// oneLineJSON takes the line ends out: a step of CI sets an output to one line.
func oneLineJSON(out *bytes.Buffer, indented []byte) error {
	if err := json.Compact(out, indented); err != nil {
		return err
	}
	out.WriteByte('\n')
	return nil
}
