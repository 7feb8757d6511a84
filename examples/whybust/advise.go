package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/pflag"

	"github.com/whybust/whybust/examples/internal/cli"
	"github.com/whybust/whybust/examples/internal/report"
	"github.com/whybust/whybust/predict/whatif"
)

// adviseCommand is the argument that makes it this command.
const adviseCommand = "advise"

// adviseFormats are what --format of advice takes.
var adviseFormats = []string{"text", "json", "markdown"}

// adviseBudget is how long new combinations of changes are begun.
const adviseBudget = 40 * time.Second

func adviseFlags(o *historyOptions) *pflag.FlagSet {
	f := o.flagSet(adviseCommand, 500, adviseFormats)
	f.StringArrayVar(&o.timings, "timings", nil, "rank by time, as the builds in the log `FILE` took (- for standard input)")
	return o.withBuild(f)
}

func adviseUsage() string {
	return `whybust advise tries changes of the Dockerfile and the ignore file over every build
along the first parents of a revision, and prints as diffs those that would have saved
something, with their figures.

Usage:
  whybust [-C DIR] advise [flags] [REV [CONTEXT]]

REV defaults to HEAD, and CONTEXT to the directory where you stand. On fewer than ` + fmt.Sprint(whatif.MinBuilds) + `
builds nothing is advised.

Flags:
` + flagUsages(adviseFlags(new(historyOptions))) + `
Exit status: 0 when the history was read, 130 when an interrupt ended it early (what
was found by then is printed), 2 for an error.
`
}

// answerAdvise looks for what would have saved most.
func (c *command) answerAdvise(ctx context.Context, out *bytes.Buffer, args []string) (int, error) {
	inv, err := parseAdvise(args, c.lookup)
	switch {
	case errors.Is(err, pflag.ErrHelp):
		out.WriteString(adviseUsage())
		return exitOK, nil
	case err != nil:
		return exitError, fmt.Errorf("%w (whybust advise -h lists the flags)", err)
	}
	if inv.request.Timings, err = cli.ReadTimings(inv.request.Dir, inv.timings, c.stdin); err != nil {
		return exitError, err
	}
	p := c.progress(inv.request.Limit)
	advice, err := c.advise(ctx, &inv.request, &whatif.AdviseOptions{Budget: adviseBudget, Progress: p.pass})
	p.clear()
	if err != nil && ctx.Err() != nil { // nothing was found by then
		advice, err = &whatif.Advice{Schema: whatif.AdviceSchema, Interrupted: true, Advices: []whatif.Advised{}}, nil
	}
	if err != nil {
		return exitError, err
	}
	if err := c.writeAdvice(out, inv.format, advice); err != nil {
		return exitError, err
	}
	if advice.Interrupted {
		return exitInterrupted, nil
	}
	return exitOK, nil
}

func (c *command) writeAdvice(out *bytes.Buffer, format string, a *whatif.Advice) error {
	switch format {
	case "json":
		return cli.WriteJSON(out, a)
	case "markdown":
		report.AdviceMarkdown(out, a)
	default:
		report.AdviceText(out, a, cli.UseColor(c.lookup, c.terminal))
	}
	c.quiet(out)
	return nil
}

// parseAdvise reads a command line without its first argument. The error is pflag.ErrHelp for -h.
func parseAdvise(args []string, lookup func(string) (string, bool)) (*historyInvocation, error) {
	var o historyOptions
	return o.parse(adviseFlags(&o), adviseFormats, args, lookup, time.Now)
}

// pass says how far a pass over the history is.
func (p *progress) pass(name string, done int) {
	if p.out == nil || time.Since(p.drawn) < progressEvery {
		return
	}
	p.drawn = time.Now()
	fmt.Fprintf(p.out, "\r\x1b[K%s: %d", name, done)
}
