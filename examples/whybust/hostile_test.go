//go:build !race

package main

import (
	"encoding/csv"
	"encoding/json"
	"maps"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/whybust/whybust/examples/internal/cli"
	"github.com/whybust/whybust/examples/internal/sample"
)

// painted is what the command itself writes of escape sequences: colours, and on standard error the line of progress.
var painted = regexp.MustCompile(`\x1b\[[0-9;]*m|\r\x1b\[K`)

// isVisible reports whether each line of a text holds nothing but what can be seen.
func isVisible(text string) bool {
	return cli.IsVisible(strings.ReplaceAll(painted.ReplaceAllString(text, ""), "\n", ""))
}

// checkForm has what must hold of each format, whatever the names are. Of Markdown and HTML examples/browser has more.
var checkForm = map[string]func(t *testing.T, s string){
	"text":        checkText,
	"oneline":     func(t *testing.T, s string) { checkText(t, s); checkLines(t, s) },
	"json":        checkJSON,
	"matrix":      checkJSON,
	"codequality": checkJSON,
	"sarif":       checkJSON,
	"markdown":    checkNoCommands,
	"gitlab":      checkNoCommands,
	"github":      checkWorkflow,
	"html":        checkPage,
	"csv":         checkTable,
}

// TestHostileNames: names that somebody chose to do harm do none in any format of any subcommand.
func TestHostileNames(t *testing.T) {
	dir := t.TempDir()
	if err := sample.HostileHistory(dir); err != nil {
		t.Fatal(err)
	}
	pwned := map[string]bool{}
	for _, f := range everyForm() {
		f.env = maps.Clone(f.env)
		if f.env == nil {
			f.env = map[string]string{}
		}
		f.env["CI"] = "1" // then what is printed may give commands
		s := f.run(t, dir)
		if s.status == exitError {
			t.Errorf("%s: %s", f, s.stderr)
			continue
		}
		if !isVisible(s.stderr) {
			t.Errorf("%s: standard error %q", f, s.stderr)
		}
		checkNoCommands(t, s.stderr)
		check := checkForm[f.name]
		if check == nil {
			t.Fatalf("nothing is known of %s", f.name)
		}
		check(t, s.stdout)
		checkText(t, s.summary) // no log, so nothing is a command in it
		if t.Failed() {
			t.Fatalf("so it is with %s", f)
		}
		pwned[f.name] = pwned[f.name] || strings.Contains(s.stdout, "pwned")
	}
	for name := range checkForm {
		if !pwned[name] && name != "oneline" && name != "matrix" {
			t.Errorf("%s shows none of the names: the test shows nothing", name)
		}
	}
}

// TestHostileErrors: the same of what ends with an error.
func TestHostileErrors(t *testing.T) {
	dir := t.TempDir()
	if err := sample.HostileHistory(dir); err != nil {
		t.Fatal(err)
	}
	for _, name := range sample.Names {
		for _, args := range [][]string{
			{name, "main"}, {"main", "main", name}, {"--target", name, "main", "main"}, {"--file", name, "main", "main"}, {"--format", name}, {"--platform", name, "main", "main"}, {"--expect-hit", name, "main", "main"},
			{"history", name}, {"history", "main", name}, {"history", "--since", name}, {"history", "--with-patch", name}, {"history", "--target", name, "main"}, {"advise", name}, {"advise", "--file", name, "main"}, {"--timings", name, "main", "main"},
		} {
			s := form{args: args}.run(t, dir)
			lines := strings.Split(strings.TrimSuffix(painted.ReplaceAllString(s.stderr, ""), "\n"), "\n")
			if s.status == exitError && (len(lines) != 1 || s.stdout != "") || !isVisible(s.stderr) {
				t.Errorf("%q: %q, %q", args, s.stdout, s.stderr)
			}
			checkNoCommands(t, s.stderr)
		}
	}
}

func checkText(t *testing.T, s string) {
	t.Helper()
	if !isVisible(s) {
		t.Errorf("not visible: %q", s)
	}
}

// checkLines looks for what a runner of CI would take for a command.
func checkLines(t *testing.T, s string) {
	t.Helper()
	for line := range strings.Lines(s) {
		if strings.HasPrefix(strings.TrimSpace(line), "::") {
			t.Errorf("a command: %q", line)
		}
	}
}

var azure = regexp.MustCompile(`##[A-Za-z]*\[`)

// checkNoCommands is for what is written into logs as it is: there are no commands in it, and nothing that cannot be seen.
func checkNoCommands(t *testing.T, s string) {
	t.Helper()
	if !isVisible(s) {
		t.Errorf("not visible: %q", s)
	}
	checkLines(t, s)
	if m := azure.FindString(s); m != "" {
		t.Errorf("a command: %s in %q", m, s)
	}
}

func checkJSON(t *testing.T, s string) {
	t.Helper()
	if !json.Valid([]byte(s)) || !utf8.ValidString(s) {
		t.Errorf("no JSON: %.500q", s)
	}
	checkNoCommands(t, s)
}

// workflow are the commands that --format github gives, each on its line.
var workflow = regexp.MustCompile(`^::(warning|notice)( [a-zA-Z]+=[^,:]*(,[a-zA-Z]+=[^,:]*)*)?::`)

func checkWorkflow(t *testing.T, s string) {
	t.Helper()
	var rest strings.Builder
	commands := 0
	for line := range strings.Lines(s) {
		if workflow.MatchString(line) {
			commands++
		} else {
			rest.WriteString(line)
		}
	}
	if commands > 3 { // one for each target
		t.Errorf("%d commands in %q", commands, s)
	}
	checkNoCommands(t, rest.String())
	if !isVisible(s) || azure.MatchString(s) {
		t.Errorf("not visible, or with a command: %q", s)
	}
}

// markup are elements that only names have.
var markup = regexp.MustCompile(`(?i)<(script>pwned|img|a href=.?javascript|!-- pwned|!\[CDATA|details open><summary>pwned)`)

// checkPage: the page, which is a file for a browser, has no elements that a name made.
func checkPage(t *testing.T, s string) {
	t.Helper()
	if s = strings.ReplaceAll(s, "\t", " "); !isVisible(s) {
		t.Error("not visible")
	}
	checkLines(t, s)
	if m := markup.FindString(s); m != "" {
		t.Errorf("an element: %s", m)
	}
}

// checkTable: every cell that a spreadsheet would take for a formula is a text.
func checkTable(t *testing.T, s string) {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(s)).ReadAll()
	if err != nil {
		t.Errorf("%v in %q", err, s)
	}
	for _, row := range rows {
		for _, cell := range row {
			if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r|%") || !isVisible(cell) {
				t.Errorf("a cell may be a formula: %q", cell)
			}
		}
	}
}
