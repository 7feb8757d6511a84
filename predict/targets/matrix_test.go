package targets_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/predict"
	"github.com/whybust/whybust/predict/targets"
)

func TestMatrix(t *testing.T) {
	answer := func(name, platform string, v predict.TargetVerdict, affected bool) predict.TargetPrediction {
		return predict.TargetPrediction{
			Name: name, Verdict: v, Affected: affected, Context: ".", Dockerfile: name + ".Dockerfile", Target: "t", Platform: platform,
		}
	}
	const amd64, arm64 = "linux/amd64", "linux/arm64"
	got, err := json.Marshal(targets.NewMatrix([]predict.TargetPrediction{
		answer("cached", amd64, predict.TargetHit, false),
		answer("two", amd64, predict.TargetHit, false),
		answer("says", amd64, predict.TargetHit, true),
		answer("two", arm64, predict.TargetMayHit, true),
		answer("gone", amd64, predict.TargetRemoved, false),
		answer("torn", amd64, predict.TargetBroken, true),
		answer("less", amd64, predict.TargetMiss, true),
		answer("less", arm64, predict.TargetRemoved, false),
	}))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"include":[` +
		`{"name":"two","verdict":"may-hit","context":".","dockerfile":"two.Dockerfile","target":"t","platforms":"linux/amd64,linux/arm64"},` +
		`{"name":"says","verdict":"hit","context":".","dockerfile":"says.Dockerfile","target":"t","platforms":"linux/amd64"},` +
		`{"name":"torn","verdict":"broken","context":".","dockerfile":"torn.Dockerfile","target":"t","platforms":"linux/amd64"},` +
		`{"name":"less","verdict":"miss","context":".","dockerfile":"less.Dockerfile","target":"t","platforms":"linux/amd64"}]}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got, _ := json.Marshal(targets.NewMatrix(nil)); string(got) != `{"include":[]}` {
		t.Errorf("nothing to build: %s", got)
	}
}
