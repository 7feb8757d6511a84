package random_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/conformance/random"
	"github.com/whybust/whybust/internal/scenario"
)

// TestNew: a seed gives the same pair each time, a pair is a scenario, and most have a difference.
func TestNew(t *testing.T) {
	const cases = 500
	different := 0
	for i := range cases {
		text := random.New(7, i).Text()
		if again := random.New(7, i).Text(); string(again) != string(text) {
			t.Fatalf("case %d is not the same again:\n%s\n%s", i, text, again)
		}
		if _, err := scenario.Parse("random.txtar", text); err != nil {
			t.Errorf("case %d: %v\n%s", i, err, text)
		}
		if strings.Contains(string(text), "-- old/") || strings.Contains(string(text), "-- new/") {
			different++
		}
	}
	if different < cases/2 {
		t.Errorf("only %d of %d cases have an edit of a file", different, cases)
	}
}

// TestNewCached: it is a scenario, and each kind of cache comes up.
func TestNewCached(t *testing.T) {
	seen := map[string]int{}
	for i := range 300 {
		text := random.NewCached(7, i).Text()
		s, err := scenario.Parse("random.txtar", text)
		if err != nil {
			t.Fatalf("case %d: %v\n%s", i, err, text)
		}
		seen["mode "+s.CacheMode]++
		for _, third := range s.Cached {
			if cmp.Diff(third.Tree, s.Old.Tree) != "" && cmp.Diff(third.Tree, s.New.Tree) != "" {
				seen["mixed"]++
			}
		}
		if s.New.Build.NoCache || s.New.Build.NoCacheFilter != nil {
			seen["no cache"]++
		}
	}
	for _, kind := range []string{"mode ", "mode max", "mode min", "mode inline", "mixed", "no cache"} {
		if seen[kind] == 0 {
			t.Errorf("no case of %q in %v", kind, seen)
		}
	}
}

// TestShrink: shrinking ends with the one line that matters, whatever the case began with.
func TestShrink(t *testing.T) {
	for i := range 200 {
		c := random.New(3, i)
		wrong := func(c *random.Case) bool { return strings.Contains(string(c.Text()), "COPY ") }
		if !wrong(c) {
			continue
		}
		before := string(c.Text())
		small := random.Shrink(c, 10000, wrong)
		if lines := strings.Count(string(small.Text()), "\n"); !wrong(small) || lines > 8 {
			t.Errorf("case %d shrank to\n%s", i, small.Text())
		}
		if string(c.Text()) != before {
			t.Errorf("case %d: Shrink changed what it was given", i)
		}
	}
}
