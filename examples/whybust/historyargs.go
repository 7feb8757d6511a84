package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/whybust/whybust/examples/internal/cli"
	"github.com/whybust/whybust/internal/lazyregexp"
	"github.com/whybust/whybust/predict"
)

// historyFormats are what --format of the history takes.
var historyFormats = []string{"text", "json", "csv", "markdown", "html"}

// historyInvocation is a command line of the history, understood.
type historyInvocation struct {
	request predict.HistoryRequest
	format  string
	whatIfFlags
	selection
}

// historyOptions are the flags as they stand on the command line.
type historyOptions struct {
	cli.BuildFlags
	cli.InputFlags
	limit, cacheSize int
	since, cacheMode string
	branchCache      string
	format           string
	whatIfFlags
	selection
}

// historyFlags declares the flags.
func historyFlags(o *historyOptions) *pflag.FlagSet {
	f := o.flagSet(historyCommand, 200, historyFormats)
	f.StringVar(&o.branchCache, "branch-cache", "", "as pull requests see it: commits that `REV` has not, with its cache at the merge base")
	f.StringArrayVar(&o.timings, "timings", nil, "say what misses cost, from the log `FILE` of a real build; repeatable (- for standard input)")
	o.whatIfFlags.declare(f)
	o.declareTargets(f)
	return o.withBuild(f)
}

// flagSet declares what every command that replays a history begins with: which builds there are, what they find, and in
// which of the formats, the first unless given, the answer is printed.
func (o *historyOptions) flagSet(command string, builds int, formats []string) *pflag.FlagSet {
	f := pflag.NewFlagSet("whybust "+command, pflag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.Usage = func() {}
	f.SortFlags = false
	f.IntVarP(&o.limit, "max-count", "n", builds, "the newest `N` builds; 0 is all")
	f.StringVar(&o.since, "since", "", "only commits since `DATE`: 2026-01-31, 90d, 12w, 6 months")
	f.IntVar(&o.cacheSize, "cache-size", 1, "a build finds the cache of the `N` builds before it")
	f.StringVar(&o.cacheMode, "cache-mode", "local", "how the cache came there: local, or exported and imported as `MODE` max, min or inline")
	f.StringVar(&o.format, "format", formats[0], "print as `FORMAT`: "+strings.Join(formats, ", "))
	return f
}

// withBuild declares what they end with: what is built.
func (o *historyOptions) withBuild(f *pflag.FlagSet) *pflag.FlagSet {
	o.BuildFlags.Declare(f)
	o.InputFlags.Declare(f)
	f.BoolP("help", "h", false, "print this text")
	return f
}

// historyUsage is the text of history --help.
func historyUsage() string {
	return `whybust history predicts every build along the first parents of a revision against
the cache that the builds before it left, and says which step missed how often, and
because of what.

Usage:
  whybust [-C DIR] history [flags] [REV [CONTEXT]]

REV defaults to HEAD, and CONTEXT to the directory where you stand. With --bake,
--compose or --all the answer is about every target that there is at REV.

Flags:
` + flagUsages(historyFlags(new(historyOptions))) + `
Exit status: 0 when the history was read, 130 when an interrupt ended it early (what
was done by then is printed), 2 for an error.
`
}

// parseHistory reads a command line without its first argument. The error is pflag.ErrHelp for -h.
func parseHistory(args []string, lookup func(string) (string, bool), now func() time.Time) (*historyInvocation, error) {
	var o historyOptions
	return o.parse(historyFlags(&o), historyFormats, args, lookup, now)
}

// parse reads a command line with its flags and formats.
func (o *historyOptions) parse(f *pflag.FlagSet, formats, args []string, lookup func(string) (string, bool), now func() time.Time) (*historyInvocation, error) {
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	if help, _ := f.GetBool("help"); help {
		return nil, pflag.ErrHelp
	}
	if !slices.Contains(formats, o.format) {
		return nil, fmt.Errorf("--format is %s, not %q", strings.Join(formats, ", "), o.format)
	}
	if err := o.whatIfFlags.check(); err != nil {
		return nil, err
	}
	if err := o.checkBranch(f.Changed); err != nil {
		return nil, err
	}
	if err := o.checkTargets(f.Changed, f.Args()); err != nil {
		return nil, err
	}
	inv := &historyInvocation{format: o.format, whatIfFlags: o.whatIfFlags, selection: o.selection}
	return inv, o.fill(&inv.request, f.Args(), lookup, now)
}

// fill says what is to be replayed.
func (o *historyOptions) fill(r *predict.HistoryRequest, args []string, lookup func(string) (string, bool), now func() time.Time) error {
	if err := setHistoryPlace(r, args); err != nil {
		return err
	}
	if err := setHistoryCache(r, o, now); err != nil {
		return err
	}
	r.Dir, r.NoGitDir = o.Dir, o.NoGitDir
	r.AddHosts, r.Ulimits, r.Network, r.ShmSize = o.AddHosts, o.Ulimits, o.Network, o.ShmSize
	r.File, r.Target, r.Platform = o.File, o.Target, o.Platform
	r.BuildArgs = map[string]string{}
	if err := cli.AddBuildArgs(r.BuildArgs, "--build-arg", o.BuildArgs, lookup); err != nil {
		return err
	}
	return o.InputFlags.Fill(&r.Side, o.Dir)
}

// checkBranch finds uses of --branch-cache that can not be meant.
func (o *historyOptions) checkBranch(given func(string) bool) error {
	switch {
	case given("branch-cache") && o.branchCache == "":
		return errors.New("--branch-cache needs a branch")
	case o.branchCache != "" && o.format == "html":
		return errors.New("--format html draws builds that follow one another: leave out --branch-cache")
	}
	return nil
}

// setHistoryPlace reads [REV [CONTEXT]].
func setHistoryPlace(r *predict.HistoryRequest, args []string) error {
	if len(args) > 2 {
		return fmt.Errorf("too many arguments: %q", args[2])
	}
	if len(args) == 2 {
		r.Context = args[1]
	}
	if len(args) == 0 {
		return nil
	}
	if args[0] == "" {
		// Most likely a variable that is not set: not the moment to guess.
		return errors.New("REV is empty")
	}
	if _, _, _, isRange := cutRange(args[0]); isRange {
		return fmt.Errorf("REV is one revision, the newest, not %q; -n and --since say how far back", args[0])
	}
	r.Revision = args[0]
	return nil
}

// setHistoryCache says which builds there are, and what they find.
func setHistoryCache(r *predict.HistoryRequest, o *historyOptions, now func() time.Time) (err error) {
	if o.limit < 0 {
		return errors.New("-n is a number of builds, or 0 for all")
	}
	if o.cacheSize < 1 {
		return errors.New("--cache-size is a number of builds, 1 or more")
	}
	r.Limit, r.CacheSize, r.CacheMode, r.BranchCache = o.limit, o.cacheSize, predict.CacheMode(o.cacheMode), o.branchCache
	if o.cacheMode == "" {
		return errors.New("--cache-mode needs local, max, min or inline")
	}
	if err := r.CacheMode.Check(); err != nil {
		return fmt.Errorf("--cache-mode: %w", err)
	}
	if o.since != "" {
		r.Since, err = parseSince(o.since, now())
	}
	return err
}

// ago is a time before now, in days, weeks, months or years.
var ago = lazyregexp.New(`^([0-9]{1,5})[ .]?(d|days?|w|weeks?|m|months?|y|years?)([ .]ago)?$`)

// parseSince reads a date, a time, or how long ago it is. A date begins at midnight UTC.
func parseSince(s string, now time.Time) (time.Time, error) {
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	m := ago.FindStringSubmatch(s)
	if m == nil {
		return time.Time{}, fmt.Errorf("--since is a date like 2026-01-31, a time like 2026-01-31T12:00:00Z, or how long ago like 90d, 12w, 6m or 1y, not %q", s)
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		return time.Time{}, fmt.Errorf("--since: %w", err)
	}
	switch m[2][0] {
	case 'd':
		return now.AddDate(0, 0, -n), nil
	case 'w':
		return now.AddDate(0, 0, -7*n), nil
	case 'm':
		return now.AddDate(0, -n, 0), nil
	}
	return now.AddDate(-n, 0, 0), nil
}
