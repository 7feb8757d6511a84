// Command suggest looks for suggestions over the history of a repository, and has a real BuildKit confirm what they
// claim: what is said to stay cached with a patch is, and the image holds the same files.
//
//	go run ./cmd/suggest -repo DIR [-n 20] [-max 2] [-rev HEAD] [-f Dockerfile] [-target T] [-build-arg K=V]... [CONTEXT]
//
// Pairs are those of cmd/judge. {commit} in a build argument is the commit. Run it from the conformance module, as root.
package main

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"path"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/whybust/whybust/conformance/judge"
	"github.com/whybust/whybust/internal/scenario"
	"github.com/whybust/whybust/predict"
	"github.com/whybust/whybust/predict/suggest"
)

func main() {
	var r run
	flag.StringVar(&r.repo, "repo", ".", "a directory of the repository")
	flag.IntVar(&r.n, "n", 20, "how many pairs")
	flag.IntVar(&r.max, "max", 2, "how many suggestions of one kind are built")
	flag.StringVar(&r.rev, "rev", "HEAD", "the newest commit")
	flag.StringVar(&r.build.File, "f", "", "the Dockerfile (default: Dockerfile in CONTEXT)")
	flag.StringVar(&r.build.Target, "target", "", "the stage to build")
	flag.Func("build-arg", "NAME=VALUE", func(s string) error {
		b, err := scenario.ParseBuild([]string{"--build-arg", s})
		r.build = r.build.With(b)
		return err
	})
	flag.StringVar(&r.opts.Snapshotter, "snapshotter", "overlayfs", "BuildKit's snapshotter")
	flag.BoolVar(&r.verbose, "v", false, "print the patches")
	flag.Parse()
	r.context = flag.Arg(0)
	r.opts.Daemons = 1
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := r.all(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "suggest:", err)
		os.Exit(1)
	}
	if r.wrong > 0 {
		os.Exit(2)
	}
}

type run struct {
	repo, rev, context string
	n, max             int
	build              scenario.Build
	verbose            bool
	opts               judge.Options

	judge *judge.Judge
	git   *judge.Repository
	tmp   string
	done  map[string]int // by kind
	seen  map[string]bool
	wrong int
}

func (r *run) all(ctx context.Context) error {
	var err error
	if r.git, err = judge.OpenRepository(ctx, r.repo); err != nil {
		return err
	}
	paths := []string{path.Join(r.git.Prefix, r.context)}
	if r.build.File != "" {
		paths = append(paths, path.Join(r.git.Prefix, r.build.File))
	}
	if paths[0] == "" {
		paths = nil
	}
	commits, err := r.git.History(ctx, r.rev, r.n+1, paths)
	if err != nil {
		return err
	}
	if r.tmp, err = os.MkdirTemp("", "whybust-suggest-"); err != nil {
		return err
	}
	defer os.RemoveAll(r.tmp)
	r.done, r.seen = map[string]int{}, map[string]bool{}
	for i := 0; i+1 < len(commits) && ctx.Err() == nil; i++ {
		if err := r.pair(ctx, commits[i+1], commits[i]); err != nil {
			fmt.Printf("%.12s..%.12s: %v\n", commits[i+1], commits[i], err)
		}
	}
	if r.judge != nil {
		return r.judge.Close()
	}
	return ctx.Err()
}

// request asks about a pair.
func (r *run) request(old, new string) *predict.Request {
	side := func(commit string) predict.Side {
		return predict.Side{Revision: commit, File: r.build.File, Target: r.build.Target, BuildArgs: r.build.BuildArgs}
	}
	return &predict.Request{Dir: r.repo, Context: r.context, Before: side(old), After: side(new), NoGitDir: true}
}

func (r *run) pair(ctx context.Context, old, new string) error {
	list, err := suggest.For(ctx, r.request(old, new), nil, nil)
	if err != nil {
		return err
	}
	for i := range list {
		s := &list[i]
		if s.Patched == nil || r.done[s.Kind] >= r.max || r.seen[s.Kind+s.Text] {
			continue
		}
		r.done[s.Kind]++
		r.seen[s.Kind+s.Text] = true
		if err := r.try(ctx, old, new, s); err != nil {
			fmt.Printf("| %.12s..%.12s | %s | not built: %s |\n", old, new, s.Kind, firstLine(err))
		}
	}
	return nil
}

// try has BuildKit build what a suggestion is about.
func (r *run) try(ctx context.Context, old, new string, s *predict.Suggestion) error {
	if r.judge == nil {
		var err error
		if r.judge, err = judge.New(ctx, r.opts); err != nil {
			return err
		}
	}
	dir, err := os.MkdirTemp(r.tmp, "pair-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	var original, patched judge.Pair
	for _, side := range []struct {
		name, commit string
		files        map[string][]byte
		to           *judge.Side
	}{
		{"new", new, nil, &original.New}, {"old-patched", old, s.Before[0], &patched.Old}, {"new-patched", new, s.After, &patched.New},
	} {
		root := filepath.Join(dir, side.name)
		if err := r.git.Checkout(ctx, side.commit, root); err != nil {
			return err
		}
		if err := judge.Lay(root, side.files); err != nil {
			return err
		}
		build := r.build
		build.BuildArgs = maps.Clone(build.BuildArgs)
		for k, v := range build.BuildArgs {
			build.BuildArgs[k] = strings.ReplaceAll(v, "{commit}", side.commit)
		}
		*side.to = judge.Side{Root: filepath.Join(root, r.git.Prefix), Context: r.context, Build: build}
	}
	c, err := r.judge.Claim(ctx, s, original, patched)
	if err != nil {
		return err
	}
	r.print(old, new, s, c)
	return nil
}

func (r *run) print(old, new string, s *predict.Suggestion, c *judge.Claim) {
	verdict := "confirmed"
	if !c.Holds() {
		verdict = "WRONG"
		r.wrong++
	}
	files := "same files"
	switch {
	case c.FilesError != nil:
		files = "files not compared: " + firstLine(c.FilesError)
	case len(c.Files) > 0:
		files = fmt.Sprintf("%d other files, like %s", len(c.Files), c.Files[0])
	case len(c.Meant) > 0:
		files = fmt.Sprintf("same files but %d that the patch is about", len(c.Meant))
	}
	fmt.Printf("| %.12s..%.12s | %s | %d rebuilt, %d with it; %d claimed cached | %s %d, %d steps agree | %s |\n",
		old, new, s.Kind, s.Saves.Rebuilt, s.Saves.RebuiltWith, c.Claimed, verdict, c.Confirmed, len(c.Rows), files)
	if r.verbose {
		fmt.Printf("%s\n%s", s.Text, s.Diff)
		for _, f := range c.Files[:min(len(c.Files), 10)] {
			fmt.Println("  ", f)
		}
	}
	for _, row := range c.Rows {
		if row.Kind != judge.Agree {
			fmt.Printf("  %-8s %-8s %s   <== %s\n", row.BuildKit, row.Predicted, row.Name, row.Kind)
		}
	}
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
