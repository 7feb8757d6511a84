package report

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strconv"
	"strings"

	"github.com/whybust/whybust/examples/internal/cli"
	"github.com/whybust/whybust/predict/history"
	"github.com/whybust/whybust/predict/whatif"
)

// historyColumns are those of the CSV form, which docs/history.md describes.
var historyColumns = []string{
	"row", "stage", "step", "of", "name", "line", "current", "runs", "hits", "may_hits", "misses", "own", "inherited", "from", "seconds", "lost",
}

// HistoryCSV writes a line for each step, as in RFC 4180 but with LF at the end of a line.
func HistoryCSV(out *bytes.Buffer, s *history.Summary) error {
	w := csv.NewWriter(out)
	if err := w.Write(historyColumns); err != nil {
		return err
	}
	if err := csvSteps(w, s); err != nil {
		return err
	}
	w.Flush()
	return w.Error()
}

// WhatIfCSV writes the steps of both sides one after the other, each with the side in front: "without" or "with".
func WhatIfCSV(out *bytes.Buffer, r *whatif.Result) error {
	w := csv.NewWriter(out)
	if err := w.Write(append([]string{"side"}, historyColumns...)); err != nil {
		return err
	}
	if err := csvSteps(w, r.Before, "without"); err != nil {
		return err
	}
	if err := csvSteps(w, r.After, "with"); err != nil {
		return err
	}
	w.Flush()
	return w.Error()
}

// csvSteps writes a line for each step, which begins with what is given.
func csvSteps(w *csv.Writer, s *history.Summary, begin ...string) error {
	for i, step := range s.Steps {
		var from []string
		for _, o := range step.From {
			from = append(from, strconv.Itoa(o.Step+1)+":"+strconv.Itoa(o.Misses))
		}
		n := strconv.Itoa
		if err := w.Write(append(slices.Clone(begin),
			n(i+1), csvText(step.Stage), n(step.Step), n(step.Of), csvText(step.Name), n(step.Line), strconv.FormatBool(step.Current),
			n(step.Runs), n(step.Hits), n(step.MayHits), n(step.Misses), n(step.Own), n(step.Inherited), strings.Join(from, " "),
			csvNumber(step.Seconds), csvNumber(step.Lost),
		)); err != nil {
			return err
		}
	}
	return nil
}

// csvText is text of the repository as one visible line. Spreadsheets take a cell that begins with one of these characters
// for a formula; an apostrophe in front of it makes it text.
func csvText(s string) string {
	s = cli.QuietText(cli.Visible(s))
	if s != "" && strings.ContainsRune("=+-@", rune(s[0])) {
		return "'" + s
	}
	return s
}

func csvNumber(f *float64) string {
	if f == nil {
		return ""
	}
	return strconv.FormatFloat(*f, 'f', 3, 64)
}
