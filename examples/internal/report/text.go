package report

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/whybust/whybust/examples/internal/cli"
	"github.com/whybust/whybust/predict"
)

// How much a person reads at once.
const (
	maxFiles     = 10  // files named under the headline
	maxMoreFiles = 3   // and under each further step
	foldWidth    = 100 // the line that names the steps which follow, in runes
	maxFoldName  = 40  // one name in it
	maxCached    = 3   // further builds of the cache in the summary
)

// text is the rendering for people: the verdict and the first miss with its causes,
// what follows from it, then the steps that miss by themselves or may miss, and at
// last what is good to know.
type text struct {
	palette
	out *bytes.Buffer
	p   *predict.Prediction
}

// Text writes a prediction for people at a terminal, in colours or without.
func Text(out *bytes.Buffer, p *predict.Prediction, colors bool) {
	t := text{palette: palette(colors), out: out, p: p}
	t.verdict()
	t.config()
	t.hints()
	t.suggestions()
	t.notes()
}

func (t text) line(format string, args ...any) { fmt.Fprintf(t.out, format+"\n", args...) }

// section puts an empty line between what was written and what comes.
func (t text) section() {
	if t.out.Len() > 0 {
		t.line("")
	}
}

// verdict writes all that is to be said about the steps.
func (t text) verdict() {
	first, ok := First(t.p)
	if !ok {
		t.line("%s", t.paint(green, AllCached(t.p)))
		t.summary()
		return
	}
	misses := Cascades(t.p, predict.Miss)
	for _, b := range misses {
		if b.Step == first {
			t.bust(b, VerdictText(predict.Miss), red, maxFiles)
		}
	}
	for _, b := range misses {
		if b.Step != first {
			t.bust(b, "also at", red, maxMoreFiles)
		}
	}
	lead := "may also bust at"
	if len(misses) == 0 {
		lead = VerdictText(predict.MayHit)
	}
	for _, b := range Cascades(t.p, predict.MayHit) {
		t.bust(b, lead, yellow, maxMoreFiles)
		lead = "may also bust at"
	}
	t.section()
	t.summary()
}

// bust writes a step that is lost by itself, why, and what follows it.
func (t text) bust(b Cascade, lead, color string, files int) {
	t.section()
	s := t.p.Steps[b.Step]
	t.step(s, lead, color)
	causes := OwnCauses(s)
	if len(causes) == 0 {
		causes = s.Causes
	}
	t.causes(s, causes, files)
	t.fold(b, s.Status)
	for _, i := range b.Followers {
		if _, same := neededBy(t.p.Steps[i]); same {
			continue
		}
		if own := OwnCauses(t.p.Steps[i]); len(own) > 0 {
			t.step(t.p.Steps[i], "would bust anyway at", color)
			t.causes(t.p.Steps[i], own, maxMoreFiles)
		}
	}
}

func (t text) step(s predict.Step, lead, color string) {
	at := ""
	if place := Place(t.p.Dockerfile, s.Line); place != "" && s.Line > 0 {
		at = t.paint(dim, "  ("+place+")")
	}
	t.line("%s %s%s", t.paint(color, lead+" "+StepPlace(s)+":"), t.paint(bold, StepText(s)), at)
}

// causes writes the causes in their order, but at most limit files.
func (t text) causes(s predict.Step, causes []predict.Cause, limit int) {
	at := Place(t.p.Dockerfile, s.Line)
	files := 0
	more := map[predict.Change]int{}
	for _, c := range causes {
		if c.Kind == predict.CauseFile || c.Kind == predict.CauseIgnoreRule {
			if files++; files > limit {
				more[c.Change]++
				continue
			}
		}
		for _, line := range CauseLines(t.p, c, s.Status, at) {
			t.line("  %s", line)
		}
	}
	if files > limit {
		t.line("  and %s", MoreFiles(files-limit, more))
	}
}

// MoreFiles counts the files that are not named.
func MoreFiles(n int, by map[predict.Change]int) string {
	var parts []string
	for _, c := range []predict.Change{predict.Added, predict.Removed, predict.Modified} {
		if by[c] > 0 && by[c] < n {
			parts = append(parts, fmt.Sprintf("%d %s", by[c], c))
		}
	}
	s := Count(n, "more file")
	if len(parts) > 0 {
		s += " (" + strings.Join(parts, ", ") + ")"
	}
	return s
}

// fold names what follows in one line, as far as it goes.
func (t text) fold(b Cascade, status predict.Status) {
	if len(b.Followers) == 0 {
		return
	}
	line := followText(b, status)
	width := utf8.RuneCountInString(line)
	for n, i := range b.Followers {
		name := cli.Cut(cli.Visible(t.p.Steps[i].Name), maxFoldName)
		if width += utf8.RuneCountInString(name) + 2; n > 0 && width > foldWidth {
			line += fmt.Sprintf(", and %d more", len(b.Followers)-n)
			break
		}
		line += []string{": ", ", "}[min(n, 1)] + name
	}
	t.line("%s", line)
}

// followText is "3 steps follow", with a word on whether they are lost.
func followText(b Cascade, status predict.Status) string {
	s := Count(len(b.Followers), "step") + " follow"
	if len(b.Followers) == 1 {
		s += "s"
	}
	if status == predict.MayHit {
		s += ", hit or miss"
	}
	return s
}

// summary says what was compared, and how much is left of the cache.
func (t text) summary() {
	line := RevisionText(t.p.Before)
	for i, r := range t.p.Cached {
		if i == maxCached && len(t.p.Cached) > maxCached+1 {
			line += fmt.Sprintf(" and %d more", len(t.p.Cached)-i)
			break
		}
		line += " and " + RevisionText(r)
	}
	t.line("%s", t.paint(dim, line+" -> "+RevisionText(t.p.After)+cachedText(t.p)))
	t.cost()
}

// cachedText is ": 6 of 10 steps cached", and nothing if all are.
func cachedText(p *predict.Prediction) string {
	if n := len(p.Steps); hits(p) < n {
		return fmt.Sprintf(": %d of %s cached", hits(p), Count(n, "step"))
	}
	return ""
}

// hits counts the cached steps.
func hits(p *predict.Prediction) (n int) {
	for _, s := range p.Steps {
		if s.Status == predict.Hit {
			n++
		}
	}
	return n
}

func (t text) config() {
	if len(t.p.Config) == 0 {
		return
	}
	t.section()
	t.line("changed without running anything:")
	for _, c := range t.p.Config {
		at := ""
		if c.Line > 0 {
			at = t.paint(dim, "  ("+Place(t.p.Dockerfile, c.Line)+")")
		}
		t.line("  %s %s%s", cli.Cut(cli.Visible(c.Text), maxName), ChangeWord(c.Change), at)
	}
}

func (t text) hints() {
	first := true
	for _, h := range t.p.Hints {
		if Suggested(t.p, h) {
			continue
		}
		if first {
			t.section()
		}
		first = false
		t.remark(t.paint(cyan, "hint:"), h.File, h.Line, h.Text)
	}
}

func (t text) notes() {
	if len(t.p.Notes) > 0 {
		t.section()
	}
	for _, n := range t.p.Notes {
		t.remark(t.paint(dim, "note:"), n.File, n.Line, n.Text)
	}
}

func (t text) remark(lead, file string, line int, s string) {
	if place := Place(file, line); place != "" {
		lead += " " + place + ":"
	}
	t.line("%s %s", lead, cli.OneLine(s))
}

// Count is "1 step" or "2 steps".
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
