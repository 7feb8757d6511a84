// Command matrix compares the job matrix of a repository with what a real BuildKit does:
// for pairs of commits that follow each other, the verdict on every Dockerfile that `whybust --all`
// finds.
//
//	go run ./cmd/matrix -repo DIR [-n 30] [-rev HEAD] [-paths src]
//
// Where neither the context nor the Dockerfile of a target differs, git's ids prove that the builds
// are the same, and nothing is built; all others are built. Run it from the conformance module, as root.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/whybust/whybust/conformance/judge"
	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/internal/scenario"
	"github.com/whybust/whybust/predict"
	"github.com/whybust/whybust/predict/targets"
)

func main() {
	r := run{}
	flag.StringVar(&r.repo, "repo", ".", "the repository")
	flag.IntVar(&r.n, "n", 30, "how many pairs")
	flag.StringVar(&r.rev, "rev", "HEAD", "the newest commit")
	flag.StringVar(&r.path, "path", "", "only commits that touch this path")
	flag.StringVar(&r.opts.State, "state", "", "directory for the daemon's state (default: /dev/shm)")
	flag.Parse()
	r.opts.Daemons, r.opts.Snapshotter = 1, "overlayfs"
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := r.all(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "matrix:", err)
		os.Exit(1)
	}
	if r.wrong > 0 {
		os.Exit(2)
	}
}

type run struct {
	repo, rev, path string
	n               int
	opts            judge.Options

	judge *judge.Judge
	git   *judge.Repository
	tmp   string
	trees map[string]string // checkouts by commit

	pairs, same, built, affected, wrong, failed int
}

func (r *run) all(ctx context.Context) (err error) {
	if r.git, err = judge.OpenRepository(ctx, r.repo); err != nil {
		return err
	}
	var paths []string
	if r.path != "" {
		paths = []string{r.path}
	}
	commits, err := r.git.History(ctx, r.rev, r.n+1, paths)
	if err != nil {
		return err
	}
	if r.judge, err = judge.New(ctx, r.opts); err != nil {
		return err
	}
	defer r.judge.Close()
	if r.tmp, err = os.MkdirTemp("", "whybust-matrix-"); err != nil {
		return err
	}
	defer os.RemoveAll(r.tmp)
	r.trees = map[string]string{}
	for i := 0; i+1 < len(commits) && ctx.Err() == nil; i++ {
		if err := r.pair(ctx, commits[i+1], commits[i]); err != nil {
			return err
		}
		if dir, ok := r.trees[commits[i]]; ok {
			_ = os.RemoveAll(dir)
		}
	}
	fmt.Printf("BuildKit %s: %d pairs; targets: %d the same by git's ids, %d built, %d not to be built; %d affected; %d verdicts wrong\n",
		r.judge.BuildKit(), r.pairs, r.same, r.built, r.failed, r.affected, r.wrong)
	return ctx.Err()
}

// pair predicts all targets of a pair of commits and asks BuildKit of each.
func (r *run) pair(ctx context.Context, old, new string) error {
	repo, err := buildcontext.OpenRepository(ctx, r.repo)
	if err != nil {
		return err
	}
	defer repo.Close()
	list, err := targets.Find(ctx, &targets.Search{Repository: repo, Before: old, After: new})
	if err != nil {
		return err
	}
	answers, err := predict.RunAll(ctx, &predict.Batch{
		Dir: r.repo, Repository: repo, Before: old, After: new, NoGitDir: true, Targets: list,
	})
	if err != nil {
		return err
	}
	r.pairs++
	for i, a := range answers {
		if a.Affected {
			r.affected++
		}
		if err := r.target(ctx, old, new, a, list[i]); err != nil {
			r.failed++
			fmt.Printf("%.12s..%.12s: %s: %s (%s)\n", old, new, a.Name, a.Verdict, err)
		}
	}
	return nil
}

// target checks one answer.
func (r *run) target(ctx context.Context, old, new string, a predict.TargetPrediction, t predict.Target) error {
	if t.Before == nil || t.After == nil {
		return fmt.Errorf("it is on one side alone")
	}
	var want string
	if r.id(ctx, old, a.Context) == r.id(ctx, new, a.Context) && r.id(ctx, old, a.Dockerfile) == r.id(ctx, new, a.Dockerfile) {
		r.same++
		want = string(predict.TargetHit)
	} else {
		verdict, err := r.ask(ctx, old, new, t)
		if err != nil {
			return fmt.Errorf("not judged: %.300s", err.Error())
		}
		r.built++
		want = worst(verdict)
		fmt.Printf("%.12s..%.12s: %s: %s, BuildKit %s\n", old, new, a.Name, a.Verdict, want)
	}
	if want != string(a.Verdict) {
		r.wrong++
		fmt.Printf("%.12s..%.12s: %s: %s, should be %s   <== WRONG\n", old, new, a.Name, a.Verdict, want)
	}
	return nil
}

// id is git's id of a path of a commit, which proves what is below.
func (r *run) id(ctx context.Context, commit, name string) string {
	if name == "." {
		name = ""
	}
	cmd := exec.CommandContext(ctx, "git", "rev-parse", "--verify", "--quiet", "--end-of-options", commit+":"+name)
	cmd.Dir = r.repo
	out, err := cmd.Output()
	if err != nil {
		return commit // nothing is the same as this
	}
	return strings.TrimSpace(string(out))
}

func (r *run) ask(ctx context.Context, old, new string, t predict.Target) ([]scenario.Step, error) {
	p := judge.Pair{}
	for _, side := range []struct {
		commit string
		build  *predict.Build
		to     *judge.Side
	}{{old, t.Before, &p.Old}, {new, t.After, &p.New}} {
		dir, err := r.checkout(ctx, side.commit)
		if err != nil {
			return nil, err
		}
		*side.to = judge.Side{Root: filepath.Join(dir, r.git.Prefix), Context: side.build.Context, Build: scenario.Build{File: side.build.File}}
	}
	return r.judge.Judge(ctx, p)
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
	return dir, nil
}

// worst sums up BuildKit's verdicts.
func worst(steps []scenario.Step) string {
	verdict := predict.TargetHit
	for _, s := range steps {
		if v := predict.TargetVerdict(s.Status); v.Worse(verdict) {
			verdict = v
		}
	}
	return string(verdict)
}
