package gate_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/examples/internal/gate"
	"github.com/whybust/whybust/examples/internal/report"
	"github.com/whybust/whybust/examples/internal/sample"
	"github.com/whybust/whybust/predict"
)

func TestMatch(t *testing.T) {
	p := sample.MultiStage()
	p.Steps[4].Name = "[builder 5/6] RUN --mount=type=cache,target=/root/.npm --network=none npm  ci --omit=dev"
	p.Steps[5].EndLine = 9 // two lines more
	p.Steps[7].Also = []string{"[other 2/4] RUN adduser -D web"}
	for _, tt := range []struct {
		reason, pattern string
		want            []int
	}{
		{"a whole instruction", "COPY . .", []int{3}},
		{"its first words", "COPY package.json", []int{2}},
		{"a part of a word", "COPY package", nil},
		{"without its flags", "RUN npm ci", []int{4}},
		{"with them", "RUN --mount=type=cache,target=/root/.npm --network=none npm ci --omit=dev", []int{4}},
		{"more blanks", " RUN  npm ci ", []int{4}},
		{"a whole name", "[builder 4/6] COPY . .", []int{3}},
		{"a place", "builder 4/6", []int{3}},
		{"a place in brackets", "[stage-1 2/4]", []int{7}},
		{"a place in another stage that shares the step", "other 2/4", []int{7}},
		{"a line", "5", []int{3}},
		{"a line of the file", "Dockerfile:5", []int{3}},
		{"the last line of an instruction", "8", []int{5}},
		{"a line without a step", "3000", nil},
		{"every RUN", "RUN", []int{4, 5, 7, 9}},
		{"nothing", " ", nil},
		{"another keyword", "run npm ci", nil},
	} {
		if diff := cmp.Diff(tt.want, gate.Match(p, tt.pattern)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.reason, diff)
		}
	}
}

func TestCheck(t *testing.T) {
	one := report.Single(sample.MultiStage())
	may := report.Single(sample.MayHit())
	may[0].Name = "app"
	for _, tt := range []struct {
		reason  string
		gate    gate.Gate
		targets []report.Target
		refused bool
		says    string
	}{
		{"nothing asked", gate.Gate{}, one, false, ""},
		{"a miss", gate.Gate{FailOn: predict.Miss}, one, true, ""},
		{"a miss is worse than may-hit", gate.Gate{FailOn: predict.MayHit}, one, true, ""},
		{"may-hit is no miss", gate.Gate{FailOn: predict.Miss}, may, false, ""},
		{"may-hit, asked for", gate.Gate{FailOn: predict.MayHit}, may, true, ""},
		{"an expected hit", gate.Gate{ExpectHit: []string{"WORKDIR"}}, one, false, ""},
		{"an expected hit that misses", gate.Gate{ExpectHit: []string{"WORKDIR", "COPY . ."}}, one, true,
			`expected "COPY . ." to hit, but step 4/6 of builder (COPY . .) misses: README.md modified and 2 more`},
		{"one that follows", gate.Gate{ExpectHit: []string{"RUN npm ci"}}, one, true,
			`expected "RUN npm ci" to hit, but step 5/6 of builder (RUN npm ci) misses: follows step 4/6 of builder`},
		{"a broken target", gate.Gate{FailOn: predict.Miss}, []report.Target{{Verdict: predict.TargetBroken}}, true, ""},
		{"a new one", gate.Gate{FailOn: predict.Miss}, []report.Target{{Verdict: predict.TargetNew}}, true, ""},
		{"one that is gone", gate.Gate{FailOn: predict.MayHit}, []report.Target{{Verdict: predict.TargetRemoved}}, false, ""},
		{"one that may hit", gate.Gate{ExpectHit: []string{"ADD"}}, may, false, ""},
		{"one that may hit, strictly", gate.Gate{FailOn: predict.MayHit, ExpectHit: []string{"RUN tar"}}, may, true,
			`app: expected "RUN tar" to hit, but step 3/3 (RUN tar -xf /opt/latest.tar.gz) may miss: follows step 2/3`},
	} {
		refused, reasons, err := tt.gate.Check(tt.targets)
		if err != nil || refused != tt.refused || strings.Join(reasons, "\n") != tt.says {
			t.Errorf("%s: refused %v, %q, %v", tt.reason, refused, reasons, err)
		}
	}
}

func TestPatternThatMatchesNothing(t *testing.T) {
	_, _, err := gate.Gate{ExpectHit: []string{"RUN yarn"}}.Check(report.Single(sample.MultiStage()))
	if err == nil || err.Error() != `--expect-hit "RUN yarn" matches no step` {
		t.Errorf("got %v", err)
	}
}
