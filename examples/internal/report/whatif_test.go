package report_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/examples/internal/cli"
	"github.com/whybust/whybust/examples/internal/report"
	"github.com/whybust/whybust/examples/internal/sample"
	"github.com/whybust/whybust/predict/whatif"
)

// renderings are the forms of an answer, by the end of a golden file's name.
type renderings map[string]func(*bytes.Buffer) error

// hold compares all forms with golden files. Colours must change nothing but colours, and what
// the repository put into the text must be visible, no Markdown, and no command to a runner.
func (r renderings) hold(t *testing.T, name string) {
	t.Helper()
	text := map[string]string{}
	for form, write := range r {
		var out bytes.Buffer
		if err := write(&out); err != nil {
			t.Fatal(err)
		}
		golden(t, name+"."+form, out.Bytes())
		text[form] = out.String()
		if form != "json" {
			for line := range strings.Lines(report.Quiet(text[form])) {
				if strings.Contains(line, "##[") || strings.HasPrefix(strings.TrimSpace(line), "::") {
					t.Errorf("%s.%s: a command to a runner: %q", name, form, line)
				}
			}
		}
	}
	plain := regexp.MustCompile("\x1b\\[[0-9;]*m").ReplaceAllString(text["color.text"], "")
	if diff := cmp.Diff(text["text"], plain); diff != "" {
		t.Errorf("%s: colours change the text (-plain +painted):\n%s", name, diff)
	}
	for form, s := range text {
		if s = strings.NewReplacer("\n", "", "\r", "", "\t", "").Replace(s); form != "color.text" && !cli.IsVisible(s) {
			t.Errorf("%s.%s is not visible: %q", name, form, s)
		}
	}
	checkMarkdown(t, text["md"])
}

func TestWhatIfGolden(t *testing.T) {
	for name, r := range map[string]*whatif.Result{
		"whatif": sample.WhatIf("", 40), "whatif-short": sample.WhatIf("", 3), "whatif-hostile": sample.WhatIf(sample.Nasty+sample.Markup, 30),
		"whatif-none": new(whatif.Collector).Result(),
	} {
		r.Interrupted = name == "whatif-short"
		renderings{
			"text":       func(out *bytes.Buffer) error { report.WhatIfText(out, r, 100, false); return nil },
			"color.text": func(out *bytes.Buffer) error { report.WhatIfText(out, r, 100, true); return nil },
			"md":         func(out *bytes.Buffer) error { report.WhatIfMarkdown(out, r); return nil },
			"csv":        func(out *bytes.Buffer) error { return report.WhatIfCSV(out, r) },
			"json":       func(out *bytes.Buffer) error { return cli.WriteJSON(out, r) },
		}.hold(t, name)
	}
}

func TestAdviceGolden(t *testing.T) {
	interrupted := sample.Advice("", 30)
	interrupted.Interrupted, interrupted.Together, interrupted.Ended = true, nil, ""
	early := &whatif.Advice{Schema: whatif.AdviceSchema, Interrupted: true, Advices: []whatif.Advised{}}
	nothing := sample.Advice("", 30)
	nothing.Advices, nothing.Together, nothing.Ended = nothing.Advices[:0], nil, ""
	few := &whatif.Advice{Schema: whatif.AdviceSchema, TooFew: true, Advices: []whatif.Advised{}}
	for name, a := range map[string]*whatif.Advice{
		"advice": sample.Advice("", 40), "advice-hostile": sample.Advice(sample.Nasty+sample.Markup, 30), "advice-interrupted": interrupted,
		"advice-interrupted-early": early, "advice-nothing": nothing, "advice-few": few,
	} {
		renderings{
			"text":       func(out *bytes.Buffer) error { report.AdviceText(out, a, false); return nil },
			"color.text": func(out *bytes.Buffer) error { report.AdviceText(out, a, true); return nil },
			"md":         func(out *bytes.Buffer) error { report.AdviceMarkdown(out, a); return nil },
			"json":       func(out *bytes.Buffer) error { return cli.WriteJSON(out, a) },
		}.hold(t, name)
	}
}

// holdHostile puts text into every place of a what-if and of advice, and wants visible characters in lines of their own, and Markdown
// in which nothing of it is markup.
func holdHostile(t *testing.T, text string, columns int) {
	t.Helper()
	r, a := sample.WhatIf(text, 5), sample.Advice(text, 5)
	for name, write := range map[string]func(*bytes.Buffer){
		"what-if":          func(out *bytes.Buffer) { report.WhatIfText(out, r, columns, false) },
		"what-if markdown": func(out *bytes.Buffer) { report.WhatIfMarkdown(out, r) },
		"what-if csv":      func(out *bytes.Buffer) { _ = report.WhatIfCSV(out, r) },
		"advice":           func(out *bytes.Buffer) { report.AdviceText(out, a, false) },
		"advice markdown":  func(out *bytes.Buffer) { report.AdviceMarkdown(out, a) },
	} {
		var out bytes.Buffer
		write(&out)
		// A diff keeps its tabs and the ends of its lines, with which it applies.
		if s := strings.NewReplacer("\r\n", "", "\n", "", "\t", "").Replace(out.String()); !cli.IsVisible(s) {
			t.Errorf("%s is not visible: %q", name, s)
		}
		if strings.HasSuffix(name, "markdown") {
			checkMarkdown(t, out.String())
		}
	}
}
