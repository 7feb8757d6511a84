package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/spf13/pflag"

	"github.com/whybust/whybust/examples/internal/cli"
	"github.com/whybust/whybust/examples/internal/explorer"
	"github.com/whybust/whybust/examples/internal/report"
	"github.com/whybust/whybust/predict"
	"github.com/whybust/whybust/predict/history"
)

// exitInterrupted is what a shell gives for a program that an interrupt ended. The answer about
// what was done by then is printed all the same.
const exitInterrupted = 130

// historyCommand is the argument that makes it this command.
const historyCommand = "history"

// replay is the type of predict.History.
type replay func(context.Context, *predict.HistoryRequest) iter.Seq2[*predict.HistoryBuild, error]

// answerHistory adds up a history.
func (c *command) answerHistory(ctx context.Context, out *bytes.Buffer, args []string) (int, error) {
	inv, err := parseHistory(args, c.lookup, time.Now)
	switch {
	case errors.Is(err, pflag.ErrHelp):
		out.WriteString(historyUsage())
		return exitOK, nil
	case err != nil:
		return exitError, fmt.Errorf("%w (whybust history -h lists the flags)", err)
	}
	if inv.request.Timings, err = cli.ReadTimings(inv.request.Dir, inv.timings, c.stdin); err != nil {
		return exitError, err
	}
	if inv.many() {
		return c.answerTargets(ctx, out, inv)
	}
	if inv.whatIfFlags.any() {
		return c.answerWhatIf(ctx, out, inv)
	}
	var page *explorer.HistoryBuilder
	if inv.format == "html" {
		page = newHistoryPage(inv)
	}
	s, err := c.collect(ctx, &inv.request, page)
	if err != nil {
		return exitError, err
	}
	if page != nil {
		err = c.writeHistoryPage(ctx, out, inv, page, s)
	} else {
		err = c.writeHistory(out, inv.format, s)
	}
	if err != nil {
		return exitError, err
	}
	if s.Interrupted {
		return exitInterrupted, nil
	}
	return exitOK, nil
}

// collect replays a history and adds it up; page, unless nil, gets the builds too.
func (c *command) collect(ctx context.Context, r *predict.HistoryRequest, page *explorer.HistoryBuilder) (*history.Summary, error) {
	all := history.Collector{Options: history.Options{Seconds: history.Measured, Cache: history.CacheOf(r)}}
	interrupted, err := c.each(ctx, r, func(b *predict.HistoryBuild) {
		all.Add(b)
		if page != nil {
			page.Add(b)
		}
	})
	if err != nil {
		return nil, err
	}
	s := all.Summary()
	s.Interrupted = interrupted
	return s, nil
}

// each replays a history and hands over its builds, with progress. An interrupt ends it, and those that were handed over by then
// are the oldest. A history of which nothing can be built is an error.
func (c *command) each(ctx context.Context, r *predict.HistoryRequest, add func(*predict.HistoryBuild)) (interrupted bool, err error) {
	built, faults := false, 0
	var newest error
	p := c.progress(r.Limit)
	defer p.clear()
	for b, err := range c.history(ctx, r) {
		if ctx.Err() != nil {
			return true, nil
		}
		if err != nil {
			return false, err
		}
		add(b)
		p.show(b)
		if b.Err == nil {
			built = true
		} else {
			faults, newest = faults+1, b.Err
		}
	}
	if interrupted = ctx.Err() != nil; !interrupted && !built && newest != nil {
		return false, fmt.Errorf("none of %s can be built; the newest: %w", report.Count(faults, "commit"), newest)
	}
	return interrupted, nil
}

func (c *command) writeHistory(out *bytes.Buffer, format string, s *history.Summary) error {
	switch format {
	case "json":
		return cli.WriteJSON(out, s)
	case "csv":
		return report.HistoryCSV(out, s)
	case "markdown":
		report.HistoryMarkdown(out, s)
	default:
		report.HistoryText(out, s, columns(c.lookup), cli.UseColor(c.lookup, c.terminal))
	}
	c.quiet(out)
	return nil
}
