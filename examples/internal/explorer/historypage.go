package explorer

import (
	"fmt"
	"slices"
	"strings"

	"github.com/whybust/whybust/examples/internal/cli"
	"github.com/whybust/whybust/examples/internal/report"
	"github.com/whybust/whybust/predict"
	"github.com/whybust/whybust/predict/history"
)

// fewBuilds is how many builds a rate should be of at least.
const fewBuilds = 20

// Page makes the page. s is the sum of the same builds. The error says that a build's own page
// cannot be written.
func (h *HistoryBuilder) Page(s *history.Summary) (*HistoryPage, error) {
	page := &HistoryPage{
		Title: cli.Cut(cli.OneLine(h.Title), maxText), Range: report.HistoryRange(s), Builds: s.Builds, Omitted: h.omitted, Few: s.Builds < fewBuilds,
		Facts: facts(s), Rows: []HistoryRow{}, Columns: []HistoryColumn{}, Layouts: []HistoryLayout{}, Texts: []string{}, Culprits: []HistoryCulprit{}, Command: visible(h.Command), Context: visible(h.Context), Depth: max(1, h.Depth),
	}
	page.Summary = fmt.Sprintf("%s of %s altogether cached", report.Rate(s.Cached, s.Builds), report.Count(s.Builds, "build"))
	if s.Builds == 0 {
		page.Summary = "no build has one before it to be compared with"
	}
	rows := h.rows(page, s)
	h.addColumns(page, rows)
	for _, c := range s.Culprits {
		page.Culprits = append(page.Culprits, culprit(c))
	}
	if b := s.Trend.Break; b != nil {
		page.Break = &HistoryBreak{Column: slices.IndexFunc(h.columns, func(c *column) bool { return c.id == b.Since.ID }), Text: breakText(b)}
	}
	return page, h.addPages(page)
}

func visible(words []string) []string {
	list := []string{}
	for _, word := range words {
		list = append(list, cli.Visible(word))
	}
	return list
}

// facts are what the headline does not say.
func facts(s *history.Summary) []string {
	list := []string{}
	if s.Interrupted {
		list = append(list, "interrupted: these are the oldest builds")
	}
	for _, f := range []struct {
		n    int
		text string
	}{
		{s.Edits.Source, "broken by files alone"}, {s.Edits.Dockerfile, "by the Dockerfile or its options alone"}, {s.Edits.Both, "by both"},
	} {
		if f.n > 0 {
			list = append(list, fmt.Sprintf("%d %s", f.n, f.text))
		}
	}
	if s.Unbuildable > 0 {
		list = append(list, report.Count(s.Unbuildable, "commit")+" cannot be built")
	}
	return list
}

// rows adds the rows, and gives for the number of each step its row, -1 for those that are not drawn.
func (h *HistoryBuilder) rows(page *HistoryPage, s *history.Summary) []int {
	order := h.order()
	at := make([]int, h.steps)
	for i := range at {
		at[i] = -1
	}
	for i, n := range order[:min(len(order), maxRows, len(s.Steps))] {
		at[n] = i
		page.Rows = append(page.Rows, row(&s.Steps[i]))
	}
	page.MoreRows = len(order) - len(page.Rows)
	for i := range page.Rows { // only rows that are drawn can be named
		page.Rows[i].From = slices.DeleteFunc(page.Rows[i].From, func(from [2]int) bool { return from[0] >= len(page.Rows) })
	}
	return at
}

func row(s *history.Step) HistoryRow {
	place := report.StepPlace(predict.Step{Stage: s.Stage, Step: s.Step, Of: s.Of})
	r := HistoryRow{
		Place: place, Text: short(bare(s.Name)), Current: s.Current, Runs: s.Runs, Hits: s.Hits, MayHits: s.MayHits, Misses: s.Misses, Own: s.Own,
		Rate: fmt.Sprintf("%s of %d", report.Rate(s.Misses, s.Runs), s.Runs), Causes: []HistoryCount{}, From: [][2]int{},
	}
	for kind, n := range s.Causes {
		r.Causes = append(r.Causes, HistoryCount{causeWord(kind), n})
	}
	sortCounts(r.Causes)
	for _, from := range s.From {
		r.From = append(r.From, [2]int{from.Step, from.Misses})
	}
	if s.Lost != nil {
		r.Lost = report.Took(int64(*s.Lost * 1000))
	}
	return r
}

// causeWord is a kind of cause in words.
func causeWord(kind predict.CauseKind) string {
	word, ok := map[predict.CauseKind]string{
		predict.CauseFile: "files changed", predict.CauseIgnoreRule: "an ignore rule changed", predict.CauseInstruction: "the instruction changed",
		predict.CauseArg: "an ARG changed", predict.CauseEnv: "an ENV changed", predict.CauseBase: "FROM names another image",
		predict.CauseRehash: "BuildKit may hash the whole context in two ways",
		predict.CauseGitDir: ".git differs with each commit", predict.CauseNewStep: "nothing like it was there before",
	}[kind]
	if !ok {
		return cli.Visible(strings.ReplaceAll(string(kind), "-", " ")) + " changed"
	}
	return word
}

// addColumns adds what was drawn of the builds. Texts that recur are there once; the oldest builds lose
// their reasons if there is no room.
func (h *HistoryBuilder) addColumns(page *HistoryPage, rows []int) {
	texts := newTextTable(maxWhyBytes)
	layouts := map[*layout]int{}
	for _, c := range slices.Backward(h.columns) {
		out := c.HistoryColumn
		if c.layout == nil {
			out.Layout = -1
			page.Columns = append(page.Columns, out)
			continue
		}
		at, ok := layouts[c.layout]
		if !ok {
			at = len(page.Layouts)
			layouts[c.layout] = at
			page.Layouts = append(page.Layouts, c.layout.drawn(rows, texts))
		}
		out.Layout = at
		for _, w := range c.why {
			if i, ok := texts.fits(w.text); ok {
				out.Why = append(out.Why, [2]int{w.step, i})
			} else {
				out.MoreWhy++
			}
		}
		page.Columns = append(page.Columns, out)
	}
	slices.Reverse(page.Columns)
	page.Texts = texts.list
}

func (l *layout) drawn(rows []int, texts *textTable) HistoryLayout {
	out := HistoryLayout{Rows: []int{}, Places: []int{}, Names: []int{}}
	for i, n := range l.rows {
		out.Rows = append(out.Rows, rows[n])
		out.Places = append(out.Places, texts.add(l.places[i]))
		out.Names = append(out.Names, texts.add(l.names[i]))
	}
	return out
}

// textTable holds texts, each once.
type textTable struct {
	list []string
	at   map[string]int
	room int // bytes, for those that have to fit
}

func newTextTable(room int) *textTable {
	return &textTable{list: []string{}, at: map[string]int{}, room: room}
}

func (t *textTable) add(text string) int {
	i, ok := t.at[text]
	if !ok {
		i = len(t.list)
		t.at[text], t.list = i, append(t.list, text)
	}
	return i
}

// fits is add for as long as there is room.
func (t *textTable) fits(text string) (int, bool) {
	if _, ok := t.at[text]; !ok {
		if t.room < len(text) {
			return 0, false
		}
		t.room -= len(text)
	}
	return t.add(text), true
}

// addPages adds the pages of builds, the newest first, as far as there is room.
func (h *HistoryBuilder) addPages(page *HistoryPage) error {
	room := maxPageBytes
	for i, c := range slices.Backward(h.columns) {
		if c.page == nil {
			continue
		}
		data, err := asScript(c.page)
		if err != nil {
			return err
		}
		if room -= len(data); room < 0 {
			break
		}
		page.pages = append(page.pages, data)
		page.Columns[i].Page = len(page.pages)
	}
	return nil
}

func culprit(c history.Culprit) HistoryCulprit {
	name := c.Path
	if c.Kind == history.Directory {
		name += "/"
	}
	out := HistoryCulprit{Kind: string(c.Kind), Name: cli.Cut(cli.VisiblePath(name), maxName*2), Builds: c.Builds}
	if c.Lost != nil {
		out.Lost = report.Took(int64(*c.Lost * 1000))
	}
	return out
}

func breakText(b *history.Break) string {
	word := "Worse"
	if b.After > b.Before {
		word = "Better"
	}
	return fmt.Sprintf("%s since %s (%s): %.0f%% of the steps are cached, before it %.0f%%",
		word, abbreviated(b.Since.ID), b.Since.Time.UTC().Format("2006-01-02"), 100*b.After, 100*b.Before)
}
