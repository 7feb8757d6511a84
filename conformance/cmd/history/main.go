// Command history builds the commits of a repository one after the other with a real BuildKit that is never pruned,
// and compares every step of every build with what predict.History says of a cache that keeps growing.
//
//	go run ./cmd/history -repo DIR [-n 30] [-rev HEAD] [-branch-cache REV] [-f Dockerfile] [-replace PATH=FILE]... [-patch FILE] [CONTEXT]
//
// With -branch-cache the builds are those of pull requests, each in a cache that holds what its last two builds left: that
// of the branch's merge base, and the one before it. Where that is not what was built last, the cache is emptied
// and those are built first.
//
// All commits along first parents are built, whatever they touch. -replace lays a file over each of
// them, at a path from the root of the repository, and -patch a unified diff, where it applies: what a changed Dockerfile would
// have done. Run it from the conformance module, as root.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/whybust/whybust/conformance/judge"
	"github.com/whybust/whybust/internal/scenario"
	"github.com/whybust/whybust/predict"
)

func main() {
	r := run{tally: &judge.Tally{}, replace: map[string][]byte{}}
	r.flags()
	flag.Parse()
	r.context = flag.Arg(0)
	r.opts.Daemons = judge.HistoryDaemons
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := r.all(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "history:", err)
		os.Exit(1)
	}
	if r.tally.Agreed != r.tally.Steps {
		os.Exit(2)
	}
}

type run struct {
	repo, rev, context string
	branch             string
	n                  int
	build              scenario.Build
	replace            map[string][]byte
	patch              patch
	gitDir, verbose    bool
	opts               judge.Options

	tmp   string
	git   *judge.Repository
	tally *judge.Tally
	table table
}

func (r *run) flags() {
	flag.StringVar(&r.repo, "repo", ".", "a directory of the repository")
	flag.IntVar(&r.n, "n", 30, "how many builds are compared; one before them fills the cache")
	flag.StringVar(&r.rev, "rev", "HEAD", "the newest commit")
	flag.StringVar(&r.branch, "branch-cache", "", "the branch whose cache is there: the builds are those of pull requests for it")
	flag.StringVar(&r.build.File, "f", "", "the Dockerfile (default: Dockerfile in CONTEXT)")
	flag.StringVar(&r.build.Target, "target", "", "the stage to build")
	flag.StringVar(&r.build.Platform, "platform", "", "the platform to build for")
	flag.Func("build-arg", "NAME=VALUE; {commit} is the commit", func(s string) error {
		b, err := scenario.ParseBuild([]string{"--build-arg", s})
		r.build = r.build.With(b)
		return err
	})
	flag.Func("replace", "PATH=FILE lays FILE over PATH in every commit", func(s string) error {
		name, file, ok := strings.Cut(s, "=")
		if !ok {
			return errors.New("not PATH=FILE")
		}
		data, err := os.ReadFile(file)
		r.replace[name] = data
		return err
	})
	flag.Func("patch", "lay the unified diff `FILE`, of paths from the repository's root, over every commit that it applies to", r.patch.read)
	flag.BoolVar(&r.gitDir, "git-dir", false, "the context has a .git, as in a clone")
	flag.BoolVar(&r.verbose, "v", false, "print every step, not only disagreements")
	flag.StringVar(&r.opts.Snapshotter, "snapshotter", "overlayfs", "BuildKit's snapshotter; native copies the whole file system for each step")
	flag.StringVar(&r.opts.State, "state", "", "directory for the daemons' state (default: /dev/shm)")
}

func (r *run) all(ctx context.Context) error {
	if r.patch.WhatIf != nil && r.branch != "" {
		return errors.New("-patch is for commits that follow one another, not for -branch-cache")
	}
	predicted, err := r.predict(ctx)
	if err != nil {
		return err
	}
	if r.git, err = judge.OpenRepository(ctx, r.repo); err != nil {
		return err
	}
	if r.tmp, err = os.MkdirTemp("", "whybust-history-"); err != nil {
		return err
	}
	defer os.RemoveAll(r.tmp)
	c := &cache{}
	for _, b := range predicted {
		c.add(append(b.Cached, b.Commit)...)
	}
	sides, err := r.checkouts(ctx, c.commits)
	if err != nil {
		return err
	}
	j, err := judge.New(ctx, r.opts)
	if err != nil {
		return err
	}
	defer j.Close()
	if c.history, err = j.History(ctx, sides); err != nil {
		return err
	}
	defer c.history.Close()
	for _, b := range predicted {
		steps, err := c.build(ctx, b)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		r.compare(b, steps, err)
	}
	r.table.print(os.Stdout)
	r.patch.print(os.Stdout)
	fmt.Printf("%s: BuildKit %s: %v\n", r.repo, j.BuildKit(), r.tally)
	return nil
}

// predict is what the library says of all the builds, the oldest first.
func (r *run) predict(ctx context.Context) ([]*predict.HistoryBuild, error) {
	request := &predict.HistoryRequest{
		Dir: r.repo, Context: r.context, NoGitDir: !r.gitDir, Limit: r.n, CacheSize: r.n + 1, BranchCache: r.branch,
		Side: predict.Side{
			Revision: r.rev, File: r.build.File, Target: r.build.Target, Platform: r.build.Platform, BuildArgs: r.build.BuildArgs, Replace: r.replace,
		},
	}
	if r.branch != "" {
		request.CacheSize = 1
	}
	r.patch.ask(request)
	var builds []*predict.HistoryBuild
	for b, err := range predict.History(ctx, request) {
		if err != nil {
			return nil, fmt.Errorf("the prediction failed: %w", err)
		}
		builds = append(builds, r.patch.with(b))
	}
	return builds, nil
}

// checkouts puts every commit on disk.
func (r *run) checkouts(ctx context.Context, commits []string) ([]judge.Side, error) {
	var sides []judge.Side
	for _, commit := range commits {
		dir := filepath.Join(r.tmp, commit)
		if err := r.git.Checkout(ctx, commit, dir); err != nil {
			return nil, err
		}
		if err := judge.Lay(dir, r.patch.laid(commit, r.replace)); err != nil {
			return nil, err
		}
		if r.gitDir {
			if err := judge.WithGitDir(dir, commit); err != nil {
				return nil, err
			}
		}
		build := r.build
		build.BuildArgs = maps.Clone(build.BuildArgs)
		for k, v := range build.BuildArgs {
			build.BuildArgs[k] = strings.ReplaceAll(v, "{commit}", commit)
		}
		sides = append(sides, judge.Side{Root: filepath.Join(dir, r.git.Prefix), Context: r.context, Build: build})
	}
	return sides, nil
}

// compare counts one build, and prints on which steps the two do not agree.
func (r *run) compare(b *predict.HistoryBuild, steps []scenario.Step, err error) {
	switch {
	case b.Err != nil && err != nil:
		fmt.Printf("%.12s: neither predicted nor built: %v\n", b.Commit, b.Err)
		return
	case b.Err != nil:
		fmt.Printf("%.12s: built, but not predicted: %v\n", b.Commit, b.Err)
		r.tally.Failed++
		return
	case err != nil:
		fmt.Printf("%.12s: not judged: %.4000s\n", b.Commit, err)
		r.tally.Failed++
		return
	case b.Prediction == nil:
		fmt.Printf("%.12s: %d steps, the first build\n", b.Commit, len(steps))
		return
	}
	rows := judge.Compare(steps, b.Prediction.Steps)
	r.tally.Add(rows)
	r.table.add(b, rows)
	wrong := 0
	for _, row := range rows {
		if row.Kind != judge.Agree {
			wrong++
		}
	}
	fmt.Printf("%.12s: %d steps, %d wrong\n", b.Commit, len(rows), wrong)
	for _, row := range rows {
		if !r.verbose && row.Kind == judge.Agree {
			continue
		}
		fmt.Printf("  %-8s %-8s %s", row.BuildKit, row.Predicted, row.Name)
		if row.Kind != judge.Agree {
			fmt.Printf("   <== %s%s", row.Kind, judge.Causes(b.Prediction, row.Name))
		}
		fmt.Println()
	}
}
