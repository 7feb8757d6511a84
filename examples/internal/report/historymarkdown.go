package report

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/whybust/whybust/examples/internal/cli"
	"github.com/whybust/whybust/predict/history"
)

// HistoryMarkdown writes a history for a page of a repository or a comment. What comes from
// the repository stands in code spans.
func HistoryMarkdown(out *bytes.Buffer, s *history.Summary) {
	line := func(format string, args ...any) { fmt.Fprintf(out, format+"\n", args...) }
	if s.Interrupted {
		line("Interrupted: these are the oldest builds.\n")
	}
	if s.Builds == 0 {
		line("No build has one before it to be compared with.")
	} else {
		line("**%s of %s altogether cached**, %s to %s; %s\n", Rate(s.Cached, s.Builds), Count(s.Builds, "build"),
			markdownCommit(s.First), markdownCommit(s.Last), markdownEdits(s.Edits))
		if c := s.Cache; c.Branch != "" {
			c.Branch = codeSpan(c.Branch)
			line("%s.\n", branchText(c))
		}
		if s.Builds < fewBuilds {
			line("Fewer than %d builds: the rates say little about others.\n", fewBuilds)
		}
		historyTable(out, s)
		historyCulprits(out, s)
		historyTrend(out, s)
		historyBreaks(out, s)
	}
	if s.Unbuildable > 0 {
		line("\n%s that cannot be built:\n", Count(s.Unbuildable, "commit"))
		for _, f := range s.Faults[:min(len(s.Faults), maxFaults)] {
			line("- %s: %s", markdownCommit(&f.Commit), codeSpan(cli.OneLine(f.Error)))
		}
	}
}

func markdownEdits(e history.Edits) string {
	if text := editsText(e); text != "" {
		return text + "."
	}
	return "none missed."
}

func markdownCommit(c *history.Commit) string {
	if c == nil {
		return ""
	}
	return codeSpan(commitText(*c))
}

// historyTable has a row for each step that there still is.
func historyTable(out *bytes.Buffer, s *history.Summary) {
	fmt.Fprint(out, "| # | step | hit rate | over time | misses | own | after | may hit | lost |\n|--:|---|--:|---|--:|--:|---|--:|--:|\n")
	for i, step := range s.Steps {
		if step.Current {
			fmt.Fprintf(out, "| %d | %s | %s | %s | %d | %d | %s | %d | %s |\n", i+1, cell(codeSpan(cli.Cut(cli.Visible(step.Name), maxName))), StepRate(step),
				markdownTrend(step), step.Misses, step.Own, escapeRow(after(step)), step.MayHits, seconds(step.Lost))
		}
	}
}

// markdownTrend draws a step over time, a dot where there was no such step: blanks are not kept everywhere.
func markdownTrend(s history.Step) string {
	if len(s.Trend) < 2 {
		return ""
	}
	return codeSpan(StepSparkline(s.Trend, maxMarkdownTrend, '·'))
}

// maxMarkdownTrend bounds the width of a trend in a table, in characters.
const maxMarkdownTrend = 16

// escapeRow keeps the number of a row from being taken for that of an issue.
func escapeRow(s string) string {
	if s == "" {
		return ""
	}
	return codeSpan(s)
}

func historyCulprits(out *bytes.Buffer, s *history.Summary) {
	if len(s.Culprits) == 0 {
		return
	}
	fmt.Fprintf(out, "\nWhat alone broke builds, of %d that missed a step:\n\n| builds | |\n|--:|---|\n", broken(s.Edits))
	for _, c := range s.Culprits[:min(len(s.Culprits), maxCulprits)] {
		fmt.Fprintf(out, "| %d | %s |\n", c.Builds, cell(codeSpan(culpritName(c))))
	}
}

func historyTrend(out *bytes.Buffer, s *history.Summary) {
	if len(s.Trend.Points) < 2 {
		return
	}
	fmt.Fprintf(out, "\nHit rate over time: %s\n", Sparkline(s.Trend.Points))
	if b := s.Trend.Break; b != nil {
		fmt.Fprintf(out, "\n%s since %s: %.0f%% of the steps hit, before it %.0f%%.\n", capital(breakWord(b)), markdownCommit(&b.Since), 100*b.After, 100*b.Before)
	}
}

// historyBreaks says since when single steps hit more or less often.
func historyBreaks(out *bytes.Buffer, s *history.Summary) {
	for i, b := range stepBreaks(s) {
		if i == 0 {
			fmt.Fprint(out, "\nStep by step:\n\n")
		}
		fmt.Fprintf(out, "- %s since %s: %s\n", breakWord(b.Break), markdownCommit(&b.Since), codeSpan(b.steps))
	}
}

// capital begins a sentence.
func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
