package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"strings"

	"github.com/spf13/pflag"

	"github.com/whybust/whybust/examples/internal/cli"
	"github.com/whybust/whybust/predict"
)

// invocation is a command line, understood.
type invocation struct {
	request predict.Request
	selection
	format   string
	exitCode bool
	suggest  bool
	timings  []string
	version  bool
}

// options are the flags as they stand on the command line.
type options struct {
	cli.BuildFlags
	selection
	beforeFile, beforeTarget, beforePlatform string
	beforeBuildArgs, afterBuildArg           []string
	exitCode, version, suggest               bool
	format                                   string
	timings                                  []string
}

// flagSet declares the flags. Those that docker build has too carry its names.
func flagSet(o *options) *pflag.FlagSet {
	f := pflag.NewFlagSet("whybust", pflag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.Usage = func() {}
	f.SortFlags = false
	o.Declare(f)
	f.StringVar(&o.beforeFile, "before-file", "", "`PATH` of the old side's Dockerfile")
	f.StringVar(&o.beforeTarget, "before-target", "", "the `STAGE` that the old side built (empty: the last)")
	f.StringVar(&o.beforePlatform, "before-platform", "", "the `PLATFORM` of the old side")
	f.StringArrayVar(&o.beforeBuildArgs, "before-build-arg", nil, "build argument `NAME[=VALUE]` of the old side, over --build-arg")
	f.StringArrayVar(&o.afterBuildArg, "after-build-arg", nil, "build argument `NAME[=VALUE]` of the new side alone")
	f.StringVar(&o.bake, "bake", "", "all targets of `FILE`: docker buildx bake --print (- for standard input)")
	f.StringVar(&o.beforeBake, "before-bake", "", "the `FILE` of the old side, if it is another one")
	f.StringVar(&o.compose, "compose", "", "all services of `FILE`: docker compose config --format json (- too)")
	f.StringVar(&o.beforeCompose, "before-compose", "", "the `FILE` of the old side, if it is another one")
	f.BoolVar(&o.all, "all", false, "all Dockerfiles of the repository, or below CONTEXT")
	f.StringVar(&o.format, "format", "text", "print as `FORMAT`: text, oneline, json, or matrix (of many targets)")
	f.StringArrayVar(&o.timings, "timings", nil, "say what it costs, as the builds in the log `FILE` took (- for standard input)")
	f.BoolVar(&o.suggest, "suggest", false, "print patches that would have kept steps cached, each tried")
	f.BoolVar(&o.exitCode, "exit-code", false, "exit with 1 when a step misses")
	f.BoolVar(&o.version, "version", false, "print the version")
	f.BoolP("help", "h", false, "print this text")
	return f
}

// usage is the text of --help. pflag offers "[=true|false]" with each switch,
// which is true but noise.
func usage() string {
	const noise = "[=true|false]"
	flags := strings.ReplaceAll(flagSet(new(options)).FlagUsagesWrapped(100), noise, strings.Repeat(" ", len(noise)))
	return `whybust says which step of a Docker build misses BuildKit's cache between two
git revisions, and why. Nothing is built and nothing is checked out.

Usage:
  whybust [flags] [BEFORE [AFTER [CONTEXT]]]
  whybust [flags] BEFORE..AFTER [CONTEXT]
  whybust [flags] BEFORE...AFTER [CONTEXT]     from the merge base of the two

BEFORE defaults to HEAD, AFTER to the working tree (so does an empty AFTER), and
CONTEXT to the directory where you stand. An empty end of a range is HEAD. With
--bake, --compose or --all the answer is about every target.

Flags:
` + flags + `
Exit status: 0 when a prediction was made, 1 when a step misses and --exit-code
is given, 2 for an error.
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
	inv := &invocation{format: o.format, exitCode: o.exitCode, suggest: o.suggest, timings: o.timings, version: o.version, selection: o.selection}
	if err := checkFormat(o.format, o.many()); err != nil {
		return nil, err
	}
	if err := checkRemedies(&o); err != nil {
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
	return inv, setSides(r, &o, f.Changed, lookup)
}

// checkRemedies finds uses of --timings and --suggest that can not be meant.
func checkRemedies(o *options) error {
	stdin := 0
	for _, file := range append([]string{o.bake, o.compose, o.beforeBake, o.beforeCompose}, o.timings...) {
		if file == "-" {
			stdin++
		}
	}
	switch {
	case stdin > 1:
		return errors.New("standard input can be read once")
	case o.suggest && o.many():
		return errors.New("--suggest is about one image")
	}
	return nil
}

func checkFormat(format string, many bool) error {
	switch format {
	case "text", "oneline", "json":
		return nil
	case "matrix":
		if many {
			return nil
		}
		return errors.New("--format matrix goes with --bake, --compose or --all")
	}
	return fmt.Errorf("--format is text, oneline, json or matrix, not %q", format)
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
