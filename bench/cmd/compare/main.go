// Command compare measures whybust against the programs that do the least that
// the same answer could cost, and prints the table of docs/performance.md.
//
//	go run ./bench/cmd/compare [-files 200,10000,100000] [-rows digest,keys] [-runs 10] [-buildkit SECONDS]
//
// It needs git, b3sum and xargs, and some 3 GB below -cache, where the
// repositories are made at the first use. That of a million files takes
// minutes: leave 1000000 out of -files to do without. All the programs of a row
// run in turn, the order changing from round to round, and the medians are compared.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// options are the flags.
type options struct {
	files    []int
	rows     []string
	runs     int
	cache    string
	buildkit float64
	verbose  bool
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	opts, err := parseFlags(os.Args[1:])
	if err == nil {
		err = run(ctx, opts)
	}
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(2)
	}
}

func parseFlags(args []string) (*options, error) {
	o := &options{}
	f := flag.NewFlagSet("compare", flag.ExitOnError)
	files := f.String("files", "200,10000,100000,1000000", "the sizes of the repositories to measure, of these four")
	rows := f.String("rows", "", "only the groups of rows with these names: "+strings.Join(groupNames(), ", "))
	f.IntVar(&o.runs, "runs", 10, "runs of each program, besides two to warm up")
	f.StringVar(&o.cache, "cache", "", "where the repositories are kept (default: in the user's cache directory)")
	f.Float64Var(&o.buildkit, "buildkit", 0, "seconds that BuildKit takes for a rebuild (see conformance/cmd/rebuild); 0 leaves the row out")
	f.BoolVar(&o.verbose, "v", false, "print every program as it is measured")
	f.Parse(args)
	for text := range strings.SplitSeq(*files, ",") {
		n, err := strconv.Atoi(text)
		if err != nil {
			return nil, fmt.Errorf("-files: %w", err)
		}
		o.files = append(o.files, n)
	}
	if *rows != "" {
		o.rows = strings.Split(*rows, ",")
	}
	for _, name := range o.rows {
		if !slices.Contains(groupNames(), name) {
			return nil, fmt.Errorf("-rows: there is no %q", name)
		}
	}
	if o.cache == "" {
		dir, err := os.UserCacheDir()
		if err != nil {
			return nil, err
		}
		o.cache = filepath.Join(dir, "whybust-bench")
	}
	return o, nil
}

// run measures the groups one after another and prints the table at the end.
func run(ctx context.Context, o *options) error {
	b, err := newBench(ctx, o)
	if err != nil {
		return err
	}
	defer os.RemoveAll(b.tmp)
	for _, g := range groups {
		if len(o.rows) > 0 && !slices.Contains(o.rows, g.name) || !b.has(g.files...) {
			continue
		}
		if err := g.measure(ctx, b); err != nil {
			return fmt.Errorf("%s: %w", g.name, err)
		}
	}
	b.table.print(os.Stdout)
	return nil
}
