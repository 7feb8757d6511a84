package predict_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/predict"
)

// TestRehash: a build that is made again, of which one step takes the whole context and another opens it for writing.
func TestRehash(t *testing.T) {
	for _, tt := range []struct {
		reason     string
		dockerfile string
		want       map[int]predict.Status // by line; all else hits but what follows 130 stages
	}{
		{"before, in the same stage", "FROM a\nRUN --mount=source=d,target=/m,rw x\nCOPY . /c\nRUN y", map[int]predict.Status{3: predict.MayHit, 4: predict.MayHit}},
		{"in another stage", "FROM a AS b\nRUN --mount=source=d,target=/m,rw x\nFROM c\nCOPY . /c\nCOPY --from=b /x /y", map[int]predict.Status{4: predict.MayHit, 5: predict.MayHit}},
		{"the second of two that do both", "FROM a\nRUN --mount=target=/m,rw x\nRUN --mount=target=/m,rw y", map[int]predict.Status{3: predict.MayHit}},
		{"a mount of the whole context", "FROM a\nRUN --mount=source=d,target=/m,rw x\nRUN --mount=target=/m y", map[int]predict.Status{3: predict.MayHit}},
		{"it waits", "FROM a\nCOPY . /c\nRUN --mount=source=d,target=/m,rw x", nil},
		{"it waits in another stage", "FROM a AS b\nCOPY . /c\nFROM c\nCOPY --from=b /c /c\nRUN --mount=source=d,target=/m,rw x", nil},
		{"one of two waits", "FROM a AS b\nCOPY . /c\nRUN --mount=source=d,target=/m,rw x\nFROM c\nRUN --mount=source=d,target=/m,rw z\nCOPY --from=b /c /c", map[int]predict.Status{2: predict.MayHit, 3: predict.MayHit, 6: predict.MayHit}},
		{"another of two waits", "FROM a AS b\nRUN --mount=source=d,target=/m,rw z\nFROM c\nCOPY . /c\nRUN --mount=source=d,target=/m,rw x\nCOPY --from=b /c /c", map[int]predict.Status{4: predict.MayHit, 5: predict.MayHit, 6: predict.MayHit}},
		{"a chain of many waits", "FROM a\nCOPY . /c\n" + repeated(66, "RUN --mount=source=d,target=/m,rw x%d\n"), nil},
		{"it is the one", "FROM a\nRUN --mount=target=/m,rw x", nil},
		{"read only", "FROM a\nRUN --mount=source=d,target=/m x\nCOPY . /c", nil},
		{"one mount of two is", "FROM a\nRUN --mount=source=d,target=/m --mount=source=d,target=/n,rw x\nCOPY . /c", map[int]predict.Status{3: predict.MayHit}},
		{"the second mount of two is", "FROM a\nRUN --mount=source=d,target=/m,rw --mount=source=d,target=/n x\nCOPY . /c", map[int]predict.Status{3: predict.MayHit}},
		{"a stage begins with it", "FROM lib AS b\nFROM b\nCOPY d /d\nFROM c\nCOPY --from=b / /c\nCOPY --from=1 /d /d", map[int]predict.Status{3: predict.Miss, 5: predict.MayHit, 6: predict.MayHit}},
		{"a part of the context", "FROM a\nRUN --mount=target=/m,rw x\nCOPY d /c", nil},
		{"patterns leave the root out", "FROM a\nRUN --mount=target=/m,rw x\nCOPY --exclude=y . /c\nCOPY * /d/", nil},
		{"of a stage", "FROM a AS b\nCOPY d /\nFROM c\nRUN --mount=from=b,target=/m,rw x\nCOPY --from=b / /c", nil},
		{"more that open it than are followed", "FROM a AS b\nCOPY . /c\n" + repeated(65, "FROM b AS b%d\nRUN --mount=source=d,target=/m,rw x%[1]d\n") +
			"FROM c\n" + repeated(65, "COPY --from=b%d /x /\n"), map[int]predict.Status{2: predict.MayHit}},
	} {
		graph := func() *cachekey.Graph {
			view := &buildcontext.View{Tree: buildcontext.FS(fstest.MapFS{"d/e": {}, "f": {}})}
			opts := &cachekey.Options{Contexts: map[string]cachekey.Context{"lib": {View: view}}}
			g, err := cachekey.Replay(t.Context(), "Dockerfile", []byte(tt.dockerfile), view, opts)
			if err != nil {
				t.Fatalf("%s: %v", tt.reason, err)
			}
			return g
		}
		p, err := predict.Compare(t.Context(), graph(), graph())
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range p.Steps {
			want, ok := tt.want[s.Line]
			if !ok {
				want = predict.Hit
			}
			if s.Status != want && (ok || len(p.Steps) < 130) {
				t.Errorf("%s: %s, want %s: %s", tt.reason, s.Status, want, s.Name)
			}
		}
	}
}

func repeated(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// TestRehashCause: the cause names the step that opens the context, if the new build has it.
func TestRehashCause(t *testing.T) {
	const opens, reads = "FROM a\nRUN --mount=source=d,target=/m,rw x\nCOPY . /c", "FROM a\nRUN --mount=source=d,target=/m,rw x\nFROM b\nCOPY . /c"
	graph := func(dockerfile string) *cachekey.Graph {
		view := &buildcontext.View{Tree: buildcontext.FS(fstest.MapFS{"d/e": {}, "f": {}})}
		g, err := cachekey.Replay(t.Context(), "Dockerfile", []byte(dockerfile), view, nil)
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	for _, tt := range []struct {
		reason, old, new string
		step, line       int
	}{
		{"both builds open it", opens, opens, 2, 2},
		{"the old one alone", "FROM a AS o\nRUN --mount=source=d,target=/m,rw x\nFROM b\nCOPY . /c\nCOPY --from=o /x /y", "FROM b\nCOPY . /c", 1, 0},
		{"the new one alone", "FROM b\nCOPY . /c", "FROM a AS o\nRUN --mount=source=d,target=/m,rw x\nFROM b\nCOPY . /c\nCOPY --from=o /x /y", 3, 2},
		{"the stage is not built", "FROM b\nCOPY . /c", reads, 1, -1},
	} {
		p, err := predict.Compare(t.Context(), graph(tt.old), graph(tt.new))
		if err != nil {
			t.Fatal(err)
		}
		s := p.Steps[tt.step]
		switch {
		case tt.line < 0 && s.Status != predict.Hit:
			t.Errorf("%s: %+v", tt.reason, s)
		case tt.line >= 0 && (s.Status != predict.MayHit || len(s.Causes) != 1 || s.Causes[0].Kind != predict.CauseRehash || s.Causes[0].Line != tt.line):
			t.Errorf("%s: want the line %d: %+v", tt.reason, tt.line, s)
		}
	}
}
