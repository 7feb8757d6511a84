package timings_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/predict/timings"
)

// TestRecorded reads what a real BuildKit reported of testdata/build, built twice without a cache and once with
// one (conformance/cmd/timings): every step that a replay names was measured, and both
// forms tell the same.
func TestRecorded(t *testing.T) {
	var logs []*timings.Durations
	for _, name := range []string{"testdata/recorded.rawjson", "testdata/recorded.plain"} {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		d, err := timings.Read(name, f)
		if err != nil {
			t.Fatal(err)
		}
		if d.Runs() != 3 {
			t.Errorf("%s: %d builds, want 3", name, d.Runs())
		}
		logs = append(logs, d)
	}
	data, err := os.ReadFile("testdata/build/Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	tree, err := buildcontext.Directory("testdata/build")
	if err != nil {
		t.Fatal(err)
	}
	g, err := cachekey.Replay(context.Background(), "Dockerfile", data, &buildcontext.View{Tree: tree}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, st := range g.Steps {
		raw, ok := logs[0].Step(st.Name, st.Also...)
		plain, ok2 := logs[1].Step(st.Name, st.Also...)
		if !ok || !ok2 || raw <= 0 {
			t.Errorf("%s: %v %t in rawjson, %v %t in plain", st.Name, raw, ok, plain, ok2)
		}
		// Plain text has tenths of seconds.
		if diff := (raw - plain).Abs(); diff > 51*time.Millisecond {
			t.Errorf("%s: %v in rawjson, %v in plain", st.Name, raw, plain)
		}
	}
	for _, image := range []string{"docker.io/library/node:20", "docker.io/library/golang:1.26", "docker.io/library/alpine:3.22"} {
		raw, ok := logs[0].Digest(image)
		plain, _ := logs[1].Digest(image)
		if !ok || raw != plain {
			t.Errorf("%s: digest %q in rawjson, %q in plain", image, raw, plain)
		}
	}
}
