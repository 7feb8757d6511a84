package scenario_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/internal/scenario"
)

func TestCached(t *testing.T) {
	s, err := scenario.Parse("x.txtar", []byte(`reason: two further builds
args: --build-arg A=1
cache-mode: min
cached: old --target test
cached: old2
after-args: --no-cache --no-cache-filter a,b
-- both/f --
both
-- old/f --
old
-- old2/f --
old2
`))
	if err != nil {
		t.Fatal(err)
	}
	type build struct{ f, target, a string }
	var got []build
	for _, side := range append(s.Cached, s.Old, s.New) {
		got = append(got, build{string(side.Tree["f"].Data), side.Build.Target, side.Build.BuildArgs["A"]})
	}
	want := []build{{"old\n", "test", "1"}, {"old2\n", "", "1"}, {"old\n", "", "1"}, {"both\n", "", "1"}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(build{})); diff != "" {
		t.Errorf("builds (-want +got)\n%s", diff)
	}
	if s.CacheMode != "min" || !s.New.Build.NoCache || len(s.New.Build.NoCacheFilter) != 2 || s.Old.Build.NoCache {
		t.Errorf("mode %q, new %+v, old %+v", s.CacheMode, s.New.Build, s.Old.Build)
	}
	for _, bad := range []string{"cached: both", "cached: older", "cached: old --bogus x", "cache-mode: maximal", "cache-mode: min\ncache-mode: max"} {
		if _, err := scenario.Parse("x.txtar", []byte("reason: r\n"+bad+"\n")); err == nil || !strings.HasPrefix(err.Error(), "x.txtar:") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
