//go:build !race

package predict_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/whybust/whybust/cachekey"
	"github.com/whybust/whybust/dockerignore"
	"github.com/whybust/whybust/predict"
)

// TestLimitsAreAdjustable: each limit is that of the request, whatever is asked for: a lower one ends with one error that
// names it, and a higher one with an answer where the default has none.
func TestLimitsAreAdjustable(t *testing.T) {
	dir, git := newRepository(t)
	patterns := strings.Repeat("x\n", 20_001)
	for _, content := range []string{"1", "2"} {
		writeFile(t, dir, "Dockerfile", "FROM scratch AS one\nARG A=aaaaaaaaaa\nENV B=$A$A$A$A C="+content+"\nCOPY . .\nRUN x\nFROM scratch\nCOPY --from=one / /\n")
		writeFile(t, dir, ".dockerignore", ".git\n"+patterns)
		writeFile(t, dir, "app", content)
		writeFile(t, dir, "lib/x", content)
		git("add", "-A")
		git("commit", "-qm", content)
	}
	many := dockerignore.Limits{Patterns: 30_000}
	for _, tt := range []struct {
		reason string
		limits predict.Limits
		err    string
	}{
		{"the defaults", predict.Limits{}, ".dockerignore:20001: pattern \"x\": there are more than 20000 patterns, which is the limit"},
		{"more patterns", predict.Limits{Ignore: many}, ""},
		{"a small ignore file", predict.Limits{Ignore: dockerignore.Limits{Size: 100}}, ".dockerignore: the file is larger than 100 bytes, which is the limit"},
		{"a small Dockerfile", predict.Limits{Ignore: many, Replay: cachekey.Limits{Dockerfile: 50}}, "Dockerfile: the file is larger than 50 bytes, which is the limit"},
		{"few instructions", predict.Limits{Ignore: many, Replay: cachekey.Limits{Instructions: 3}}, "Dockerfile:4: there are more than 3 instructions, which is the limit"},
		{"few stages", predict.Limits{Ignore: many, Replay: cachekey.Limits{Stages: 1}}, "Dockerfile:6: there are more than 1 stages and images, which is the limit"},
		{"little expansion", predict.Limits{Ignore: many, Replay: cachekey.Limits{Expansion: 5}}, "Dockerfile:3: a text grows by more than 5 bytes when its variables are replaced, which is the limit"},
		{"a small graph", predict.Limits{Ignore: many, Replay: cachekey.Limits{Graph: 500}}, "comes to more than 500 bytes, which is the limit"},
		{"little work", predict.Limits{Ignore: many, Work: 1}, "more work than the limit allows: 1 entries"},
	} {
		side := predict.Side{Revision: "HEAD"}
		b := &predict.Build{}
		for what, ask := range map[string]func() error{
			"Run": func() error {
				_, err := predict.Run(t.Context(), &predict.Request{Dir: dir, Before: predict.Side{Revision: "HEAD~1"}, After: side, Limits: tt.limits})
				return err
			},
			"Run of the working tree": func() error {
				_, err := predict.Run(t.Context(), &predict.Request{Dir: dir, Before: side, Limits: tt.limits})
				return err
			},
			"RunDetails": func() error {
				_, _, err := predict.RunDetails(t.Context(), &predict.Request{Dir: dir, Before: predict.Side{Revision: "HEAD~1"}, After: side, Limits: tt.limits}, nil)
				return err
			},
			"RunAll": func() error {
				all, err := predict.RunAll(t.Context(), &predict.Batch{Dir: dir, Before: "HEAD~1", After: "HEAD", Limits: tt.limits, Targets: []predict.Target{{Before: b, After: b}}})
				if err == nil && all[0].Error != "" {
					err = errors.New(all[0].Error)
				}
				return err
			},
			"Keys": func() error {
				_, err := predict.Keys(t.Context(), &predict.KeysRequest{Dir: dir, Side: side, NoGitDir: true, Limits: tt.limits})
				return err
			},
			"Hazards": func() error {
				_, err := predict.Hazards(t.Context(), &predict.KeysRequest{Dir: dir, Side: side, NoGitDir: true, Limits: tt.limits})
				return err
			},
			"History": func() error {
				all, err := collected(predict.History(t.Context(), &predict.HistoryRequest{Dir: dir, Limits: tt.limits}))
				if err == nil {
					err = all[len(all)-1].Err
				}
				return err
			},
		} {
			if tt.limits.Work > 0 && what == "Hazards" {
				continue // that look at no file
			}
			switch err := ask(); {
			case tt.err == "" && err != nil:
				t.Errorf("%s, %s: %v", what, tt.reason, err)
			case tt.err != "" && (!strings.Contains(fmt.Sprint(err), tt.err) || strings.Contains(err.Error(), "\n")):
				t.Errorf("%s, %s: got %v, want %s", what, tt.reason, err, tt.err)
			}
		}
	}
}
