package explorer

import (
	"fmt"

	"github.com/whybust/whybust/examples/internal/cli"
	"github.com/whybust/whybust/examples/internal/report"
	"github.com/whybust/whybust/predict"
)

// Page is one prediction as it is drawn. Steps and stages are named by their
// index. Its texts hold visible characters only.
type Page struct {
	Status predict.Status `json:"status"`
	// Verdict, Place, Text and Reason are the headline in parts; all but the first
	// are empty if everything is cached.
	Verdict string `json:"verdict"`
	Place   string `json:"place"`
	Text    string `json:"text"`
	Reason  string `json:"reason"`
	// First is the step of the headline, -1 if there is none.
	First int `json:"first"`
	// Before and After name the two sides, Summary counts what is cached.
	Before  string `json:"before"`
	After   string `json:"after"`
	Summary string `json:"summary"`
	// Cost sums up what is rebuilt and for how long; empty without timings.
	Cost string `json:"cost,omitempty"`

	Dockerfile Listing   `json:"dockerfile"`
	Old        *Listing  `json:"old,omitempty"` // nil if the text is the same
	Stages     []Stage   `json:"stages"`
	Edges      []Edge    `json:"edges"`
	Steps      []Step    `json:"steps"`
	Config     []Config  `json:"config"`
	Gone       []GoneOne `json:"gone"`
	Files      []Files   `json:"files"`
	Remarks    []Remark  `json:"remarks"`
	// Suggestions are patches, the best first.
	Suggestions []Suggestion `json:"suggestions"`
}

// Step is one step.
type Step struct {
	Stage   int            `json:"stage"`
	Number  string         `json:"number"` // "4/6"
	Place   string         `json:"place"`  // "step 4/6 of builder"
	Keyword string         `json:"keyword"`
	Text    string         `json:"text"` // as BuildKit prints it, cut
	Status  predict.Status `json:"status"`
	// Own is set if it loses the cache for a reason of its own.
	Own bool `json:"own"`
	// Lines are the ranges of lines in the Dockerfile where it stands: the first, and those of
	// stages that begin alike.
	Lines    [][2]int `json:"lines"`
	Previous int      `json:"previous"` // the layer below, -1 for the first
	// OldLine is where it stood in the build that it is told against, 0 for a new
	// step; Against names that build if it is not the old side.
	OldLine int    `json:"oldLine"`
	Against string `json:"against,omitempty"`
	// Cost is what running it takes; empty without timings.
	Cost   string  `json:"cost,omitempty"`
	Causes []Cause `json:"causes"`
	// MoreFiles counts the files that are to blame and have no Cause here.
	MoreFiles string  `json:"moreFiles,omitempty"`
	Fields    []Field `json:"fields"`
	// MoreFields counts the fields, equal on both sides, that are left out.
	MoreFields int     `json:"moreFields,omitempty"`
	Inputs     []Input `json:"inputs"`
	Follows    []int   `json:"follows"` // what loses the cache with it, in order
}

// Cause is a reason in words; More are further lines of it.
type Cause struct {
	Text string   `json:"text"`
	More []string `json:"more,omitempty"`
	Step int      `json:"step"` // that it follows, -1 if none
}

// Field is one part of a key, old beside new.
type Field struct {
	Name   string         `json:"name"`
	Before string         `json:"before"`
	After  string         `json:"after"`
	Change predict.Change `json:"change,omitempty"`
	Line   int            `json:"line,omitempty"`
}

// Input is something that a step reads.
type Input struct {
	What   string         `json:"what"`
	Status predict.Status `json:"status"`
	State  string         `json:"state"` // the status in words
	Step   int            `json:"step"`  // that made it, -1 if none
	Paths  []string       `json:"paths"`
	Files  int            `json:"files"` // index in Page.Files, -1 if none are told
}

// Config is an instruction that runs nothing.
type Config struct {
	Lines  [2]int         `json:"lines"`
	Kind   string         `json:"kind"` // "config", or "unreached" in a stage that is not built
	Change predict.Change `json:"change,omitempty"`
}

// GoneOne is a step that only the old build had.
type GoneOne struct {
	Name string `json:"name"`
	Line int    `json:"line"`
}

// Remark is a hint or a note.
type Remark struct {
	Kind string `json:"kind"` // "hint" or "note"
	At   string `json:"at"`
	Text string `json:"text"`
}

// The bounds of a page. Together they keep it below some 10 MB whatever the
// repository holds.
const (
	maxSteps      = 5000
	maxText       = 4000    // runes of a value or an instruction
	maxName       = 200     // of a name in a list
	maxCauses     = 60      // files to blame, told as causes of one step
	maxFieldBytes = 3 << 20 // of all steps' fields
	maxRemarks    = 200
)

// New makes a page of a prediction and its details. The error says that there
// are too many steps to draw.
func New(p *predict.Prediction, d *predict.Details) (*Page, error) {
	if len(p.Steps) > maxSteps {
		return nil, fmt.Errorf("a page draws %d steps at most, and there are %d: --format json has no limit", maxSteps, len(p.Steps))
	}
	page := &Page{
		Status: p.Verdict, Verdict: report.AllCached(p), First: -1,
		Before: report.RevisionText(p.Before), After: report.RevisionText(p.After), Summary: summary(p),
		Dockerfile: listing(d.After), Config: []Config{}, Gone: []GoneOne{}, Remarks: []Remark{}, Suggestions: []Suggestion{},
	}
	if i, ok := report.First(p); ok {
		s := p.Steps[i]
		page.First, page.Verdict = i, report.VerdictText(s.Status)
		page.Place, page.Text, page.Reason = report.StepPlace(s), report.StepText(s), report.Reason(s)
	}
	if d.Before.Text != d.After.Text {
		page.Dockerfile, page.Old = compared(d.Before, d.After)
	}
	page.Stages, page.Edges = stages(p, d)
	page.addSteps(p, d)
	page.addCosts(p)
	page.addSuggestions(p)
	for _, c := range d.Config {
		kind := "config"
		if c.Unreached {
			kind = "unreached"
		}
		page.Config = append(page.Config, Config{Lines: [2]int{c.Line, c.EndLine}, Kind: kind, Change: c.Change})
	}
	for _, g := range d.Gone[:min(len(d.Gone), maxRemarks)] {
		page.Gone = append(page.Gone, GoneOne{Name: short(g.Name), Line: g.Line})
	}
	page.addRemarks(p)
	return page, nil
}

func summary(p *predict.Prediction) string {
	hits := 0
	for _, s := range p.Steps {
		if s.Status == predict.Hit {
			hits++
		}
	}
	return fmt.Sprintf("%d of %s cached", hits, report.Count(len(p.Steps), "step"))
}

func (page *Page) addRemarks(p *predict.Prediction) {
	add := func(kind, file string, line int, text string) {
		if len(page.Remarks) < maxRemarks {
			page.Remarks = append(page.Remarks, Remark{Kind: kind, At: report.Place(file, line), Text: cli.Cut(cli.OneLine(text), maxText)})
		}
	}
	for _, h := range p.Hints {
		if !report.Suggested(p, h) {
			add("hint", h.File, h.Line, h.Text)
		}
	}
	for _, n := range p.Notes {
		add("note", n.File, n.Line, n.Text)
	}
	for _, c := range p.Config {
		add("note", p.Dockerfile, c.Line, c.Text+" "+report.ChangeWord(c.Change)+": it runs nothing")
	}
}

func short(s string) string { return cli.Cut(cli.Visible(s), maxName) }
func long(s string) string  { return cli.Cut(cli.Visible(s), maxText) }
