package explorer_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/cachekey"
	"github.com/whybust/whybust/examples/internal/explorer"
	"github.com/whybust/whybust/examples/internal/sample"
	"github.com/whybust/whybust/predict"
	"github.com/whybust/whybust/predict/history"
)

// told is a history under way: the sum and the page of the same builds.
type told struct {
	sum  history.Collector
	page explorer.HistoryBuilder
	n    int
}

// commit is the id of build n.
func commit(n int) string { return fmt.Sprintf("%08d%s", n, strings.Repeat("a", 32)) }

// add adds a build whose steps follow those of the build before as pairs say.
func (h *told) add(subject string, p *predict.Prediction, pairs ...int) {
	h.build(&predict.HistoryBuild{Subject: subject, Prediction: p, Pairs: pairs})
}

func (h *told) build(b *predict.HistoryBuild) {
	h.n++
	b.Commit, b.Time = commit(h.n), time.Date(2026, 1, h.n, 12, 0, 0, 0, time.UTC)
	h.sum.Add(b)
	h.page.Add(b)
}

func (h *told) draw(t testing.TB) *explorer.HistoryPage {
	t.Helper()
	page, err := h.page.Page(h.sum.Summary())
	if err != nil {
		t.Fatal(err)
	}
	return page
}

// small is a history with each kind of build: the first, cached ones, lost ones, one of a Dockerfile with
// another step, and one that cannot be built.
func small() *told {
	h := &told{}
	h.page.Title, h.page.Command, h.page.Context = "HEAD", []string{"whybust", "--format", "html"}, []string{"sub dir"}
	h.add("the first", nil)
	hits := func() *predict.Prediction {
		return sample.Prediction(sample.Hit("", 1, 3, "FROM a", 1), sample.Hit("", 2, 3, "COPY . .", 2), sample.Hit("", 3, 3, "RUN make", 3))
	}
	lost := func(file string) *predict.Prediction {
		p := hits()
		p.Steps[1] = sample.Miss("", 2, 3, "COPY . .", 2, sample.File(predict.Modified, file))
		p.Steps[2] = sample.Miss("", 3, 3, "RUN make", 3, sample.Parent(1))
		p.Verdict = predict.Miss
		return p
	}
	h.add("nothing", hits(), -1, -1, -1)
	h.add("main\nwith a body", lost("main.go"), 0, 1, 2)
	h.build(&predict.HistoryBuild{Subject: "broken", Err: errors.New("Dockerfile:3: unknown instruction: RNU")})
	h.add("another", lost("main.go"), 0, 1, 2)
	maybe := sample.Step(predict.MayHit, "", 3, 3, "COPY --from=a /x /x", 3, sample.Output("a", 1))
	h.add("no make", sample.Prediction(sample.Hit("", 1, 3, "FROM a", 1), sample.Miss("", 2, 3, "COPY . /src", 2, sample.File(predict.Added, "a.go"), sample.File(predict.Modified, "b.go")), maybe), 0, 1, -1)
	return h
}

// TestGoldenHistory shows all that the page's data holds.
func TestGoldenHistory(t *testing.T) { golden(t, "history.json", small().draw(t)) }

// TestHistoryRowsAreOfTheSum: a row's figures are those of the cells that are drawn in it.
func TestHistoryRowsAreOfTheSum(t *testing.T) {
	page := small().draw(t)
	for i, r := range page.Rows {
		got := map[byte]int{}
		for _, c := range page.Columns {
			if c.Layout < 0 {
				continue
			}
			for k, row := range page.Layouts[c.Layout].Rows {
				if row == i {
					got[c.Cells[k]]++
				}
			}
		}
		want := map[byte]int{}
		for letter, n := range map[byte]int{'h': r.Hits, 'm': r.MayHits, 'o': r.Own, 'f': r.Misses - r.Own} {
			if n > 0 {
				want[letter] = n
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("row %d, %s (-sum +cells)\n%s", i, r.Text, diff)
		}
	}
	if n := len(page.Rows); n != 4 || page.Rows[3].Current || page.Rows[3].Text != "RUN make" {
		t.Errorf("%d rows, the last %+v; want 4, the last the step that is no more", n, page.Rows[n-1])
	}
}

// long is a history of builds of 60 steps, of which a third are lost, with many files to blame.
func long(builds int, dir string) *told {
	h := &told{}
	pairs := make([]int, 60)
	for i := range pairs {
		pairs[i] = i
	}
	for n := range builds {
		var steps []predict.Step
		for i := range 60 {
			switch {
			case i < 40:
				steps = append(steps, sample.Hit("builder", i+1, 60, fmt.Sprintf("RUN make something of part %d", i), i+1))
			case i == 40:
				var causes []predict.Cause
				for k := range 30 {
					causes = append(causes, sample.File(predict.Modified, fmt.Sprintf("%s/file-%d-%d.go", dir, n, k)))
				}
				steps = append(steps, sample.Miss("builder", i+1, 60, "COPY . .", i+1, causes...))
			default:
				steps = append(steps, sample.Miss("builder", i+1, 60, fmt.Sprintf("RUN make something of part %d", i), i+1, sample.Parent(40)))
			}
		}
		h.add("a subject of the usual length that says what was changed", sample.Prediction(steps...), pairs...)
	}
	return h
}

// TestHistoryIsBounded: a page stays light, and says what it leaves out.
func TestHistoryIsBounded(t *testing.T) {
	const dir = "some/directory/of/this/repository"
	for _, tt := range []struct {
		builds, drawn, most int
		dir                 string
	}{{1000, 1000, 1 << 20, dir}, {5000, 4000, 5 << 20, strings.Repeat(dir, 6)}} {
		page := long(tt.builds, tt.dir).draw(t)
		var out bytes.Buffer
		if err := explorer.WriteHistory(&out, page); err != nil {
			t.Fatal(err)
		}
		if out.Len() > tt.most || len(page.Columns) != tt.drawn || page.Builds != tt.builds || page.Omitted != tt.builds-tt.drawn {
			t.Errorf("%d builds: a page of %d bytes, %d of %d drawn, %d omitted", tt.builds, out.Len(), len(page.Columns), page.Builds, page.Omitted)
		}
		if last := page.Columns[tt.drawn-1]; len(last.Why) != 6 || last.MoreWhy != 24 {
			t.Errorf("%d reasons and %d more, want 6 and 24", len(last.Why), last.MoreWhy)
		}
	}
	if first := long(4000, strings.Repeat(dir, 6)).draw(t).Columns[0]; len(first.Why) != 0 || first.MoreWhy != 30 {
		t.Errorf("the oldest build has %d reasons and %d more, want none for which there is room", len(first.Why), first.MoreWhy)
	}
	h := &told{}
	for i := range 700 { // each build has steps that no other has
		h.add("", sample.Prediction(sample.Miss("", 1, 1, fmt.Sprint("RUN ", i), 1, predict.Cause{Kind: predict.CauseNewStep})), -1)
	}
	if page := h.draw(t); len(page.Rows) != 500 || page.MoreRows != 200 {
		t.Errorf("%d rows and %d more, want 500 and 200", len(page.Rows), page.MoreRows)
	}
}

// TestPagesOfBuilds: the newest that lose anything have a page of their own, if it says the same.
func TestPagesOfBuilds(t *testing.T) {
	h := small()
	h.page.Depth = 2
	want := []explorer.HistoryRef{
		{Commit: commit(6), Before: []string{commit(5), commit(3)}},
		{Commit: commit(5), Before: []string{commit(3), commit(2)}},
		{Commit: commit(3), Before: []string{commit(2), commit(1)}},
	}
	if diff := cmp.Diff(want, h.page.Wanted()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	files := map[string]string{"main.go": "1"}
	old := graph(t, "FROM a\nCOPY . .\nRUN make", files, nil)
	files["main.go"] = "2"
	new := graph(t, "FROM a\nCOPY . .\nRUN make", files, nil)
	p, d, err := predict.CompareDetails(t.Context(), &predict.Cache{Builds: []*cachekey.Graph{old}}, new, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.page.AddPage(commit(5), p, d); err != nil {
		t.Error(err)
	}
	for commit, reason := range map[string]string{commit(2): "the history says that it is cached", commit(4): "it cannot be built", "x": "there is none"} {
		if h.page.AddPage(commit, p, d) == nil {
			t.Errorf("a page of %s is added, but %s", commit, reason)
		}
	}
	page := h.draw(t)
	var with []string
	for _, c := range page.Columns {
		if c.Page > 0 {
			with = append(with, fmt.Sprint(c.Commit, " ", c.Page))
		}
	}
	if diff := cmp.Diff([]string{commit(5)[:12] + " 1"}, with); diff != "" {
		t.Errorf("builds with a page (-want +got)\n%s", diff)
	}
	var out bytes.Buffer
	if err := explorer.WriteHistory(&out, page); err != nil {
		t.Fatal(err)
	}
	_, data, _ := strings.Cut(out.String(), `class="whybust-build">`)
	data, _, _ = strings.Cut(data, "</script>")
	var one explorer.Page
	if err := json.Unmarshal([]byte(data), &one); err != nil || one.Place != "step 2/3" {
		t.Errorf("the page in the file: %q, %v", one.Place, err)
	}
}

// TestHostileHistory: no text ends the script that it is data of, and none is invisible.
func TestHostileHistory(t *testing.T) {
	const name = "</script><!--\u202e\u2028\x1b]]>"
	const evil = name + "\xff"
	h := &told{}
	h.page.Title, h.page.Command, h.page.Context = evil, []string{evil}, []string{evil}
	h.add(evil, nil)
	h.add(evil, sample.Filled(evil, evil, 1), -1, -1, -1)
	h.build(&predict.HistoryBuild{Subject: evil, Err: errors.New(evil)})
	files := map[string]string{name: "1"}
	old := graph(t, "FROM a AS x\nCOPY . .", files, nil)
	files[name] = "2"
	new := graph(t, "FROM a AS x\nCOPY . .\n# "+evil, files, nil)
	p, d, err := predict.CompareDetails(t.Context(), &predict.Cache{Builds: []*cachekey.Graph{old}}, new, nil)
	if err != nil {
		t.Fatal(err)
	}
	h.add(evil, p, -1, -1)
	if err := h.page.AddPage(commit(4), p, d); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := explorer.WriteHistory(&out, h.draw(t)); err != nil {
		t.Fatal(err)
	}
	page := out.String()
	if n := strings.Count(page, "</script>"); n != 3 {
		t.Errorf("%d scripts end, want the page's three", n)
	}
	if strings.ContainsAny(page, "\u202e\u2028\x1b\ufffd") {
		t.Error("what cannot be seen is in the page")
	}
}
