// Command random builds random pairs with a real BuildKit, compares every step with what
// was predicted, and writes every disagreement, made small, as a scenario.
//
//	go run ./cmd/random [-n 300] [-cached] [-time 10m] [-seed N] [-case K] [-with TEXT] [-out DIR]
//
// Run it from the conformance module, as root.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/whybust/whybust/conformance/judge"
	"github.com/whybust/whybust/conformance/random"
	"github.com/whybust/whybust/internal/scenario"
)

func main() {
	r := runner{known: map[string]bool{}}
	flag.IntVar(&r.n, "n", 300, "how many pairs")
	flag.IntVar(&r.first, "first", 0, "the number of the first pair")
	flag.Uint64Var(&r.seed, "seed", 0, "the seed; 0 takes the time")
	flag.IntVar(&r.number, "case", -1, "only the pair of this number")
	flag.DurationVar(&r.limit, "time", time.Hour, "begin no pair after this time")
	flag.StringVar(&r.out, "out", "", "directory for scenarios of disagreements (default: print them)")
	flag.IntVar(&r.tries, "tries", 150, "how many builds shrinking one disagreement may take")
	flag.IntVar(&r.max, "max", 10, "stop after this many disagreements")
	flag.StringVar(&r.with, "with", "", "only pairs whose scenario holds this text, like build-context")
	flag.BoolVar(&r.needless, "needless", false, "a needless may-hit is a disagreement too")
	flag.BoolVar(&r.cached, "cached", false, "pairs with imported caches, several old builds, --no-cache")
	flag.BoolVar(&r.verbose, "v", false, "say of every pair what came out")
	flag.StringVar(&r.opts.Snapshotter, "snapshotter", "native", "BuildKit's snapshotter")
	flag.Parse()
	r.opts.Daemons = 1
	if r.seed == 0 {
		r.seed = uint64(time.Now().UnixNano())
	}
	if r.number >= 0 {
		r.first, r.n = r.number, 1
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := r.run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "random:", err)
		os.Exit(1)
	}
	if r.wrong > 0 {
		os.Exit(2)
	}
}

type runner struct {
	n, first, number, tries, max int
	seed                         uint64
	limit                        time.Duration
	out, with                    string
	needless, verbose, cached    bool
	opts                         judge.Options

	judge *judge.Judge
	tally judge.Tally
	wrong int
	known map[string]bool // the beginnings of errors that were reported
}

func (r *runner) run(ctx context.Context) error {
	j, err := judge.New(ctx, r.opts)
	if err != nil {
		return err
	}
	defer j.Close()
	r.judge = j
	fmt.Printf("seed %d, BuildKit %s\n", r.seed, j.BuildKit())
	end := time.Now().Add(r.limit)
	for i := r.first; i < r.first+r.n && time.Now().Before(end) && ctx.Err() == nil && r.wrong < r.max; i++ {
		if err := r.one(ctx, i); err != nil {
			return fmt.Errorf("pair %d of seed %d: %w", i, r.seed, err)
		}
	}
	fmt.Printf("seed %d: %v\n", r.seed, &r.tally)
	return ctx.Err()
}

// one judges a pair. A pair that cannot be built is counted and passed over.
func (r *runner) one(ctx context.Context, number int) error {
	c := random.New(r.seed, number)
	if r.cached {
		c = random.NewCached(r.seed, number)
	}
	if !strings.Contains(string(c.Text()), r.with) {
		return nil
	}
	rows, err := r.rows(ctx, c)
	var failed *judge.BuildError
	switch {
	case errors.As(err, &failed):
		r.tally.Failed++
		if r.verbose {
			fmt.Printf("pair %d: %.300s\n", number, err)
		}
		return nil
	case err != nil && r.known[beginning(err.Error())]:
		r.wrong++
		fmt.Printf("pair %d: again: %v\n", number, err)
		return nil
	case err != nil:
		r.known[beginning(err.Error())] = true
		return r.report(ctx, number, c, err.Error(), func(err error) string {
			if err == nil || errors.As(err, &failed) {
				return ""
			}
			return err.Error()
		})
	}
	r.tally.Add(rows)
	kind := r.worst(rows)
	if r.verbose {
		fmt.Printf("pair %d: %d steps %s\n", number, len(rows), kind)
	}
	if kind == judge.Agree {
		return nil
	}
	return r.report(ctx, number, c, string(kind), nil)
}

// rows judges and predicts. An error that is no *judge.BuildError is the library's fault or ours.
func (r *runner) rows(ctx context.Context, c *random.Case) ([]judge.Row, error) {
	s, err := scenario.Parse("random.txtar", c.Text())
	if err != nil {
		return nil, &judge.BuildError{Side: "old", Err: err}
	}
	verdict, err := r.judge.Scenario(ctx, s, judge.Pair{})
	if err != nil && strings.HasPrefix(err.Error(), "anomaly") && r.cached {
		// The load of an imported result can fail, when two steps unpack one blob at a time; BuildKit then runs the step.
		verdict, err = r.judge.Scenario(ctx, s, judge.Pair{})
	}
	if err != nil {
		return nil, err
	}
	p, err := judge.Predict(ctx, s)
	if err != nil {
		return nil, fmt.Errorf("the prediction failed: %w", err)
	}
	return judge.Compare(verdict, p.Steps), nil
}

// worst is the gravest disagreement of the rows.
func (r *runner) worst(rows []judge.Row) judge.Kind {
	rank := map[judge.Kind]int{judge.Needless: 0, judge.Names: 2, judge.FalseMiss: 3, judge.FalseHit: 4}
	if r.needless {
		rank[judge.Needless] = 1
	}
	worst := judge.Agree
	for _, row := range rows {
		if rank[row.Kind] > rank[worst] {
			worst = row.Kind
		}
	}
	return worst
}

// report shrinks a disagreement and writes it. Without same, it is one of rows, and what stays
// is its kind; with it, an error, and what stays is its text up to the first quote or digit.
func (r *runner) report(ctx context.Context, number int, c *random.Case, what string, isError func(error) string) error {
	r.wrong++
	fmt.Printf("pair %d: %s\n", number, what)
	small := random.Shrink(c, r.tries, func(d *random.Case) bool {
		if ctx.Err() != nil {
			return false
		}
		rows, err := r.rows(ctx, d)
		if isError != nil {
			return err != nil && beginning(isError(err)) == beginning(what)
		}
		return err == nil && string(r.worst(rows)) == what
	})
	s, err := scenario.Parse("random.txtar", small.Text())
	if err != nil {
		return err
	}
	if verdict, err := r.judge.Scenario(ctx, s, judge.Pair{Fresh: true}); err == nil {
		s.Want, s.BuildKit = verdict, r.judge.BuildKit()
	} else if isError == nil {
		return fmt.Errorf("a fresh daemon does not give the same: %w", err)
	}
	if rows, err := r.rows(ctx, small); err == nil {
		for _, row := range rows {
			if row.Kind != judge.Agree {
				fmt.Printf("  BuildKit %s, predicted %s: %s\n", row.BuildKit, row.Predicted, row.Name)
			}
		}
	}
	return r.write(number, s.Format())
}

func (r *runner) write(number int, text []byte) error {
	if r.out == "" {
		fmt.Printf("%s\n", text)
		return nil
	}
	file := filepath.Join(r.out, fmt.Sprintf("random-%d-%d.txtar", r.seed, number))
	fmt.Println(" ", file)
	return os.WriteFile(file, text, 0o644)
}

// beginning is what an error says before it comes to particulars.
func beginning(text string) string {
	if i := strings.IndexAny(text, "\"0123456789/"); i > 0 {
		return text[:i]
	}
	return text
}
