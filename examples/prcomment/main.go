// Command prcomment writes what a pull request does to the cache of a Docker build as a
// comment on it, on GitHub and on GitLab.
//
//	prcomment [flags] [CONTEXT]
//
// It runs in a job for a pull request and reads from the job's environment what is
// compared: the merge base of the two branches, and the pull request's own head. With a
// token (GITHUB_TOKEN, GITLAB_TOKEN) it posts or updates its one comment, without
// one it prints the comment.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/spf13/pflag"

	"github.com/whybust/whybust/examples/internal/cli"
	"github.com/whybust/whybust/examples/internal/report"
	"github.com/whybust/whybust/predict"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	c := &command{stdout: os.Stdout, stderr: os.Stderr, lookup: os.LookupEnv, sleep: sleep}
	status := c.run(ctx, os.Args[1:])
	stop()
	os.Exit(status)
}

// command is the program's surroundings, so that a test can bring its own.
type command struct {
	stdout, stderr io.Writer
	lookup         func(string) (string, bool)
	sleep          func(context.Context, time.Duration) error
}

// options are the flags.
type options struct {
	cli.BuildFlags
	cli.InputFlags
	api, id, author string
	costly, timings []string
	costlyAfter     time.Duration
	all, suggest    bool
	context         string
}

func flagSet(o *options) *pflag.FlagSet {
	f := pflag.NewFlagSet("prcomment", pflag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.Usage = func() {}
	f.SortFlags = false
	o.BuildFlags.Declare(f)
	o.InputFlags.Declare(f)
	f.BoolVar(&o.all, "all", false, "all Dockerfiles of the repository, or below CONTEXT")
	f.StringArrayVar(&o.costly, "costly", nil, "update the comment whenever this `STEP` busts: RUN npm ci, builder 4/6, or a line")
	f.DurationVar(&o.costlyAfter, "costly-after", 0, "update the comment whenever more than `TIME` is rebuilt, by --timings")
	f.StringArrayVar(&o.timings, "timings", nil, "say what it costs, as the builds in the log `FILE` took")
	f.BoolVar(&o.suggest, "suggest", false, "show patches that would have kept steps cached, each tried")
	f.StringVar(&o.id, "id", "", "`ID` of the comment, where several jobs write one each")
	f.StringVar(&o.author, "author", "github-actions[bot]", "`LOGIN` that the token posts as on GitHub")
	f.StringVar(&o.api, "api", "", "`URL` of the host's API (default: as the job's environment says)")
	f.BoolP("help", "h", false, "print this text")
	return f
}

// run does what the arguments say and returns the exit status.
func (c *command) run(ctx context.Context, args []string) int {
	line, err := c.comment(ctx, args)
	if err == nil {
		_, err = io.WriteString(c.stdout, line)
	}
	if err != nil {
		fmt.Fprintf(c.stderr, "prcomment: %s\n", cli.QuietText(cli.OneLine(err.Error())))
		return 2
	}
	return 0
}

// comment predicts and posts, and returns what to print.
func (c *command) comment(ctx context.Context, args []string) (string, error) {
	var o options
	f := flagSet(&o)
	if err := f.Parse(args); err != nil {
		return "", err
	}
	if help, _ := f.GetBool("help"); help {
		return "prcomment [flags] [CONTEXT]\n\n" + f.FlagUsagesWrapped(100), nil
	}
	if f.NArg() > 1 {
		return "", fmt.Errorf("too many arguments: %q", f.Arg(1))
	}
	if o.suggest && o.all {
		return "", errors.New("--suggest is about one image")
	}
	if !report.CommentID.MatchString(o.id) {
		return "", errors.New("--id may have letters a to z, digits, '.', '_' and '-', at most 60")
	}
	o.context = f.Arg(0)
	j, err := readJob(c.lookup)
	if err != nil {
		return "", err
	}
	answers, err := predictAll(ctx, &o, j, c.lookup)
	if err != nil {
		return "", err
	}
	var body bytes.Buffer
	report.Comment(&body, answers, o.id)
	if j.token == "" {
		return report.Quiet(body.String()), nil
	}
	h, err := newHost(j, &o, c.sleep)
	if err != nil {
		return "", err
	}
	return post(ctx, h, answers, &o, body.String())
}

// sleep waits, unless the context ends before.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// bustsAnything reports whether anything is not served from the cache.
func bustsAnything(answers []report.Target) bool {
	for _, a := range answers {
		if a.Verdict != predict.TargetHit && a.Verdict != predict.TargetRemoved {
			return true
		}
	}
	return false
}
