package explorer

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/whybust/whybust/examples/internal/cli"
	"github.com/whybust/whybust/examples/internal/report"
	"github.com/whybust/whybust/predict"
)

// The bounds of the page of a history. Together they keep it below some 16 MB; one of 1,000 builds of
// 60 steps has about one.
const (
	maxColumns   = 4000
	maxRows      = 500
	maxCells     = 1 << 21 // steps of all builds, drawn or in a layout
	maxWhy       = 24      // reasons of one build
	maxWhyFiles  = 6       // files to blame for one step of it
	maxWhyBytes  = 3 << 20 // of all reasons
	maxSubject   = 160
	maxPages     = 12
	maxPageBytes = 4 << 20 // of all pages of builds
)

// HistoryBuilder takes builds as predict.History streams them. What it holds is bounded, but for
// the id of each commit: the oldest builds make way. The zero value is ready for use. It is not safe for concurrent use.
type HistoryBuilder struct {
	// Title says what is built. Command and Context are the words that make the page of one
	// build, those before and after its two commits. They may hold anything.
	Title            string
	Command, Context []string
	// Depth is how many builds are in the cache of each; 0 is 1.
	Depth int

	steps   int   // different ones, each followed by its number
	now     []int // those of the last prediction
	columns []*column
	layout  *layout // of the last prediction
	cells   int     // in columns and their layouts
	omitted int     // builds that made way
	before  string  // the last commit that could be built
}

// column is a HistoryColumn under way.
type column struct {
	HistoryColumn
	id     string // the whole commit
	prior  string // and that of the build before
	layout *layout
	why    []why
	size   int // in cells
	page   *Page
	status []predict.Status
}

// why is a reason of a step of a build.
type why struct {
	step int
	text string
}

// layout is a HistoryLayout under way: rows are the numbers of steps.
type layout struct {
	rows   []int
	places []string
	names  []string
}

// Add adds a build. They come in the order of predict.History.
func (h *HistoryBuilder) Add(b *predict.HistoryBuild) {
	c := &column{id: b.Commit, prior: h.before, HistoryColumn: HistoryColumn{
		Commit: abbreviated(b.Commit), Date: b.Time.UTC().Format("2006-01-02"),
		Subject: cli.Cut(cli.OneLine(b.Subject), maxSubject), Before: abbreviated(h.before),
	}}
	if b.Err != nil {
		c.Error = cli.Cut(cli.OneLine(b.Err.Error()), maxText)
		h.push(c)
		return
	}
	h.before = b.Commit
	if b.Prediction == nil {
		return
	}
	h.follow(b)
	c.size = len(b.Prediction.Steps)
	if l := layoutOf(b.Prediction, h.now); h.layout == nil || !l.equal(h.layout) {
		h.layout = l
		c.size *= 2
	}
	c.layout = h.layout
	c.describe(b.Prediction)
	h.push(c)
}

func abbreviated(commit string) string { return cli.Visible(commit[:min(12, len(commit))]) }

// push adds a column; the oldest make way.
func (h *HistoryBuilder) push(c *column) {
	h.columns = append(h.columns, c)
	h.cells += c.size
	for len(h.columns) > 1 && (len(h.columns) > maxColumns || h.cells > maxCells) {
		if h.columns[0].layout != nil {
			h.omitted++
		}
		h.cells -= h.columns[0].size
		h.columns[0] = nil
		h.columns = h.columns[1:]
	}
}

// follow numbers the steps of a build as history.Collector does, so that the order of the rows
// is that of its summary.
func (h *HistoryBuilder) follow(b *predict.HistoryBuild) {
	before := h.now
	h.now = make([]int, len(b.Prediction.Steps))
	for i := range h.now {
		if i < len(b.Pairs) && b.Pairs[i] >= 0 && b.Pairs[i] < len(before) {
			h.now[i] = before[b.Pairs[i]]
			continue
		}
		h.now[i] = h.steps
		h.steps++
	}
}

func layoutOf(p *predict.Prediction, rows []int) *layout {
	l := &layout{rows: rows}
	for _, s := range p.Steps {
		l.places = append(l.places, report.StepPlace(s))
		l.names = append(l.names, short(bare(s.Name)))
	}
	return l
}

func (l *layout) equal(o *layout) bool {
	return slices.Equal(l.rows, o.rows) && slices.Equal(l.places, o.places) && slices.Equal(l.names, o.names)
}

// describe says of each step what became of it, and why.
func (c *column) describe(p *predict.Prediction) {
	var cells strings.Builder
	for i, s := range p.Steps {
		own := report.OwnCauses(s)
		c.status = append(c.status, s.Status)
		switch {
		case s.Status == predict.Hit:
			cells.WriteByte('h')
			continue
		case s.Status == predict.MayHit:
			cells.WriteByte('m')
		case len(own) > 0:
			cells.WriteByte('o')
		default:
			cells.WriteByte('f')
		}
		at := report.Place(p.Dockerfile, s.Line)
		files := 0
		for _, cause := range own {
			if cause.Kind == predict.CauseFile || cause.Kind == predict.CauseIgnoreRule {
				files++
			}
			if files > maxWhyFiles || len(c.why) == maxWhy {
				c.MoreWhy++
				continue
			}
			c.why = append(c.why, why{i, long(report.CauseLines(p, cause, s.Status, at)[0])})
		}
	}
	c.Cells = cells.String()
}

// HistoryRef names a build whose page can be added: its commit, and those of the builds
// before it, the last one first.
type HistoryRef struct {
	Commit string
	Before []string
}

// Wanted lists the builds of which a page is worth the most: the newest that lose
// anything.
func (h *HistoryBuilder) Wanted() []HistoryRef {
	var list []HistoryRef
	prior := map[string]string{}
	for _, c := range h.columns {
		prior[c.id] = c.prior
	}
	for _, c := range slices.Backward(h.columns) {
		if c.layout == nil || strings.Trim(c.Cells, "h") == "" || len(list) == maxPages {
			continue
		}
		ref := HistoryRef{Commit: c.id}
		for id := c.prior; id != "" && len(ref.Before) < max(1, h.Depth); id = prior[id] {
			ref.Before = append(ref.Before, id)
		}
		list = append(list, ref)
	}
	return list
}

// AddPage adds the page of a build, whose revisions are commits. One that says other than what the history says of the build is an
// error.
func (h *HistoryBuilder) AddPage(commit string, p *predict.Prediction, d *predict.Details) error {
	at := slices.IndexFunc(h.columns, func(c *column) bool { return c.id == commit && c.layout != nil })
	if at < 0 {
		return fmt.Errorf("there is no build of %s", cli.Visible(commit))
	}
	c := h.columns[at]
	same := len(p.Steps) == len(c.status)
	for i := 0; same && i < len(p.Steps); i++ {
		same = p.Steps[i].Status == c.status[i]
	}
	if !same {
		return fmt.Errorf("the build of %s is predicted otherwise by itself", c.Commit)
	}
	short := *p
	short.Before.Revision, short.After.Revision = abbreviated(p.Before.Revision), abbreviated(p.After.Revision)
	var err error
	c.page, err = New(&short, d)
	return err
}

// order gives the numbers of the steps: those of the last build, in its order, and then
// those that are no more.
func (h *HistoryBuilder) order() []int {
	current := map[int]bool{}
	for _, n := range h.now {
		current[n] = true
	}
	all := slices.Clone(h.now)
	for n := range h.steps {
		if !current[n] {
			all = append(all, n)
		}
	}
	return all
}

// sortCounts puts the larger numbers first.
func sortCounts(list []HistoryCount) {
	slices.SortFunc(list, func(a, b HistoryCount) int { return cmp.Or(b.Builds-a.Builds, cmp.Compare(a.Text, b.Text)) })
}
