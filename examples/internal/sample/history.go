package sample

import (
	"fmt"
	"time"

	"github.com/whybust/whybust/predict"
	"github.com/whybust/whybust/predict/history"
)

// History is a history in which each kind of thing occurs. The text stands wherever a
// repository can put any.
func History(text string, builds int) *history.Summary {
	var c history.Collector
	c.Options.Seconds = func(s predict.Step) (float64, bool) { return 90.5, s.Instruction == "RUN" }
	at := func(n int) *predict.HistoryBuild {
		return &predict.HistoryBuild{
			Commit: fmt.Sprintf("%012x%028d", 0x1a2b3c4d5e00+n, 0), Time: time.Date(2026, 1, 1+n, 12, 0, 0, 0, time.UTC), Subject: "build " + fmt.Sprint(n) + " " + text,
		}
	}
	c.Add(at(0))
	for n := range builds {
		b := at(n + 1)
		b.Prediction = Prediction(Hit("build", 1, 3, "FROM busybox", 1), Hit("build", 2, 3, "COPY . . "+text, 2), Hit("build", 3, 3, "RUN make "+text, 3))
		b.Pairs = []int{0, 1, 2}
		if n >= builds/2 {
			steps := b.Prediction.Steps
			steps[1].Status, steps[1].Causes = predict.Miss, []predict.Cause{{Kind: predict.CauseFile, Change: predict.Modified, Path: "src/" + text + "main.go"}}
			steps[2].Status, steps[2].Causes = predict.Miss, []predict.Cause{{Kind: predict.CauseParent, Step: new(1)}}
			b.Prediction.Verdict = predict.Miss
		}
		c.Add(b)
	}
	broken := at(builds + 1)
	broken.Err = fmt.Errorf("Dockerfile:1: unknown instruction: %s", text)
	c.Add(broken)
	return c.Summary()
}

// Grown is a history of a Dockerfile that gets a step in its middle, and of which another misses ever more often.
func Grown(builds int) *history.Summary {
	var c history.Collector
	for n := range builds {
		build := Hit("build", 3, 4, "RUN build --with an argument", 3)
		if n > builds/2 && n*n*13%(builds*builds/2) > (builds-n)*builds/2 {
			build = Miss("build", 3, 4, "RUN build --with an argument", 3, predict.Cause{Kind: predict.CauseInstruction, Change: predict.Modified})
		}
		steps := []predict.Step{Hit("build", 1, 4, "FROM busybox", 1), Hit("build", 2, 4, "COPY . .", 2), build}
		pairs := []int{0, 1, 2, 3}
		if n >= builds/2 {
			steps = append(steps, Hit("build", 4, 4, "RUN test", 4))
			if n == builds/2 {
				pairs[3] = -1
			}
		}
		c.Add(&predict.HistoryBuild{
			Commit: fmt.Sprintf("%012x%028d", 0x1a2b3c4d5e00+n, 0), Time: time.Date(2026, 1, 1+n, 12, 0, 0, 0, time.UTC), Subject: fmt.Sprint("build ", n), Prediction: Prediction(steps...), Pairs: pairs[:len(steps)],
		})
	}
	return c.Summary()
}
