package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/whybust/whybust/examples/internal/cli"
	"github.com/whybust/whybust/examples/internal/explorer"
	"github.com/whybust/whybust/examples/internal/report"
	"github.com/whybust/whybust/predict"
	"github.com/whybust/whybust/predict/history"
	"github.com/whybust/whybust/predict/whatif"
)

// whatIfFlags are the flags of a history that lay a change over every commit.
type whatIfFlags struct {
	dockerfile, ignorefile, patch string
	timings                       []string
}

func (w *whatIfFlags) declare(f *pflag.FlagSet) {
	f.StringVar(&w.dockerfile, "with-dockerfile", "", "what if every commit had `FILE` as its Dockerfile")
	f.StringVar(&w.ignorefile, "with-ignorefile", "", "what if every commit had `FILE` as its ignore file")
	f.StringVar(&w.patch, "with-patch", "", "what if every commit had the unified diff `FILE`, of paths from the repository's root")
}

func (w *whatIfFlags) any() bool { return w.dockerfile+w.ignorefile+w.patch != "" }

func (w *whatIfFlags) check() error {
	files := append([]string{w.dockerfile, w.ignorefile, w.patch}, w.timings...)
	if n := len(files) - len(slices.DeleteFunc(files, func(f string) bool { return f == "-" })); n > 1 {
		return errors.New("standard input can be read once")
	}
	return nil
}

// text names the change.
func (w *whatIfFlags) text() string {
	var parts []string
	for _, f := range []struct{ what, name string }{{"the Dockerfile ", w.dockerfile}, {"the ignore file ", w.ignorefile}, {"the patch ", w.patch}} {
		switch f.name {
		case "":
		case "-":
			parts = append(parts, f.what+"on standard input")
		default:
			parts = append(parts, f.what+f.name)
		}
	}
	return strings.Join(parts, " and ")
}

// maxChange bounds what is read of a file that is laid over a history, in bytes.
const maxChange = 16 << 20

// change reads the files and makes one change of them: first the Dockerfile and the ignore file, then the patch.
func (c *command) change(dir string, w *whatIfFlags) (predict.WhatIf, error) {
	var changes []predict.WhatIf
	for _, f := range []struct {
		name string
		make func(data []byte) (predict.WhatIf, error)
	}{
		{w.dockerfile, func(data []byte) (predict.WhatIf, error) { return whatif.Dockerfile(data), nil }},
		{w.ignorefile, func(data []byte) (predict.WhatIf, error) { return whatif.IgnoreFile(data), nil }},
		{w.patch, func(data []byte) (predict.WhatIf, error) {
			p, err := whatif.ParsePatch(w.patch, data)
			if err != nil {
				return nil, err
			}
			return p.WhatIf, nil
		}},
	} {
		if f.name == "" {
			continue
		}
		data, err := c.readChange(dir, f.name)
		if err != nil {
			return nil, err
		}
		change, err := f.make(data)
		if err != nil {
			return nil, err
		}
		changes = append(changes, change)
	}
	return whatif.All(changes...), nil
}

// readChange reads a file relative to dir, "-" from standard input.
func (c *command) readChange(dir, name string) ([]byte, error) {
	in := c.stdin
	if name != "-" {
		if !filepath.IsAbs(name) {
			name = filepath.Join(dir, name)
		}
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, maxChange+1))
	if err == nil && len(data) > maxChange {
		err = fmt.Errorf("%s is larger than %d bytes", name, maxChange)
	}
	return data, err
}

// answerWhatIf replays a history without and with a change.
func (c *command) answerWhatIf(ctx context.Context, out *bytes.Buffer, inv *historyInvocation) (int, error) {
	change, err := c.change(inv.request.Dir, &inv.whatIfFlags)
	if err != nil {
		return exitError, err
	}
	inv.request.WhatIf = []predict.WhatIf{change}
	var page *explorer.WhatIfBuilder
	if inv.format == "html" {
		page = &explorer.WhatIfBuilder{HistoryBuilder: *newHistoryPage(inv), Change: inv.whatIfFlags.text()}
	}
	r, err := c.collectWhatIf(ctx, &inv.request, page)
	if err != nil {
		return exitError, err
	}
	if page != nil {
		err = c.writeWhatIfPage(ctx, out, inv, page, r)
	} else {
		err = c.writeWhatIf(out, inv.format, r)
	}
	if err != nil {
		return exitError, err
	}
	if r.Interrupted {
		return exitInterrupted, nil
	}
	return exitOK, nil
}

func (c *command) writeWhatIf(out *bytes.Buffer, format string, r *whatif.Result) error {
	switch format {
	case "json":
		return cli.WriteJSON(out, r)
	case "csv":
		return report.WhatIfCSV(out, r)
	case "markdown":
		report.WhatIfMarkdown(out, r)
	default:
		report.WhatIfText(out, r, columns(c.lookup), cli.UseColor(c.lookup, c.terminal))
	}
	c.quiet(out)
	return nil
}

// collectWhatIf is collect with a change.
func (c *command) collectWhatIf(ctx context.Context, r *predict.HistoryRequest, page *explorer.WhatIfBuilder) (*whatif.Result, error) {
	all := whatif.Collector{Cache: history.CacheOf(r)}
	interrupted, err := c.each(ctx, r, func(b *predict.HistoryBuild) {
		all.Add(b)
		if page != nil {
			page.Add(b)
		}
	})
	if err != nil {
		return nil, err
	}
	result := all.Result()
	result.Interrupted = interrupted
	return result, nil
}
