package explorer

import (
	"fmt"

	"github.com/whybust/whybust/examples/internal/cli"
	"github.com/whybust/whybust/examples/internal/report"
	"github.com/whybust/whybust/predict"
	"github.com/whybust/whybust/predict/whatif"
)

// HistoryWhatIf is the other side of the page of a history with a change laid over every commit. The page itself is
// that of the history as it was.
type HistoryWhatIf struct {
	// Change says what was laid over the commits.
	Change string `json:"change"`
	// Summary is the headline of the history as it was; that of the page is the difference.
	Summary string `json:"summary"`
	// With is the history with the change. Its columns are those of the page, one by one, without date and subject.
	With *HistoryPage `json:"with"`
}

// WhatIfBuilder takes builds as predict.History streams them with one change. What it holds is bounded as that of
// a HistoryBuilder is. It is not safe for concurrent use.
type WhatIfBuilder struct {
	// HistoryBuilder is that of the history as it was, and says what is built.
	HistoryBuilder
	// Change says what is laid over the commits. It may hold anything.
	Change string

	with  HistoryBuilder
	files laidFiles
}

// Add adds a build. They come in the order of predict.History.
func (w *WhatIfBuilder) Add(b *predict.HistoryBuild) {
	w.HistoryBuilder.Add(b)
	w.with.Add(whatif.With(b, 0))
	if len(b.With) == 0 {
		return
	}
	w.files.add(b.Commit, b.With[0].Files)
	if err := b.With[0].Err; err != nil && b.Prediction != nil {
		w.with.columns[len(w.with.columns)-1].Unchanged = cli.Cut(cli.OneLine(err.Error()), maxText)
	}
}

// WantedWith is Wanted of the history with the change.
func (w *WhatIfBuilder) WantedWith() []HistoryRef {
	w.with.Depth = w.Depth
	return w.with.Wanted()
}

// Files are what the change laid over a commit, none if it was not changed. ok is false if they are not held any more.
func (w *WhatIfBuilder) Files(commit string) (files map[string][]byte, ok bool) {
	files, ok = w.files.byCommit[commit]
	return files, ok
}

// AddPageWith is AddPage of the history with the change.
func (w *WhatIfBuilder) AddPageWith(commit string, p *predict.Prediction, d *predict.Details) error {
	return w.with.AddPage(commit, p, d)
}

// Page makes the page. r is the sum of the same builds.
func (w *WhatIfBuilder) Page(r *whatif.Result) (*HistoryPage, error) {
	page, err := w.HistoryBuilder.Page(r.Before)
	if err != nil {
		return nil, err
	}
	with, err := w.with.Page(r.After)
	if err != nil {
		return nil, err
	}
	drawn := min(len(page.Columns), len(with.Columns))
	page.keepNewest(drawn)
	with.keepNewest(drawn)
	for i := range with.Columns {
		c := &with.Columns[i]
		c.Date, c.Subject = "", ""
		if c.Page > 0 {
			c.Page += len(page.pages)
		}
	}
	page.pages = append(page.pages, with.pages...)
	page.WhatIf = &HistoryWhatIf{Change: cli.Cut(cli.OneLine(w.Change), maxText), Summary: page.Summary, With: with}
	if r.With.Builds > 0 {
		page.Summary = fmt.Sprintf("%s avoided, %d added, in %s", report.Misses(r.Avoided), r.Added, report.Count(r.With.Builds, "build"))
		page.Facts = whatIfFacts(r)
	}
	return page, nil
}

// whatIfFacts are what the headline does not say.
func whatIfFacts(r *whatif.Result) []string {
	list := []string{}
	if r.Interrupted {
		list = append(list, "interrupted: these are the oldest builds")
	}
	list = append(list, fmt.Sprintf("commands of RUN: %d less run, %d more", r.CommandsAvoided, r.CommandsAdded))
	list = append(list, report.ComparisonLines(&r.Comparison)[1:]...)
	if text := report.NotApplied(&r.Comparison); text != "" {
		list = append(list, cli.Cut(text, maxText))
	}
	return list
}

// keepNewest leaves out the oldest columns, such that n are left.
func (p *HistoryPage) keepNewest(n int) {
	out := len(p.Columns) - n
	for _, c := range p.Columns[:out] {
		if c.Layout >= 0 {
			p.Omitted++
		}
	}
	p.Columns = p.Columns[out:]
	if p.Break != nil {
		p.Break.Column = max(-1, p.Break.Column-out)
	}
}

// laidFiles are what a change laid over commits. Most contents recur, and are held once.
type laidFiles struct {
	byCommit map[string]map[string][]byte
	contents map[string][]byte
	held     int // bytes
}

// maxLaid bounds what is held, in bytes. Then all is dropped: the newest builds are wanted, which come last.
const maxLaid = 8 << 20

func (l *laidFiles) add(commit string, files map[string][]byte) {
	if l.byCommit == nil || l.held > maxLaid {
		*l = laidFiles{byCommit: map[string]map[string][]byte{}, contents: map[string][]byte{}}
	}
	held := map[string][]byte{}
	for name, data := range files {
		if data == nil {
			held[name] = nil // it is gone
			continue
		}
		if _, ok := l.contents[string(data)]; !ok {
			l.contents[string(data)] = data
			l.held += 2 * len(data)
		}
		held[name] = l.contents[string(data)]
	}
	l.held += 128
	l.byCommit[commit] = held
}
