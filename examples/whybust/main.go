// Command whybust says which step of a Docker build will miss BuildKit's cache
// between two git revisions, and why. It builds nothing and asks no daemon.
//
//	whybust [flags] [BEFORE [AFTER [CONTEXT]]]
//	whybust [-C DIR] history [flags] [REV [CONTEXT]]
//	whybust [-C DIR] advise [flags] [REV [CONTEXT]]
//
// It is an example of the library: flags in, one call of predict.Run, a
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
	"runtime/debug"

	"github.com/spf13/pflag"

	"github.com/whybust/whybust/examples/internal/cli"
	"github.com/whybust/whybust/predict"
	"github.com/whybust/whybust/predict/whatif"
)

// The exit statuses.
const (
	exitOK    = 0
	exitMiss  = 1 // with --fail-on and the like alone
	exitError = 2
)

// gcPercent lets the heap grow to three times what is live before it is
// collected, in place of twice: of what a prediction reads little stays alive. Where every path
// of 100,000 has to be looked at, that saves a fifth of the time and costs 6 MB.
const gcPercent = 200

// gcPercentHistory is that of a history, of which next to nothing stays alive.
const gcPercentHistory = 400

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
		if name, _ := subcommand(os.Args[1:]); name == historyCommand {
			debug.SetGCPercent(gcPercentHistory)
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	c := &command{
		stdin:    os.Stdin,
		stdout:   os.Stdout,
		stderr:   os.Stderr,
		lookup:   os.LookupEnv,
		terminal: cli.IsTerminal(os.Stdout),
		predict:  predict.Run,
		details:  predict.RunDetails,
		history:  predict.History,
		advise:   whatif.Advise,

		stderrTerminal: cli.IsTerminal(os.Stderr),
	}
	status := c.run(ctx, os.Args[1:])
	stop()
	os.Exit(status)
}

// command is the program's surroundings, so that a test can bring its own.
type command struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	lookup         func(string) (string, bool) // the environment
	terminal       bool                        // stdout is one
	predict        func(context.Context, *predict.Request) (*predict.Prediction, error)
	details        func(context.Context, *predict.Request, *predict.DetailOptions) (*predict.Prediction, *predict.Details, error)
	history        replay
	advise         func(context.Context, *predict.HistoryRequest, *whatif.AdviseOptions) (*whatif.Advice, error)
	stderrTerminal bool // stderr is one
}

// run does what the arguments say and returns the exit status. Standard output
// gets a whole answer or nothing.
func (c *command) run(ctx context.Context, args []string) int {
	var out bytes.Buffer
	status, err := c.answer(ctx, &out, args)
	if err == nil {
		_, err = c.stdout.Write(out.Bytes())
	}
	if err != nil {
		fmt.Fprintf(c.stderr, "whybust: %s\n", cli.QuietText(cli.OneLine(err.Error())))
		return exitError
	}
	return status
}

// answer writes to out what belongs on standard output.
func (c *command) answer(ctx context.Context, out *bytes.Buffer, args []string) (int, error) {
	switch name, rest := subcommand(args); name {
	case historyCommand:
		return c.answerHistory(ctx, out, rest)
	case adviseCommand:
		return c.answerAdvise(ctx, out, rest)
	}
	inv, err := parseArgs(args, c.lookup)
	switch {
	case errors.Is(err, pflag.ErrHelp):
		out.WriteString(usage())
		return exitOK, nil
	case err != nil:
		return exitError, fmt.Errorf("%w (whybust -h lists the flags)", err)
	case inv.version:
		fmt.Fprintf(out, "whybust %s, JSON %s\n", version(), predict.Schema)
		return exitOK, nil
	}
	if inv.request.Timings, err = cli.ReadTimings(inv.request.Dir, inv.timings, c.stdin); err != nil {
		return exitError, err
	}
	a, err := c.predictAll(ctx, inv)
	if err != nil {
		return exitError, misplaced(err)
	}
	refused, reasons, err := inv.gate.Check(a.targets)
	if err != nil {
		return exitError, err
	}
	if err := c.write(ctx, out, inv, a); err != nil {
		return exitError, err
	}
	for _, reason := range reasons {
		fmt.Fprintf(c.stderr, "whybust: %s\n", cli.QuietText(reason))
	}
	if refused {
		return exitMiss, nil
	}
	return exitOK, nil
}

// version is the module's version as the go command recorded it.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
