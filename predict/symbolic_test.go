package predict_test

import (
	"testing"
	"testing/fstest"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/predict"
)

// TestSymbolicSources: a source that holds a variable of an unknown base image
// selects an unknown part of the context. If nothing in it changed it hits, else it may.
func TestSymbolicSources(t *testing.T) {
	graph := func(dockerfile, content string) *cachekey.Graph {
		t.Helper()
		view := &buildcontext.View{Tree: buildcontext.FS(fstest.MapFS{"v1.txt": {Data: []byte(content)}})}
		g, err := cachekey.Replay(t.Context(), "Dockerfile", []byte("FROM base\n"+dockerfile+"\n"), view, nil)
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	for _, copying := range []string{
		"COPY v$VERSION.txt /x", "COPY v$VERSION.* /x", "COPY --parents v$VERSION.txt /x", "RUN --mount=source=v$VERSION.txt,target=/x true",
	} {
		for _, tt := range []struct {
			reason, old, new string
			want             predict.Status
		}{
			{"nothing changed", "1", "1", predict.Hit},
			{"what changed may be the source", "1", "2", predict.MayHit},
		} {
			p, err := predict.Compare(t.Context(), graph(copying, tt.old), graph(copying, tt.new))
			if err != nil {
				t.Fatal(err)
			}
			if got := p.Steps[1].Status; got != tt.want {
				t.Errorf("%s: %s: %s, want %s", copying, tt.reason, got, tt.want)
			}
		}
	}
}
