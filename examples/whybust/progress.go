package main

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/whybust/whybust/predict"
)

// progress is a line on standard error that says how far a history is. It is drawn on a
// terminal only, over itself.
type progress struct {
	out   io.Writer // nil for none
	limit int       // how many builds at most, 0 if that is not known
	done  int
	drawn time.Time
}

// progressEvery is how often the line is drawn.
const progressEvery = 100 * time.Millisecond

func (c *command) progress(limit int) *progress {
	p := &progress{limit: limit}
	if c.stderrTerminal {
		p.out = c.stderr
	}
	return p
}

// show says that a build was predicted.
func (p *progress) show(b *predict.HistoryBuild) {
	p.done++
	if p.out == nil || time.Since(p.drawn) < progressEvery {
		return
	}
	p.drawn = time.Now()
	of := ""
	if p.limit > 0 {
		of = fmt.Sprintf(" of at most %d", p.limit)
	}
	fmt.Fprintf(p.out, "\r\x1b[K%d%s builds, %s", p.done, of, b.Time.Format(time.DateOnly))
}

// clear takes the line away.
func (p *progress) clear() {
	if !p.drawn.IsZero() {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
}

// The widths of a text, in columns.
const (
	defaultColumns = 80
	minColumns     = 60
	maxColumns     = 400
)

// columns is the width that COLUMNS says, or that of a usual terminal.
func columns(lookup func(string) (string, bool)) int {
	value, _ := lookup("COLUMNS")
	n, err := strconv.Atoi(value)
	if err != nil || n <= 0 {
		return defaultColumns
	}
	return min(max(n, minColumns), maxColumns)
}
