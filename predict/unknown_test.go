package predict_test

import (
	"testing"
	"testing/fstest"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/predict"
)

// TestUnknownOverKnown: what is known of a stage's files says something even
// where files of an image were copied over it. Equal unknowns must not hide a
// change below them. (Random builds, seed 2026, pair 1342: a false hit.)
func TestUnknownOverKnown(t *testing.T) {
	graph := func(content, image string) *cachekey.Graph {
		t.Helper()
		view := &buildcontext.View{Tree: buildcontext.FS(fstest.MapFS{"f": {Data: []byte(content)}})}
		g, err := cachekey.Replay(t.Context(), "Dockerfile", []byte(`FROM `+image+` AS image
FROM scratch AS files
COPY f /named/
COPY --from=image /app ./
FROM alpine
COPY --from=files /named /
`), view, nil)
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	for _, tt := range []struct {
		reason     string
		text, base string
		want       predict.Status
	}{
		{"nothing changed", "1", "debian:12", predict.Hit},
		{"the file below changed; the image may have one of its own there", "2", "debian:12", predict.MayHit},
		{"the image changed", "1", "debian:13", predict.MayHit},
	} {
		p, err := predict.Compare(t.Context(), graph("1", "debian:12"), graph(tt.text, tt.base))
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Steps[len(p.Steps)-1].Status; got != tt.want {
			t.Errorf("%s: %s, want %s", tt.reason, got, tt.want)
		}
	}
}

// TestLinkedDirectories: in many images /bin is a link to /usr/bin, so a path that
// nothing in the Dockerfile writes may still hold what one of its steps wrote.
func TestLinkedDirectories(t *testing.T) {
	graph := func(content, other string) *cachekey.Graph {
		t.Helper()
		view := &buildcontext.View{Tree: buildcontext.FS(fstest.MapFS{"tool": {Data: []byte(content)}, "other": {Data: []byte(other)}})}
		g, err := cachekey.Replay(t.Context(), "Dockerfile", []byte(`FROM debian:12 AS files
COPY tool /bin/tool
FROM alpine
COPY other /other
COPY --from=files /usr/bin/tool /
`), view, nil)
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	for _, tt := range []struct {
		reason      string
		text, other string
		want        predict.Status
	}{
		{"nothing changed", "1", "1", predict.Hit},
		{"the path may be what changed", "2", "1", predict.MayHit},
	} {
		p, err := predict.Compare(t.Context(), graph("1", "1"), graph(tt.text, tt.other))
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Steps[len(p.Steps)-1].Status; got != tt.want {
			t.Errorf("%s: %s, want %s", tt.reason, got, tt.want)
		}
	}
}
