// Command stepkeys prints a key for each step of a Docker build, the same on every
// machine as long as nothing that the step depends on changes: a key for a CI
// cache, or a tag for an image.
//
//	stepkeys [flags] REVISION [CONTEXT]
//
// It is an example of the library: flags in, one call of predict.Keys, a
// rendering out.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"

	"github.com/spf13/pflag"

	"github.com/whybust/whybust/examples/internal/cli"
	"github.com/whybust/whybust/predict"
)

// gcPercent is high, for what is read of each file is garbage at once, and little else is
// kept: collecting it costs a tenth of the time, and this a few megabytes.
const gcPercent = 400

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	var out bytes.Buffer
	err := run(ctx, &out, os.Args[1:], os.LookupEnv, predict.Keys)
	if err == nil {
		_, err = os.Stdout.Write(out.Bytes())
	}
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "stepkeys: %s\n", cli.QuietText(cli.OneLine(err.Error())))
		os.Exit(2)
	}
}

// run writes to out what belongs on standard output.
func run(ctx context.Context, out *bytes.Buffer, args []string, lookup func(string) (string, bool),
	keys func(context.Context, *predict.KeysRequest) ([]predict.StepKey, error)) error {
	var o cli.BuildFlags
	var in cli.InputFlags
	var format, cacheDir string
	var noCache bool
	f := pflag.NewFlagSet("stepkeys", pflag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.Usage = func() {}
	f.SortFlags = false
	o.Declare(f)
	in.Declare(f)
	f.StringVar(&format, "format", "text", "print as `FORMAT`: text or json")
	f.StringVar(&cacheDir, "cache-dir", "", "remember hashes of a commit's files in `DIR` (default whybust in the user's cache directory)")
	f.BoolVar(&noCache, "no-cache", false, "remember nothing")
	switch err := f.Parse(args); {
	case errors.Is(err, pflag.ErrHelp):
		fmt.Fprintf(out, "Usage: stepkeys [flags] REVISION [CONTEXT]\n\nAn empty REVISION is the working tree.\n\n%s", f.FlagUsagesWrapped(100))
		return nil
	case err != nil:
		return err
	case f.NArg() < 1 || f.NArg() > 2:
		return errors.New("usage: stepkeys [flags] REVISION [CONTEXT]")
	case format != "text" && format != "json":
		return fmt.Errorf("--format is text or json, not %q", format)
	}
	r := predict.KeysRequest{
		Dir: o.Dir, Context: f.Arg(1), NoGitDir: o.NoGitDir,
		AddHosts: o.AddHosts, Ulimits: o.Ulimits, Network: o.Network, ShmSize: o.ShmSize,
		Side: predict.Side{Revision: f.Arg(0), File: o.File, Target: o.Target, Platform: o.Platform, BuildArgs: map[string]string{}},
	}
	if !noCache {
		r.CacheDir = orUserCache(cacheDir)
	}
	if err := cli.AddBuildArgs(r.BuildArgs, "--build-arg", o.BuildArgs, lookup); err != nil {
		return err
	}
	if err := in.Fill(&r.Side, o.Dir); err != nil {
		return err
	}
	steps, err := keys(ctx, &r)
	if err != nil {
		return err
	}
	if format == "json" {
		return cli.WriteJSON(out, steps)
	}
	for _, s := range steps {
		fmt.Fprintf(out, "%s  %s\n", s.Key, cli.QuietText(cli.Cut(cli.Visible(s.Name), 100)))
	}
	return nil
}

// orUserCache is the directory, or the usual one if it is empty. Without either nothing is remembered.
func orUserCache(dir string) string {
	if dir != "" {
		return dir
	}
	user, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(user, "whybust")
}
