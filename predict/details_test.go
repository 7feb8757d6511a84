package predict_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/dockerignore"
	"github.com/whybust/whybust/predict"
)

// TestDetailsAgree: the details tell of every scenario what its prediction tells.
func TestDetailsAgree(t *testing.T) {
	for _, s := range readCorpus(t) {
		t.Run(s.Name, func(t *testing.T) {
			old, new := replaySide(t, s, &s.Old), replaySide(t, s, &s.New)
			p, d, err := predict.CompareDetails(context.Background(), cacheOf(old), new, nil)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(compare(t, old, new), p); diff != "" {
				t.Errorf("%s\nthe prediction is not that of Compare (-want +got)\n%s", s.Reason, diff)
			}
			if len(d.Steps) != len(p.Steps) {
				t.Fatalf("details of %d steps, want %d", len(d.Steps), len(p.Steps))
			}
			for i, st := range p.Steps {
				checkDetails(t, i, &st, &d.Steps[i])
			}
		})
	}
}

// checkDetails holds one step against its details.
func checkDetails(t *testing.T, i int, st *predict.Step, d *predict.StepDetails) {
	t.Helper()
	worst := predict.Hit
	for _, in := range d.Inputs {
		if in.Status == predict.Miss || worst == predict.Hit {
			worst = in.Status
		}
		if in.Step != nil && *in.Step >= i {
			t.Errorf("%s reads step %d, which comes later", st.Name, *in.Step)
		}
	}
	if d.Old != nil && worst == predict.Miss && st.Status != predict.Miss {
		t.Errorf("%s is a %s, and an input of it misses: %+v", st.Name, st.Status, d.Inputs)
	}
	changed := false
	for _, f := range d.Fields {
		changed = changed || f.Change != "" && !strings.Contains(f.Before+f.After, "$")
	}
	if st.Status == predict.Hit && changed {
		t.Errorf("%s hits, but differs from the old build: %+v", st.Name, d)
	}
	files := map[string]predict.Change{}
	for _, in := range d.Inputs {
		if in.Files != nil {
			for _, f := range in.Files.Files {
				files[f.Path] = f.Change
			}
		}
	}
	for _, c := range st.Causes {
		if (c.Kind == predict.CauseFile || c.Kind == predict.CauseIgnoreRule) && c.Path != "" && len(files) > 0 {
			change, ok := files[c.Path]
			renamed := change == predict.Added && c.Change == predict.Modified // a source of another name
			if !ok && c.Change != predict.Removed || ok && change != c.Change && !renamed {
				t.Errorf("%s misses for %s %s, which the details list as %q", st.Name, c.Path, c.Change, change)
			}
		}
	}
}

func cacheOf(old *cachekey.Graph) *predict.Cache {
	return &predict.Cache{Builds: []*cachekey.Graph{old}}
}

// details compares two builds of one Dockerfile.
func details(t *testing.T, dockerfile string, old, new *buildcontext.View, opts *predict.DetailOptions) (*predict.Prediction, *predict.Details) {
	t.Helper()
	replay := func(view *buildcontext.View) *cachekey.Graph {
		g, err := cachekey.Replay(t.Context(), "Dockerfile", []byte(dockerfile), view, nil)
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	p, d, err := predict.CompareDetails(t.Context(), cacheOf(replay(old)), replay(new), opts)
	if err != nil {
		t.Fatal(err)
	}
	return p, d
}

func mapView(files map[string]string, ignore ...string) *buildcontext.View {
	m := fstest.MapFS{}
	for name, data := range files {
		m[name] = &fstest.MapFile{Data: []byte(data)}
	}
	rules, err := dockerignore.New(ignore)
	if err != nil {
		panic(err)
	}
	return &buildcontext.View{Tree: buildcontext.FS(m), Rules: rules}
}

// fileLines writes a list in short.
func fileLines(l *predict.FileList) string {
	if l == nil {
		return "none"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d -> %d, omitted %d (%d changed)", l.Before, l.After, l.Omitted, l.Changed)
	for _, f := range l.Files {
		fmt.Fprintf(&b, "\n%s %s", f.Path, f.Change)
		if f.Rule != nil {
			fmt.Fprintf(&b, " %s", f.Rule.Pattern)
		}
		if f.Unknown {
			b.WriteString(" unknown")
		}
	}
	return b.String()
}

func TestDetailsFiles(t *testing.T) {
	old := map[string]string{"a": "1", "b/c": "1", "b/d": "1", "gone": "1", "log": "1", "z": "1"}
	new := map[string]string{"a": "1", "b/c": "1", "b/d": "2", "log": "1", "more": "1", "z": "1"}
	for _, tc := range []struct {
		reason, dockerfile string
		max                int
		want               string
	}{
		{"changed files come first, with the ignore rule to blame", "FROM a\nCOPY . .", 0,
			"6 -> 5, omitted 0 (0 changed)\nb/d modified\ngone removed\nlog removed log\nmore added\na \nb/c \nz "},
		{"what does not fit is counted", "FROM a\nCOPY . .", 3,
			"6 -> 5, omitted 4 (1 changed)\nb/d modified\ngone removed\nlog removed log"},
		{"another selection", "FROM a\nCOPY b /b", 0, "2 -> 2, omitted 0 (0 changed)\nb/d modified\nb/c "},
		{"nothing changed", "FROM a\nCOPY a z /b/", 0, "2 -> 2, omitted 0 (0 changed)\na \nz "},
		{"a bind mount", "FROM a\nRUN --mount=target=/x,source=b make", 0, "2 -> 2, omitted 0 (0 changed)\nb/d modified\nb/c "},
		{"what a RUN wrote is not known", "FROM a AS s\nCOPY b /b\nRUN make\nFROM a\nCOPY --from=s /out /out", 0,
			"1 -> 1, omitted 0 (0 changed)\nout unknown unknown"},
	} {
		_, d := details(t, tc.dockerfile, mapView(old), mapView(new, "log"), &predict.DetailOptions{MaxFiles: tc.max})
		inputs := d.Steps[len(d.Steps)-1].Inputs
		if diff := cmp.Diff(tc.want, fileLines(inputs[len(inputs)-1].Files)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tc.reason, diff)
		}
	}
}

// TestDetailsOtherSources: with other sources, files are compared by their names.
func TestDetailsOtherSources(t *testing.T) {
	view := mapView(map[string]string{"a/x": "1", "b/x": "1", "c": "1"})
	replay := func(text string) *cachekey.Graph {
		g, err := cachekey.Replay(t.Context(), "Dockerfile", []byte(text), view, nil)
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	_, d, err := predict.CompareDetails(t.Context(), cacheOf(replay("FROM a\nCOPY a c /")), replay("FROM a\nCOPY b c /"), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := "2 -> 2, omitted 0 (0 changed)\na/x removed\nb/x added\nc "
	if diff := cmp.Diff(want, fileLines(d.Steps[1].Inputs[1].Files)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestDetailsFields(t *testing.T) {
	replay := func(text string, args map[string]string) *cachekey.Graph {
		g, err := cachekey.Replay(t.Context(), "Dockerfile", []byte(text), nil, &cachekey.Options{BuildArgs: args})
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	old := replay("FROM alpine\nENV E=1 A=1 B=1 D=1\nARG T\nUSER x\nRUN make\nRUN old", map[string]string{"T": "secret-1"})
	new := replay("FROM alpine\nENV A=2 B=1 C=1 E=1\nARG T\nRUN make all", map[string]string{"T": "secret-2"})
	_, d, err := predict.CompareDetails(t.Context(), cacheOf(old), new, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range d.Steps[1].Fields {
		if f.Change != "" || f.Name == "B" {
			got = append(got, fmt.Sprintf("%s %s %s %q %q %t :%d", f.Label, f.Name, f.Change, f.Before, f.After, f.Hidden, f.Line))
		}
	}
	want := []string{
		`command  modified "<shell of the base image> make" "<shell of the base image> make all" false :4`,
		`env A modified "1" "2" false :2`,
		`env B  "1" "1" false :2`,
		`env C added "" "1" false :2`,
		`env E moved "1" "1" false :2`,
		`env T modified "" "" true :3`,
		`user  modified "x" "<user of the base image>" false :0`,
		`env D removed "1" "" false :2`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if len(d.Gone) != 1 || d.Gone[0].Text != "RUN old" {
		t.Errorf("gone: %+v, want RUN old", d.Gone)
	}
}

// TestDetailsEdges: the stack of layers and the graph of stages.
func TestDetailsEdges(t *testing.T) {
	_, d := details(t, "FROM a AS one\nWORKDIR /w\nCOPY --link a /a\nFROM one AS two\nRUN b\nFROM c\nLABEL x=1\nCOPY --from=two /b /b\nRUN --mount=from=one,target=/m c",
		mapView(map[string]string{"a": "1"}), mapView(map[string]string{"a": "1"}), nil)
	var got []string
	index := func(at *int) string {
		if at == nil {
			return "-"
		}
		return fmt.Sprint(*at)
	}
	for i, st := range d.Steps {
		line := fmt.Sprintf("%d %s: on %s", i, st.Text, index(st.Previous))
		for _, in := range st.Inputs {
			line += fmt.Sprintf(", %s %s %s", in.Role, in.Kind, index(in.Step))
		}
		got = append(got, line)
	}
	want := []string{
		"0 FROM a AS one: on -",
		"1 WORKDIR /w: on 0, root step 0",
		"2 COPY --link a /a: on 1, copy context -",
		"3 RUN b: on 2, root step 2",
		"4 FROM c: on -",
		"5 COPY --from=two /b /b: on 4, root step 4, copy step 3",
		"6 RUN --mount=from=one,target=/m c: on 5, root step 5, mount step 2",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if want := (predict.ConfigInstruction{Line: 7, EndLine: 7, Keyword: "LABEL", Stage: "stage-2"}); len(d.Config) != 1 || d.Config[0] != want {
		t.Errorf("config: %+v, want %+v", d.Config, want)
	}
}

// bomb is a directory that holds itself ten times over, at every depth.
type bomb struct{ buildcontext.Tree }

func (b bomb) Root(context.Context) (buildcontext.Entry, error) {
	return buildcontext.Entry{Kind: buildcontext.Dir, Mode: 0o755, ID: "git:1"}, nil
}

func (b bomb) ReadDir(_ context.Context, path string, _ buildcontext.Entry) (list []buildcontext.Entry, err error) {
	for i := range 10 {
		e := buildcontext.Entry{Name: fmt.Sprint(i), Kind: buildcontext.Dir, Mode: 0o755, ID: "git:1"}
		if strings.Count(path, "/") > 30 {
			e.Kind = buildcontext.File
		}
		list = append(list, e)
	}
	return list, nil
}

// TestDetailsBomb: a few objects that make more paths than can be counted.
func TestDetailsBomb(t *testing.T) {
	view := &buildcontext.View{Tree: bomb{}}
	_, d := details(t, "FROM a\nCOPY . .\nCOPY . /b", view, view, nil)
	if l := d.Steps[1].Inputs[1].Files; !l.Partial || len(l.Files) == 0 {
		t.Errorf("partial %t with %d files listed, want a part", l.Partial, len(l.Files))
	}
}
