package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"
)

// program is what is measured: commands that run one after another, as whole
// processes. Output is discarded by the system, as with > /dev/null.
type program struct {
	name     string
	dir      string
	commands [][]string
	stdin    string       // a file; empty for none
	before   func() error // is run before each time, unmeasured
}

// sample is what one run took.
type sample struct {
	wall, cpu time.Duration
	peak      int64 // resident bytes, the greatest of all processes
}

// warmups fill the caches of the system.
const warmups = 2

// interleave measures programs side by side: what disturbs the machine for a
// while disturbs them all. It returns the medians.
func (b *bench) interleave(ctx context.Context, programs ...program) ([]sample, error) {
	samples := make([][]sample, len(programs))
	for round := range warmups + b.runs {
		for n := range programs {
			i := (n + round) % len(programs)
			s, err := programs[i].run(ctx)
			if err != nil {
				return nil, err
			}
			if round >= warmups {
				samples[i] = append(samples[i], s)
			}
		}
	}
	medians := make([]sample, len(programs))
	for i, list := range samples {
		medians[i] = median(list)
		if b.verbose {
			fmt.Fprintf(os.Stderr, "%-60s %s wall, %s cpu, %s\n", programs[i].name, millis(medians[i].wall), millis(medians[i].cpu), megabytes(medians[i].peak))
		}
	}
	return medians, nil
}

func (p program) run(ctx context.Context) (total sample, err error) {
	if p.before != nil {
		if err := p.before(); err != nil {
			return sample{}, err
		}
	}
	for _, args := range p.commands {
		s, err := p.command(ctx, args)
		if err != nil {
			return sample{}, err
		}
		total.wall += s.wall
		total.cpu += s.cpu
		total.peak = max(total.peak, s.peak)
	}
	return total, nil
}

// command runs one command. What the kernel says of its memory begins with
// that of this process, from which it was forked, so this one must stay small.
func (p program) command(ctx context.Context, args []string) (sample, error) {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir = p.dir
	if p.stdin != "" {
		f, err := os.Open(p.stdin)
		if err != nil {
			return sample{}, err
		}
		defer f.Close()
		cmd.Stdin = f
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	start := time.Now()
	err := cmd.Run()
	wall := time.Since(start)
	if err != nil {
		return sample{}, fmt.Errorf("%s: %w: %s", strings.Join(args, " "), err, stderr.Bytes())
	}
	s := sample{wall: wall, cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		s.peak = int64(usage.Maxrss) << 10 // Linux counts in KiB
	}
	return s, nil
}

// median takes each of the numbers for itself; the peak is the greatest.
func median(list []sample) (m sample) {
	by := func(of func(sample) time.Duration) time.Duration {
		var all []time.Duration
		for _, s := range list {
			all = append(all, of(s))
		}
		slices.Sort(all)
		return (all[(len(all)-1)/2] + all[len(all)/2]) / 2
	}
	m.wall = by(func(s sample) time.Duration { return s.wall })
	m.cpu = by(func(s sample) time.Duration { return s.cpu })
	for _, s := range list {
		m.peak = max(m.peak, s.peak)
	}
	return m
}

func millis(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }
