package whatif_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/whybust/whybust/predict"
	"github.com/whybust/whybust/predict/whatif"
)

// adviseUntil advises on thirty builds until the nth of a pass whose name holds pass.
func adviseUntil(t *testing.T, pass string, n int) (*whatif.Advice, error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	return whatif.Advise(ctx, &predict.HistoryRequest{Dir: repository(t, project(30)), NoGitDir: true}, &whatif.AdviseOptions{Progress: func(name string, done int) {
		if strings.Contains(name, pass) && done >= n {
			cancel()
		}
	}})
}

// TestInterruptedAdvice: what was found by then is given, each figure of the builds that it was tried on.
func TestInterruptedAdvice(t *testing.T) {
	for _, tt := range []struct {
		reason, pass         string
		n                    int
		advices              int
		fewest, most         int // builds that an advice was tried on
		asItWasLeast, asMost int
	}{
		{reason: "in the first replay", pass: "replaying", n: 10, asItWasLeast: 9, asMost: 12},
		{reason: "before any change was tried", pass: "looking", n: 1, asItWasLeast: 30, asMost: 30},
		{reason: "while each is tried for itself", pass: "changes", n: 25, advices: 2, fewest: 24, most: 27, asItWasLeast: 30, asMost: 30},
		{reason: "while each is tried on too few", pass: "changes", n: 12, asItWasLeast: 30, asMost: 30},
		{reason: "while combinations are tried", pass: "combinations", n: 10, advices: 2, fewest: 30, most: 30, asItWasLeast: 30, asMost: 30},
	} {
		a, err := adviseUntil(t, tt.pass, tt.n)
		if err != nil {
			t.Errorf("%s: %v", tt.reason, err)
			continue
		}
		if !a.Interrupted || a.TooFew || a.Together != nil || len(a.Advices) != tt.advices {
			t.Errorf("%s: %d advices, %+v", tt.reason, len(a.Advices), a)
		}
		if n := a.AsItWas.Builds; n < tt.asItWasLeast || n > tt.asMost || a.First == nil || a.Last == nil {
			t.Errorf("%s: %d builds as they were", tt.reason, n)
		}
		for _, x := range a.Advices {
			if x.With.Builds < tt.fewest || x.With.Builds > tt.most || x.Without.Builds != x.With.Builds {
				t.Errorf("%s: %s was tried on %d builds", tt.reason, x.Kind, x.With.Builds)
			}
			for _, r := range x.Rates {
				if r.Builds != x.With.Builds {
					t.Errorf("%s: a rate of %d builds beside %d", tt.reason, r.Builds, x.With.Builds)
				}
			}
		}
	}
	if a, err := adviseUntil(t, "replaying", 1); !errors.Is(err, context.Canceled) || a != nil {
		t.Errorf("with no build predicted: %+v, %v", a, err)
	}
}
