package report_test

import (
	"bytes"
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"

	"github.com/whybust/whybust/examples/internal/report"
	"github.com/whybust/whybust/examples/internal/sample"
	"github.com/whybust/whybust/predict"
)

func sarif(t *testing.T, hazards []predict.Hazard) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := report.SARIF(&out, hazards, "v1.2.3"); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestGoldenSARIF(t *testing.T) {
	got := sarif(t, sample.Hazards())
	golden(t, "hazards.sarif", got)
	checkSARIF(t, got)
	checkSARIF(t, sarif(t, nil))
}

func TestGoldenCodeQuality(t *testing.T) {
	var out bytes.Buffer
	if err := report.CodeQuality(&out, targets(), sample.Hazards()); err != nil {
		t.Fatal(err)
	}
	golden(t, "codequality.json", out.Bytes())
	out.Reset()
	if err := report.CodeQuality(&out, nil, nil); err != nil || out.String() != "[]\n" {
		t.Errorf("nothing found: %q, %v", &out, err)
	}
}

// checkSARIF holds a log against the schema of OASIS, if .ci/run has fetched it, and
// against what GitHub asks for beyond it.
func checkSARIF(t *testing.T, raw []byte) {
	t.Helper()
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	if schema := sarifSchema(t); schema != nil {
		if err := schema.Validate(v); err != nil {
			t.Errorf("not SARIF: %v\n%s", err, raw)
		}
	}
	var log struct {
		Version string
		Runs    []struct {
			Tool struct {
				Driver struct{ Rules []struct{ ID string } }
			}
			Results []struct {
				RuleID              string
				RuleIndex           int
				Message             struct{ Text string }
				PartialFingerprints map[string]string
				Locations           []struct {
					PhysicalLocation struct {
						ArtifactLocation struct{ URI string }
						Region           struct{ StartLine, EndLine int }
					}
				}
			}
		}
	}
	if err := json.Unmarshal(raw, &log); err != nil {
		t.Fatal(err)
	}
	if log.Version != "2.1.0" || len(log.Runs) != 1 {
		t.Fatalf("version %q, %d runs", log.Version, len(log.Runs))
	}
	seen := map[string]bool{}
	for _, r := range log.Runs[0].Results {
		rules := log.Runs[0].Tool.Driver.Rules
		if r.RuleIndex >= len(rules) || rules[r.RuleIndex].ID != r.RuleID {
			t.Errorf("rule %d is not %s", r.RuleIndex, r.RuleID)
		}
		print := r.PartialFingerprints["primaryLocationLineHash"]
		if print == "" || seen[print] || r.Message.Text == "" || len(r.Locations) != 1 {
			t.Errorf("%+v", r)
		}
		seen[print] = true
		at := r.Locations[0].PhysicalLocation
		if at.Region.StartLine < 1 || at.Region.EndLine < at.Region.StartLine || strings.ContainsAny(at.ArtifactLocation.URI, " #?\\") {
			t.Errorf("%+v", at)
		}
	}
}

// sarifSchema reads the schema where WHYBUST_SARIF_SCHEMA says: a Go file with a
// raw string, as in the module from which .ci/run takes it, or the JSON itself.
func sarifSchema(t *testing.T) *jsonschema.Resolved {
	t.Helper()
	name := os.Getenv("WHYBUST_SARIF_SCHEMA")
	if name == "" {
		return nil
	}
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	text := string(raw)
	if _, rest, ok := strings.Cut(text, "const schema = `"); ok {
		text, _, _ = strings.Cut(rest, "`")
	}
	var draft4 map[string]any
	if err := json.Unmarshal([]byte(text), &draft4); err != nil {
		t.Fatal(err)
	}
	delete(draft4, "id") // as drafts since 6 want it; else it uses nothing that they changed
	delete(draft4, "$schema")
	raw, err = json.Marshal(draft4)
	if err != nil {
		t.Fatal(err)
	}
	schema := new(jsonschema.Schema)
	if err := json.Unmarshal(raw, schema); err != nil {
		t.Fatal(err)
	}
	resolved, err := schema.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	return resolved
}

// TestSARIFSchemaRefuses proves that the check above can fail.
func TestSARIFSchemaRefuses(t *testing.T) {
	schema := sarifSchema(t)
	if schema == nil {
		return // no schema, nothing to prove
	}
	for _, change := range [][2]string{{`"2.1.0"`, `"2.0"`}, {`"startLine": 1,`, `"startLine": "1",`}, {`"message"`, `"massage"`}, {`"level": "note"`, `"level": "notice"`}} {
		broken := strings.Replace(string(sarif(t, sample.Hazards())), change[0], change[1], 1)
		var v any
		if err := json.Unmarshal([]byte(broken), &v); err != nil {
			t.Fatal(err)
		}
		if schema.Validate(v) == nil {
			t.Errorf("%s is accepted", strconv.Quote(change[1]))
		}
	}
}

func TestFingerprintsAreStable(t *testing.T) {
	prints := func(hazards []predict.Hazard) (got []string) {
		var log struct {
			Runs []struct {
				Results []struct{ PartialFingerprints map[string]string }
			}
		}
		if err := json.Unmarshal(sarif(t, hazards), &log); err != nil {
			t.Fatal(err)
		}
		for _, r := range log.Runs[0].Results {
			got = append(got, r.PartialFingerprints["whybustHazard/v1"])
		}
		return got
	}
	moved := sample.Hazards()
	for i := range moved {
		moved[i].Line += 7
		moved[i].EndLine += 7
		moved[i].Text += " now"
	}
	want := prints(sample.Hazards())
	if diff := cmp.Diff(want, prints(moved)); diff != "" {
		t.Errorf("lines and words move fingerprints:\n%s", diff)
	}
	moved[0].Subject = "alpine:4"
	if prints(moved)[0] == want[0] {
		t.Error("the subject is not in the fingerprint")
	}
}
