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
	"github.com/whybust/whybust/predict/history"
)

// What is shown of a history.
const (
	verdict = "document.querySelector('.build h2').textContent.replace('Close', '')"
	cursor  = "document.querySelector('.heat > .where').textContent"
	address = "location.hash"
	whole   = "document.querySelector('.backbar + div .detail h2').firstChild.textContent"
)

// commitOf is the abbreviated commit of build n.
func commitOf(n int) string { return fmt.Sprintf("%012d", n) }

// historyPage is a history of n builds of 6 steps; it loses more from the middle on. Texts of it are name.
// The newest build has a page of its own, and the one before it cannot be built.
func historyPage(t testing.TB, n int, name string) string {
	t.Helper()
	var sum history.Collector
	page := &explorer.HistoryBuilder{Title: name, Command: []string{"whybust", "-C", "a b" + name, "--format", "html"}, Depth: 2}
	add := func(i int, b *predict.HistoryBuild) {
		b.Commit, b.Time, b.Subject = fmt.Sprintf("%012d%s", i, strings.Repeat("a", 28)), time.Date(2026, 1, 1+i, 0, 0, 0, 0, time.UTC), fmt.Sprint("build ", i, name)
		sum.Add(b)
		page.Add(b)
	}
	pairs := []int{0, 1, 2, 3, 4, 5}
	add(0, &predict.HistoryBuild{})
	for i := 1; i < n-1; i++ {
		steps := []predict.Step{
			sample.Hit("deps"+name, 1, 2, "FROM node", 1), sample.Hit("deps"+name, 2, 2, "RUN npm ci", 2), sample.Hit("", 1, 4, "FROM nginx", 4),
			sample.Hit("", 2, 4, "COPY . .", 5), sample.Hit("", 3, 4, "RUN make", 6), sample.Hit("", 4, 4, "COPY --from=deps /x /x", 7),
		}
		if i > n/2 || i%5 == 0 {
			steps[3] = sample.Miss("", 2, 4, "COPY . .", 5, sample.File(predict.Modified, "web/index.ts"+name))
			steps[4] = sample.Miss("", 3, 4, "RUN make", 6, sample.Parent(3))
			steps[5] = sample.Step(predict.MayHit, "", 4, 4, "COPY --from=deps /x /x", 7, sample.Output("deps", 1))
		}
		p := sample.Prediction(steps...)
		add(i, &predict.HistoryBuild{Prediction: p, Pairs: pairs})
	}
	add(n-1, &predict.HistoryBuild{Err: errors.New("Dockerfile:3: unknown instruction " + name)})
	addWhole(t, page, func(p *predict.Prediction) {
		add(n, &predict.HistoryBuild{Prediction: p, Pairs: []int{0, 3, 4}})
	})
	drawn, err := page.Page(sum.Summary())
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := explorer.WriteHistory(&out, drawn); err != nil {
		t.Fatal(err)
	}
	return save(t, out.Bytes())
}

// addWhole adds a build and its own page.
func addWhole(t testing.TB, page *explorer.HistoryBuilder, add func(*predict.Prediction)) {
	t.Helper()
	const dockerfile = "FROM node\nCOPY . .\nRUN make\n"
	old := replay(t, build{dockerfile: dockerfile, files: map[string]string{"a": "1"}})
	new := replay(t, build{dockerfile: dockerfile, files: map[string]string{"a": "2"}})
	p, d, err := predict.CompareDetails(t.Context(), &predict.Cache{Builds: []*cachekey.Graph{old}}, new, nil)
	if err != nil {
		t.Fatal(err)
	}
	add(p)
	if err := page.AddPage(page.Wanted()[0].Commit, p, d); err != nil {
		t.Fatal(err)
	}
}

// clickCell clicks on a build's cell of a row.
func (b *tab) clickCell(column, row int) {
	b.t.Helper()
	var x, y float64
	at := b.eval(fmt.Sprintf(`(() => {
		const field = document.querySelector('.field');
		const box = field.getBoundingClientRect();
		const width = field.querySelector('.wide').clientWidth;
		const columns = JSON.parse(document.getElementById('whybust-history').textContent).columns.length;
		const w = Math.min(18, Math.max(5, Math.floor(box.width / columns)));
		return (box.x + (%d + .5) * w - field.scrollLeft) + ' ' + (box.y + 66 + (%d + .5) * 26);
	})()`, column, row))
	if _, err := fmt.Sscan(at, &x, &y); err != nil {
		b.t.Fatal(err)
	}
	b.do(chromedp.MouseClickXY(x, y))
}

// TestHistory: a click and the keyboard open a build, and its whole page.
func TestHistory(t *testing.T) {
	url := historyPage(t, 200, "")
	b := open(t, url, 1440, "light")
	b.want("no build is open", "document.querySelector('.build').hidden", "true")
	b.want("one glance tells the rates", "document.querySelectorAll('.labels .rate')[2].textContent", "60% of 199")
	b.want("and that the trend broke", "document.querySelector('.top .what').textContent", "Worse since "+commitOf(100)+" (2026-04-11): 50% of the steps are cached, before it 90%")
	b.want("and the culprit", "document.querySelector('[aria-labelledby=culprits] tbody th').textContent", "web/index.ts")

	b.clickCell(104, 1)
	b.want("a click opens the build", verdict, "cache busts at step 2/4")
	b.want("with its reason", "document.querySelector('.made .miss ul').textContent", "web/index.ts modified")
	b.want("and its steps", "document.querySelectorAll('.made > li').length", "6")
	b.want("and what shows more", "document.querySelector('.command code').textContent", "whybust -C 'a b' --format html --cached "+commitOf(103)+" "+commitOf(104)+" "+commitOf(105)+" >build.html")
	b.want("the address names it", address, "#commit-"+commitOf(105))
	b.click(".build .close")
	b.want("it closes", "document.querySelector('.build').hidden", "true")
	b.want("and the focus goes back", focused, "field")

	b.do(chromedp.KeyEvent(kb.End))
	b.want("the newest build", cursor, "step 2/3: runs again for a reason of its own · 2026-07-20 "+commitOf(200)+" build 200")
	b.want("is said", "document.querySelector('[role=status]').textContent", b.eval(cursor))
	b.do(chromedp.KeyEvent(kb.ArrowLeft))
	b.want("the one before it", cursor, "2026-07-19 "+commitOf(199)+" build 199 · cannot be built")
	b.do(chromedp.KeyEvent(kb.Enter))
	b.want("Enter opens it", verdict, "cannot be built")
	b.want("and says why", "document.querySelector('.build code').textContent", "Dockerfile:3: unknown instruction")
	b.want("the focus is on it", focused, "H2")
	b.do(chromedp.KeyEvent(kb.Escape))
	b.do(chromedp.KeyEvent(kb.ArrowRight), chromedp.KeyEvent(kb.ArrowUp), chromedp.KeyEvent(kb.Enter))
	b.want("the newest opens", verdict, "cache busts at step 2/3")

	b.click(".build .open")
	b.want("its whole page", whole, "step 2/3")
	b.want("is in the address", address, "#commit-"+commitOf(200)+"/step-1")
	b.want("the map is away", "document.querySelector('.heat').checkVisibility()", "false")
	b.do(chromedp.Click(chromedp.CSS(".layers .layer")))
	b.want("a step of it too", address, "#commit-"+commitOf(200)+"/step-0")
	b.click(".tomap")
	b.want("back to the map", "document.querySelector('.heat').checkVisibility() + ' ' + "+address, "true #commit-"+commitOf(200))

	again := open(t, url+"#commit-"+commitOf(200)+"/step-2", 1440, "light")
	again.want("an address opens a step of a build", whole, "step 3/3")
	again.run("location.hash = '#commit-" + commitOf(50) + "'")
	again.wait(verdict + " === 'cache busts at step 2/4'")
}

// TestHistoryGone: steps that are no more are shown when asked for.
func TestHistoryGone(t *testing.T) {
	b := open(t, historyPage(t, 60, ""), 1440, "light")
	b.want("those of the newest build", "document.querySelectorAll('.labels li').length", "4")
	b.click(".heat > button")
	b.want("and the others", "document.querySelectorAll('.labels li').length", "7")
	b.want("marked", "document.querySelectorAll('.labels .gone').length", "3")
	b.want("the map grows", "document.querySelector('.field canvas').clientHeight", "222")
}

// TestHistoryDrawn: what is lost looks other than what is cached, in form too, and a theme repaints.
func TestHistoryDrawn(t *testing.T) {
	colors := map[string]bool{}
	for _, theme := range []string{"light", "dark"} {
		b := open(t, historyPage(t, 60, ""), 1440, theme)
		painted := b.eval(`(() => { // the heights of a cached and a lost cell of row 1, and the color of the former
			const canvas = document.querySelector('.field canvas');
			const {width, data} = canvas.getContext('2d').getImageData(0, 66 + 26, canvas.width, 24);
			const w = Math.floor(Math.min(18, width / 60));
			const height = (c) => data.filter((v, i) => i % 4 === 3 && v > 0 && Math.floor(i / 4) % width === c * w + 2).length;
			return [height(0), height(4), ...data.slice((20 * width + 2) * 4, (20 * width + 3) * 4)].join(' ');
		})()`)
		if !strings.HasPrefix(painted, "4 19 ") {
			t.Errorf("the heights of a cached step and of a lost one, and a color: %s, want 4 and 19", painted)
		}
		colors[painted] = true
		b.clickCell(40, 1)
		b.want("every text can be read", strings.Replace(contrast, "seen > 100", "seen > 60", 1), "")
		b.shoot("history-" + theme)
	}
	if len(colors) != 2 {
		t.Errorf("both themes are painted in %v", colors)
	}
}

// TestHistoryWidths: nothing is wider than the window, and a thousand builds scroll in the map.
func TestHistoryWidths(t *testing.T) {
	for name, url := range map[string]string{"many": historyPage(t, 1000, ""), "hostile": historyPage(t, 60, evil)} {
		for _, width := range []int64{320, 360, 760, 1100, 1440, 2200} {
			b := open(t, url, width, "light")
			b.want(fmt.Sprintf("%s at %d", name, width), "document.documentElement.scrollWidth", fmt.Sprint(width))
			b.want("the newest build is in sight", "(() => { const f = document.querySelector('.field'); return f.scrollLeft + f.clientWidth >= f.scrollWidth - 1 })()", "true")
			if width == 360 {
				b.run("location.hash = document.querySelector('.heat') && '#commit-" + commitOf(40) + "'")
				b.wait("!document.querySelector('.build').hidden")
				b.want("with a build open", "document.documentElement.scrollWidth", "360")
				b.shoot("history-phone-" + name)
			}
		}
	}
}

// TestHistoryHostile: what the repository holds is text, wherever it is shown.
func TestHistoryHostile(t *testing.T) {
	b := open(t, historyPage(t, 60, evil), 1440, "light")
	b.click(".builds summary")
	b.wait("document.querySelector('.builds table') !== null")
	for _, n := range []int{10, 59, 60} {
		b.run("location.hash = '#commit-" + commitOf(n) + "'")
		b.wait("!document.querySelector('.build').hidden && document.querySelector('.build').textContent.includes('build " + fmt.Sprint(n) + "')")
		b.want("nothing of it is run", "window.pwned", "undefined")
		b.want("nothing of it is an element", "document.querySelectorAll('#explorer img, #explorer script, #explorer b[onmouseover]').length", "0")
	}
	b.want("what cannot be seen is escaped", `/[\u0000-\u0008\u001b\u202a-\u202e\u2066-\u2069\u200b\ufffd]/.test(document.getElementById('explorer').textContent)`, "false")
}

// TestHistoryAccessible: what a screen reader is told, the tables among it.
func TestHistoryAccessible(t *testing.T) {
	b := open(t, historyPage(t, 60, ""), 1440, "light")
	b.click(".builds summary")
	b.wait("document.querySelector('.builds table') !== null")
	b.want("a row for each build", "document.querySelectorAll('.builds tbody tr').length", "60")
	b.want("the newest first", "document.querySelector('.builds tbody tr').innerText.replace(/\\s+/g, ' ').trim()", "2026-03-02 "+commitOf(60)+" build 60 cache busts at step 2/3 COPY . .")
	b.click(".builds tbody tr:nth-child(2) a")
	b.want("a row opens its build", verdict, "cannot be built")
	send(b, accessibility.Enable, cdp.Empty{})
	names := map[string]bool{}
	for _, n := range send(b, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{}).Nodes {
		if !n.Ignored && n.Role != nil && n.Name != nil {
			names[strings.Trim(string(n.Role.Value), `"`)+" "+strings.Trim(string(n.Name.Value), `"`)] = true
		}
	}
	for _, want := range []string{"application Builds by steps", "region The chosen build", "heading Steps", "columnheader of its own", "region What alone broke builds of 59 builds"} {
		if !names[want] {
			t.Errorf("there is no %q", want)
		}
	}
	b.want("one heading of the first level", "document.querySelectorAll('h1').length", "1")
}

// TestHistoryPrint: all builds on the width of the paper, and the tables.
func TestHistoryPrint(t *testing.T) {
	b := open(t, historyPage(t, 1000, ""), 900, "dark")
	pdf, err := chromedp.Run(b.ctx, chromedp.PrintToPDF(chromedp.PDFPrintBackground()))
	if err != nil || len(pdf) < 10000 {
		t.Errorf("the print is of %d bytes: %v", len(pdf), err)
	}
	b.media(emulation.SetEmulatedMediaParams{Media: "print"})
	b.run("dispatchEvent(new Event('beforeprint'))")
	b.want("all builds", "document.querySelector('.wide').scrollWidth <= document.querySelector('.field').clientWidth", "true")
	b.want("on white", "getComputedStyle(document.body).backgroundColor", "rgb(255, 255, 255)")
	b.want("without what only a screen has", "document.querySelector('.heat > button').checkVisibility()", "false")
	b.shoot("history-print")
	b.media(emulation.SetEmulatedMediaParams{})
	b.run("dispatchEvent(new Event('afterprint'))")
	b.want("and back", "document.querySelector('.wide').scrollWidth > document.querySelector('.field').clientWidth", "true")
}

// TestHistoryWithoutScript: the rates and the culprits are there all the same.
func TestHistoryWithoutScript(t *testing.T) {
	b := newTab(t, 900, "light")
	send(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	b.do(chromedp.Navigate(historyPage(t, 200, "")))
	text := b.eval("document.body.innerText")
	for _, want := range []string{"40% of 199 builds altogether cached", "step 2/3 COPY . .", "60% of 199", "Worse since", "web/index.ts"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
}
