package report_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/examples/internal/cli"
	"github.com/whybust/whybust/examples/internal/report"
	"github.com/whybust/whybust/examples/internal/sample"
	"github.com/whybust/whybust/predict"
)

var update = flag.Bool("update", false, "rewrite the golden files in testdata")

func TestGolden(t *testing.T) {
	for _, r := range sample.All() {
		t.Run(r.Name, func(t *testing.T) {
			var text, oneline bytes.Buffer
			report.Text(&text, r.Prediction, false)
			report.Oneline(&oneline, r.Prediction)
			golden(t, r.Name+".text", text.Bytes())
			golden(t, r.Name+".oneline", oneline.Bytes())
		})
	}
}

func TestGoldenJSON(t *testing.T) {
	for _, r := range sample.All() {
		if r.Name != "multi-stage" && r.Name != "hostile" {
			continue // the other ones add no new shape; examples/whybust validates them all
		}
		var out bytes.Buffer
		if err := report.JSON(&out, r.Prediction); err != nil {
			t.Fatal(err)
		}
		golden(t, r.Name+".json", out.Bytes())
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
	p := sample.MultiStage()
	report.Text(&plain, p, false)
	report.Text(&painted, p, true)
	if !strings.HasPrefix(painted.String(), "\x1b[1;31mcache busts at step 4/6 of builder:\x1b[0m ") {
		t.Errorf("the verdict is not red: %q", painted.String())
	}
	stripped := regexp.MustCompile("\x1b\\[[0-9;]*m").ReplaceAllString(painted.String(), "")
	if diff := cmp.Diff(plain.String(), stripped); diff != "" {
		t.Errorf("colours change the text (-plain +painted):\n%s", diff)
	}
}

func TestJSONSurvivesEscaping(t *testing.T) {
	for _, r := range sample.All() {
		var out bytes.Buffer
		if err := report.JSON(&out, r.Prediction); err != nil {
			t.Fatal(err)
		}
		var got predict.Prediction
		if err := json.Unmarshal(out.Bytes(), &got); err != nil {
			t.Fatalf("%s: %v", r.Name, err)
		}
		plain, err := json.Marshal(r.Prediction)
		if err != nil {
			t.Fatal(err)
		}
		var want predict.Prediction
		if err := json.Unmarshal(plain, &want); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", r.Name, diff)
		}
	}
}

func TestJSONIsForReading(t *testing.T) {
	var out bytes.Buffer
	p := sample.Prediction(sample.Hit("", 1, 1, "RUN a && b <c >d \u202e \U000e0001", 1))
	if err := report.JSON(&out, p); err != nil {
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
	f.Add(sample.Nasty, sample.Nasty, 3)
	f.Add("[a] b", "", 0)
	f.Add("a\\", `"`, -1)
	f.Fuzz(func(t *testing.T, a, b string, n int) {
		p := sample.Filled(a, b, n)
		var text, oneline, js bytes.Buffer
		report.Text(&text, p, false)
		report.Oneline(&oneline, p)
		if err := report.JSON(&js, p); err != nil {
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
