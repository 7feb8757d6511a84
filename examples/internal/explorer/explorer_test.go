package explorer_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/dockerignore"
	"github.com/whybust/whybust/examples/internal/cli"
	"github.com/whybust/whybust/examples/internal/explorer"
	"github.com/whybust/whybust/predict"
)

var update = flag.Bool("update", false, "rewrite the golden file in testdata")

// graph replays a Dockerfile over files.
func graph(t testing.TB, dockerfile string, files map[string]string, args map[string]string) *cachekey.Graph {
	t.Helper()
	m := fstest.MapFS{}
	for name, data := range files {
		m[name] = &fstest.MapFile{Data: []byte(data)}
	}
	rules, err := dockerignore.Parse(".dockerignore", []byte(files[".dockerignore"]))
	if err != nil {
		t.Fatal(err)
	}
	view := &buildcontext.View{Tree: buildcontext.FS(m), Rules: rules}
	g, err := cachekey.Replay(t.Context(), "Dockerfile", []byte(dockerfile), view, &cachekey.Options{BuildArgs: args})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func newPage(t testing.TB, old, new *cachekey.Graph) *explorer.Page {
	t.Helper()
	p, d, err := predict.CompareDetails(t.Context(), &predict.Cache{Builds: []*cachekey.Graph{old}}, new, nil)
	if err != nil {
		t.Fatal(err)
	}
	p.Before = predict.Revision{Revision: "v1", Commit: strings.Repeat("1", 40)}
	page, err := explorer.New(p, d)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

func write(t testing.TB, page *explorer.Page) string {
	t.Helper()
	var out bytes.Buffer
	if err := explorer.Write(&out, page); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

const two = `# two stages and a half
FROM golang:1.26 AS base
WORKDIR /src

FROM base AS build
COPY go.mod .
RUN go mod download
COPY . .
ARG VERSION
RUN go build -o /out/app .

FROM base AS lint
RUN go vet

FROM alpine:3.22
LABEL a=%s
COPY --link --from=build /out/app /app
USER app
RUN /app --version
`

// TestGoldenPage shows all that the page's data holds: files of each kind of
// change, a build argument, a stage that begins with another, one that is not
// built, and configuration.
func TestGoldenPage(t *testing.T) {
	old := graph(t, fmt.Sprintf(two, "1"), map[string]string{"go.mod": "module a", "main.go": "1", "log": "1", "gone.go": "", ".dockerignore": ""}, map[string]string{"VERSION": "secret-1"})
	new := graph(t, fmt.Sprintf(two, "2"), map[string]string{"go.mod": "module a", "main.go": "2", "log": "1", "more.go": "", ".dockerignore": "log\n"}, map[string]string{"VERSION": "secret-2"})
	if got := golden(t, "page.json", newPage(t, old, new)); strings.Contains(got, "secret-") {
		t.Error("a build argument is shown")
	}
}

// golden compares a value, as JSON, with a file of testdata.
func golden(t *testing.T, name string, v any) string {
	t.Helper()
	got, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, append(got, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)+"\n"); diff != "" {
		t.Errorf("%s (-want +got)\n%s", file, diff)
	}
	return string(got)
}

// TestSelfContained: the file names nothing outside of it, and allows no script
// but its own.
func TestSelfContained(t *testing.T) {
	g := graph(t, "FROM a\nCOPY . .", map[string]string{"a": "1"}, nil)
	page := write(t, newPage(t, g, g))
	markup := regexp.MustCompile(`(?s)<(script|style)[^>]*>.*?</(script|style)>`).ReplaceAllString(page, "")
	for _, bad := range []string{"http:", "https:", "src=", "<link", "url(", "@import", "style=", "onload"} {
		if strings.Contains(markup, bad) {
			t.Errorf("the markup has %s", bad)
		}
	}
	policy := regexp.MustCompile(`http-equiv="Content-Security-Policy" content="([^"]*)"`).FindStringSubmatch(page)
	if policy == nil {
		t.Fatal("there is no policy")
	}
	for _, want := range []string{"default-src &#39;none&#39;", "script-src &#39;sha256-", "require-trusted-types-for"} {
		if !strings.Contains(policy[1], want) {
			t.Errorf("the policy %s lacks %s", policy[1], want)
		}
	}
	if strings.Contains(policy[1], "unsafe") {
		t.Errorf("the policy is %s", policy[1])
	}
}

// TestHostileText: a text cannot end the script that it is data of, and what
// cannot be seen is not in the page.
func TestHostileText(t *testing.T) {
	const name = "</script><!--\u202e\u2028\x1b]]>"
	files := map[string]string{name: "1", "b": "1"}
	old := graph(t, "FROM a AS x\nCOPY . .", files, nil)
	files[name] = "2"
	page := write(t, newPage(t, old, graph(t, "FROM a AS x\nCOPY . .\n# "+name+"\xff", files, nil)))
	if n := strings.Count(page, "</script>"); n != 2 {
		t.Errorf("%d scripts end, want the page's two", n)
	}
	if strings.ContainsAny(page, "\u202e\u2028\x1b\ufffd") || !utf8.ValidString(page) {
		t.Error("what cannot be seen is in the page")
	}
}

// TestBounded: the page stays small whatever there is.
func TestBounded(t *testing.T) {
	old, new := map[string]string{}, map[string]string{}
	for i := range 9000 {
		name := fmt.Sprintf("some/directory/with-a-long-name/%03d/and-a-file-with-another-long-name-%d.txt", i/1000, i)
		old[name] = "1"
		new[name] = fmt.Sprint(i % 2)
	}
	var d strings.Builder
	d.WriteString("FROM a\n")
	d.WriteString("COPY . .\nCOPY . /again\n")
	for i := range 60 {
		fmt.Fprintf(&d, "ENV V%d=%s\nRUN make %d\n", i, strings.Repeat("v", 5000), i)
	}
	page := newPage(t, graph(t, d.String(), old, nil), graph(t, d.String(), new, nil))
	if size := len(write(t, page)); size > 6<<20 {
		t.Errorf("the page is of %d bytes", size)
	}
	if len(page.Files) != 1 {
		t.Errorf("%d lists of files for steps that take the same", len(page.Files))
	}
	f := page.Files[0]
	if want := "7000 more files not listed, 2500 changed ones among them"; f.Count != "9000 files" || f.Omitted != want || len(f.Changed) != 2000 {
		t.Errorf("%s, %s, %d changed ones listed; want 9000, %s, 2000", f.Count, f.Omitted, len(f.Changed), want)
	}
}

func TestTooManySteps(t *testing.T) {
	p := &predict.Prediction{Steps: make([]predict.Step, 5001)}
	if _, err := explorer.New(p, &predict.Details{Steps: make([]predict.StepDetails, 5001)}); err == nil {
		t.Error("a page of 5001 steps is drawn")
	}
}

// TestGraph: stages stand below what they take from.
func TestGraph(t *testing.T) {
	g := graph(t, "FROM a AS one\nRUN 1\nFROM b AS two\nRUN 2\nFROM one AS three\nCOPY --from=two /x /x\nFROM c\nRUN --mount=from=three,target=/m 4\nCOPY --from=one /y /y", nil, nil)
	page := newPage(t, g, g)
	var stages []string
	for _, s := range page.Stages {
		stages = append(stages, fmt.Sprintf("%s %d:%d at %d,%d", s.Name, s.From, s.To, s.Row, s.Column))
	}
	want := []string{"one 0:2 at 0,0", "two 2:4 at 0,1", "three 4:5 at 1,0", "stage-3 5:8 at 2,0"}
	if diff := cmp.Diff(want, stages); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	edges := []explorer.Edge{{From: 0, To: 2, Kind: "from"}, {From: 1, To: 2, Kind: "copy"}, {From: 2, To: 3, Kind: "copy"}, {From: 0, To: 3, Kind: "copy"}}
	if diff := cmp.Diff(edges, page.Edges); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// FuzzPage puts arbitrary text into a Dockerfile and into file names: the page
// can be made, and its data is JSON of visible characters.
func FuzzPage(f *testing.F) {
	f.Add("FROM a\nCOPY . .\n", "a")
	f.Add("FROM a AS </script>\nRUN \u202e\x1b[2J", "</script>")
	f.Fuzz(func(t *testing.T, dockerfile, name string) {
		view := &buildcontext.View{Tree: buildcontext.FS(fstest.MapFS{"x": {}})}
		g, err := cachekey.Replay(t.Context(), name, []byte(dockerfile), view, nil)
		if err != nil {
			return
		}
		p, d, err := predict.CompareDetails(t.Context(), &predict.Cache{}, g, nil)
		if err != nil {
			return
		}
		page, err := explorer.New(p, d)
		if err != nil {
			t.Fatal(err)
		}
		html := write(t, page)
		if strings.Count(html, "</script>") != 2 {
			t.Error("a script ends early")
		}
		_, data, _ := strings.Cut(html, `id="whybust-page">`)
		data, _, _ = strings.Cut(data, "</script>")
		var read explorer.Page
		if err := json.Unmarshal([]byte(data), &read); err != nil {
			t.Fatal(err)
		}
		if text := fmt.Sprint(read); !cli.IsVisible(strings.ReplaceAll(text, "\n", "")) {
			t.Errorf("not visible: %q", text)
		}
	})
}
