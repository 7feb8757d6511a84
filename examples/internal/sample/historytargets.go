package sample

import (
	"errors"
	"fmt"
	"time"

	"github.com/whybust/whybust/predict"
	"github.com/whybust/whybust/predict/history"
)

// Targets are the histories of four targets: one that misses steps, one for another platform that is new, one that is always
// cached, and one that cannot be built. The text stands wherever a repository can put any.
func Targets(text string, commits int) *history.Targets {
	c := history.NewTargets([]history.Target{
		{Name: "api" + text, Context: "services/api" + text, Platform: "linux/amd64", Why: "its directory, which has all that " + text + "it takes"},
		{Name: "api" + text, Context: "services/api" + text, Platform: "linux/arm64", Stage: "test"},
		{Name: "steady", Context: ".", Platform: "linux/amd64"},
		{Name: "broken", Context: "broken", Platform: "linux/amd64", Notes: []predict.Note{{Kind: "definition", Text: "contexts" + text + ": not understood"}}},
	}, history.Options{Cache: history.Cache{Size: 2, Mode: predict.CacheMax, Branch: "main" + text}})
	for n := range commits {
		at := func(p *predict.Prediction) *predict.HistoryBuild {
			b := &predict.HistoryBuild{Commit: fmt.Sprintf("%012x%028d", 0x1a2b3c4d5e00+n, 0), Time: time.Date(2026, 1, 1+n, 12, 0, 0, 0, time.UTC), Prediction: p}
			if p != nil {
				b.Pairs = []int{0, 1}
			}
			return b
		}
		hits := Prediction(Hit("", 1, 2, "FROM busybox", 1), Hit("", 2, 2, "COPY . . "+text, 2))
		misses := Prediction(Hit("", 1, 2, "FROM busybox", 1), Miss("", 2, 2, "COPY . . "+text, 2, File(predict.Modified, text+"main.go")))
		misses.Verdict = predict.Miss
		broken := at(nil)
		broken.Err = errors.New("broken/Dockerfile:1: unknown instruction: FORM " + text)
		builds := []*predict.HistoryBuild{at(misses), nil, at(hits), broken}
		if n > commits/2 {
			builds[1] = at(hits)
			if n%4 == 0 {
				builds[1] = at(misses)
			}
		}
		c.Add(&predict.HistoryBuilds{Commit: builds[0].Commit, Time: builds[0].Time, Builds: builds})
	}
	return c.Summary()
}
