package browser_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/whybust/whybust/cachekey"
	"github.com/whybust/whybust/examples/internal/explorer"
	"github.com/whybust/whybust/examples/internal/sample"
	"github.com/whybust/whybust/predict"
	"github.com/whybust/whybust/predict/whatif"
)

// whatIfPage is a history of n builds without and with a change: the install comes before the sources. Every tenth build
// changes the lock file; to the eighth of each ten the change does not apply; the one before the newest cannot be
// built. The newest has a page of its own on both sides.
func whatIfPage(t testing.TB, n int, name string) string {
	t.Helper()
	var sum whatif.Collector
	page := &explorer.WhatIfBuilder{Change: "the patch change" + name + ".diff"}
	page.Title, page.Command = "HEAD"+name, []string{"whybust", "--format", "html"}
	add := func(i int, b *predict.HistoryBuild) {
		b.Commit, b.Time, b.Subject = fmt.Sprintf("%012d%s", i, strings.Repeat("a", 28)), time.Date(2026, 1, 1+i, 0, 0, 0, 0, time.UTC), fmt.Sprint("build ", i, name)
		sum.Add(b)
		page.Add(b)
	}
	add(0, &predict.HistoryBuild{With: []predict.ChangedBuild{{}}})
	for i := 1; i < n-1; i++ {
		file := sample.File(predict.Modified, "web/index.ts"+name)
		if i%10 == 0 {
			file = sample.File(predict.Modified, "web/yarn.lock"+name)
		}
		b := &predict.HistoryBuild{Pairs: []int{0, 1, 2, 3}}
		b.Prediction = sample.Prediction(sample.Hit("deps"+name, 1, 4, "FROM node", 1), sample.Miss("deps"+name, 2, 4, "COPY . .", 2, file),
			sample.Miss("deps"+name, 3, 4, "RUN yarn install", 3, sample.Parent(1)), sample.Miss("deps"+name, 4, 4, "RUN yarn build", 4, sample.Parent(2)))
		manifests, install := sample.Hit("deps"+name, 2, 5, "COPY package.json yarn.lock ./", 2), sample.Hit("deps"+name, 3, 5, "RUN yarn install", 3)
		if i%10 == 0 {
			manifests, install = sample.Miss("deps"+name, 2, 5, "COPY package.json yarn.lock ./", 2, file), sample.Miss("deps"+name, 3, 5, "RUN yarn install", 3, sample.Parent(1))
		}
		with := predict.ChangedBuild{Pairs: []int{0, 1, 2, 3, 4}, Files: map[string][]byte{"Dockerfile": nil}, Prediction: sample.Prediction(
			sample.Hit("deps"+name, 1, 5, "FROM node", 1), manifests, install, sample.Miss("deps"+name, 4, 5, "COPY . .", 4, file), sample.Miss("deps"+name, 5, 5, "RUN yarn build", 5, sample.Parent(3)))}
		switch i % 10 {
		case 8:
			with = predict.ChangedBuild{Prediction: b.Prediction, Pairs: []int{0, 3, 2, 4}, Err: errors.New("the hunk on line 3 does not fit" + name)}
		case 9:
			with.Pairs = []int{0, -1, 2, 1, 3}
		}
		b.With = []predict.ChangedBuild{with}
		add(i, b)
	}
	add(n-1, &predict.HistoryBuild{Err: errors.New("Dockerfile:3: unknown instruction " + name)})
	addBoth(t, page, func(without, with *predict.Prediction) {
		add(n, &predict.HistoryBuild{Prediction: without, Pairs: []int{0, 1, 3}, With: []predict.ChangedBuild{{Prediction: with, Pairs: []int{0, 4, 3}}}})
	})
	drawn, err := page.Page(sum.Result())
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := explorer.WriteHistory(&out, drawn); err != nil {
		t.Fatal(err)
	}
	return save(t, out.Bytes())
}

// addBoth adds a build and its own pages.
func addBoth(t testing.TB, page *explorer.WhatIfBuilder, add func(without, with *predict.Prediction)) {
	t.Helper()
	compare := func(dockerfile string) (*predict.Prediction, *predict.Details) {
		old := replay(t, build{dockerfile: dockerfile, files: map[string]string{"a": "1"}})
		new := replay(t, build{dockerfile: dockerfile, files: map[string]string{"a": "2"}})
		p, d, err := predict.CompareDetails(t.Context(), &predict.Cache{Builds: []*cachekey.Graph{old}}, new, nil)
		if err != nil {
			t.Fatal(err)
		}
		return p, d
	}
	without, details := compare("FROM node\nCOPY . .\nRUN make\n")
	with, changed := compare("FROM node\nRUN make\nCOPY . .\n")
	add(without, with)
	if err := page.AddPage(page.Wanted()[0].Commit, without, details); err != nil {
		t.Fatal(err)
	}
	if err := page.AddPageWith(page.WantedWith()[0].Commit, with, changed); err != nil {
		t.Fatal(err)
	}
}

const halves = "[...document.querySelectorAll('.build .half')].map((h) => h.querySelector('b').textContent).join(' | ')"

// TestWhatIf: both histories stand in one map, build below build.
func TestWhatIf(t *testing.T) {
	url := whatIfPage(t, 200, "")
	b := open(t, url, 1440, "light")
	b.want("the headline is the difference", "document.querySelector('h1').textContent", "160 misses avoided, 19 added, in 199 builds")
	b.want("with its figures", "document.querySelector('.facts').textContent.includes('it does not apply to 20 of 199 builds')", "true")
	b.want("and the change", "document.querySelector('.sides code').textContent", "the patch change.diff")
	b.want("each side has its rows", "[...document.querySelectorAll('.labels .lead b')].map((l) => l.textContent).join(', ')", "without the change, with the change")
	b.want("and rates", "[...document.querySelectorAll('.labels li:not(.lead) .rate')].map((l) => l.textContent).join(', ')", "0% of 199, 100% of 199, 100% of 199, 0% of 199, 0% of 1, 100% of 199")
	b.want("and tables", "[...document.querySelectorAll('.below h2')].map((h) => h.firstChild.textContent.trim()).join(', ')",
		"What alone broke builds without the change and with it, Steps without the change, Steps with the change")

	b.clickCell(104, 1)
	b.want("a click opens both sides of the build", "document.querySelector('.build h2').firstChild.textContent", "Build "+commitOf(105))
	b.want("each with its verdict", halves, "cache busts at step 2/4 of deps | cache busts at step 4/5 of deps")
	b.want("the address names it", address, "#commit-"+commitOf(105))
	b.want("a command is of the history as it was", "document.querySelectorAll('.build .command').length", "1")
	b.run("location.hash = '#commit-" + commitOf(108) + "'")
	b.wait("document.querySelector('.build .as-is') !== null")
	b.want("where it does not apply, that is said", "document.querySelector('.build .half:nth-child(2) .as-is').textContent", "The change does not apply here, and it was built as it is: the hunk on line 3 does not fit")
	b.click(".build .close")

	b.do(chromedp.KeyEvent(kb.End))
	for range 10 {
		b.do(chromedp.KeyEvent(kb.ArrowDown))
	}
	b.want("the keyboard goes from one side to the other", cursor, "step 3/3 with the change: runs again for a reason of its own · 2026-07-20 "+commitOf(200)+" build 200")
	b.do(chromedp.KeyEvent(kb.ArrowLeft))
	b.want("what cannot be built", cursor, "2026-07-19 "+commitOf(199)+" build 199 · cannot be built")
	b.do(chromedp.KeyEvent(kb.Enter))
	b.want("cannot on either side", verdict, "cannot be built")
	b.do(chromedp.KeyEvent(kb.Escape), chromedp.KeyEvent(kb.ArrowRight), chromedp.KeyEvent(kb.Enter))

	b.click(".build .half:nth-child(2) .open")
	b.want("the whole page of the other side", whole, "step 3/3")
	b.want("is in the address", address, "#commit-"+commitOf(200)+"/with/step-2")
	b.want("and above it", "document.querySelector('.backbar').textContent.endsWith('with the change')", "true")
	b.click(".tomap")
	b.want("back to the map", "document.querySelector('.heat').checkVisibility() + ' ' + "+address, "true #commit-"+commitOf(200))
	b.click(".build .half:nth-child(1) .open")
	b.want("the whole page of the history as it was", whole, "step 2/3")

	again := open(t, url+"#commit-"+commitOf(200)+"/with/step-1", 1440, "light")
	again.want("an address opens a step of a side", whole, "step 2/3")
}

// TestWhatIfDrawn: a build has a cell of each side below the other, and every text can be read in both themes.
func TestWhatIfDrawn(t *testing.T) {
	for _, theme := range []string{"light", "dark"} {
		b := open(t, whatIfPage(t, 60, ""), 1440, theme)
		b.want("lost above, cached below, and the mark of a build as it is", `(() => {
			const canvas = document.querySelector('.field canvas');
			const {width, data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
			const w = Math.floor(Math.min(18, width / 60));
			const height = (c, y, tall) => [...Array(tall).keys()].filter((i) => data[((y + i) * width + c * w + 2) * 4 + 3] > 0).length;
			const below = 66 + 3 * 26;
			return [height(0, 66 + 26, 24), height(0, below + 66, 24), height(6, below + 66 - 6, 4), height(7, below + 66 - 6, 4)].join(' ');
		})()`, "19 4 0 3")
		b.clickCell(40, 1)
		b.want("every text can be read", strings.Replace(contrast, "seen > 100", "seen > 60", 1), "")
		b.shoot("whatif-" + theme)
	}
}

// TestWhatIfWidths: nothing is wider than the window, with a build open too.
func TestWhatIfWidths(t *testing.T) {
	for name, url := range map[string]string{"many": whatIfPage(t, 1000, ""), "hostile": whatIfPage(t, 60, evil)} {
		for _, width := range []int64{320, 360, 760, 1440, 2200} {
			b := open(t, url, width, "dark")
			b.want(fmt.Sprintf("%s at %d", name, width), "document.documentElement.scrollWidth", fmt.Sprint(width))
			b.run("location.hash = '#commit-" + commitOf(48) + "'")
			b.wait("!document.querySelector('.build').hidden")
			b.want("with a build open", "document.documentElement.scrollWidth", fmt.Sprint(width))
			b.want("and its texts within it", "[...document.querySelectorAll('.build .half *')].every((e) => e.getBoundingClientRect().right <= innerWidth)", "true")
			if width == 360 {
				b.shoot("whatif-phone-" + name)
			}
		}
	}
}

// TestWhatIfHostile: what the repository holds, and the name of the change, is text.
func TestWhatIfHostile(t *testing.T) {
	b := open(t, whatIfPage(t, 60, evil), 1440, "light")
	b.click(".builds summary")
	b.wait("document.querySelector('.builds table') !== null")
	for _, n := range []int{10, 48, 59, 60} {
		b.run("location.hash = '#commit-" + commitOf(n) + "'")
		b.wait("!document.querySelector('.build').hidden && document.querySelector('.build').textContent.includes('build " + fmt.Sprint(n) + "')")
		b.want("nothing of it is run", "window.pwned", "undefined")
		b.want("nothing of it is an element", "document.querySelectorAll('#explorer img, #explorer script, #explorer b[onmouseover]').length", "0")
	}
	b.want("what cannot be seen is escaped", `/[\u0000-\u0008\u001b\u202a-\u202e\u2066-\u2069\u200b\ufffd]/.test(document.getElementById('explorer').textContent)`, "false")
}

// TestWhatIfAccessible: each side has a name wherever it is told.
func TestWhatIfAccessible(t *testing.T) {
	b := open(t, whatIfPage(t, 60, ""), 1440, "light")
	b.click(".builds summary")
	b.wait("document.querySelector('.builds table') !== null")
	b.want("both sides of each build", "document.querySelector('.builds tbody tr:nth-child(3)').innerText.replace(/\\s+/g, ' ').trim()",
		"2026-02-28 "+commitOf(58)+" build 58 cache busts at step 2/4 of deps COPY . . cache busts at step 2/4 of deps COPY . .")
	b.click(".builds tbody tr:nth-child(4) a")
	send(b, accessibility.Enable, cdp.Empty{})
	names := map[string]bool{}
	for _, n := range send(b, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{}).Nodes {
		if !n.Ignored && n.Role != nil && n.Name != nil {
			names[strings.Trim(string(n.Role.Value), `"`)+" "+strings.Trim(string(n.Name.Value), `"`)] = true
		}
	}
	for _, want := range []string{"application Builds by steps", "region The chosen build", "region This build without the change", "region This build with the change",
		"columnheader with the change", "group Steps with the change", "region What alone broke builds without the change and with it of 59 builds"} {
		if !names[want] {
			t.Errorf("there is no %q", want)
		}
	}
	b.want("no id is there twice", "(() => { const ids = [...document.querySelectorAll('[id]')].map((e) => e.id); return ids.length - new Set(ids).size })()", "0")
	b.want("one heading of the first level", "document.querySelectorAll('h1').length", "1")
}

// TestWhatIfPrint: both sides on the width of the paper.
func TestWhatIfPrint(t *testing.T) {
	b := open(t, whatIfPage(t, 300, ""), 900, "dark")
	b.media(emulation.SetEmulatedMediaParams{Media: "print"})
	b.run("dispatchEvent(new Event('beforeprint'))")
	b.want("all builds", "document.querySelector('.wide').scrollWidth <= document.querySelector('.field').clientWidth", "true")
	b.want("of both", "document.querySelector('.field canvas').clientHeight >= 2 * 66 + 6 * 26", "true")
	b.want("on white", "getComputedStyle(document.body).backgroundColor", "rgb(255, 255, 255)")
	b.shoot("whatif-print")
	if pdf, err := chromedp.Run(b.ctx, chromedp.PrintToPDF(chromedp.PDFPrintBackground())); err != nil || len(pdf) < 10000 {
		t.Errorf("the print is of %d bytes: %v", len(pdf), err)
	}
}

// TestWhatIfWithoutScript: the difference and the rates of both are there all the same.
func TestWhatIfWithoutScript(t *testing.T) {
	b := newTab(t, 900, "light")
	send(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	b.do(chromedp.Navigate(whatIfPage(t, 200, "")))
	text := b.eval("document.body.innerText")
	for _, want := range []string{"160 misses avoided, 19 added, in 199 builds", "the patch change.diff", "RUN make", "With the change", "20% of 198", "100% of 199"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
}
