package sample

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/whybust/whybust/predict"
	"github.com/whybust/whybust/predict/whatif"
)

// Markup is what Markdown, HTML, a table, a spreadsheet, a diff and a runner of CI would make something of.
const Markup = "`|``<img src=x onerror=a>|@all #1 ##[error]x\n::error::x\n```\n~~~\n</details>\n=1+1"

// WhatIf is a history without and with a change: the sources are copied late. A build of each four lacks what the change needs, and some
// steps were never measured. The text stands wherever a repository can put any.
func WhatIf(text string, builds int) *whatif.Result {
	var c whatif.Collector
	for _, b := range Changed(text, builds) {
		c.Add(b)
	}
	return c.Result()
}

// Changed are the builds of WhatIf.
func Changed(text string, builds int) (list []*predict.HistoryBuild) {
	for n := range builds + 1 {
		b := &predict.HistoryBuild{
			Commit: fmt.Sprintf("%012x%028d", 0x1a2b3c4d5e00+n, 0), Time: time.Date(2026, 1, 1+n, 12, 0, 0, 0, time.UTC), Subject: fmt.Sprint("build ", n, " ", text),
		}
		b.With = []predict.ChangedBuild{{}}
		if n > 0 {
			b.Prediction, b.Pairs = early(text), []int{0, 1, 2}
			b.With[0].Prediction, b.With[0].Pairs = late(text), []int{0, 1, 2}
			if n%4 == 3 { // the files of the change are not there
				b.With[0].Prediction, b.With[0].Err = early(text), errors.New("the hunk does not fit: "+text)
			}
			if n%4 == 3 || n > 3 && n%4 == 0 { // its steps stand otherwise than in the build before
				b.With[0].Pairs = []int{0, 2, 1}
			}
		}
		list = append(list, b)
	}
	return append(list, &predict.HistoryBuild{
		Commit: strings.Repeat("f", 40), Time: time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC), Subject: text, Err: errors.New("Dockerfile:1: unknown instruction: " + text),
	})
}

// early copies the sources before it installs: both are lost with each of them.
func early(text string) *predict.Prediction {
	install := Miss("build", 3, 3, "RUN npm ci "+text, 3, Parent(1))
	install.Duration = new(int64(61_500))
	return Prediction(Hit("build", 1, 3, "FROM node", 1), Miss("build", 2, 3, "COPY . . "+text, 2, File(predict.Modified, "src/"+text+"main.js")), install)
}

// late installs before.
func late(text string) *predict.Prediction {
	install := Hit("build", 2, 3, "RUN npm ci "+text, 2)
	install.Duration = new(int64(61_500))
	return Prediction(Hit("build", 1, 3, "FROM node", 1), install, Miss("build", 3, 3, "COPY . . "+text, 3, File(predict.Modified, "src/"+text+"main.js")))
}

// Advice is advice in which each kind of thing occurs.
func Advice(text string, builds int) *whatif.Advice {
	r := WhatIf(text, builds)
	rates := []whatif.Rate{
		{Stage: "build" + text, Name: "[build 2/3] RUN npm ci " + text, Line: 2, Builds: builds, Hits: builds - 1, Changed: 1},
		{Stage: "build" + text, Name: "[build 3/3] COPY . . " + text, Line: 3, Builds: builds, Changed: builds},
	}
	diff := "--- a/Dockerfile" + strings.ReplaceAll(text, "\n", "") + "\n+++ b/Dockerfile\n@@ -1,5 +1,5 @@\n FROM node\n-COPY . .\n+RUN npm ci\r\n RUN\tnpm ci " +
		strings.ReplaceAll(text, "\n", "\n ") + "\n+COPY . .\n"
	part := whatif.Part{Kind: "copy-too-early", Text: "copy the manifests before `npm ci` (line 3) " + text, DependsOn: []string{"`npm ci` reads nothing else " + text}}
	order := whatif.Part{Kind: "order", Text: "move it up", DependsOn: []string{}}
	first := whatif.Advised{Kind: part.Kind, Text: part.Text, DependsOn: part.DependsOn, Seen: r.Before.Last.ID, Diff: diff, Comparison: r.Comparison, Rates: rates}
	second := whatif.Advised{
		Kind: order.Kind, Text: order.Text, DependsOn: order.DependsOn, Seen: r.Before.First.ID, Diff: diff, Rates: []whatif.Rate{},
		Comparison: whatif.Comparison{Without: r.Without, With: r.Without, Applied: builds, Faults: r.Faults[:0]},
	}
	return &whatif.Advice{
		Schema: whatif.AdviceSchema, First: r.Before.First, Last: r.Before.Last, AsItWas: r.Without, Unbuildable: 1, Tried: 3,
		Advices:  []whatif.Advised{first, second},
		Together: &whatif.Combination{Parts: []whatif.Part{part, order}, Diff: diff, Comparison: r.Comparison, Rates: rates},
		Ended:    "after 40s no further combinations were tried",
	}
}
