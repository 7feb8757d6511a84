package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/examples/internal/cli"
	"github.com/whybust/whybust/predict"
)

var update = flag.Bool("update", false, "rewrite the golden files in testdata")

func TestGolden(t *testing.T) {
	for _, r := range renderings() {
		t.Run(r.name, func(t *testing.T) {
			var text, oneline bytes.Buffer
			writeText(&text, r.prediction, false)
			writeOneline(&oneline, r.prediction)
			golden(t, r.name+".text", text.Bytes())
			golden(t, r.name+".oneline", oneline.Bytes())
		})
	}
}

func TestGoldenJSON(t *testing.T) {
	for _, r := range renderings() {
		if r.name != "multi-stage" && r.name != "hostile" {
			continue // the other ones add no new shape; schema_test.go validates them all
		}
		var out bytes.Buffer
		if err := cli.WriteJSON(&out, r.prediction); err != nil {
			t.Fatal(err)
		}
		golden(t, r.name+".json", out.Bytes())
	}
}

// golden compares with a file in testdata, or writes it with -update.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func TestColors(t *testing.T) {
	var plain, painted bytes.Buffer
	p := multiStage()
	writeText(&plain, p, false)
	writeText(&painted, p, true)
	if !strings.HasPrefix(painted.String(), "\x1b[1;31mcache busts at step 4/6 of builder:\x1b[0m ") {
		t.Errorf("the verdict is not red: %q", painted.String())
	}
	stripped := painted.String()
	for _, code := range []string{bold, dim, red, green, yellow, cyan, "0"} {
		stripped = strings.ReplaceAll(stripped, "\x1b["+code+"m", "")
	}
	if diff := cmp.Diff(plain.String(), stripped); diff != "" {
		t.Errorf("colours change the text (-plain +painted):\n%s", diff)
	}
}

func TestUseColor(t *testing.T) {
	for _, tt := range []struct {
		reason   string
		env      map[string]string
		terminal bool
		want     bool
	}{
		{"a terminal", nil, true, true},
		{"a pipe", nil, false, false},
		{"NO_COLOR wins over all", map[string]string{"NO_COLOR": "1", "CLICOLOR_FORCE": "1"}, true, false},
		{"an empty NO_COLOR says nothing", map[string]string{"NO_COLOR": ""}, true, true},
		{"CLICOLOR=0", map[string]string{"CLICOLOR": "0"}, true, false},
		{"CLICOLOR=1 does not paint a pipe", map[string]string{"CLICOLOR": "1"}, false, false},
		{"CLICOLOR_FORCE paints a pipe", map[string]string{"CLICOLOR_FORCE": "1"}, false, true},
		{"CLICOLOR_FORCE=0 forces nothing", map[string]string{"CLICOLOR_FORCE": "0"}, false, false},
		{"CLICOLOR_FORCE wins over CLICOLOR", map[string]string{"CLICOLOR_FORCE": "1", "CLICOLOR": "0"}, false, true},
		{"a terminal that knows no colours", map[string]string{"TERM": "dumb"}, true, false},
	} {
		if got := useColor(environment(tt.env), tt.terminal); got != tt.want {
			t.Errorf("%s: got %v", tt.reason, got)
		}
	}
}

func environment(m map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		v, ok := m[name]
		return v, ok
	}
}

func TestJSONSurvivesEscaping(t *testing.T) {
	for _, r := range renderings() {
		var out bytes.Buffer
		if err := cli.WriteJSON(&out, r.prediction); err != nil {
			t.Fatal(err)
		}
		var got predict.Prediction
		if err := json.Unmarshal(out.Bytes(), &got); err != nil {
			t.Fatalf("%s: %v", r.name, err)
		}
		plain, err := json.Marshal(r.prediction)
		if err != nil {
			t.Fatal(err)
		}
		var want predict.Prediction
		if err := json.Unmarshal(plain, &want); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", r.name, diff)
		}
	}
}

func TestJSONIsForReading(t *testing.T) {
	var out bytes.Buffer
	p := prediction(hit("", 1, 1, "RUN a && b <c >d \u202e \U000e0001", 1))
	if err := cli.WriteJSON(&out, p); err != nil {
		t.Fatal(err)
	}
	if want := `"[1/1] RUN a && b <c >d \u202e \udb40\udc01"`; !strings.Contains(out.String(), want) {
		t.Errorf("want %s in\n%s", want, &out)
	}
	if !bytes.HasSuffix(out.Bytes(), []byte("\n}\n")) {
		t.Errorf("want one newline at the end: %q", &out)
	}
}

// FuzzRenderings puts arbitrary text into every place that a repository can
// fill, and wants only lines of visible characters.
func FuzzRenderings(f *testing.F) {
	f.Add(nasty, nasty, 3)
	f.Add("[a] b", "", 0)
	f.Add("a\\", `"`, -1)
	f.Fuzz(func(t *testing.T, a, b string, n int) {
		p := prediction(
			step(predict.MayHit, a, n, n, b, n, predict.Cause{Kind: predict.CauseKind(b), Name: a, Path: b, Step: &n}),
			miss(a, n, n, b, n, predict.Cause{Kind: predict.CauseInstruction, Before: a, After: b, File: a, Line: n}),
			miss(a, n, n, b, n, file(predict.Change(a), b), predict.Cause{Kind: predict.CauseIgnoreRule, Path: a, File: b},
				predict.Cause{Kind: predict.CauseArg, Name: b, Before: a, After: b}, parent(n), output(a, n)),
		)
		p.Steps[0].Name = a
		p.Before = predict.Revision{Revision: a, Commit: b}
		p.Dockerfile = b
		p.Config = []predict.ConfigChange{{Line: n, Text: a, Change: predict.Change(b)}}
		p.Notes = []predict.Note{{File: a, Line: n, Text: b}}
		p.Hints = []predict.Hint{{File: b, Line: n, Text: a}}

		var text, oneline, js bytes.Buffer
		writeText(&text, p, false)
		writeOneline(&oneline, p)
		if err := cli.WriteJSON(&js, p); err != nil {
			t.Fatal(err)
		}
		if strings.Count(oneline.String(), "\n") != 1 {
			t.Errorf("oneline is not one line: %q", &oneline)
		}
		for _, out := range []*bytes.Buffer{&text, &oneline, &js} {
			if s := strings.ReplaceAll(out.String(), "\n", ""); !cli.IsVisible(s) {
				t.Errorf("not visible: %q", s)
			}
		}
		if !json.Valid(js.Bytes()) {
			t.Errorf("not JSON: %s", &js)
		}
	})
}
