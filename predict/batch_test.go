package predict_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/cachekey"
	"github.com/whybust/whybust/predict"
)

// build is a build in a directory that is its context.
func build(dir string) *predict.Build { return &predict.Build{Context: dir} }

// same is a target that is built alike on both sides.
func same(name string, b *predict.Build) predict.Target {
	return predict.Target{Name: name, Before: b, After: b}
}

// services is a repository of two services in which the second commit changes one, with one that comes and one
// that goes.
func services(t *testing.T) (dir string, git func(...string) string) {
	t.Helper()
	dir, git = newRepository(t)
	for _, name := range []string{"api", "web", "gone", "torn"} {
		writeFile(t, dir, name+"/Dockerfile", "FROM alpine:3.20\nCOPY src /src\nRUN make\nCMD [\"x\"]\n")
		writeFile(t, dir, name+"/src/main.c", name)
	}
	writeFile(t, dir, "mended/Dockerfile", "FRO alpine:3.20\n")
	git("add", "-A")
	git("commit", "-q", "-m", "1")
	git("rm", "-q", "-r", "gone")
	writeFile(t, dir, "api/src/main.c", "changed")
	writeFile(t, dir, "torn/Dockerfile", "FROM alpine:3.20\nCOPI src /src\n")
	writeFile(t, dir, "mended/Dockerfile", "FROM alpine:3.20\nRUN true\n")
	writeFile(t, dir, "new/Dockerfile", "FROM alpine:3.20\nRUN true\n")
	git("add", "-A")
	git("commit", "-q", "-m", "2")
	return dir, git
}

// verdicts maps names to verdicts, "!" being a target that is affected.
func verdicts(t *testing.T, b *predict.Batch) map[string]string {
	t.Helper()
	answers, err := predict.RunAll(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, a := range answers {
		got[a.Name] = string(a.Verdict)
		if a.Affected {
			got[a.Name] += "!"
		}
	}
	return got
}

func TestTargetVerdicts(t *testing.T) {
	dir, git := services(t)
	b := &predict.Batch{Dir: dir, Before: "HEAD~1", After: "HEAD"}
	for _, name := range []string{"api", "web", "gone", "torn", "mended", "new", "nowhere"} {
		b.Targets = append(b.Targets, same(name, build(name)))
	}
	b.Targets = append(b.Targets,
		predict.Target{Name: "removed", Before: build("web")},
		predict.Target{Name: "added", After: build("web")},
		predict.Target{Name: "neither"},
		same("remote", build("https://example.org/x.git")),
		same("outside", build("../elsewhere")),
	)
	want := map[string]string{
		"api": "miss!", "web": "hit", "gone": "broken!", "torn": "broken!", "mended": "new!", "new": "new!", "nowhere": "broken!",
		"removed": "removed", "added": "new!", "neither": "broken!", "remote": "broken!", "outside": "broken!",
	}
	if diff := cmp.Diff(want, verdicts(t, b)); diff != "" {
		t.Errorf("verdicts (-want +got):\n%s", diff)
	}

	writeFile(t, dir, "web/Dockerfile", "FROM alpine:3.20\nCOPY src /src\nRUN make\nCMD [\"y\"]\n")
	git("commit", "-q", "-a", "-m", "3")
	web := &predict.Batch{Dir: dir, Before: "HEAD~1", After: "HEAD", Targets: []predict.Target{same("web", build("web"))}}
	if diff := cmp.Diff(map[string]string{"web": "hit!"}, verdicts(t, web)); diff != "" {
		t.Errorf("another CMD is another image, though every step is cached (-want +got):\n%s", diff)
	}
}

func TestTargetErrors(t *testing.T) {
	dir, _ := services(t)
	answers, err := predict.RunAll(t.Context(), &predict.Batch{Dir: dir, Before: "HEAD~1", After: "HEAD", Targets: []predict.Target{
		same("torn", build("torn")), same("mended", build("mended")), same("gone", build("gone")), same("api", build("api")),
		same("new", build("new")),
	}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range answers {
		got = append(got, a.Error)
	}
	want := []string{
		"torn/Dockerfile:2: unknown instruction: COPI (did you mean COPY?)",
		"the old side could not be built: mended/Dockerfile:1: unknown instruction: FRO (did you mean FROM?)",
		"gone: there is no such context in revision HEAD",
		"", "",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
	if _, err := predict.RunAll(t.Context(), &predict.Batch{Dir: dir, Before: "nope", After: "HEAD"}); err == nil {
		t.Error("a revision that is missing is an error of all")
	}
}

// TestBatchIsRun: what is shared changes no answer.
func TestBatchIsRun(t *testing.T) {
	dir, _ := services(t)
	writeFile(t, dir, "api/src/untracked", "x")
	for _, after := range []string{"HEAD", ""} {
		b := &predict.Batch{Dir: dir, Before: "HEAD~1", After: after, AfterArgs: map[string]string{"A": "{commit}"}}
		for _, name := range []string{"api", "web", "api"} {
			b.Targets = append(b.Targets, same(name, build(name)))
		}
		answers, err := predict.RunAll(t.Context(), b)
		if err != nil {
			t.Fatal(err)
		}
		for i, a := range answers {
			want, err := predict.Run(t.Context(), &predict.Request{
				Dir: dir, Context: b.Targets[i].Name, Before: predict.Side{Revision: "HEAD~1"},
				After: predict.Side{Revision: after, BuildArgs: b.AfterArgs},
			})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, a.Prediction); diff != "" {
				t.Errorf("%s (-Run +RunAll):\n%s", a.Name, diff)
			}
		}
	}
}

// TestLinked: a target that is made from another.
func TestLinked(t *testing.T) {
	dir, git := newRepository(t)
	write := func(cmd, src string) {
		writeFile(t, dir, "base/Dockerfile", "FROM alpine:3.20\nCOPY src /src\nCMD ["+cmd+"]\n")
		writeFile(t, dir, "base/src", src)
	}
	write(`"a"`, "one")
	git("add", "-A")
	git("commit", "-q", "-m", "1")
	write(`"a"`, "two")
	git("commit", "-q", "-a", "-m", "2")
	write(`"b"`, "two")
	git("commit", "-q", "-a", "-m", "3")

	made := func(dockerfile string, base *predict.Build) *predict.Build {
		b := &predict.Build{Context: "base", Linked: map[string]*predict.Build{"base": base}}
		b.Inline, b.Contexts = dockerfile, map[string]string{"foundation": "target:base"}
		return b
	}
	base := build("base")
	loop := made("FROM foundation\n", nil)
	loop.Linked["base"] = loop
	anew := build("base")
	anew.NoCache = true
	list := []predict.Target{
		same("runs on it", made("FROM foundation\nRUN make\n", base)),
		same("is it", made("FROM foundation\n", base)),
		same("is made from what is it", made("FROM foundation\n", made("FROM foundation\n", base))),
		same("copies what changed", made("FROM alpine\nCOPY --from=foundation /src /src\n", base)),
		same("copies something else", made("FROM alpine\nCOPY --from=foundation /etc/passwd /x\n", base)),
		same("does not use it", made("FROM alpine\nRUN make\n", base)),
		same("needs itself", loop),
		same("the base itself", base),
		same("runs on what is built anew", made("FROM foundation\nRUN make\n", anew)),
	}
	for _, tt := range []struct {
		reason, before, after string
		want                  map[string]string
	}{
		{"a file of the base changed", "HEAD~2", "HEAD~1", map[string]string{
			"runs on it": "miss!", "is it": "miss!", "is made from what is it": "miss!", "copies what changed": "miss!",
			"copies something else": "may-hit!", "does not use it": "hit", "needs itself": "broken!", "the base itself": "miss!",
			"runs on what is built anew": "miss!",
		}},
		{"its CMD changed", "HEAD~1", "HEAD", map[string]string{
			"runs on it": "hit!", "is it": "hit!", "is made from what is it": "hit!", "copies what changed": "hit!",
			"copies something else": "hit!", "does not use it": "hit!", "needs itself": "broken!", "the base itself": "hit!",
			"runs on what is built anew": "miss!",
		}},
		{"nothing changed", "HEAD", "HEAD", map[string]string{
			"runs on it": "hit", "is it": "hit", "is made from what is it": "hit", "copies what changed": "hit",
			"copies something else": "hit", "does not use it": "hit", "needs itself": "broken!", "the base itself": "hit",
			"runs on what is built anew": "miss!",
		}},
	} {
		got := verdicts(t, &predict.Batch{Dir: dir, Before: tt.before, After: tt.after, NoGitDir: true, Targets: list})
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.reason, diff)
		}
	}
}

// TestOneCache: a new target finds in a cache what another left there.
func TestOneCache(t *testing.T) {
	dir, _ := services(t)
	other := build("web")
	other.File = "web/Dockerfile"
	b := &predict.Batch{Dir: dir, Before: "HEAD~1", After: "HEAD", Targets: []predict.Target{
		same("web", build("web")), {Name: "again", After: other}, same("api", build("api")),
	}}
	misses := func() (names []string) {
		answers, err := predict.RunAll(t.Context(), b)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range answers {
			for _, s := range a.Prediction.Steps {
				if s.Status == predict.Miss {
					names = append(names, a.Name+strings.TrimSpace(s.Name[:strings.IndexByte(s.Name, ']')+1]))
				}
			}
		}
		return names
	}
	own := []string{"again[1/3]", "again[2/3]", "again[3/3]", "api[2/3]", "api[3/3]"}
	if diff := cmp.Diff(own, misses()); diff != "" {
		t.Errorf("a cache for each (-want +got):\n%s", diff)
	}
	b.OneCache = true
	if diff := cmp.Diff([]string{"api[2/3]", "api[3/3]"}, misses()); diff != "" {
		t.Errorf("one cache (-want +got):\n%s", diff)
	}
	if got := verdicts(t, b)["again"]; got != "new!" {
		t.Errorf("a new target is %s", got)
	}
}

func TestNoCacheOfTarget(t *testing.T) {
	dir, _ := services(t)
	filtered := build("web")
	filtered.NoCache = true
	got := verdicts(t, &predict.Batch{Dir: dir, Before: "HEAD", After: "HEAD", Targets: []predict.Target{
		same("cached", build("web")), same("anew", filtered), same("cached again", build("web")),
	}})
	if diff := cmp.Diff(map[string]string{"cached": "hit", "anew": "miss!", "cached again": "hit"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if names := slices.Sorted(maps.Keys(got)); len(names) != 3 {
		t.Errorf("got %q", names)
	}
}

// TestImagesOfBatch: what is known of a base image counts if both sides know it.
func TestImagesOfBatch(t *testing.T) {
	dir, _ := services(t)
	image := func(env string) func(string, string) (*cachekey.Image, error) {
		return func(string, string) (*cachekey.Image, error) {
			return &cachekey.Image{Config: &cachekey.ImageConfig{Env: []string{"A=" + env}}}, nil
		}
	}
	for _, tt := range []struct {
		reason        string
		before, after func(string, string) (*cachekey.Image, error)
		want          string
		notes         int
	}{
		{"nobody knows", nil, nil, "hit", 0},
		{"both know the same", image("1"), image("1"), "hit", 0},
		{"a variable of it changed", image("1"), image("2"), "miss!", 0},
		{"one side alone knows", nil, image("2"), "hit", 1},
	} {
		b := &predict.Batch{Dir: dir, Before: "HEAD", After: "HEAD", BeforeImage: tt.before, AfterImage: tt.after, Targets: []predict.Target{
			same("web", build("web")), same("again", build("web")),
		}}
		if diff := cmp.Diff(map[string]string{"web": tt.want, "again": tt.want}, verdicts(t, b)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.reason, diff)
		}
		answers, err := predict.RunAll(t.Context(), b)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range answers {
			notes := 0
			for _, n := range a.Prediction.Notes {
				if n.Kind == "one-sided-base" {
					notes++
				}
			}
			if notes != tt.notes {
				t.Errorf("%s: %s has %d notes, want %d", tt.reason, a.Name, notes, tt.notes)
			}
		}
	}
}

// TestCachedOfBatch: what an older revision left is in the cache too.
func TestCachedOfBatch(t *testing.T) {
	dir, git := services(t)
	writeFile(t, dir, "api/src/main.c", "api") // as it was in the first commit
	git("commit", "-q", "-a", "-m", "3")
	b := &predict.Batch{Dir: dir, Before: "HEAD~1", After: "HEAD", Targets: []predict.Target{
		same("api", build("api")), {Name: "fresh", After: build("api")},
	}}
	if diff := cmp.Diff(map[string]string{"api": "miss!", "fresh": "new!"}, verdicts(t, b)); diff != "" {
		t.Errorf("the commit before alone (-want +got):\n%s", diff)
	}
	b.Cached = []string{"HEAD~2"}
	answers, err := predict.RunAll(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range answers {
		if a.Verdict != predict.TargetHit || len(a.Prediction.Cached) != 1 || a.Prediction.Cached[0].Revision != "HEAD~2" {
			t.Errorf("%s: %s, cached %v", a.Name, a.Verdict, a.Prediction.Cached)
		}
	}
	if step := answers[0].Prediction.Steps[1]; step.Build == nil || *step.Build != 1 {
		t.Errorf("the step that takes the file is served from %v, not from Cached[0]", step.Build)
	}
}
