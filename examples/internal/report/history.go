package report

import (
	"fmt"
	"math"

	"github.com/whybust/whybust/examples/internal/cli"
	"github.com/whybust/whybust/predict/history"
)

// HistoryRange is "200 builds, 1a2b3c4d5e6f (2026-01-31) to 2b3c4d5e6f70 (2026-03-31)".
func HistoryRange(s *history.Summary) string {
	text := Count(s.Builds, "build")
	if s.First != nil && s.Last != nil {
		text += ", " + commitText(*s.First) + " to " + commitText(*s.Last)
	}
	return text
}

// branchText says that the builds are those of pull requests, empty if they are not.
func branchText(c history.Cache) string {
	if c.Branch == "" {
		return ""
	}
	builds := "its build at"
	if c.Size > 1 {
		builds = fmt.Sprintf("its %d builds up to", c.Size)
	}
	return fmt.Sprintf("pull requests for %s, with %s the merge base in the cache", cli.Visible(c.Branch), builds)
}

// Rate is "12%", and 100% or 0% only if it is all or nothing.
func Rate(part, of int) string {
	if of == 0 {
		return "-"
	}
	percent := int(math.Round(100 * float64(part) / float64(of)))
	if part > 0 {
		percent = max(percent, 1)
	}
	if part < of {
		percent = min(percent, 99)
	}
	return fmt.Sprintf("%d%%", percent)
}

// StepRate is "12% of 200".
func StepRate(s history.Step) string { return fmt.Sprintf("%s of %d", Rate(s.Hits, s.Runs), s.Runs) }

// after is the row of the step that most inherited misses began at, and "+" if there are others.
func after(s history.Step) string {
	switch len(s.From) {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf("#%d", s.From[0].Step+1)
	}
	return fmt.Sprintf("#%d+", s.From[0].Step+1)
}

// broken is how many builds missed a step.
func broken(e history.Edits) int { return e.Dockerfile + e.Source + e.Both }

// editsText says what began the misses.
func editsText(e history.Edits) string {
	if broken(e) == 0 {
		return ""
	}
	return fmt.Sprintf("%d broken by files alone, %d by the Dockerfile or its options alone, %d by both", e.Source, e.Dockerfile, e.Both)
}

// culpritName is the path, with a slash behind a directory.
func culpritName(c history.Culprit) string {
	name := c.Path
	if c.Kind == history.Directory {
		name += "/"
	}
	return cli.VisiblePath(name)
}

// seconds is a time as people write it: "1.5s", "12m3s", "5h20m". It is empty if nil.
func seconds(s *float64) string {
	if s == nil {
		return ""
	}
	switch n := *s; {
	case n < 60:
		return fmt.Sprintf("%.1fs", n)
	case n < 3600:
		return fmt.Sprintf("%dm%02ds", int(n)/60, int(n)%60)
	default:
		return fmt.Sprintf("%dh%02dm", int(n)/3600, int(n)/60%60)
	}
}
