package report

import (
	"bytes"
	"fmt"

	"github.com/whybust/whybust/examples/internal/cli"
	"github.com/whybust/whybust/predict/history"
	"github.com/whybust/whybust/predict/whatif"
)

// ComparisonLines say what a change would have saved, the number of builds beside each figure.
func ComparisonLines(c *whatif.Comparison) (lines []string) {
	builds := Count(c.With.Builds, "build")
	lines = append(lines,
		fmt.Sprintf("of %s: %s avoided, %d added; %d commands less run, %d more", builds, Misses(c.Avoided), c.Added, c.CommandsAvoided, c.CommandsAdded),
		fmt.Sprintf("steps cached: %s without it, %s with it; altogether cached builds: %d and %d",
			Rate(c.Without.Hits, c.Without.Steps), Rate(c.With.Hits, c.With.Steps), c.Without.Cached, c.With.Cached))
	if c.Saved != nil {
		text := fmt.Sprintf("time saved, where steps were measured: %.1f s in %s", *c.Saved, builds)
		if *c.Saved < 0 {
			text = fmt.Sprintf("time lost, where steps were measured: %.1f s in %s", -*c.Saved, builds)
		}
		if c.Unmeasured > 0 {
			text += fmt.Sprintf("; %s with it of steps that were not measured", Misses(c.Unmeasured))
		}
		lines = append(lines, text)
	}
	return lines
}

// Misses is "1 miss" or "2 misses".
func Misses(n int) string {
	if n == 1 {
		return "1 miss"
	}
	return fmt.Sprintf("%d misses", n)
}

// NotApplied says on how many commits a change was not made.
func NotApplied(c *whatif.Comparison) string {
	n := c.With.Builds - c.Applied
	if n == 0 {
		return ""
	}
	text := fmt.Sprintf("it does not apply to %d of %s, which were built as they are", n, Count(c.With.Builds, "build"))
	if len(c.Faults) > 0 {
		text += fmt.Sprintf("; the newest is %s: %s", commitText(c.Faults[0].Commit), cli.OneLine(c.Faults[0].Error))
	}
	return text
}

// WhatIfText writes a history without and with a change, for people, the tables in lines of at most so many columns.
func WhatIfText(out *bytes.Buffer, r *whatif.Result, width int, colors bool) {
	p := palette(colors)
	line := func(color, format string, args ...any) {
		fmt.Fprintln(out, p.paint(color, fmt.Sprintf(format, args...)))
	}
	if r.Interrupted {
		line(yellow, "interrupted: these are the oldest builds")
	}
	if r.With.Builds == 0 {
		line("", "no build has one before it to be compared with")
		return
	}
	line(bold, "%s", HistoryRange(r.Before))
	if text := branchText(r.Before.Cache); text != "" {
		line("", "%s", text)
	}
	for _, text := range ComparisonLines(&r.Comparison) {
		line("", "%s", text)
	}
	if text := NotApplied(&r.Comparison); text != "" {
		line(yellow, "%s", text)
	}
	if r.With.Builds < fewBuilds {
		line(yellow, "fewer than %d builds: the rates say little about others", fewBuilds)
	}
	var after historyText
	for _, side := range []struct {
		title string
		*history.Summary
	}{{"without the change", r.Before}, {"with the change", r.After}} {
		after = historyText{p, out, width, side.Summary}
		line("", "")
		line(bold, "%s", side.title)
		after.steps()
	}
	after.stepsHelp()
}

const maxStepName = 72

// WhatIfMarkdown writes the same for a page of a repository or a comment.
func WhatIfMarkdown(out *bytes.Buffer, r *whatif.Result) {
	if r.Interrupted {
		fmt.Fprint(out, "Interrupted: these are the oldest builds.\n\n")
	}
	if r.With.Builds == 0 {
		fmt.Fprintln(out, "No build has one before it to be compared with.")
		return
	}
	if c := r.Before.Cache; c.Branch != "" {
		c.Branch = codeSpan(c.Branch)
		fmt.Fprintf(out, "%s.\n\n", capital(branchText(c)))
	}
	writeComparison(out, &r.Comparison)
	for _, side := range []struct {
		title string
		*history.Summary
	}{{"Without the change", r.Before}, {"With the change", r.After}} {
		fmt.Fprintf(out, "\n%s:\n\n", side.title)
		historyTable(out, side.Summary)
	}
}

// writeComparison writes the figures as a list.
func writeComparison(out *bytes.Buffer, c *whatif.Comparison) {
	for _, text := range ComparisonLines(c) {
		fmt.Fprintf(out, "- %s\n", text)
	}
	if n := c.With.Builds - c.Applied; n > 0 {
		fmt.Fprintf(out, "- it does not apply to %d of %s, which were built as they are\n", n, Count(c.With.Builds, "build"))
		for _, f := range c.Faults[:min(len(c.Faults), maxFaults)] {
			fmt.Fprintf(out, "  - %s: %s\n", markdownCommit(&f.Commit), codeSpan(cli.OneLine(f.Error)))
		}
	}
}
