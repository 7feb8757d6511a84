package report

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/whybust/whybust/examples/internal/cli"
	"github.com/whybust/whybust/predict/history"
	"github.com/whybust/whybust/predict/whatif"
)

// AdviceText writes advice for people, each with its diff.
func AdviceText(out *bytes.Buffer, a *whatif.Advice, colors bool) {
	p := palette(colors)
	line := func(color, format string, args ...any) {
		fmt.Fprintln(out, p.paint(color, fmt.Sprintf(format, args...)))
	}
	if a.Interrupted {
		line(yellow, "interrupted: %s", adviceInterrupted)
	}
	line(bold, "%s", adviceHead(a, commitText))
	for i := range a.Advices {
		x := &a.Advices[i]
		line("", "")
		line(bold, "%d. %s: %s", i+1, x.Kind, cli.Visible(cli.OneLine(x.Text)))
		writeAdvised(out, &x.Comparison, x.Rates, x.DependsOn)
		diffText(out, p, x.Diff)
	}
	if t := a.Together; t != nil {
		line("", "")
		line(bold, "together: %s", partNames(t.Parts))
		var depends []string
		for _, part := range t.Parts {
			depends = append(depends, part.DependsOn...)
		}
		writeAdvised(out, &t.Comparison, t.Rates, depends)
		diffText(out, p, t.Diff)
	}
	if a.Ended != "" {
		line(dim, "%s", a.Ended)
	}
}

// adviceInterrupted is said of what an interrupt ended.
const adviceInterrupted = "this is what was found by then; some changes were tried on the oldest builds alone, or not at all"

// adviceHead says of what the advice is, with commits written by a function.
func adviceHead(a *whatif.Advice, commit func(history.Commit) string) string {
	builds := Count(a.AsItWas.Builds, "build")
	switch {
	case a.TooFew:
		return fmt.Sprintf("no advice: there are %s, and a rate of fewer than %d says nothing", builds, whatif.MinBuilds)
	case a.AsItWas.Builds == 0:
		return "no advice: no build was predicted"
	}
	head := fmt.Sprintf("of %s, %s to %s, %s of the steps were cached; ", builds, commit(*a.First), commit(*a.Last), Rate(a.AsItWas.Hits, a.AsItWas.Steps))
	switch {
	case len(a.Advices) > 0:
		return head + "these changes would have saved something:"
	case a.Interrupted:
		return head + "no change is known that would have saved anything"
	}
	return head + Count(a.Tried, "change") + " tried, none would have saved anything"
}

func partNames(parts []whatif.Part) string {
	var names []string
	for _, p := range parts {
		names = append(names, p.Kind)
	}
	return strings.Join(names, " + ")
}

// writeAdvised writes the figures of a change.
func writeAdvised(out *bytes.Buffer, c *whatif.Comparison, rates []whatif.Rate, depends []string) {
	for _, text := range ComparisonLines(c) {
		fmt.Fprintf(out, "   %s\n", text)
	}
	if text := NotApplied(c); text != "" {
		fmt.Fprintf(out, "   %s\n", text)
	}
	for _, r := range rates {
		fmt.Fprintf(out, "   changed by itself in %s: %s\n", Rate(r.Changed, r.Builds)+" of "+Count(r.Builds, "build"), cli.Cut(cli.Visible(r.Name), maxStepName))
	}
	for _, d := range depends {
		fmt.Fprintf(out, "   if %s\n", cli.Visible(cli.OneLine(d)))
	}
}

// diffText writes a diff line by line, with what a terminal would obey made visible.
func diffText(out *bytes.Buffer, p palette, diff string) {
	fmt.Fprintln(out)
	for _, l := range diffLines(diff) {
		l, end := strings.CutSuffix(visibleLine(l), "\r")
		l = p.paint(diffColor(l), l)
		if end {
			l += "\r"
		}
		fmt.Fprintln(out, l)
	}
}

func diffLines(diff string) []string { return strings.Split(strings.TrimSuffix(diff, "\n"), "\n") }

// visibleLine leaves tabs and the end of a Windows line, with which the diff still applies.
func visibleLine(l string) string {
	l, windows := strings.CutSuffix(l, "\r")
	parts := strings.Split(l, "\t")
	for i := range parts {
		parts[i] = cli.Visible(parts[i])
	}
	if l = strings.Join(parts, "\t"); windows {
		l += "\r"
	}
	return l
}

// AdviceMarkdown writes the same for a page of a repository or a comment.
func AdviceMarkdown(out *bytes.Buffer, a *whatif.Advice) {
	if a.Interrupted {
		fmt.Fprintf(out, "Interrupted: %s.\n\n", adviceInterrupted)
	}
	fmt.Fprintln(out, capital(adviceHead(a, func(c history.Commit) string { return markdownCommit(&c) })))
	for i := range a.Advices {
		x := &a.Advices[i]
		fmt.Fprintf(out, "\n### %d. %s\n\n%s\n\n", i+1, x.Kind, codeSpan(cli.OneLine(x.Text)))
		adviceMarkdown(out, &x.Comparison, x.Rates, x.DependsOn, x.Diff)
	}
	if t := a.Together; t != nil {
		fmt.Fprintf(out, "\n### Together: %s\n\n", partNames(t.Parts))
		var depends []string
		for _, part := range t.Parts {
			depends = append(depends, part.DependsOn...)
		}
		adviceMarkdown(out, &t.Comparison, t.Rates, depends, t.Diff)
	}
	if a.Ended != "" {
		fmt.Fprintf(out, "\n%s\n", a.Ended)
	}
}

func adviceMarkdown(out *bytes.Buffer, c *whatif.Comparison, rates []whatif.Rate, depends []string, diff string) {
	writeComparison(out, c)
	for _, d := range depends {
		fmt.Fprintf(out, "- if %s\n", codeSpan(cli.OneLine(d)))
	}
	if len(rates) > 0 {
		fmt.Fprint(out, "\n| step | changed by itself | builds |\n|---|--:|--:|\n")
		for _, r := range rates {
			fmt.Fprintf(out, "| %s | %s | %d |\n", cell(codeSpan(cli.Cut(cli.Visible(r.Name), maxName))), Rate(r.Changed, r.Builds), r.Builds)
		}
	}
	var lines []string
	for _, l := range diffLines(diff) {
		lines = append(lines, visibleLine(l))
	}
	fmt.Fprintf(out, "\n%s\n", fenced("diff", lines...))
}
