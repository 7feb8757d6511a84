package report

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/whybust/whybust/examples/internal/cli"
	"github.com/whybust/whybust/predict"
)

// A comment may have 65,536 characters on GitHub, and a million on GitLab.
const (
	// MaxMarkdown bounds what Markdown writes, in bytes.
	MaxMarkdown = 60000
	// maxLists is where lists end, and maxList bounds one of them, so that the
	// others get their share.
	maxLists, maxList = 52000, 12000
	// maxSection is where no further step or target is begun.
	maxSection = 48000
)

// How many causes stand in sight; the others are folded.
const (
	maxShown     = 5
	maxShownMore = 3
)

// Markdown writes the answer as a comment on a pull request, for GitHub and for GitLab:
// the verdict first, then why, the remedy, and folded what follows. It stays
// under MaxMarkdown bytes and says how much it leaves out.
func Markdown(out *bytes.Buffer, targets []Target) {
	m := markdown{Words: Words{Code: codeSpan}, out: out, start: out.Len()}
	if len(targets) == 1 && targets[0].Name == "" && targets[0].Prediction != nil {
		p := targets[0].Prediction
		m.line("### %s", m.Headline(p))
		m.target(p)
		m.compared(p)
		return
	}
	m.several(targets)
}

// markdown is the rendering for a page of a host.
type markdown struct {
	Words
	out   *bytes.Buffer
	start int // what was in out before
}

func (m markdown) line(format string, args ...any) { fmt.Fprintf(m.out, format+"\n", args...) }

// size is how much was written, in bytes.
func (m markdown) size() int { return m.out.Len() - m.start }

// list writes n items, as far as there is room, and counts the rest.
func (m markdown) list(n int, item func(i int) string, noun string) {
	end := min(maxLists, m.size()+maxList)
	for i := range n {
		s := item(i)
		if m.size()+len(s) > end {
			m.line("- and %s", Count(n-i, "more "+noun))
			return
		}
		m.line("- %s", s)
	}
}

// folded writes a list that opens at a click. The summary is HTML and holds
// nothing of the repository.
func (m markdown) folded(summary string, n int, item func(i int) string, noun string) {
	if n == 0 {
		return
	}
	m.line("\n<details><summary>%s</summary>\n", summary)
	m.list(n, item, noun)
	m.line("\n</details>")
}

// target writes what is to be said of one target below its headline.
func (m markdown) target(p *predict.Prediction) {
	first, ok := First(p)
	busts := append(Cascades(p, predict.Miss), Cascades(p, predict.MayHit)...)
	for _, b := range busts {
		if ok && b.Step == first {
			m.firstBust(p, b)
		}
	}
	lead := "Also busts at"
	left := 0
	for _, b := range busts {
		s := p.Steps[b.Step]
		if s.Status == predict.MayHit {
			lead = "May also bust at"
		}
		switch {
		case b.Step == first:
		case m.size() > maxSection:
			left++
		default:
			m.line("\n**%s** %s: %s%s\n", lead, m.StepPlace(s), m.StepText(s), m.at(p.Dockerfile, s.Line))
			m.causes(p, b.Step, maxShownMore)
			m.followers(p, b)
		}
	}
	if left > 0 {
		m.line("\n%s for reasons of their own.", Count(left, "more step")+" lost")
	}
	m.rest(p)
}

// at is " (`Dockerfile:5`)", or nothing.
func (m markdown) at(file string, line int) string {
	if place := m.Place(file, line); place != "" && line > 0 {
		return " (" + place + ")"
	}
	return ""
}

// firstBust writes why the headline's step is lost, and the remedy right below.
func (m markdown) firstBust(p *predict.Prediction, b Cascade) {
	s := p.Steps[b.Step]
	if s.Line > 0 && p.Dockerfile != "" {
		m.line("\n%s, because of\n", m.Place(p.Dockerfile, s.Line))
	} else {
		m.line("")
	}
	m.causes(p, b.Step, maxShown)
	m.cost(p)
	m.remedies(p)
	m.followers(p, b)
}

// remark is a hint or a note with its place before it.
func (m markdown) remark(file string, line int, text string) string {
	text = prose(cli.Cut(text, maxRemark))
	if place := m.Place(file, line); place != "" {
		return place + ": " + text
	}
	return text
}

// maxRemark bounds a hint or a note, in runes.
const maxRemark = 1000

// causes writes the causes of a step: shown of them in sight, the others folded.
func (m markdown) causes(p *predict.Prediction, step, shown int) {
	s := p.Steps[step]
	causes := OwnCauses(s)
	if len(causes) == 0 {
		causes = s.Causes
	}
	item := func(i int) string { return m.cause(p, s, causes[i]) }
	if len(causes) <= shown {
		m.list(len(causes), item, "cause")
		return
	}
	m.list(shown, item, "cause")
	folded := causes[shown:]
	noun, summary := "cause", Count(len(folded), "more cause")
	if by := countFiles(folded); by != nil {
		noun, summary = "file", MoreFiles(len(folded), by)
	}
	m.folded(summary, len(folded), func(i int) string { return item(shown + i) }, noun)
}

// countFiles counts the causes by change, if all of them are files.
func countFiles(causes []predict.Cause) map[predict.Change]int {
	by := map[predict.Change]int{}
	for _, c := range causes {
		if c.Kind != predict.CauseFile && c.Kind != predict.CauseIgnoreRule {
			return nil
		}
		by[c.Change]++
	}
	return by
}

// cause is one cause as an item of a list.
func (m markdown) cause(p *predict.Prediction, s predict.Step, c predict.Cause) string {
	if s.Status == predict.MayHit && Follows(c) {
		return m.hangsOn(p, c)
	}
	line := m.Phrase(p, c)
	if c.File != p.Dockerfile || c.Line != s.Line {
		line += m.at(c.File, c.Line)
	}
	if s.Status == predict.MayHit {
		return line + ": " + m.hangsOn(p, c)
	}
	if !showsTexts(c) {
		return line
	}
	before, after := cli.CutPair(cli.Visible(c.Before), cli.Visible(c.After), maxText)
	return line + "\n" + indent(fenced("diff", "- "+before, "+ "+after))
}

// indent makes a block part of a list's item.
func indent(s string) string { return "  " + strings.ReplaceAll(s, "\n", "\n  ") }

// followers folds the steps that follow one.
func (m markdown) followers(p *predict.Prediction, b Cascade) {
	m.folded(followText(b, p.Steps[b.Step].Status), len(b.Followers), func(i int) string {
		s := p.Steps[b.Followers[i]]
		item := m.StepPlace(s) + ": " + m.StepText(s)
		if own := OwnCauses(s); len(own) > 0 {
			item += ", which would bust anyway: " + m.Phrase(p, own[0])
			if len(own) > 1 {
				item += fmt.Sprintf(" and %d more", len(own)-1)
			}
		}
		return item
	}, "step")
}

// rest writes what stands below the steps.
func (m markdown) rest(p *predict.Prediction) {
	if _, ok := First(p); !ok {
		m.remedies(p)
	}
	m.folded(Count(len(p.Config), "instruction")+" changed without running anything", len(p.Config), func(i int) string {
		c := p.Config[i]
		return m.code(cli.Cut(cli.Visible(c.Text), maxName)) + " " + ChangeWord(c.Change) + m.at(p.Dockerfile, c.Line)
	}, "instruction")
	m.folded("What two revisions cannot show: "+Count(len(p.Notes), "note"), len(p.Notes), func(i int) string {
		return m.remark(p.Notes[i].File, p.Notes[i].Line, p.Notes[i].Text)
	}, "note")
}

// compared says what was compared and how much is left of the cache.
func (m markdown) compared(p *predict.Prediction) {
	m.line("\n%s → %s%s", m.RevisionText(p.Before), m.RevisionText(p.After), cachedText(p))
}
