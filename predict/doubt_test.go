package predict_test

import (
	"testing"
	"testing/fstest"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/predict"
)

// TestDoubtful: of a file that is copied to a path which an image may have as a
// directory. What BuildKit v0.34.2 says with such a directory in the image, and
// without one, are the two verdicts behind each maybe.
func TestDoubtful(t *testing.T) {
	graph := func(lines, a, b string) *cachekey.Graph {
		t.Helper()
		view := &buildcontext.View{Tree: buildcontext.FS(fstest.MapFS{
			"a": {Data: []byte(a)}, "b": {Data: []byte(b)}, "same": {Data: []byte(b)}, "in/d/n": {Data: []byte(a)}, "l/x": {Data: []byte("x")},
		})}
		g, err := cachekey.Replay(t.Context(), "Dockerfile", []byte("FROM debian:12 AS one\n"+lines), view, nil)
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	const from = "\nFROM alpine\nCOPY --from=one "
	for _, tt := range []struct {
		reason   string
		old, new string // "" for new: as old
		a, b     string // new contents; the old ones are "a" and "b"
		want     predict.Status
	}{
		{"another file changed", "COPY a /o\nCOPY b /d/n" + from + "/d/n /", "", "2", "b", predict.Hit},
		{"the file changed", "COPY b /d/n" + from + "/d/n /", "", "a", "2", predict.Miss},
		{"and its directory is taken", "COPY b /d/n" + from + "/d /", "", "a", "2", predict.Miss},
		{"another name: another file in the directory", "COPY b /d/n" + from + "/d/n /", "COPY same /d/n" + from + "/d/n /", "a", "b", predict.MayHit},
		{"in a directory on one side", "COPY b /d/n" + from + "/d/n /", "COPY b /d/n/" + from + "/d/n /", "a", "b", predict.MayHit},
		{"both lie in the directory", "COPY a /d/n\nCOPY b /d/n" + from + "/d/n /", "", "2", "b", predict.MayHit},
		{"a directory lies on it", "COPY a /d/n\nCOPY --link b /d/n/" + from + "/d/n /", "", "2", "b", predict.MayHit},
		{"a copied directory has a file there: so it was one", "COPY b /d/n\nCOPY in /" + from + "/d/n /", "", "a", "2", predict.Hit},
		{"found below", "COPY a /o\nCOPY b /d/n" + from + "/d/n/b /", "", "2", "b", predict.MayHit},
		{"found below by a wildcard", "COPY b /d/n" + from + "/d/*/b /", "", "a", "2", predict.MayHit},
		{"found below by a pattern", "COPY b /d/n" + from + "--parents /d/n/b /", "", "a", "2", predict.MayHit},
		{"left out if it is in a directory", "COPY b /d/n" + from + "--exclude=**/b /d /", "", "a", "2", predict.MayHit},
		{"copied on, where its files may lie on others", "COPY b /d/n\nFROM debian:12 AS two\nCOPY a /x/f\nCOPY --from=one /d/n /x/\nFROM alpine\nCOPY --from=two /x/f /", "", "a", "2", predict.MayHit},
		{"copied on as it is", "COPY b /d/n\nFROM debian:12 AS two\nCOPY a /o\nCOPY --from=one /d/n /n\nFROM alpine\nCOPY --from=two /n /", "", "2", "b", predict.Hit},
		{"linked: always a file", "COPY --link b /d/n" + from + "/d/n /", "COPY --link same /d/n" + from + "/d/n /", "a", "b", predict.Hit},
		{"a here-document", "COPY <<A /d/n\nx\nA" + from + "/d/n /", "COPY <<B /d/n\nx\nB" + from + "/d/n /", "a", "b", predict.MayHit},
		{"a directory that is known", "WORKDIR /d/n\nCOPY b /d/n" + from + "/d/n/b /", "COPY b /d/n/" + from + "/d/n/b /", "a", "b", predict.Hit},
	} {
		if tt.new == "" {
			tt.new = tt.old
		}
		p, err := predict.Compare(t.Context(), graph(tt.old, "a", "b"), graph(tt.new, tt.a, tt.b))
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Steps[len(p.Steps)-1].Status; got != tt.want {
			t.Errorf("%s: %s, want %s\n%s", tt.reason, got, tt.want, tt.old)
		}
	}
}
