package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path"

	"github.com/spf13/pflag"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/examples/internal/cli"
	"github.com/whybust/whybust/examples/internal/report"
	"github.com/whybust/whybust/predict"
	"github.com/whybust/whybust/predict/history"
)

// declareTargets declares the flags of a history that is about several targets. They are named as for a single prediction.
func (o *historyOptions) declareTargets(f *pflag.FlagSet) {
	f.StringVar(&o.bake, "bake", "", "all targets of `FILE`: docker buildx bake --print (- for standard input)")
	f.StringVar(&o.compose, "compose", "", "all services of `FILE`: docker compose config --format json (- too)")
	f.BoolVar(&o.all, "all", false, "all Dockerfiles that REV has, or below CONTEXT")
}

// checkTargets finds uses of the flags for several targets that can not be meant.
func (o *historyOptions) checkTargets(given func(string) bool, args []string) error {
	context := ""
	if len(args) > 1 {
		context = args[1]
	}
	if err := o.selection.check(given, len(context)); err != nil || !o.many() {
		return err
	}
	switch {
	case o.format == "html":
		return errors.New("--format html draws one target: give it with --file and --target")
	case o.whatIfFlags.any():
		return errors.New("a change is laid over the history of one target: give it with --file and --target")
	}
	if o.bake == "-" || o.compose == "-" {
		for _, log := range o.timings {
			if log == "-" {
				return errors.New("standard input can be read once")
			}
		}
	}
	return nil
}

// answerTargets adds up the histories of several targets.
func (c *command) answerTargets(ctx context.Context, out *bytes.Buffer, inv *historyInvocation) (int, error) {
	s, err := c.collectTargets(ctx, inv)
	if err != nil {
		return exitError, err
	}
	switch inv.format {
	case "json":
		err = cli.WriteJSON(out, s)
	case "csv":
		err = report.HistoriesCSV(out, s)
	case "markdown":
		report.HistoriesMarkdown(out, s)
	default:
		report.HistoriesText(out, s, columns(c.lookup), cli.UseColor(c.lookup, c.terminal))
	}
	if err != nil {
		return exitError, err
	}
	if inv.format != "json" {
		c.quiet(out)
	}
	if s.Interrupted {
		return exitInterrupted, nil
	}
	return exitOK, nil
}

// collectTargets replays the histories. An interrupt ends them with what was done by then.
func (c *command) collectTargets(ctx context.Context, inv *historyInvocation) (*history.Targets, error) {
	r := &inv.request
	repo, err := openRepository(ctx, r.Dir)
	if err != nil {
		return nil, err
	}
	defer repo.Close()
	b := &predict.HistoryBatch{
		Dir: r.Dir, Repository: repo, Revision: orHEAD(r.Revision), BuildArgs: r.BuildArgs, Image: r.Image, NoGitDir: r.NoGitDir,
		Limit: r.Limit, Since: r.Since, CacheSize: r.CacheSize, CacheMode: r.CacheMode, BranchCache: r.BranchCache, Timings: r.Timings,
	}
	if b.Targets, err = c.historyTargets(ctx, inv, repo); err != nil {
		return nil, err
	}
	all := history.NewTargets(describeTargets(repo, b.Targets), history.Options{Seconds: history.Measured, Cache: history.CacheOf(r)})
	p := c.progress(r.Limit)
	defer p.clear()
	for builds, err := range predict.HistoryAll(ctx, b) {
		if ctx.Err() != nil {
			break
		}
		if err != nil {
			return nil, err
		}
		all.Add(builds)
		p.show(&predict.HistoryBuild{Time: builds.Time})
	}
	s := all.Summary()
	if ctx.Err() != nil {
		s.Interrupt()
	}
	return s, nil
}

// historyTargets reads or finds the targets, as they are at the newest commit.
func (c *command) historyTargets(ctx context.Context, inv *historyInvocation, repo *buildcontext.Repository) ([]predict.Target, error) {
	r := &inv.request
	side := r.Side
	side.Revision = orHEAD(r.Revision)
	found, err := c.targets(ctx, &invocation{selection: inv.selection, request: predict.Request{
		Dir: r.Dir, Context: r.Context, Before: side, After: side, AddHosts: r.AddHosts, Ulimits: r.Ulimits, Network: r.Network, ShmSize: r.ShmSize,
	}}, repo)
	if err != nil || len(found) > 0 {
		return found, err
	}
	if inv.all {
		return nil, fmt.Errorf("there is no Dockerfile in revision %s", side.Revision)
	}
	return nil, fmt.Errorf("%s defines no target", inv.bake+inv.compose)
}

// describeTargets says what the targets are.
func describeTargets(repo *buildcontext.Repository, targets []predict.Target) []history.Target {
	var list []history.Target
	for _, t := range targets {
		dir := t.After.Context
		if rel := contextOf(repo.WorkTreePath(), repo.Prefix(), dir); rel != "" {
			dir = path.Clean(rel)
		}
		platform := t.After.Platform
		if platform == "" {
			platform = cachekey.DefaultPlatform
		}
		list = append(list, history.Target{Name: t.Name, Context: dir, Stage: t.After.Target, Platform: platform, Why: t.Why, Notes: t.Notes})
	}
	return list
}
