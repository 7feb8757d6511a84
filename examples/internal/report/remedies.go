package report

import (
	"fmt"
	"strings"

	"github.com/whybust/whybust/examples/internal/cli"
	"github.com/whybust/whybust/predict"
)

// What a comment on a pull request says of costs and remedies.

// maxPatch bounds a patch in it, in bytes: one that is cut is of no use.
const maxPatch = 6000

// cost writes what is rebuilt, in time, if builds were measured.
func (m markdown) cost(p *predict.Prediction) {
	text := CostText(p)
	if text == "" {
		return
	}
	m.line("\n**Cost** %s", text)
	steps := Unmeasured(p)
	m.folded(Count(len(steps), "step")+" never measured", len(steps), func(i int) string {
		s := p.Steps[steps[i]]
		return m.StepPlace(s) + ": " + m.StepText(s)
	}, "step")
}

// remedies writes the hints, and the suggestions with their patches.
func (m markdown) remedies(p *predict.Prediction) {
	var hints []predict.Hint
	for _, h := range p.Hints {
		if !Suggested(p, h) {
			hints = append(hints, h)
		}
	}
	if len(hints)+len(p.Suggestions) > 0 {
		m.line("\n**Remedy**\n")
	}
	m.list(len(hints), func(i int) string { return m.remark(hints[i].File, hints[i].Line, hints[i].Text) }, "hint")
	for i := range p.Suggestions {
		if m.size() > maxSection {
			m.line("\nand %s", Count(len(p.Suggestions)-i, "more suggestion"))
			return
		}
		m.suggestion(&p.Suggestions[i])
	}
}

// suggestion writes one remedy that was tried: what it saves, and folded the patch.
func (m markdown) suggestion(s *predict.Suggestion) {
	m.line("- %s  ", prose(cli.Cut(s.Text, maxRemark))) // two blanks end the line
	if s.Missing != "" {
		m.line("  Missing: %s", prose(cli.Cut(s.Missing, maxRemark)))
		return
	}
	m.line("  Saves %s", prose(cli.Cut(SavesText(s), maxRemark)))
	var lines []string
	for line := range strings.Lines(s.Diff) {
		lines = append(lines, cli.Visible(strings.TrimRight(line, "\r\n")))
	}
	patch := fenced("diff", lines...)
	if len(patch) > maxPatch {
		m.line("  The patch is too long for here; the text format prints it.")
		return
	}
	summary := "The patch"
	if n := len(s.Saves.Cached); n > 0 {
		summary += fmt.Sprintf(", which keeps %s cached", Count(n, "step"))
	}
	m.line("\n<details><summary>%s</summary>\n", summary)
	m.list(len(s.DependsOn), func(i int) string { return "if " + prose(cli.Cut(s.DependsOn[i], maxRemark)) }, "condition")
	m.line("\n%s\n\n</details>\n", patch)
}
