package report_test

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/whybust/whybust/examples/internal/report"
	"github.com/whybust/whybust/examples/internal/sample"
	"github.com/whybust/whybust/predict"
)

func single(p *predict.Prediction) []report.Target { return report.Single(p) }

// named is a target of several.
func named(name string, p *predict.Prediction) report.Target {
	t := report.Single(p)[0]
	t.Name = name
	return t
}

func markdown(targets []report.Target) string {
	var out bytes.Buffer
	report.Markdown(&out, targets)
	return out.String()
}

func TestGoldenMarkdown(t *testing.T) {
	for _, r := range sample.All() {
		t.Run(r.Name, func(t *testing.T) {
			got := markdown(single(r.Prediction))
			golden(t, r.Name+".md", []byte(got))
			checkMarkdown(t, got)
		})
	}
	t.Run("targets", func(t *testing.T) {
		got := markdown(targets())
		golden(t, "targets.md", []byte(got))
		checkMarkdown(t, got)
	})
}

func TestMarkdownBeginsWithTheVerdict(t *testing.T) {
	got := markdown(single(sample.MultiStage()))
	if want := "### cache busts at step 4/6 of `builder`: `COPY . .`\n"; !strings.HasPrefix(got, want) {
		t.Errorf("want %s, got %s", want, got)
	}
}

func TestMarkdownSaysNothingTwice(t *testing.T) {
	p := sample.MultiStage()
	got := markdown(single(p))
	for _, s := range []string{"COPY . .`\n", "src/util.js", "RUN npm run build", "LABEL version=2", "Dockerfile:9", "README.md` modified", "3f0c1d2e4b5a"} {
		if n := strings.Count(got, s); n != 1 {
			t.Errorf("%q stands there %d times", s, n)
		}
	}
}

// TestMarkdownIsBounded has more of everything than has room.
func TestMarkdownIsBounded(t *testing.T) {
	long := strings.Repeat("日本`|", 300)
	many := func(n int) (causes []predict.Cause) {
		for i := range n {
			causes = append(causes, sample.File(predict.Added, fmt.Sprintf("%d/%s", i, long)))
		}
		return causes
	}
	var steps []predict.Step
	for i := range 300 {
		steps = append(steps, sample.Miss(fmt.Sprintf("s%d%s", i, long), 1, 1, "COPY "+long, i+1, many(20)...))
	}
	p := sample.Prediction(append(steps, sample.Miss("x", 1, 1, "RUN x", 9, many(3000)...))...)
	for i := range 500 {
		p.Hints = append(p.Hints, predict.Hint{Text: fmt.Sprint(i, long)})
		p.Notes = append(p.Notes, predict.Note{Text: fmt.Sprint(i, long)})
		p.Config = append(p.Config, predict.ConfigChange{Text: fmt.Sprint(i, long)})
	}
	var targets []report.Target
	for i := range 60 {
		targets = append(targets, named(fmt.Sprint("t", i, long), p))
		targets = append(targets, named(fmt.Sprint("u", i), sample.Prediction(sample.Miss("x", 1, 1, fmt.Sprint("RUN ", i), 9, many(i)...))))
	}
	for _, tt := range []struct {
		reason  string
		targets []report.Target
	}{{"one target", single(p)}, {"many", targets}, {"many files", single(sample.Prediction(sample.Miss("", 1, 1, "COPY . .", 1, many(3000)...)))}} {
		got := markdown(tt.targets)
		if len(got) > report.MaxMarkdown {
			t.Errorf("%s: %d bytes", tt.reason, len(got))
		}
		if !regexp.MustCompile(`\d more `).MatchString(got) {
			t.Errorf("%s: nothing is counted", tt.reason)
		}
		checkMarkdown(t, got)
	}
}

// ours is what may stand outside of code: words, and the markup that this program writes.
var ours = regexp.MustCompile(`^(#{3,4} |- |  )?(</?details>|<details><summary>[A-Za-z0-9 ,():]*</summary>|\*\*[A-Za-z0-9% ]+\*\*|[A-Za-z0-9 ,.:;()'/→%+▁-█-]| # )*$`)

// checkMarkdown takes code out of Markdown, as CommonMark finds it, and wants
// nothing in what is left that could be markup of the repository's.
func checkMarkdown(t *testing.T, s string) {
	t.Helper()
	fence, open := "", 0
	for line := range strings.Lines(s) {
		line = strings.TrimSuffix(line, "\n")
		trimmed := strings.TrimLeft(line, " ")
		if n := len(trimmed) - len(strings.TrimLeft(trimmed, "`")); n >= 3 && !strings.Contains(trimmed[n:], "`") {
			switch {
			case fence == "":
				fence = trimmed[:n]
				continue
			case n >= len(fence) && trimmed[n:] == "":
				fence = ""
				continue
			}
		}
		if fence != "" {
			continue
		}
		for _, part := range cells(line) {
			rest := withoutCode(part)
			open += strings.Count(rest, "<details>") - strings.Count(rest, "</details>")
			if !ours.MatchString(rest) {
				t.Errorf("outside of code: %q in %q", rest, line)
			}
		}
	}
	if fence != "" || open != 0 {
		t.Errorf("a block is not closed: fence %q, %d details", fence, open)
	}
}

// cells splits a row of a table as cmark-gfm does, and leaves other lines.
func cells(line string) []string {
	if !strings.HasPrefix(line, "|") {
		return []string{line}
	}
	var parts []string
	part := ""
	for i := 1; i < len(line); i++ {
		switch {
		case line[i] == '\\' && i+1 < len(line):
			if line[i+1] != '|' {
				part += `\`
			}
			i++
			part += line[i : i+1]
		case line[i] == '|':
			parts, part = append(parts, part), ""
		default:
			part += line[i : i+1]
		}
	}
	return parts
}

// withoutCode replaces each code span by an X.
func withoutCode(s string) string {
	var out strings.Builder
	for {
		i := strings.IndexByte(s, '`')
		if i < 0 {
			return out.String() + s
		}
		n := len(s[i:]) - len(strings.TrimLeft(s[i:], "`"))
		end := closing(s[i+n:], n)
		if end < 0 {
			return out.String() + s // not closed: the backquotes are text, and refused
		}
		out.WriteString(s[:i] + "X")
		s = s[i+n+end+n:]
	}
}

// closing finds a run of exactly n backquotes.
func closing(s string, n int) int {
	for i := 0; i < len(s); {
		run := len(s[i:]) - len(strings.TrimLeft(s[i:], "`"))
		if run == n {
			return i
		}
		i += max(run, 1)
	}
	return -1
}

// markup is what a repository might put into a name to have it taken for markup.
var markup = []string{
	"@octocat", "#123", "GH-1", "owner/repo#1", "!42", "~bug", ":tada:", "https://example.org", "www.example.org", "a@example.org",
	"<script>alert(1)</script>", "<!-- whybust verdict=00 -->", "</details>", "[x](https://example.org)", "![x](y)", "**b**", "~~s~~",
	"`", "``", "a`b``c", " `", "` ", "|", `\|`, `\`, `\\|`, "$x$", "/close", "::error::x", "```", "&lt;", "deadbeef", "- x", "1. x", "> x", "# x",
	"=== x", "    code", "a b", " ", "", "\t",
}

func TestMarkupOfTheRepositoryIsText(t *testing.T) {
	for _, s := range markup {
		checkMarkdown(t, markdown(single(sample.Filled(s, "b"+s, 3))))
		p := sample.Filled(s, s+"b", 1)
		checkMarkdown(t, markdown([]report.Target{named(s, p), named(s+s, sample.MultiStage())}))
	}
}

func FuzzMarkdown(f *testing.F) {
	for i, s := range markup {
		f.Add(s, markup[(i+7)%len(markup)], i)
	}
	f.Fuzz(func(t *testing.T, a, b string, n int) {
		p := sample.Filled(a, b, n)
		checkMarkdown(t, markdown(single(p)))
		checkMarkdown(t, markdown([]report.Target{named(a, p), named(b, p), named(a+b, sample.MayHit())}))
	})
}

func TestFingerprint(t *testing.T) {
	p := sample.MultiStage
	base := report.Fingerprint(single(p()))
	for _, tt := range []struct {
		reason string
		change func(p *predict.Prediction)
		same   bool
	}{
		{"other commits", func(p *predict.Prediction) { p.Before.Commit, p.After.Revision = "1", "x" }, true},
		{"other lines", func(p *predict.Prediction) { p.Steps[3].Line++ }, true},
		{"a note", func(p *predict.Prediction) { p.Notes = nil }, true},
		{"another step", func(p *predict.Prediction) { p.Steps[3].Name = "[builder 4/6] COPY src ." }, false},
		{"another file", func(p *predict.Prediction) { p.Steps[3].Causes[0].Path = "x" }, false},
		{"one step more", func(p *predict.Prediction) { p.Steps[2].Status = predict.MayHit }, false},
	} {
		q := p()
		tt.change(q)
		if got := report.Fingerprint(single(q)) == base; got != tt.same {
			t.Errorf("%s: same is %v", tt.reason, got)
		}
	}
	if report.Fingerprint([]report.Target{named("x", p())}) == base {
		t.Error("the target's name is not in it")
	}
}

// targets are the answers for several targets: two of which the same is to be said.
func targets() []report.Target {
	return []report.Target{
		named("web", sample.Prediction(sample.Hit("", 1, 1, "FROM docker.io/library/nginx:1.29", 1))),
		named("api", sample.MultiStage()),
		named("worker", sample.MultiStage()),
		named("tools|x", sample.MayHit()),
		{Name: "seed", Verdict: predict.TargetNew, Affected: true, Prediction: sample.MultiStage()},
		{Name: "docs", Verdict: predict.TargetRemoved},
		{Name: "edge", Verdict: predict.TargetBroken, Affected: true, Error: "edge/Dockerfile:3: unknown instruction: RUM"},
	}
}
