package cachekey_test

import (
	"context"
	"errors"
	"io/fs"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
)

// keys computes the keys of a build, by name of the step.
func (b build) keys(t *testing.T) map[string]cachekey.Key {
	t.Helper()
	keys, err := cachekey.Keys(t.Context(), b.graph(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]cachekey.Key{}
	for _, k := range keys {
		m[k.Step.Name] = k
	}
	return m
}

// TestKeyForm: a key is the sum of its pre-image, which begins with the version,
// and an image tag.
func TestKeyForm(t *testing.T) {
	tag := regexp.MustCompile(`^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$`) // of the distribution specification
	for name, k := range (build{text: "WORKDIR /w\nCOPY --link a d ./\nRUN --mount=source=b,target=/t x"}).keys(t) {
		if k.Sum != k.Preimage.Sum() {
			t.Errorf("%s: the key is not the sum of its pre-image", name)
		}
		if first := k.Preimage[0]; first.Label != cachekey.LabelVersion || first.Value != cachekey.KeyVersion {
			t.Errorf("%s: the pre-image begins with %+v", name, first)
		}
		if s := k.Sum.String(); !tag.MatchString(s) || s != strings.ToLower(s) {
			t.Errorf("%s: %s is no image tag", name, s)
		}
		next := append(cachekey.Preimage{{Label: cachekey.LabelVersion, Value: cachekey.KeyVersion + "1"}}, k.Preimage[1:]...)
		if k.Sum == next.Sum() {
			t.Errorf("%s: another version has the same key", name)
		}
	}
}

// TestKeysMove changes one thing and states which steps have another key.
func TestKeysMove(t *testing.T) {
	const two = "FROM base AS p\nRUN make\nFROM base AS q\nCOPY --from=p /out /out\nCOPY --link --from=p /out /linked\nRUN x"
	for _, tt := range []struct {
		reason   string
		old, new build
		want     []string
	}{
		{"nothing", build{text: two}, build{text: two}, nil},
		{"what runs nothing", build{text: "RUN a"}, build{text: "LABEL a=b\nRUN a\nCMD c"}, nil},
		{"a stage moves what copies from it", build{text: two}, build{text: strings.Replace(two, "make", "cmake", 1)},
			[]string{"[p 2/2] RUN cmake", "[q 2/4] COPY --from=p /out /out", "[q 3/4] COPY --link --from=p /out /linked", "[q 4/4] RUN x"}},
		{"the base of a linked copy moves what is after it", build{text: two}, build{text: strings.Replace(two, "FROM base AS q", "FROM base:2 AS q", 1)},
			[]string{"[q 1/4] FROM docker.io/library/base:2", "[q 2/4] COPY --from=p /out /out", "[q 4/4] RUN x"}},
		{"another directory of equal content does not", build{text: "COPY d/x /t"}, build{text: "COPY d/e/../x /t"}, nil},
		{"the name of a stage does not", build{text: "FROM base AS p\nFROM p\nRUN a"}, build{text: "FROM base AS q\nFROM q\nRUN a"}, nil},
		{"a build argument moves what reads it", build{text: "ARG A\nCOPY a /a\nRUN a"}, build{"ARG A\nCOPY a /a\nRUN a", cachekey.Options{BuildArgs: map[string]string{"A": "1"}}},
			[]string{"[3/3] RUN a"}},
	} {
		old, new := tt.old.keys(t), tt.new.keys(t)
		known := map[cachekey.Sum]bool{}
		for _, k := range old {
			known[k.Sum] = true
		}
		var got []string
		for _, st := range tt.new.graph(t).Steps {
			if !known[new[st.Name].Sum] {
				got = append(got, st.Name)
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.reason, diff)
		}
	}
}

// TestKeysOfGitDir: a step that takes .git has another key for each commit.
func TestKeysOfGitDir(t *testing.T) {
	key := func(copying, commit string) cachekey.Sum {
		view := &buildcontext.View{Tree: buildcontext.WithGitDir(smallContext().Tree, commit)}
		g, err := cachekey.Replay(t.Context(), "Dockerfile", []byte("FROM scratch\n"+copying), view, nil)
		if err != nil {
			t.Fatal(err)
		}
		keys, err := cachekey.Keys(t.Context(), g, nil)
		if err != nil {
			t.Fatal(err)
		}
		return keys[0].Sum
	}
	if key("COPY . .", "1") == key("COPY . .", "2") {
		t.Error("the commit does not move the key of what takes .git")
	}
	if key("COPY d .", "1") != key("COPY d .", "2") {
		t.Error("the commit moves the key of what does not take .git")
	}
}

// TestKeysOfSymbols: what is selected by an unknown variable hangs on the whole
// context.
func TestKeysOfSymbols(t *testing.T) {
	key := func(copying, content string) cachekey.Sum {
		view := &buildcontext.View{Tree: buildcontext.FS(fstest.MapFS{"v1": {Data: []byte(content)}})}
		g, err := cachekey.Replay(t.Context(), "Dockerfile", []byte("FROM unknown\n"+copying), view, nil)
		if err != nil {
			t.Fatal(err)
		}
		keys, err := cachekey.Keys(t.Context(), g, nil)
		if err != nil {
			t.Fatal(err)
		}
		return keys[1].Sum
	}
	for _, copying := range []string{"COPY v$A /x", "COPY --parents v$A /x"} {
		if first, again := key(copying, "1"), key(copying, "1"); first != again {
			t.Errorf("%s: equal contexts have two keys", copying)
		}
		if key(copying, "1") == key(copying, "2") {
			t.Errorf("%s: other contexts have one key", copying)
		}
	}
	if key("COPY $A/v /x", "1") == key("COPY $B/v /x", "1") {
		t.Error("another variable has the same key")
	}
}

// TestKeysOfWhatIsMissing: what cannot be built has no key.
func TestKeysOfWhatIsMissing(t *testing.T) {
	for text, want := range map[string]string{
		"RUN a\nCOPY nope /x":                    `Dockerfile:3: in the build context: "/nope": file does not exist`,
		"COPY --parents a nope /x":               `Dockerfile:2: in the build context: "/nope": file does not exist`,
		"RUN --mount=source=nope,target=/t true": `Dockerfile:2: in the build context: "/nope": file does not exist`,
		"COPY nop* /x":                           "",
		"COPY --from=other /nope /nope":          "",
	} {
		_, err := cachekey.Keys(t.Context(), build{text: text}.graph(t), nil)
		if want == "" {
			if err != nil {
				t.Errorf("%s: %v", text, err)
			}
			continue
		}
		if err == nil || err.Error() != want || !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// identified is a tree whose files have an identity of git's.
type identified struct{ buildcontext.Tree }

func (t identified) ReadDir(ctx context.Context, path string, dir buildcontext.Entry) ([]buildcontext.Entry, error) {
	entries, err := t.Tree.ReadDir(ctx, path, dir)
	for i := range entries {
		if entries[i].Kind == buildcontext.File {
			entries[i].ID = "git:" + entries[i].Name
		}
	}
	return entries, err
}

// sameSum is a memory to which all files are alike.
type sameSum struct{ asked int }

func (m *sameSum) Recall(string) (buildcontext.Sum, bool) {
	m.asked++
	return buildcontext.Sum{1}, true
}

func (m *sameSum) Remember(string, buildcontext.Sum) {}

// TestKeyOptions: a digester that remembers what files hold is asked instead of the files.
func TestKeyOptions(t *testing.T) {
	memory := &sameSum{}
	d := &buildcontext.Digester{Memory: memory}
	g := build{text: "COPY a b /t/\nCOPY a b /u/"}.graph(t)
	g.Context.Tree = identified{g.Context.Tree}
	with, err := cachekey.Keys(t.Context(), g, &cachekey.KeyOptions{Digester: d})
	if err != nil {
		t.Fatal(err)
	}
	without, err := cachekey.Keys(t.Context(), g, nil)
	if err != nil {
		t.Fatal(err)
	}
	if with[1].Sum == without[1].Sum {
		t.Error("the digester does not count")
	}
	if memory.asked != 2 {
		t.Errorf("%d files were hashed for two selections of the same two", memory.asked)
	}
}
