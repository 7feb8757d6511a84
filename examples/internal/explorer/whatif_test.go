package explorer_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/examples/internal/explorer"
	"github.com/whybust/whybust/examples/internal/sample"
	"github.com/whybust/whybust/predict"
	"github.com/whybust/whybust/predict/whatif"
)

// changed is a history with a change under way.
type changed struct {
	sum  whatif.Collector
	page explorer.WhatIfBuilder
}

func (c *changed) add(list ...*predict.HistoryBuild) {
	for _, b := range list {
		c.sum.Add(b)
		c.page.Add(b)
	}
}

func (c *changed) draw(t testing.TB) *explorer.HistoryPage {
	t.Helper()
	page, err := c.page.Page(c.sum.Result())
	if err != nil {
		t.Fatal(err)
	}
	return page
}

// TestGoldenWhatIf shows all that the page's data holds, with hostile texts.
func TestGoldenWhatIf(t *testing.T) {
	for name, text := range map[string]string{"whatif.json": "", "whatif-hostile.json": sample.Nasty + sample.Markup} {
		var c changed
		c.page.Title, c.page.Change = "HEAD", "the patch "+text
		c.add(sample.Changed(text, 5)...)
		golden(t, name, c.draw(t))
	}
}

// TestWhatIfFiles: what was laid over a commit is held, each content once, and not without end.
func TestWhatIfFiles(t *testing.T) {
	var w explorer.WhatIfBuilder
	add := func(n int, files map[string][]byte, err error) {
		w.Add(&predict.HistoryBuild{Commit: commit(n), With: []predict.ChangedBuild{{Files: files, Err: err}}})
	}
	add(1, map[string][]byte{"Dockerfile": []byte("FROM a"), ".dockerignore": nil}, nil)
	add(2, nil, errors.New("it does not apply"))
	for n, want := range map[int]map[string][]byte{1: {"Dockerfile": []byte("FROM a"), ".dockerignore": nil}, 2: {}} {
		if files, ok := w.Files(commit(n)); !ok || !cmp.Equal(want, files) {
			t.Errorf("commit %d: %v, %v", n, files, ok)
		}
	}
	if _, ok := w.Files(commit(3)); ok {
		t.Error("a commit that was not built")
	}
	for n := range 40 {
		add(10+n, map[string][]byte{"Dockerfile": bytes.Repeat([]byte(fmt.Sprint(n%10)), 1<<20)}, nil)
	}
	if _, ok := w.Files(commit(1)); ok {
		t.Error("all is held for ever")
	}
	if _, ok := w.Files(commit(49)); !ok {
		t.Error("the newest is not held")
	}
}

// TestHostileWhatIf: no text of the repository or of the command line ends the script that it is data of.
func TestHostileWhatIf(t *testing.T) {
	const evil = "</script><!--\u202e\u2028\x1b]]>\xff"
	var c changed
	c.page.Title, c.page.Change = evil, evil
	c.add(sample.Changed(evil, 8)...)
	var out bytes.Buffer
	if err := explorer.WriteHistory(&out, c.draw(t)); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), "</script>"); n != 2 {
		t.Errorf("%d scripts end, want the page's two", n)
	}
	if strings.ContainsAny(out.String(), "\u202e\u2028\x1b\ufffd") {
		t.Error("what cannot be seen is in the page")
	}
}
