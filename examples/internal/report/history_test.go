package report_test

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/examples/internal/cli"
	"github.com/whybust/whybust/examples/internal/report"
	"github.com/whybust/whybust/examples/internal/sample"
	"github.com/whybust/whybust/predict/history"
)

func TestHistoryGolden(t *testing.T) {
	for name, s := range map[string]*history.Summary{
		"history-grown": sample.Grown(60), "history": sample.History("", 60), "history-short": sample.History("", 4), "history-hostile": sample.History(sample.Nasty+sample.Markup, 30),
		"history-none": new(history.Collector).Summary(),
	} {
		s.Interrupted = name == "history-short"
		var text, csv, markdown bytes.Buffer
		report.HistoryText(&text, s, 80, false)
		report.HistoryMarkdown(&markdown, s)
		if err := report.HistoryCSV(&csv, s); err != nil {
			t.Fatal(err)
		}
		golden(t, name+".text", text.Bytes())
		golden(t, name+".md", markdown.Bytes())
		checkMarkdown(t, markdown.String())
		golden(t, name+".csv", csv.Bytes())
	}
}

func TestHistoryRate(t *testing.T) {
	for _, tt := range []struct {
		part, of int
		want     string
	}{{0, 0, "-"}, {0, 300, "0%"}, {1, 300, "1%"}, {299, 300, "99%"}, {300, 300, "100%"}, {1, 2, "50%"}} {
		if got := report.Rate(tt.part, tt.of); got != tt.want {
			t.Errorf("%d of %d: got %s, want %s", tt.part, tt.of, got, tt.want)
		}
	}
}

// TestHistoryTrends: trends are drawn where there is room, and never cost the name of a step more than what is left of it.
func TestHistoryTrends(t *testing.T) {
	for width, want := range map[int]string{
		60:  "3  [build 3/4] RUN build --wi…   62% of 60    23   23",
		80:  "3  [build 3/4] RUN build --with…   62% of 60  ████████▆▅▁▃▁▃▃▁    23   23",
		200: "3  [build 3/4] RUN build --with an argument   62% of 60  █████████████████▅▅▅▁▁▅▁▁▁▁▅▁▅▁▁    23   23",
	} {
		var out bytes.Buffer
		report.HistoryText(&out, sample.Grown(60), width, false)
		if !strings.Contains(out.String(), want) {
			t.Errorf("%d columns: no %q in\n%s", width, want, &out)
		}
	}
}

func TestStepSparkline(t *testing.T) {
	points := []history.StepPoint{{}, {Runs: 2, Hits: 2}, {Runs: 2, Hits: 1}, {Runs: 2}, {Runs: 8, Hits: 7}, {}, {Runs: 1, Hits: 1}}
	for _, tt := range []struct {
		width int
		want  string
	}{{32, " █▅▁█ █"}, {7, " █▅▁█ █"}, {3, "█▃█"}, {1, "▆"}, {0, ""}} {
		if got := report.StepSparkline(points, tt.width, ' '); got != tt.want {
			t.Errorf("%d: got %q, want %q", tt.width, got, tt.want)
		}
	}
	if got := report.StepSparkline(points, 2, '.'); got != "▇▆" {
		t.Errorf("got %q", got)
	}
}

func TestSparkline(t *testing.T) {
	var points []history.Point
	for hits := range 9 {
		points = append(points, history.Point{Builds: 1, Steps: 8, Hits: hits})
	}
	points = append(points, history.Point{Builds: 1}) // no steps, so that nothing misses
	if got, want := report.Sparkline(points), "▁▂▃▄▅▆▇███"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestHistoryColors(t *testing.T) {
	var plain, painted bytes.Buffer
	s := sample.History("", 60)
	report.HistoryText(&plain, s, 80, false)
	report.HistoryText(&painted, s, 80, true)
	if !strings.Contains(painted.String(), "\x1b[1;31mworse since ") {
		t.Errorf("a break for the worse is not red: %q", &painted)
	}
	var stripped strings.Builder
	for i, part := range strings.Split(painted.String(), "\x1b[") {
		if i > 0 {
			_, part, _ = strings.Cut(part, "m")
		}
		stripped.WriteString(part)
	}
	if diff := cmp.Diff(plain.String(), stripped.String()); diff != "" {
		t.Errorf("colours change the text (-plain +painted):\n%s", diff)
	}
}

// FuzzHistory puts arbitrary text into every place that a repository can fill, and wants lines of
// visible characters no longer than asked for, and a CSV of as many fields everywhere.
func FuzzHistory(f *testing.F) {
	f.Add(sample.Nasty, uint8(80))
	f.Add("=1+1\n\"|`", uint8(60))
	f.Fuzz(func(t *testing.T, a string, width uint8) {
		s := sample.History(a, 25)
		columns := max(60, int(width))
		var text, markdown, table bytes.Buffer
		report.HistoryText(&text, s, columns, false)
		report.HistoryMarkdown(&markdown, s)
		if err := report.HistoryCSV(&table, s); err != nil {
			t.Fatal(err)
		}
		for _, out := range []*bytes.Buffer{&text, &markdown, &table} {
			if s := strings.ReplaceAll(out.String(), "\n", ""); !cli.IsVisible(s) {
				t.Errorf("not visible: %q", s)
			}
		}
		for line := range strings.Lines(text.String()) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > columns {
				t.Errorf("%d columns of %d: %q", n, columns, line)
			}
		}
		rows, err := csv.NewReader(&table).ReadAll()
		if err != nil || len(rows) != 1+len(s.Steps) {
			t.Errorf("%d rows, %v", len(rows), err)
		}
		checkMarkdown(t, markdown.String())
		holdHostile(t, a, columns)
	})
}
