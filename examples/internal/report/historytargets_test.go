package report_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/whybust/whybust/examples/internal/report"
	"github.com/whybust/whybust/examples/internal/sample"
	"github.com/whybust/whybust/predict/history"
)

func TestHistoriesGolden(t *testing.T) {
	for name, s := range map[string]*history.Targets{
		"histories": sample.Targets("", 40), "histories-short": sample.Targets("", 4), "histories-hostile": sample.Targets(sample.Nasty+sample.Markup, 30),
	} {
		if name == "histories-short" {
			s.Interrupt()
		}
		var text, csv, markdown bytes.Buffer
		report.HistoriesText(&text, s, 80, false)
		report.HistoriesMarkdown(&markdown, s)
		if err := report.HistoriesCSV(&csv, s); err != nil {
			t.Fatal(err)
		}
		golden(t, name+".text", text.Bytes())
		golden(t, name+".md", markdown.Bytes())
		checkMarkdown(t, markdown.String())
		golden(t, name+".csv", csv.Bytes())
		if n := strings.Count(text.String(), "interrupted"); n != map[bool]int{true: 1}[s.Interrupted] {
			t.Errorf("%s: %d times interrupted", name, n)
		}
	}
}

// TestHistoriesWidth: no line is wider, and what tells two paths apart stays.
func TestHistoriesWidth(t *testing.T) {
	s := sample.Targets("", 30)
	s.Targets[0].Name, s.Targets[1].Name = strings.Repeat("services/", 9)+"one/Dockerfile", strings.Repeat("services/", 9)+"two/Dockerfile"
	for _, width := range []int{60, 80, 200} {
		var out bytes.Buffer
		report.HistoriesText(&out, s, width, false)
		for line := range strings.Lines(out.String()) {
			if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > width {
				t.Errorf("%d columns: %d in %q", width, n, line)
			}
		}
		if !strings.Contains(out.String(), "one/Dockerfile ") || !strings.Contains(out.String(), "…") && width < 200 {
			t.Errorf("%d columns:\n%s", width, &out)
		}
	}
}
