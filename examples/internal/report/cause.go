package report

import (
	"fmt"
	"strings"

	"github.com/whybust/whybust/examples/internal/cli"
	"github.com/whybust/whybust/predict"
)

// The longest texts that a line quotes, in runes.
const (
	maxName  = 100 // a step's name
	maxValue = 60  // a value before or after
	maxText  = 96  // a changed instruction
)

// CauseLines says one cause of a step in words: a line, and two more for a changed
// text. at is the file and line that the reader already knows about.
func CauseLines(p *predict.Prediction, c predict.Cause, status predict.Status, at string) []string {
	if status == predict.MayHit && Follows(c) {
		return []string{hangsOn(p, c)}
	}
	line := Phrase(p, c)
	if where := Place(c.File, c.Line); where != "" && where != at {
		line += "  (" + where + ")"
	}
	if status == predict.MayHit {
		return []string{line, hangsOn(p, c)}
	}
	if !showsTexts(c) {
		return []string{line}
	}
	before, after := cli.CutPair(cli.Visible(c.Before), cli.Visible(c.After), maxText)
	return []string{line, "  - " + before, "  + " + after}
}

// showsTexts reports whether the values of c go on lines of their own.
func showsTexts(c predict.Cause) bool {
	return c.Kind == predict.CauseInstruction && c.Before != "" && c.After != ""
}

// Phrase says what changed, as short as it can be said.
func Phrase(p *predict.Prediction, c predict.Cause) string {
	switch c.Kind {
	case predict.CauseFile:
		return cli.VisiblePath(c.Path) + " " + fileChange(c)
	case predict.CauseIgnoreRule:
		return cli.VisiblePath(c.Path) + " " + ignoreChange(c.Change)
	case predict.CauseGitDir:
		return ".git is in the context and differs with every commit"
	case predict.CauseNewStep:
		return "new step: the old build had none like it"
	case predict.CauseParent, predict.CauseStageOutput:
		return followPhrase(p, c)
	}
	s := Subject(c) + " " + ChangeWord(c.Change)
	if showsTexts(c) {
		return s
	}
	return s + values(c)
}

// Subject names what a cause is about.
func Subject(c predict.Cause) string {
	name := cli.Visible(c.Name)
	switch c.Kind {
	case predict.CauseFile, predict.CauseIgnoreRule:
		return cli.VisiblePath(c.Path)
	case predict.CauseGitDir:
		return ".git"
	case predict.CauseInstruction:
		return "instruction"
	case predict.CauseArg:
		return "ARG " + name
	case predict.CauseEnv:
		return "ENV " + name
	case predict.CauseWorkdir:
		return "working directory"
	case predict.CauseUser:
		return "user"
	case predict.CauseShell:
		return "SHELL"
	case predict.CauseBase:
		return "base image"
	case predict.CauseMount:
		return strings.TrimSpace("mount " + name)
	case predict.CausePlatform:
		return "platform"
	case predict.CauseFrontend:
		return "# syntax="
	case predict.CauseNewStep:
		return "new step"
	case predict.CauseStageOutput, predict.CauseParent:
		return "output of " + cli.Cut(name, maxValue)
	case predict.CauseRemote, predict.CauseOption:
		if name == "" {
			name = cli.Visible(c.Path)
		}
		if name != "" {
			return cli.Cut(name, maxName)
		}
	}
	return cli.Visible(string(c.Kind))
}

// ChangeWord is the change of anything but a file.
func ChangeWord(c predict.Change) string {
	switch c {
	case predict.Added, predict.Removed, predict.Moved:
		return string(c)
	case predict.Unknown:
		return "may differ"
	default:
		return "changed"
	}
}

// values tells the old and new value, as far as the prediction gives them.
func values(c predict.Cause) string {
	before, after := cli.CutPair(cli.Visible(c.Before), cli.Visible(c.After), maxValue)
	switch {
	case before != "" && after != "":
		return ": " + before + " -> " + after
	case after != "":
		return ": " + after
	case before != "":
		return ", was: " + before
	default:
		return ""
	}
}

// fileChange is what happened to a file.
func fileChange(c predict.Cause) string {
	switch c.Change {
	case predict.Mode:
		return "permissions changed" + values(c)
	case predict.Type:
		return "changed its type" + values(c)
	case predict.Link:
		return "link target changed" + values(c)
	case predict.Owner:
		return "owner changed" + values(c)
	case predict.Unknown:
		return "may differ"
	case "":
		return "modified"
	default:
		return cli.Visible(string(c.Change))
	}
}

func ignoreChange(c predict.Change) string {
	switch c {
	case predict.Added:
		return "is no longer ignored"
	case predict.Removed:
		return "is now ignored"
	default:
		return "is touched by an ignore rule"
	}
}

// followPhrase says which step a step hangs on.
func followPhrase(p *predict.Prediction, c predict.Cause) string {
	verb, what := "follows ", "an earlier step"
	if c.Kind == predict.CauseStageOutput {
		verb, what = "takes what is made by ", "an earlier stage"
		if c.Name != "" {
			what = "stage " + cli.Cut(cli.Visible(c.Name), maxValue)
		}
	}
	if s, ok := followedStep(p, c); ok {
		what = StepPlace(s)
	}
	return verb + what
}

// hangsOn says what a step that may hit is waiting for.
func hangsOn(p *predict.Prediction, c predict.Cause) string {
	if s, ok := followedStep(p, c); ok {
		return "cached if " + StepPlace(s) + " writes the same bytes again"
	}
	return "cached if the bytes are the same"
}

func followedStep(p *predict.Prediction, c predict.Cause) (predict.Step, bool) {
	if c.Step == nil || *c.Step < 0 || *c.Step >= len(p.Steps) {
		return predict.Step{}, false
	}
	return p.Steps[*c.Step], true
}

// StepPlace is "step 4/6 of builder".
func StepPlace(s predict.Step) string {
	place := fmt.Sprintf("step %d/%d", s.Step, s.Of)
	if s.Stage != "" {
		place += " of " + cli.Visible(s.Stage)
	}
	return place
}

// StepText is the step's name without BuildKit's "[builder 4/6] ".
func StepText(s predict.Step) string {
	name := s.Name
	if rest, ok := strings.CutPrefix(name, "["); ok {
		if _, text, ok := strings.Cut(rest, "] "); ok {
			name = text
		}
	}
	return cli.Cut(cli.Visible(name), maxName)
}

// Place is "Dockerfile:7", as editors and terminals know it.
func Place(file string, line int) string {
	switch {
	case file == "":
		return ""
	case line == 0:
		return cli.VisiblePath(file)
	default:
		return fmt.Sprintf("%s:%d", cli.VisiblePath(file), line)
	}
}
