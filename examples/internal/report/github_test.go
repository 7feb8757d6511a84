package report_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/examples/internal/report"
	"github.com/whybust/whybust/examples/internal/sample"
	"github.com/whybust/whybust/predict"
)

func TestGoldenGitHub(t *testing.T) {
	var notes []report.Annotation
	for _, target := range targets() {
		target.Context = "services/app"
		note, err := report.Annotate(target, func(file string, _, _ int) (int, error) { return 3, nil })
		if err != nil {
			t.Fatal(err)
		}
		if note != nil {
			notes = append(notes, *note)
		}
	}
	var out bytes.Buffer
	report.GitHub(&out, targets(), notes)
	golden(t, "targets.github", out.Bytes())
}

func TestAnnotate(t *testing.T) {
	arg := predict.Cause{Kind: predict.CauseArg, Name: "MODE", File: "Dockerfile", Line: 2}
	text := predict.Cause{Kind: predict.CauseInstruction, File: "Dockerfile", Line: 4}
	rule := predict.Cause{Kind: predict.CauseIgnoreRule, Path: "a.log", File: ".dockerignore", Line: 7}
	for _, tt := range []struct {
		reason  string
		causes  []predict.Cause
		touched map[string]int // file -> its touched line
		want    string
	}{
		{"a line of the Dockerfile", []predict.Cause{arg}, map[string]int{"Dockerfile": 2}, "Dockerfile 2"},
		{"a value from outside is on no line of the change", []predict.Cause{arg}, map[string]int{"Dockerfile": 9}, ""},
		{"the last line of an instruction", []predict.Cause{text}, map[string]int{"Dockerfile": 6}, "Dockerfile 6"},
		{"a rule of the ignore file", []predict.Cause{rule}, map[string]int{".dockerignore": 7}, ".dockerignore 7"},
		{"a file below the context", []predict.Cause{sample.File(predict.Modified, "src/a.js")}, map[string]int{"app/src/a.js": 30}, "app/src/a.js 30"},
		{"a file that is gone", []predict.Cause{sample.File(predict.Removed, "src/a.js")}, map[string]int{"app/src/a.js": 1}, ""},
		{"the first that can be shown", []predict.Cause{sample.File(predict.Removed, "a"), sample.File(predict.Added, "b"), sample.File(predict.Added, "c")},
			map[string]int{"app/b": 1, "app/c": 1}, "app/b 1"},
		{"a name that cannot be seen", []predict.Cause{sample.File(predict.Added, "a\nb")}, map[string]int{"app/a\nb": 1}, ""},
		{"what follows has no line", []predict.Cause{sample.Parent(0)}, map[string]int{"Dockerfile": 4}, ""},
	} {
		s := sample.Miss("", 1, 1, "RUN x", 4, tt.causes...)
		s.EndLine = 6
		target := report.Single(sample.Prediction(s))[0]
		target.Context = "app"
		got := ""
		note, err := report.Annotate(target, func(file string, from, to int) (int, error) {
			if n := tt.touched[file]; n >= from && (to == 0 || n <= to) {
				return n, nil
			}
			return 0, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if note != nil {
			got = fmt.Sprint(note.File, " ", note.Line)
		}
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.reason, got, tt.want)
		}
	}
	broken := errors.New("no")
	if _, err := report.Annotate(report.Single(sample.MultiStage())[0], func(string, int, int) (int, error) { return 0, broken }); err != broken {
		t.Errorf("got %v", err)
	}
}

// TestCommandsAreNotInjectable fills each part of an annotation with what would
// end it or begin another.
func TestCommandsAreNotInjectable(t *testing.T) {
	for _, s := range []string{"a,line=9::b", "a%0Ab", "a\n::error::b", "a\r\n::error::b", "::error::x", "##[error]x", "a##[add-mask]b", "##vso[task.setvariable variable=x]y", "%25"} {
		target := report.Single(sample.Prediction(sample.Miss(s, 1, 1, s, 1, sample.File(predict.Added, s))))[0]
		target.Name = s
		var out bytes.Buffer
		report.GitHub(&out, []report.Target{target}, []report.Annotation{{File: s, Line: 3, Title: s, Message: s, Warning: true}})
		lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
		if len(lines) != 2 || strings.HasPrefix(strings.TrimSpace(lines[0]), "::") || strings.Contains(out.String(), "##[") || strings.Contains(out.String(), "##vso[") {
			t.Errorf("%q: %q", s, lines)
			continue
		}
		// As the runner reads it: the properties end at the first "::", and are divided by commas.
		head, message, _ := strings.Cut(strings.TrimPrefix(lines[1], "::warning "), "::")
		unescape := strings.NewReplacer("%0A", "\n", "%0D", "\r", "%3A", ":", "%2C", ",", "%25", "%")
		properties := strings.Split(head, ",")
		if len(properties) != 3 {
			t.Errorf("%q: %q", s, properties)
			continue
		}
		quiet := strings.NewReplacer("##[", `#\x23[`, "##vso[", `#\x23vso[`).Replace(s)
		got := []string{unescape.Replace(properties[0]), properties[1], unescape.Replace(properties[2]), unescape.Replace(message)}
		if diff := cmp.Diff([]string{"file=" + quiet, "line=3", "title=" + quiet, quiet}, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", s, diff)
		}
	}
}
