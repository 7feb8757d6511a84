package predict_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/cachekey"
	"github.com/whybust/whybust/predict"
)

// contextRepository has a context app and a directory lib besides, of which x is the same in both commits, y is not, and
// z.log is ignored there alone.
func contextRepository(t *testing.T) string {
	t.Helper()
	dir, git := newRepository(t)
	writeFile(t, dir, "app/Dockerfile", "FROM alpine:3.20@sha256:"+strings.Repeat("1", 64)+"\nCOPY --from=lib x /x\nCOPY a /a\nCOPY --from=lib . /lib\n")
	writeFile(t, dir, "app/a", "a")
	writeFile(t, dir, "app/.dockerignore", "x\n")
	writeFile(t, dir, "lib/.dockerignore", "*.log\n")
	writeFile(t, dir, "lib/x", "x")
	for _, n := range []string{"1", "2", "3"} {
		if n != "3" {
			writeFile(t, dir, "lib/y", n)
		}
		writeFile(t, dir, "lib/z.log", n)
		git("add", "-A")
		git("commit", "-q", "-m", n)
	}
	return dir
}

func runSides(t *testing.T, dir string, fill func(s *predict.Side), before, after string) (*predict.Prediction, error) {
	t.Helper()
	r := &predict.Request{Dir: dir, Context: "app", Before: predict.Side{Revision: before}, After: predict.Side{Revision: after}}
	fill(&r.Before)
	fill(&r.After)
	return predict.Run(context.Background(), r)
}

func statuses(p *predict.Prediction) string {
	var list []string
	for _, s := range p.Steps {
		list = append(list, string(s.Status))
	}
	return strings.Join(list, " ")
}

func TestNamedContexts(t *testing.T) {
	dir := contextRepository(t)
	outside := t.TempDir()
	writeFile(t, outside, "x", "x")
	for _, tc := range []struct{ reason, lib, before, after, want string }{
		{"each side at its revision", "lib", "HEAD~2", "HEAD~1", "hit hit hit miss"},
		{"under its own ignore file", "lib", "HEAD~1", "HEAD", "hit hit hit hit"},
		{"the working tree", "./lib", "HEAD", "", "hit hit hit hit"},
		{"by its absolute path", filepath.Join(dir, "lib"), "HEAD~2", "HEAD~1", "hit hit hit miss"},
		{"outside of the repository", outside, "HEAD~2", "HEAD", "hit hit hit hit"},
	} {
		p, err := runSides(t, dir, func(s *predict.Side) { s.Contexts = map[string]string{"lib": tc.lib} }, tc.before, tc.after)
		if err != nil {
			t.Errorf("%s: %v", tc.reason, err)
			continue
		}
		if got := statuses(p); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.reason, got, tc.want)
		}
		said := slices.ContainsFunc(p.Notes, func(n predict.Note) bool { return n.Kind == "outside-context" })
		if said != (tc.lib == outside) {
			t.Errorf("%s: notes %v", tc.reason, p.Notes)
		}
		if strings.HasSuffix(tc.want, "miss") {
			want := []predict.Cause{{Kind: predict.CauseFile, Change: predict.Modified, Path: "y", Context: "lib"}}
			if diff := cmp.Diff(want, p.Steps[3].Causes); diff != "" {
				t.Errorf("%s: causes (-want +got)\n%s", tc.reason, diff)
			}
		}
	}
}

func TestNamedContextErrors(t *testing.T) {
	dir := contextRepository(t)
	if err := os.Symlink("/etc", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ reason, lib, want string }{
		{"no such directory at the revision", "none", `app/Dockerfile:2: build context "lib": open none: file does not exist`},
		{"a file", "app/a", `not a directory`},
		{"no such directory outside", "../../nothing-here", `build context "lib": ../../nothing-here: no such file`},
		{"a link that leads out of the repository", "link", "build context"},
		{"no image", "docker-image://A", "no image reference"},
		{"a target that nobody gave", "target:x", `there is no target "x"`},
		{"no layout", "oci-layout://lib", "no OCI layout"},
	} {
		for _, after := range []string{"HEAD", ""} {
			_, err := runSides(t, dir, func(s *predict.Side) { s.Contexts = map[string]string{"lib": tc.lib} }, after, after)
			if err == nil || !strings.Contains(err.Error(), tc.want) && after != "" {
				t.Errorf("%s: error %v, want %s", tc.reason, err, tc.want)
			}
		}
	}
}

func TestOverlays(t *testing.T) {
	dir := contextRepository(t)
	ci := t.TempDir()
	writeFile(t, ci, "one/Dockerfile", "FROM scratch\nCOPY a b /\nCOPY c /c\n")
	writeFile(t, ci, "one/b", "made")
	writeFile(t, ci, "one/c", "made")
	writeFile(t, ci, "two/c", "made otherwise")
	writeFile(t, ci, "three/.dockerignore", "b\n")
	for _, tc := range []struct {
		reason        string
		before, after []string
		want          string
	}{
		{"both have the same", []string{"one"}, []string{"one"}, "hit hit"},
		{"a later one over an earlier one", []string{"one", "two"}, []string{"one"}, "hit miss"},
		{"an ignore file", []string{"one"}, []string{"one", "three"}, "miss miss"},
	} {
		lay := func(names []string) (list []string) {
			for _, name := range names {
				list = append(list, filepath.Join(ci, name))
			}
			return list
		}
		p, err := predict.Run(context.Background(), &predict.Request{Dir: dir, Context: "app",
			Before: predict.Side{Revision: "HEAD~1", Overlays: lay(tc.before)}, After: predict.Side{Revision: "HEAD", Overlays: lay(tc.after)}})
		if err != nil {
			t.Errorf("%s: %v", tc.reason, err)
			continue
		}
		if got := statuses(p); got != tc.want {
			t.Errorf("%s: %s, want %s\n%+v", tc.reason, got, tc.want, p.Steps)
		}
	}
	if _, err := runSides(t, dir, func(s *predict.Side) { s.Overlays = []string{"none"} }, "HEAD", "HEAD"); err == nil || !strings.Contains(err.Error(), `overlay "none"`) {
		t.Errorf("an overlay that is not there: %v", err)
	}
}

// TestKnownImages: what one side knows more of the same reference than the other is no reason for a miss.
func TestKnownImages(t *testing.T) {
	dir, git := newRepository(t)
	writeFile(t, dir, "app/Dockerfile", "FROM node:20\nCOPY a /a\nRUN echo $V\n")
	writeFile(t, dir, "app/a", "a")
	git("add", "-A")
	git("commit", "-q", "-m", "1")
	image := func(digest, config, v string) *cachekey.Image {
		return &cachekey.Image{Digest: digest, ConfigDigest: config, Config: &cachekey.ImageConfig{Env: []string{"V=" + v}}}
	}
	one, two := "sha256:"+strings.Repeat("1", 64), "sha256:"+strings.Repeat("2", 64)
	for _, tc := range []struct {
		reason        string
		before, after *cachekey.Image
		want          string
	}{
		{"nothing", nil, nil, "hit hit hit"},
		{"the same", image(one, "c", "1"), image(one, "c", "1"), "hit hit hit"},
		{"a moved tag", image(one, "c", "1"), image(two, "c", "1"), "miss miss miss"},
		{"the old side alone", image(one, "c", "1"), nil, "hit hit hit"},
		{"the new side alone", nil, image(one, "c", "1"), "hit hit hit"},
		{"configurations, equal", image("", "c", "1"), image("", "c", "1"), "hit hit hit"},
		{"configurations, other", image("", "c", "1"), image("", "d", "2"), "miss miss miss"},
		{"a configuration and what it belongs to", image("", "c", "1"), image(one, "c", "1"), "hit hit hit"},
		{"a configuration and what it does not belong to", image(one, "d", "1"), image("", "c", "1"), "miss miss miss"},
	} {
		know := func(image *cachekey.Image) func(string, string) (*cachekey.Image, error) {
			return func(ref, platform string) (*cachekey.Image, error) {
				if ref != "docker.io/library/node:20" || platform != "linux/amd64" {
					t.Errorf("%s: asked for %s, %s", tc.reason, ref, platform)
				}
				return image, nil
			}
		}
		p, err := predict.Run(context.Background(), &predict.Request{Dir: dir, Context: "app",
			Before: predict.Side{Revision: "HEAD", Image: know(tc.before)}, After: predict.Side{Revision: "HEAD", Image: know(tc.after)}})
		if err != nil {
			t.Fatal(err)
		}
		if got := statuses(p); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.reason, got, tc.want)
		}
		lone := slices.ContainsFunc(p.Notes, func(n predict.Note) bool { return n.Kind == "one-sided-base" })
		if lone != ((tc.before == nil) != (tc.after == nil)) {
			t.Errorf("%s: notes %+v", tc.reason, p.Notes)
		}
		if tc.want == "miss miss miss" && p.Steps[0].Causes[0].Kind != predict.CauseBase {
			t.Errorf("%s: causes %+v", tc.reason, p.Steps[0].Causes)
		}
	}
}
