package report

import (
	"bytes"
	"fmt"
	"path"
	"strings"

	"github.com/whybust/whybust/examples/internal/cli"
	"github.com/whybust/whybust/predict"
)

// Annotation is a remark on lines of a file, for the page of changed files.
type Annotation struct {
	// File is relative to the repository's root.
	File string
	// Line is the line in the new state of the file, from 1.
	Line    int
	Title   string
	Message string
	Warning bool // or else a notice
}

// Annotate places one annotation for a target, on a line that the change
// touched: of the Dockerfile, of the ignore file, or of the first file that made the headline's
// step miss. touched tells the first line of a file that the change
// touched between two lines (0 being no bound), 0 if there is none. The paths of
// causes are relative to the target's Context.
func Annotate(t Target, touched func(file string, from, to int) (int, error)) (*Annotation, error) {
	p := t.Prediction
	if p == nil || t.Verdict == predict.TargetNew {
		return nil, nil
	}
	i, ok := First(p)
	if !ok {
		return nil, nil
	}
	s := p.Steps[i]
	note := &Annotation{Title: Headline(p), Warning: s.Status == predict.Miss}
	if t.Name != "" {
		note.Title = cli.Cut(TargetName(t), maxValue) + ": " + note.Title
	}
	for _, c := range OwnCauses(s) {
		file, from, to := c.File, c.Line, c.Line
		switch {
		case c.Kind == predict.CauseFile && c.Change != predict.Removed:
			file, from, to = path.Join(t.Context, c.Path), 0, 0
		case c.Line == s.Line && c.File == p.Dockerfile:
			to = max(s.Line, s.EndLine)
		case file == "" || c.Line == 0:
			continue
		}
		if !cli.IsVisible(file) {
			continue
		}
		line, err := touched(file, from, to)
		if err != nil {
			return nil, err
		}
		if line > 0 {
			note.File, note.Line, note.Message = file, line, annotationText(p, i, c)
			return note, nil
		}
	}
	return nil, nil
}

// annotationText says what made step i miss, how much else did, and what follows.
func annotationText(p *predict.Prediction, i int, c predict.Cause) string {
	s := Phrase(p, c)
	if more := len(OwnCauses(p.Steps[i])) - 1; more > 0 {
		s += fmt.Sprintf(" and %d more", more)
	}
	for _, b := range Cascades(p, p.Steps[i].Status) {
		if b.Step == i && len(b.Followers) > 0 {
			s += "; " + followText(b, p.Steps[i].Status)
		}
	}
	return s
}

// GitHub writes what a job of GitHub Actions prints: the headline of each target
// and the annotations, as commands to the runner.
func GitHub(out *bytes.Buffer, targets []Target, notes []Annotation) {
	for _, t := range targets {
		line := TargetLine(t)
		if t.Name != "" {
			line = TargetName(t) + ": " + line
		}
		fmt.Fprintln(out, quiet(line))
	}
	for _, n := range notes {
		command := "notice"
		if n.Warning {
			command = "warning"
		}
		fmt.Fprintf(out, "::%s file=%s,line=%d,title=%s::%s\n", command, property(n.File), n.Line, property(n.Title), data(n.Message))
	}
}

// data and property escape what stands in a command, as actions/toolkit does
// (packages/core/src/command.ts).
var (
	dataEscapes     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	propertyEscapes = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

func data(s string) string     { return dataEscapes.Replace(cli.QuietText(s)) }
func property(s string) string { return propertyEscapes.Replace(cli.QuietText(s)) }

// quiet makes a line of text that no runner takes for a command.
func quiet(s string) string {
	s = cli.QuietText(s)
	if strings.HasPrefix(strings.TrimLeft(s, " "), "::") {
		return `\x3a` + strings.TrimLeft(s, " ")[1:]
	}
	return s
}

// Quiet breaks, in text of several lines, whatever a runner of CI would take for
// a command to itself: text of the repository must not give any.
func Quiet(s string) string {
	var b strings.Builder
	for line := range strings.Lines(s) {
		b.WriteString(quiet(line))
	}
	return b.String()
}
