package report

import (
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
		return []string{plain.hangsOn(p, c)}
	}
	line := Phrase(p, c)
	if where := Place(c.File, c.Line); where != "" && where != at {
		line += "  (" + where + ")"
	}
	if status == predict.MayHit {
		return []string{line, plain.hangsOn(p, c)}
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
func (w Words) Phrase(p *predict.Prediction, c predict.Cause) string {
	switch c.Kind {
	case predict.CauseFile:
		return w.path(c.Path) + w.inContext(c) + " " + w.fileChange(c)
	case predict.CauseIgnoreRule:
		return w.path(c.Path) + w.inContext(c) + " " + ignoreChange(c.Change)
	case predict.CauseContext:
		return w.Subject(c) + " is a directory, sent anew with every build: nothing on it is cached"
	case predict.CauseGitDir:
		return w.code(".git") + " is in the context and differs with every commit"
	case predict.CauseNewStep:
		return "new step: the old build had none like it"
	case predict.CauseNoCache:
		return "looks into no cache: " + w.code("--no-cache") + " or " + w.code("--no-cache-filter")
	case predict.CauseNotExported:
		return w.notExported(p, c)
	case predict.CauseImports:
		return "not all imported caches that hold the step before it hold this one: BuildKit may not find it"
	case predict.CauseRehash:
		return "takes the whole" + w.wholeContext(c) + ", which BuildKit hashes in another way once another step opened it for writing"
	case predict.CauseParent, predict.CauseStageOutput:
		return w.followPhrase(p, c)
	}
	s := w.Subject(c) + " " + ChangeWord(c.Change)
	if showsTexts(c) {
		return s
	}
	return s + w.values(c)
}

// inContext says which context a file is in, if it is a named one.
func (w Words) inContext(c predict.Cause) string {
	if c.Context == "" {
		return ""
	}
	return " of build context " + w.code(cli.Visible(c.Context))
}

// wholeContext names a context.
func (w Words) wholeContext(c predict.Cause) string {
	if c.Context == "" {
		return " build context"
	}
	return strings.TrimPrefix(w.inContext(c), " of")
}

// notExported says that only the key of a step travelled.
func (w Words) notExported(p *predict.Prediction, c predict.Cause) string {
	how := "not exported by " + w.code("mode="+cli.Visible(c.Name))
	if c.Name == string(predict.CacheInline) {
		how = "not in the inline cache"
	}
	s, ok := followedStep(p, c)
	switch {
	case ok && s.Status == predict.Hit:
		return how + ": needed because " + w.StepPlace(s) + " reads it"
	case ok:
		return how + ": needed because " + w.StepPlace(s) + " re-runs"
	}
	return how
}

// Subject names what a cause is about.
func (w Words) Subject(c predict.Cause) string {
	name := cli.Visible(c.Name)
	switch c.Kind {
	case predict.CauseFile, predict.CauseIgnoreRule:
		return w.path(c.Path) + w.inContext(c)
	case predict.CauseContext:
		return "build context " + w.code(cli.Visible(c.Context))
	case predict.CauseGitDir:
		return w.code(".git")
	case predict.CauseInstruction:
		return "instruction"
	case predict.CauseArg:
		return w.code(strings.TrimSpace("ARG " + name))
	case predict.CauseEnv:
		return w.code(strings.TrimSpace("ENV " + name))
	case predict.CauseWorkdir:
		return "working directory"
	case predict.CauseUser:
		return "user"
	case predict.CauseShell:
		return w.code("SHELL")
	case predict.CauseBase:
		return "base image" + w.inContext(c)
	case predict.CauseMount:
		return strings.TrimSpace("mount " + w.code(name))
	case predict.CausePlatform:
		return "platform"
	case predict.CauseFrontend:
		return w.code("# syntax=")
	case predict.CauseNewStep:
		return "new step"
	case predict.CauseNoCache:
		return w.code("--no-cache")
	case predict.CauseNotExported:
		return "not exported"
	case predict.CauseImports:
		return "several imported caches"
	case predict.CauseRehash:
		return "the whole" + w.wholeContext(c)
	case predict.CauseStageOutput, predict.CauseParent:
		return "output of " + w.code(cli.Cut(name, maxValue))
	case predict.CauseRemote, predict.CauseOption:
		if name == "" {
			name = cli.Visible(c.Path)
		}
		if name == "" && c.Context != "" {
			return strings.TrimPrefix(w.inContext(c), " of ")
		}
		if name != "" {
			return w.code(cli.Cut(name, maxName))
		}
	}
	return w.code(cli.Visible(string(c.Kind)))
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
func (w Words) values(c predict.Cause) string {
	before, after := cli.CutPair(cli.Visible(c.Before), cli.Visible(c.After), maxValue)
	before, after = w.code(before), w.code(after)
	switch {
	case before != "" && after != "":
		return ": " + before + w.arrow() + after
	case after != "":
		return ": " + after
	case before != "":
		return ", was: " + before
	default:
		return ""
	}
}

// fileChange is what happened to a file.
func (w Words) fileChange(c predict.Cause) string {
	switch c.Change {
	case predict.Mode:
		return "permissions changed" + w.values(c)
	case predict.Type:
		return "changed its type" + w.values(c)
	case predict.Link:
		return "link target changed" + w.values(c)
	case predict.Owner:
		return "owner changed" + w.values(c)
	case predict.Unknown:
		return "may differ"
	case "", predict.Modified:
		return "modified"
	case predict.Added, predict.Removed:
		return string(c.Change)
	default:
		return w.code(cli.Visible(string(c.Change)))
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
func (w Words) followPhrase(p *predict.Prediction, c predict.Cause) string {
	verb, what := "follows ", "an earlier step"
	if c.Kind == predict.CauseStageOutput {
		verb, what = "takes what is made by ", "an earlier stage"
		if c.Name != "" {
			what = "stage " + w.code(cli.Cut(cli.Visible(c.Name), maxValue))
		}
	}
	if s, ok := followedStep(p, c); ok {
		what = w.StepPlace(s)
	}
	return verb + what
}

// hangsOn says what a step that may hit is waiting for.
func (w Words) hangsOn(p *predict.Prediction, c predict.Cause) string {
	if c.Kind == predict.CauseImports {
		return "which of them answers first is chance"
	}
	if c.Kind == predict.CauseRehash {
		return "which comes first is a race"
	}
	if s, ok := followedStep(p, c); ok && c.Kind == predict.CauseNotExported {
		return "not run if " + w.StepPlace(s) + " is cached"
	}
	if s, ok := followedStep(p, c); ok {
		return "cached if " + w.StepPlace(s) + " writes the same bytes again"
	}
	return "cached if the bytes are the same"
}

func followedStep(p *predict.Prediction, c predict.Cause) (predict.Step, bool) {
	if c.Step == nil || *c.Step < 0 || *c.Step >= len(p.Steps) {
		return predict.Step{}, false
	}
	return p.Steps[*c.Step], true
}
