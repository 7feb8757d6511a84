package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/whybust/whybust/examples/internal/cli"
	"github.com/whybust/whybust/examples/internal/gate"
	"github.com/whybust/whybust/predict"
)

// invocation is a command line, understood.
type invocation struct {
	request predict.Request
	selection
	format  string
	gate    gate.Gate
	suggest bool
	timings []string
	version bool
}

// options are the flags as they stand on the command line.
type options struct {
	cli.BuildFlags
	cli.InputFlags
	beforeBases, beforeOverlays []string
	selection
	beforeFile, beforeTarget, beforePlatform string
	beforeBuildArgs, afterBuildArg           []string
	cacheFlags
	exitCode, version, suggest bool
	format, failOn             string
	expectHit, timings         []string
}

// flagSet declares the flags. Those that docker build has too carry its names.
func flagSet(o *options) *pflag.FlagSet {
	f := pflag.NewFlagSet("whybust", pflag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.Usage = func() {}
	f.SortFlags = false
	o.BuildFlags.Declare(f)
	o.InputFlags.Declare(f)
	f.StringVar(&o.beforeFile, "before-file", "", "`PATH` of the old side's Dockerfile")
	f.StringVar(&o.beforeTarget, "before-target", "", "the `STAGE` that the old side built (empty: the last)")
	f.StringVar(&o.beforePlatform, "before-platform", "", "the `PLATFORM` of the old side")
	f.StringArrayVar(&o.beforeBuildArgs, "before-build-arg", nil, "build argument `NAME[=VALUE]` of the old side, over --build-arg")
	f.StringArrayVar(&o.afterBuildArg, "after-build-arg", nil, "build argument `NAME[=VALUE]` of the new side alone")
	f.StringArrayVar(&o.beforeBases, "before-base", nil, "a base image of the old side, `REF=PATH`, over --base")
	f.StringArrayVar(&o.beforeOverlays, "before-overlay", nil, "lay `DIR` over the context of the old side, over --overlay")
	o.cacheFlags.declare(f)
	f.StringVar(&o.bake, "bake", "", "all targets of `FILE`: docker buildx bake --print (- for standard input)")
	f.StringVar(&o.beforeBake, "before-bake", "", "the `FILE` of the old side, if it is another one")
	f.StringVar(&o.compose, "compose", "", "all services of `FILE`: docker compose config --format json (- too)")
	f.StringVar(&o.beforeCompose, "before-compose", "", "the `FILE` of the old side, if it is another one")
	f.BoolVar(&o.all, "all", false, "all Dockerfiles of the repository, or below CONTEXT")
	f.StringArrayVar(&o.timings, "timings", nil, "say what it costs, as the builds in the log `FILE` took (- for standard input)")
	f.BoolVar(&o.suggest, "suggest", false, "print patches that would have kept steps cached, each tried")
	f.BoolVar(&o.oneCache, "one-cache", false, "the old side built all targets into one cache")
	f.StringVar(&o.format, "format", "text", "print as `FORMAT`: "+strings.Join(formats, ", ")+", or matrix (of many targets)")
	f.StringVar(&o.failOn, "fail-on", "", "exit with 1 when the worst is this `STATUS` or worse: miss or may-hit")
	f.StringArrayVar(&o.expectHit, "expect-hit", nil, "exit with 1 unless this `STEP` hits: RUN npm ci, builder 4/6, or a line")
	f.BoolVar(&o.exitCode, "exit-code", false, "the same as --fail-on miss")
	f.BoolVar(&o.version, "version", false, "print the version")
	f.BoolP("help", "h", false, "print this text")
	return f
}

// flagUsages lists flags. pflag offers "[=true|false]" with each switch, which is true
// but noise.
func flagUsages(f *pflag.FlagSet) string {
	const noise = "[=true|false]"
	return strings.ReplaceAll(f.FlagUsagesWrapped(100), noise, strings.Repeat(" ", len(noise)))
}

// usage is the text of --help.
func usage() string {
	return `whybust says which step of a Docker build misses BuildKit's cache between two
git revisions, and why. Nothing is built and nothing is checked out.

Usage:
  whybust [flags] [BEFORE [AFTER [CONTEXT]]]
  whybust [flags] BEFORE..AFTER [CONTEXT]
  whybust [flags] BEFORE...AFTER [CONTEXT]     from the merge base of the two
  whybust history [flags] [REV [CONTEXT]]      many builds added up: whybust history -h
  whybust advise [flags] [REV [CONTEXT]]       what would have saved most: whybust advise -h

BEFORE defaults to HEAD, AFTER to the working tree (so does an empty AFTER), and
CONTEXT to the directory where you stand. An empty end of a range is HEAD. With
--bake, --compose or --all the answer is about every target.

history and advise are commands where they stand first, after -C DIR at most. A
revision of such a name stands behind --: whybust -- history.

Flags:
` + flagUsages(flagSet(new(options))) + `
Exit status: 0 when a prediction was made, 1 when it is refused by --fail-on,
--exit-code or --expect-hit, 2 for an error.
`
}

// parseArgs reads a command line. The error is pflag.ErrHelp for -h.
func parseArgs(args []string, lookup func(string) (string, bool)) (*invocation, error) {
	var o options
	f := flagSet(&o)
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	if help, _ := f.GetBool("help"); help {
		return nil, pflag.ErrHelp
	}
	inv := &invocation{format: o.format, version: o.version, suggest: o.suggest, timings: o.timings, selection: o.selection}
	if err := checkFormat(o.format, o.many()); err != nil {
		return nil, err
	}
	if err := checkRemedies(&o); err != nil {
		return nil, err
	}
	var err error
	if inv.gate, err = o.gate(); err != nil {
		return nil, err
	}
	r := &inv.request
	if err := setRevisions(r, f.Args()); err != nil {
		return nil, err
	}
	if err := o.check(f.Changed, len(r.Context)); err != nil {
		return nil, err
	}
	r.Dir, r.NoGitDir = o.Dir, o.NoGitDir
	r.AddHosts, r.Ulimits, r.Network, r.ShmSize = o.AddHosts, o.Ulimits, o.Network, o.ShmSize
	if err := setSides(r, &o, f.Changed, lookup); err != nil {
		return nil, err
	}
	return inv, setCache(r, &o.cacheFlags)
}

// checkRemedies finds uses of --timings and --suggest that can not be meant.
func checkRemedies(o *options) error {
	logs, others := 0, slices.Contains([]string{o.bake, o.compose, o.beforeBake, o.beforeCompose}, "-")
	for _, file := range o.timings {
		if file == "-" {
			logs++
		}
	}
	switch {
	case logs > 1 || logs == 1 && others:
		return errors.New("standard input can be read once")
	case o.suggest && o.many():
		return errors.New("--suggest is about one image")
	}
	return nil
}

func checkFormat(format string, many bool) error {
	switch {
	case format == "html" && many:
		return errors.New("--format html draws one target: give it with --file and --target")
	case slices.Contains(formats, format) || format == "matrix" && many:
		return nil
	case format == "matrix":
		return errors.New("--format matrix goes with --bake, --compose or --all")
	}
	return fmt.Errorf("--format is %s or matrix, not %q", strings.Join(formats, ", "), format)
}

// gate reads the flags that say what is not accepted.
func (o *options) gate() (gate.Gate, error) {
	g := gate.Gate{ExpectHit: o.expectHit}
	switch status := predict.Status(o.failOn); status {
	case predict.Miss, predict.MayHit:
		g.FailOn = status
	case "":
		if o.exitCode {
			g.FailOn = predict.Miss
		}
	default:
		return g, fmt.Errorf("--fail-on is miss or may-hit, not %q", o.failOn)
	}
	return g, nil
}

// setSides fills in what the sides have in common, and then what a --before-
// or --after- flag says otherwise. A flag that was given counts even if empty.
func setSides(r *predict.Request, o *options, given func(string) bool, lookup func(string) (string, bool)) error {
	r.Before.File, r.Before.Target, r.Before.Platform = o.File, o.Target, o.Platform
	r.After.File, r.After.Target, r.After.Platform = o.File, o.Target, o.Platform
	if given("before-file") {
		r.Before.File = o.beforeFile
	}
	if given("before-target") {
		r.Before.Target = o.beforeTarget
	}
	if given("before-platform") {
		r.Before.Platform = o.beforePlatform
	}
	if err := setInputs(r, o); err != nil {
		return err
	}
	both := map[string]string{}
	if err := cli.AddBuildArgs(both, "--build-arg", o.BuildArgs, lookup); err != nil {
		return err
	}
	r.Before.BuildArgs, r.After.BuildArgs = both, maps.Clone(both)
	if err := cli.AddBuildArgs(r.Before.BuildArgs, "--before-build-arg", o.beforeBuildArgs, lookup); err != nil {
		return err
	}
	return cli.AddBuildArgs(r.After.BuildArgs, "--after-build-arg", o.afterBuildArg, lookup)
}

// setInputs fills in what the sides take in besides the repository.
func setInputs(r *predict.Request, o *options) (err error) {
	for _, side := range []*predict.Side{&r.Before, &r.After} {
		if err := o.InputFlags.Fill(side, o.Dir); err != nil {
			return err
		}
	}
	r.Before.Overlays = slices.Concat(o.Overlays, o.beforeOverlays)
	if len(o.beforeBases) > 0 {
		r.Before.Image, err = cli.ReadBases("--before-base", o.Dir, slices.Concat(o.Bases, o.beforeBases))
	}
	return err
}

// setRevisions reads [BEFORE [AFTER [CONTEXT]]], where A..B and A...B stand for
// both revisions.
func setRevisions(r *predict.Request, args []string) error {
	r.Before.Revision = "HEAD"
	if len(args) == 0 {
		return nil
	}
	before, after, mergeBase, isRange := cutRange(args[0])
	args = args[1:]
	switch {
	case isRange:
		r.Before.Revision, r.After.Revision, r.MergeBase = orHEAD(before), orHEAD(after), mergeBase
	case before == "":
		// Most likely a variable that is not set: not the moment to guess.
		return errors.New("BEFORE is empty")
	default:
		r.Before.Revision = before
		if len(args) > 0 {
			if _, _, _, isRange := cutRange(args[0]); isRange {
				return fmt.Errorf("AFTER is %q, which is no revision; give BEFORE..AFTER as one argument, and CONTEXT after it", args[0])
			}
			r.After.Revision, args = args[0], args[1:]
		}
	}
	if len(args) > 1 {
		return fmt.Errorf("too many arguments: %q", args[1])
	}
	if len(args) == 1 {
		r.Context = args[0]
	}
	return nil
}

// cutRange splits A..B or A...B. No branch or tag can have two dots in a row
// in its name (git-check-ref-format).
func cutRange(s string) (before, after string, mergeBase, ok bool) {
	if before, after, ok = strings.Cut(s, "..."); ok {
		return before, after, true, true
	}
	before, after, ok = strings.Cut(s, "..")
	return before, after, false, ok
}

func orHEAD(revision string) string {
	if revision == "" {
		return "HEAD"
	}
	return revision
}
