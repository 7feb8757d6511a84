// Command judge builds pairs of commits of a repository with a real BuildKit and compares
// every step with what was predicted.
//
//	go run ./cmd/judge -repo DIR [-n 20] [-rev HEAD] [-f Dockerfile] [-target T] [-build-arg K=V]... [CONTEXT]
//
// A pair is two commits that follow each other in the history, along first
// parents, of the context and the Dockerfile. Paths are relative to -repo. Run it from the conformance
// module, as root.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/whybust/whybust/conformance/judge"
	"github.com/whybust/whybust/internal/scenario"
	"github.com/whybust/whybust/predict"
)

func main() {
	r := run{tally: &judge.Tally{}}
	flag.StringVar(&r.repo, "repo", ".", "a directory of the repository")
	flag.IntVar(&r.n, "n", 20, "how many pairs")
	flag.StringVar(&r.rev, "rev", "HEAD", "the newest commit")
	flag.IntVar(&r.stride, "stride", 1, "how many commits of the history lie between old and new")
	flag.StringVar(&r.build.File, "f", "", "the Dockerfile (default: Dockerfile in CONTEXT)")
	flag.StringVar(&r.build.Target, "target", "", "the stage to build")
	flag.StringVar(&r.build.Platform, "platform", "", "the platform to build for")
	flag.Func("build-arg", "NAME=VALUE", func(s string) error {
		b, err := scenario.ParseBuild([]string{"--build-arg", s})
		r.build = r.build.With(b)
		return err
	})
	flag.BoolVar(&r.gitDir, "git-dir", false, "the context has a .git, as in a clone")
	flag.BoolVar(&r.verbose, "v", false, "print every step, not only disagreements")
	flag.BoolVar(&r.opts.CacheDebug, "cache-debug", false, "print what every key hashed that the new build asked for and the old one did not")
	flag.StringVar(&r.opts.Snapshotter, "snapshotter", "overlayfs", "BuildKit's snapshotter; native copies the whole file system for each step")
	flag.StringVar(&r.opts.State, "state", "", "directory for the daemon's state (default: /dev/shm)")
	flag.Parse()
	r.context = flag.Arg(0)
	r.opts.Daemons = 1
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := r.all(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "judge:", err)
		os.Exit(1)
	}
	if r.tally.Agreed != r.tally.Steps {
		os.Exit(2)
	}
}

type run struct {
	repo, rev, context string
	n, stride          int
	build              scenario.Build
	gitDir, verbose    bool
	opts               judge.Options

	judge *judge.Judge
	git   *judge.Repository
	tmp   string
	trees map[string]string // checkouts by commit
	tally *judge.Tally
}

func (r *run) all(ctx context.Context) error {
	var err error
	if r.git, err = judge.OpenRepository(ctx, r.repo); err != nil {
		return err
	}
	commits, err := r.git.History(ctx, r.rev, r.n+r.stride, r.paths())
	if err != nil {
		return err
	}
	if r.judge, err = judge.New(ctx, r.opts); err != nil {
		return err
	}
	defer r.judge.Close()
	if r.tmp, err = os.MkdirTemp("", "whybust-judge-"); err != nil {
		return err
	}
	defer os.RemoveAll(r.tmp)
	r.trees = map[string]string{}
	for i := 0; i+r.stride < len(commits) && ctx.Err() == nil; i++ {
		if err := r.pair(ctx, commits[i+r.stride], commits[i]); err != nil {
			r.tally.Failed++
			fmt.Printf("%.12s..%.12s: not judged: %v\n", commits[i+r.stride], commits[i], err)
		}
		if dir, ok := r.trees[commits[i]]; ok {
			_ = os.RemoveAll(dir)
		}
	}
	fmt.Printf("%s: BuildKit %s: %v\n", filepath.Base(r.git.Top), r.judge.BuildKit(), r.tally)
	return ctx.Err()
}

// paths are those of which the history is taken.
func (r *run) paths() []string {
	paths := []string{path.Join(r.git.Prefix, r.context)}
	if r.build.File != "" {
		paths = append(paths, path.Join(r.git.Prefix, r.build.File))
	}
	if paths[0] == "" {
		return nil
	}
	return paths
}

func (r *run) pair(ctx context.Context, old, new string) error {
	start := time.Now()
	p := judge.Pair{}
	if r.opts.CacheDebug {
		p.Debug = os.Stdout
	}
	for _, side := range []struct {
		commit string
		to     *judge.Side
	}{{old, &p.Old}, {new, &p.New}} {
		dir, err := r.checkout(ctx, side.commit)
		if err != nil {
			return err
		}
		*side.to = judge.Side{Root: filepath.Join(dir, r.git.Prefix), Context: r.context, Build: r.build}
	}
	verdict, err := r.judge.Judge(ctx, p)
	var failed *judge.BuildError
	if errors.As(err, &failed) {
		return short(err)
	}
	if err != nil {
		return err
	}
	built := time.Since(start)
	prediction, err := predict.Run(ctx, &predict.Request{
		Dir: r.repo, Context: r.context, Before: r.side(old), After: r.side(new), NoGitDir: !r.gitDir,
	})
	if err != nil {
		return fmt.Errorf("the prediction failed: %w", err)
	}
	rows := judge.Compare(verdict, prediction.Steps)
	r.tally.Add(rows)
	r.print(old, new, rows, prediction, built)
	return nil
}

func (r *run) side(commit string) predict.Side {
	return predict.Side{
		Revision: commit, File: r.build.File, Target: r.build.Target, Platform: r.build.Platform, BuildArgs: r.build.BuildArgs,
	}
}

func (r *run) checkout(ctx context.Context, commit string) (string, error) {
	if dir, ok := r.trees[commit]; ok {
		return dir, nil
	}
	dir := filepath.Join(r.tmp, commit)
	if err := r.git.Checkout(ctx, commit, dir); err != nil {
		return "", err
	}
	r.trees[commit] = dir
	if r.gitDir {
		return dir, judge.WithGitDir(dir, commit)
	}
	return dir, nil
}

func (r *run) print(old, new string, rows []judge.Row, p *predict.Prediction, built time.Duration) {
	wrong := 0
	for _, row := range rows {
		if row.Kind != judge.Agree {
			wrong++
		}
	}
	fmt.Printf("%.12s..%.12s: %d steps, %d wrong (%d ms)\n", old, new, len(rows), wrong, built.Milliseconds())
	for _, row := range rows {
		if !r.verbose && row.Kind == judge.Agree {
			continue
		}
		fmt.Printf("  %-8s %-8s %s", row.BuildKit, row.Predicted, row.Name)
		if row.Kind != judge.Agree {
			fmt.Printf("   <== %s%s", row.Kind, judge.Causes(p, row.Name))
		}
		fmt.Println()
	}
}

// short keeps an error to the lines that say something.
func short(err error) error {
	text := err.Error()
	if len(text) > 4000 {
		text = text[:4000] + "..."
	}
	return errors.New(strings.TrimSpace(text))
}
