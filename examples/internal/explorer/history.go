package explorer

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"html/template"
	"io"
)

// HistoryPage is a history as it is drawn: a heat map of builds by steps, and what each build
// was. HistoryBuilder makes one. Its texts hold visible characters only; places, names and
// reasons of the builds are indexes in Texts, since most of them recur.
type HistoryPage struct {
	// Title says what was built, Range from which commit to which.
	Title string `json:"title"`
	Range string `json:"range"`
	// Summary is the headline: how many builds were altogether cached. Facts are more of that kind.
	Summary string   `json:"summary"`
	Facts   []string `json:"facts"`
	// Few is set if there are so few builds that a rate says little about others.
	Few bool `json:"few"`
	// Builds is how many were predicted, Omitted how many of them, the oldest, are only
	// counted and not drawn.
	Builds  int `json:"builds"`
	Omitted int `json:"omitted"`
	// Rows are the steps, those of the newest Dockerfile first; MoreRows counts those that are not drawn.
	Rows     []HistoryRow `json:"rows"`
	MoreRows int          `json:"moreRows"`
	// Columns are the builds, and the commits that cannot be built, the oldest first.
	Columns []HistoryColumn `json:"columns"`
	// Layouts are the steps that builds had, in their order.
	Layouts  []HistoryLayout  `json:"layouts"`
	Texts    []string         `json:"texts"`
	Culprits []HistoryCulprit `json:"culprits"`
	Break    *HistoryBreak    `json:"break,omitempty"`
	// Command and Context are the words before and after the two commits of a command that makes the
	// page of one build.
	Command []string `json:"command"`
	Context []string `json:"context"`
	// Depth is how many builds are in the cache of each.
	Depth int `json:"depth"`
	// WhatIf is the same history with a change, drawn beside it; nil without.
	WhatIf *HistoryWhatIf `json:"whatIf,omitempty"`

	pages []template.JS // of HistoryColumn.Page
}

// HistoryRow is a step, followed through the history, with its name in the newest build
// that had it.
type HistoryRow struct {
	Place   string `json:"place"`
	Text    string `json:"text"`
	Current bool   `json:"current"` // the newest build has it
	// Runs is how many builds had it. Own is how many of the misses had a cause of its own.
	Runs    int `json:"runs"`
	Hits    int `json:"hits"`
	MayHits int `json:"mayHits"`
	Misses  int `json:"misses"`
	Own     int `json:"own"`
	// Rate says how many builds lost it: "36% of 200".
	Rate string `json:"rate"`
	// Causes are the kinds of causes in words, and From the rows that it followed, each with the number of builds.
	Causes []HistoryCount `json:"causes"`
	From   [][2]int       `json:"from"`
	// Lost is the time that its misses came to; empty without timings.
	Lost string `json:"lost,omitempty"`
}

// HistoryCount is a number of builds.
type HistoryCount struct {
	Text   string `json:"text"`
	Builds int    `json:"builds"`
}

// HistoryColumn is a build, or a commit that cannot be built.
type HistoryColumn struct {
	Commit  string `json:"commit"` // abbreviated
	Date    string `json:"date"`
	Subject string `json:"subject"`
	Layout  int    `json:"layout"`
	// Cells has a letter for each step of the layout: h hit, m may hit, o miss for a reason
	// of its own, f miss because it follows.
	Cells string `json:"cells"`
	// Why has a step of the layout and a text for each reason; MoreWhy counts those left out.
	Why     [][2]int `json:"why,omitempty"`
	MoreWhy int      `json:"moreWhy,omitempty"`
	// Before is the commit of the build before it.
	Before string `json:"before,omitempty"`
	// Page is the index of the page of this build plus 1, 0 if it is not in the file.
	Page int `json:"page,omitempty"`
	// Error says why it cannot be built; then there are no cells.
	Error string `json:"error,omitempty"`
	// Unchanged says why it was built without the change.
	Unchanged string `json:"unchanged,omitempty"`
}

// HistoryLayout lists the steps of builds: for each its row, -1 if that is not drawn,
// and its place and text then.
type HistoryLayout struct {
	Rows   []int `json:"rows"`
	Places []int `json:"places"`
	Names  []int `json:"names"`
}

// HistoryCulprit is what alone broke builds.
type HistoryCulprit struct {
	Kind   string `json:"kind"` // "file", "directory" or "pattern"
	Name   string `json:"name"`
	Builds int    `json:"builds"`
	Lost   string `json:"lost,omitempty"`
}

// HistoryBreak is where the trend broke.
type HistoryBreak struct {
	Column int    `json:"column"` // -1 if it is not drawn
	Text   string `json:"text"`
}

//go:embed assets/history.gohtml
var historyTemplate string

//go:embed assets/history.css
var historyStyle string

//go:embed assets/history.js
var historyScript string

// WriteHistory writes the page of a history as one HTML file, which needs nothing else. Nothing is
// written if that fails.
func WriteHistory(w io.Writer, page *HistoryPage) error {
	parsed, err := template.New("history").Parse(historyTemplate)
	if err != nil {
		return err
	}
	style, script := style+historyStyle, script+historyScript
	var out bytes.Buffer
	if err := parsed.Execute(&out, map[string]any{
		"Page": page, "Pages": page.pages, "Style": template.CSS(style), "Script": template.JS(script), "Policy": policy(style, script),
	}); err != nil {
		return err
	}
	_, err = w.Write(out.Bytes())
	return err
}

// asScript is a page as JSON that can stand in a script element: json escapes <, > and &.
func asScript(page *Page) (template.JS, error) {
	data, err := json.Marshal(page)
	return template.JS(data), err
}
