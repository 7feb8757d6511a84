// Command record builds scenarios with a real BuildKit and writes the verdict
// into them.
//
//	go run ./cmd/record [-n] [-fresh] [-dir DIR] [-scenario NAME] [FILE...]
//
// Without files it takes those of -dir, all or the one named by -scenario. Run it from the
// conformance module, as root.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/whybust/whybust/conformance/judge"
	"github.com/whybust/whybust/internal/scenario"
)

func main() {
	var r recorder
	dir := flag.String("dir", "../testdata/scenarios", "directory of scenarios")
	name := flag.String("scenario", "", "only the scenario of this name in -dir")
	flag.BoolVar(&r.dry, "n", false, "print what would be recorded and write nothing")
	flag.BoolVar(&r.fresh, "fresh", false, "start a new daemon for every scenario")
	flag.BoolVar(&r.opts.CacheDebug, "cache-debug", false, "print what every key hashed that the new build asked for and the old one did not")
	flag.IntVar(&r.opts.Daemons, "daemons", 0, "how many daemons work at once (default: half the processors)")
	flag.StringVar(&r.opts.Snapshotter, "snapshotter", "native", "BuildKit's snapshotter")
	flag.StringVar(&r.opts.State, "state", "", "directory for the daemons' state (default: /dev/shm)")
	flag.Parse()
	files := flag.Args()
	if len(files) == 0 {
		pattern := "*"
		if *name != "" {
			pattern = *name
		}
		files, _ = filepath.Glob(filepath.Join(*dir, pattern+".txtar"))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := r.run(ctx, files); err != nil {
		fmt.Fprintln(os.Stderr, "record:", err)
		os.Exit(1)
	}
}

type recorder struct {
	opts       judge.Options
	dry, fresh bool
	judge      *judge.Judge
}

func (r *recorder) run(ctx context.Context, files []string) error {
	if len(files) == 0 {
		return fmt.Errorf("no scenario to record")
	}
	j, err := judge.New(ctx, r.opts)
	if err != nil {
		return err
	}
	defer j.Close()
	r.judge = j
	slots := make(chan struct{}, max(1, r.opts.Daemons, 2))
	var wg sync.WaitGroup
	var mu sync.Mutex
	failed := 0
	for _, file := range files {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			start := time.Now()
			text, err := r.one(ctx, file)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				failed++
				text = "FAILED: " + err.Error()
			}
			fmt.Printf("%s: %s (%d ms)\n", file, text, time.Since(start).Milliseconds())
		})
	}
	wg.Wait()
	if failed > 0 {
		return fmt.Errorf("%d of %d scenarios failed", failed, len(files))
	}
	return nil
}

func (r *recorder) one(ctx context.Context, file string) (string, error) {
	s, err := scenario.Read(file)
	if err != nil {
		return "", err
	}
	p := judge.Pair{Fresh: r.fresh}
	if r.opts.CacheDebug {
		p.Debug = os.Stdout
	}
	steps, err := r.judge.Scenario(ctx, s, p)
	if err != nil {
		return "", err
	}
	same := slices.Equal(s.Want, steps) && s.BuildKit == r.judge.BuildKit()
	s.Want, s.BuildKit = steps, r.judge.BuildKit()
	text := s.Format()
	switch {
	case r.dry:
		return "\n" + scenario.FormatWant(steps), nil
	case same:
		return "unchanged", nil
	}
	return "recorded", os.WriteFile(file, text, 0o644)
}
