package explorer

import (
	"strings"

	"github.com/whybust/whybust/examples/internal/cli"
	"github.com/whybust/whybust/examples/internal/report"
	"github.com/whybust/whybust/predict"
)

// Suggestion is a remedy that was tried.
type Suggestion struct {
	Step  int    `json:"step"` // that it is about, -1 if none
	Place string `json:"place,omitempty"`
	Text  string `json:"text"`
	// Saves says what it would have saved, Cached names the steps that it keeps.
	Saves  string   `json:"saves"`
	Cached []string `json:"cached"`
	// MoreCached counts those that are not named.
	MoreCached int      `json:"moreCached,omitempty"`
	DependsOn  []string `json:"dependsOn"`
	// Missing says what has to be known for a patch; then there is no Diff.
	Missing string `json:"missing,omitempty"`
	// Diff are the lines of the patch. A tab is the one character in a Page that is not visible: without it the
	// patch would not apply.
	Diff []string `json:"diff"`
	// MoreLines counts the lines that are left out.
	MoreLines int `json:"moreLines,omitempty"`
}

// The bounds of the suggestions.
const (
	maxSuggestions = 64
	maxCached      = 40
	maxDiffBytes   = 1 << 19 // of all suggestions' patches
)

// addCosts says what the build and its steps take.
func (page *Page) addCosts(p *predict.Prediction) {
	if p.Cost == nil {
		return
	}
	page.Cost = report.CostText(p)
	if n := len(report.Unmeasured(p)); n > 0 {
		page.Cost = strings.TrimPrefix(page.Cost+"; never measured: "+report.Count(n, "step"), "; ")
	}
	for i, s := range p.Steps {
		if s.Duration != nil {
			page.Steps[i].Cost = report.Took(*s.Duration)
		} else {
			page.Steps[i].Cost = "never measured"
		}
	}
}

func (page *Page) addSuggestions(p *predict.Prediction) {
	room := maxDiffBytes
	for i := range p.Suggestions[:min(len(p.Suggestions), maxSuggestions)] {
		s := &p.Suggestions[i]
		out := Suggestion{
			Step: -1, Text: cli.Cut(cli.OneLine(s.Text), maxText), Missing: cli.Cut(cli.OneLine(s.Missing), maxText),
			Cached: []string{}, DependsOn: []string{}, Diff: []string{},
		}
		if s.Step >= 0 && s.Step < len(p.Steps) {
			out.Step, out.Place = s.Step, report.StepPlace(p.Steps[s.Step])
		}
		if s.Missing == "" {
			out.Saves = report.SavesText(s)
			out.Diff, out.MoreLines = diffLines(s.Diff, &room)
		}
		for _, name := range s.Saves.Cached[:min(len(s.Saves.Cached), maxCached)] {
			out.Cached = append(out.Cached, short(name))
		}
		out.MoreCached = len(s.Saves.Cached) - len(out.Cached)
		for _, d := range s.DependsOn {
			out.DependsOn = append(out.DependsOn, cli.Cut(cli.OneLine(d), maxText))
		}
		page.Suggestions = append(page.Suggestions, out)
	}
}

// diffLines are the lines of a patch as far as there is room, and how many are not.
func diffLines(diff string, room *int) (lines []string, omitted int) {
	lines = []string{}
	for line := range strings.Lines(diff) {
		parts := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		for i := range parts {
			parts[i] = cli.Visible(parts[i])
		}
		text := strings.Join(parts, "\t")
		if *room < len(text) || omitted > 0 {
			omitted++
			continue
		}
		*room -= len(text)
		lines = append(lines, text)
	}
	return lines, omitted
}
