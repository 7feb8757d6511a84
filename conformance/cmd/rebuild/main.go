// Command rebuild measures what a build costs in which nothing changed: it
// builds a directory with a real BuildKit, and then again and again, and prints the median
// of the latter in seconds, for the flag -buildkit of bench/cmd/compare.
//
//	go run ./cmd/rebuild [-runs 10] DIR
//
// The Dockerfile is the cheapest there is, FROM scratch and COPY . . under the directory's own
// ignore file, and only what changed is sent: no rebuild takes less. Run it from the
// conformance module, as root.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/whybust/whybust/conformance/buildkit"
)

func main() {
	runs := flag.Int("runs", 10, "how often it is built again")
	state := flag.String("state", "", "directory for the daemon's state (default: /dev/shm)")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	median, err := rebuild(ctx, flag.Arg(0), *runs, *state)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "rebuild:", err)
		os.Exit(1)
	}
	fmt.Printf("%.3f\n", median.Seconds())
}

func rebuild(ctx context.Context, dir string, runs int, state string) (time.Duration, error) {
	tmp, err := os.MkdirTemp("", "whybust-rebuild-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(tmp)
	dockerfile := filepath.Join(tmp, "Dockerfile")
	if err := os.WriteFile(dockerfile, []byte("FROM scratch\nCOPY . .\n"), 0o600); err != nil {
		return 0, err
	}
	binary, err := buildkit.GoBuild(ctx, buildkit.Module+"/cmd/buildkitd")
	if err != nil {
		return 0, err
	}
	d, err := buildkit.Start(ctx, buildkit.Options{Binary: binary, State: state})
	if err != nil {
		return 0, err
	}
	defer d.Close()
	req := buildkit.Request{Context: dir, Dockerfile: dockerfile, SharedKey: "rebuild"}
	if _, err := d.Build(ctx, req); err != nil {
		return 0, err
	}
	times := make([]time.Duration, max(1, runs))
	for i := range times {
		start := time.Now()
		vertices, err := d.Build(ctx, req)
		if err != nil {
			return 0, err
		}
		times[i] = time.Since(start)
		if err := allCached(vertices); err != nil {
			return 0, err
		}
	}
	slices.Sort(times)
	return times[len(times)/2], nil
}

// allCached is an error unless the one step was taken from the cache.
func allCached(vertices []*buildkit.Vertex) error {
	for _, v := range vertices {
		if v.Name == "[1/1] COPY . ." && v.Cached {
			return nil
		}
	}
	return errors.New("the COPY was run again")
}
