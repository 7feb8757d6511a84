// Command timings builds a directory with a real BuildKit and writes what it reports, as
// --progress=rawjson and as --progress=plain: what package predict/timings reads.
//
//	go run ./cmd/timings [-n 1] DIR OUT
//
// It writes OUT.rawjson and OUT.plain. With -n it builds several times without a cache, and
// a last time with one, into the same files. Images are stand-ins. Run it from the conformance module, as root.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/util/progress/progressui"

	"github.com/whybust/whybust/conformance/judge"
)

func main() {
	n := flag.Int("n", 1, "how many builds without a cache")
	flag.Parse()
	if flag.NArg() != 2 {
		fmt.Fprintln(os.Stderr, "usage: timings [-n N] DIR OUT")
		os.Exit(1)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, flag.Arg(0), flag.Arg(1), *n); err != nil {
		fmt.Fprintln(os.Stderr, "timings:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, dir, out string, n int) error {
	j, err := judge.New(ctx, judge.Options{Daemons: 1})
	if err != nil {
		return err
	}
	defer j.Close()
	raw, err := os.Create(out + ".rawjson")
	if err != nil {
		return err
	}
	defer raw.Close()
	plain, err := os.Create(out + ".plain")
	if err != nil {
		return err
	}
	defer plain.Close()
	builds, err := j.Recorder(ctx, judge.Side{Root: dir})
	if err != nil {
		return err
	}
	defer builds.Close()
	for i := range n + 1 {
		if err := record(ctx, builds, i < n, raw, plain); err != nil {
			return err
		}
	}
	return nil
}

// record writes one build into both logs.
func record(ctx context.Context, builds *judge.Recorder, fresh bool, raw, plain io.Writer) error {
	display, err := progressui.NewDisplay(plain, progressui.PlainMode)
	if err != nil {
		return err
	}
	shown := make(chan *client.SolveStatus)
	done := make(chan error, 1)
	go func() {
		_, err := display.UpdateFrom(ctx, shown)
		done <- err
	}()
	enc := json.NewEncoder(raw)
	err = builds.Build(ctx, fresh, func(s *client.SolveStatus) {
		_ = enc.Encode(s)
		shown <- s
	})
	close(shown)
	if shownErr := <-done; err == nil {
		err = shownErr
	}
	return err
}
