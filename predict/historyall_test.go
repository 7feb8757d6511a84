package predict_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/internal/leftover"
	"github.com/whybust/whybust/predict"
)

// imagesOfServices makes a repository of several images, in whose history each changes, comes, goes or breaks: a commit for each
// line. An empty content deletes a file.
func imagesOfServices(t *testing.T) (dir string) {
	t.Helper()
	leftover.Check(t)
	t.Setenv("HOME", t.TempDir())
	dir, git := newRepository(t)
	const one = "FROM alpine:3.20\nCOPY go.mod ./\nRUN fetch\nCOPY . .\nRUN make\n"
	for n, files := range []map[string]string{
		{"a/Dockerfile": one, "a/go.mod": "1", "a/main.go": "1", "b/Dockerfile": one, "b/go.mod": "1", "b/.dockerignore": "*.md\n", "lib/x": "1",
			"whole.Dockerfile": "FROM alpine:3.20\nCOPY lib /lib\nRUN make lib\n", ".dockerignore": ".git\n**/Dockerfile\n*.Dockerfile\n"},
		{"README": "1"},
		{"README": "2"},
		{"a/main.go": "2"},
		{"b/README.md": "ignored"},
		{"c/Dockerfile": one, "c/go.mod": "1", "c/link": "1"},
		{"lib/x": "2"},
		{"a/Dockerfile": "FORM alpine\n"},
		{"a/main.go": "3"},
		{"a/Dockerfile": strings.Replace(one, "make", "make all", 1), "c/go.mod": "2"},
		{"b/Dockerfile": ""},
		{"b/go.mod": "2"},
		{"b/Dockerfile": one},
		{".gitattributes": "*.go eol=crlf\n"},
		{"README": "3"},
		{"a/main.go": "4"},
		{"README": "4"},
	} {
		for name, content := range files {
			if content == "" {
				git("rm", "-q", name)
				continue
			}
			writeFile(t, dir, name, content)
		}
		git("add", "-A")
		git("commit", "-qm", fmt.Sprint(n))
	}
	git("commit", "-q", "--allow-empty", "-m", "empty")
	return dir
}

func serviceTargets() []predict.Target {
	target := func(name string, b predict.Build) predict.Target { return predict.Target{Name: name, After: &b} }
	return []predict.Target{
		target("a", predict.Build{Context: "a"}),
		target("b", predict.Build{Context: "b"}),
		target("c", predict.Build{Context: "c", Side: predict.Side{BuildArgs: map[string]string{"SHA": "{commit}"}}}),
		target("whole", predict.Build{Side: predict.Side{File: "whole.Dockerfile"}}),
		target("a for arm", predict.Build{Context: "a", Side: predict.Side{Platform: "linux/arm64", Target: ""}}),
		target("inline", predict.Build{Context: "lib", Side: predict.Side{Inline: "FROM alpine:3.20\nCOPY x /x\nCOPY --from=more main.go /\n", Contexts: map[string]string{"more": "a"}}}),
		target("all but cached", predict.Build{Context: "b", NoCache: true}),
	}
}

// historyOf is the history of one target by itself.
func historyOf(t *testing.T, b *predict.HistoryBatch, target predict.Target) []*predict.HistoryBuild {
	t.Helper()
	r := &predict.HistoryRequest{
		Dir: b.Dir, Context: target.After.Context, Side: target.After.Side, Limit: b.Limit, CacheSize: b.CacheSize, CacheMode: b.CacheMode, BranchCache: b.BranchCache,
	}
	r.Revision = b.Revision
	return builds(t, r)
}

// TestHistoryAllIsHistory compares the builds of each target with those of its own history.
func TestHistoryAllIsHistory(t *testing.T) {
	dir := imagesOfServices(t)
	for _, b := range []predict.HistoryBatch{
		{}, {CacheSize: 3}, {CacheMode: predict.CacheMin}, {Limit: 7}, {Revision: "HEAD~3", BranchCache: "HEAD~12", CacheSize: 2}, {CacheMode: predict.CacheMax, CacheSize: 2},
	} {
		b.Dir, b.Targets = dir, serviceTargets()
		var all []*predict.HistoryBuilds
		for one, err := range predict.HistoryAll(t.Context(), &b) {
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, one)
		}
		for i, target := range b.Targets {
			if target.After.NoCache {
				continue // History cannot be asked for it
			}
			compared := 0
			for n, want := range historyOf(t, &b, target) {
				got := all[n].Builds[i]
				if absent := errors.Is(want.Err, fs.ErrNotExist); absent != (got == nil) {
					t.Errorf("%s at %s: %v, History says %v", target.Name, want.Subject, got, want.Err)
				}
				if got == nil {
					continue
				}
				if (got.Err == nil) != (want.Err == nil) {
					t.Errorf("%s at %s: error %v, want one like %v", target.Name, want.Subject, got.Err, want.Err)
				}
				got.Err, want.Err = nil, nil
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%+v: %s at %s (-History +HistoryAll):\n%s", b, target.Name, want.Subject, diff)
				}
				if got.Prediction != nil {
					compared++
				}
			}
			if compared < 4 {
				t.Errorf("%s: %d predictions", target.Name, compared)
			}
		}
	}
}

// TestHistoryAllOfTargets: what Run does not know of a target counts too.
func TestHistoryAllOfTargets(t *testing.T) {
	dir := imagesOfServices(t)
	base := &predict.Build{Context: "a"}
	linked := &predict.Build{Context: "b", Side: predict.Side{
		Inline: "FROM scratch\nCOPY --from=base /out /out\nCOPY go.mod /\n", Contexts: map[string]string{"base": "target:base"},
	}, Linked: map[string]*predict.Build{"base": base}}
	b := &predict.HistoryBatch{Dir: dir, Targets: []predict.Target{
		{Name: "never from the cache", After: &predict.Build{Context: "b", NoCache: true}},
		{Name: "made from a", After: linked},
		{Name: "elsewhere", After: &predict.Build{Context: "https://example.org/x.git"}},
		{Name: "outside", After: &predict.Build{Context: "../.."}},
		{Name: "nowhere", After: &predict.Build{Context: "nowhere"}},
	}}
	verdicts, faults := map[string][]string{}, map[string]string{}
	for all, err := range predict.HistoryAll(t.Context(), b) {
		if err != nil {
			t.Fatal(err)
		}
		for i, one := range all.Builds {
			name := b.Targets[i].Name
			switch {
			case one == nil:
				faults[name] = "not there"
			case one.Err != nil:
				faults[name] = one.Err.Error()
			case one.Prediction != nil:
				if v := one.Prediction.Verdict; v != predict.Hit {
					verdicts[name] = append(verdicts[name], all.Subject+" "+string(v))
				}
			}
		}
	}
	if n := len(verdicts["never from the cache"]); n != 15 {
		t.Errorf("never from the cache: %d builds miss, want all that there are, 15", n)
	}
	want := []string{"3 may-hit", "9 may-hit", "11 miss", "13 may-hit", "15 may-hit"}
	if diff := cmp.Diff(want, verdicts["made from a"]); diff != "" {
		t.Errorf("made from a (-want +got):\n%s", diff)
	}
	for name, want := range map[string]string{"elsewhere": "is not in this repository", "outside": "outside of the repository", "nowhere": "not there"} {
		if !strings.Contains(faults[name], want) {
			t.Errorf("%s: %q, want %q", name, faults[name], want)
		}
	}
	if !strings.Contains(faults["made from a"], "unknown instruction") {
		t.Errorf("made from a: %q; want what is wrong with a", faults["made from a"])
	}
}

func TestHistoryAllEnds(t *testing.T) {
	dir := imagesOfServices(t)
	for range predict.HistoryAll(t.Context(), &predict.HistoryBatch{Dir: dir, Targets: serviceTargets()}) {
		break
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var last error
	for _, err := range predict.HistoryAll(ctx, &predict.HistoryBatch{Dir: dir, Targets: serviceTargets()}) {
		cancel()
		last = err
	}
	if !errors.Is(last, context.Canceled) {
		t.Errorf("%v, want Canceled", last)
	}
	for _, b := range []*predict.HistoryBatch{
		{Dir: dir}, {Dir: dir, Revision: "nowhere", Targets: serviceTargets()}, {Dir: dir, Targets: []predict.Target{{Name: "x"}}}, {Dir: dir, CacheMode: "moon", Targets: serviceTargets()},
	} {
		var err error
		for _, err = range predict.HistoryAll(t.Context(), b) {
			if err != nil {
				break
			}
		}
		if err == nil {
			t.Errorf("%+v: no error", b)
		}
	}
}
