package browser_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// What is shown of the chosen step.
const (
	chosen  = "document.querySelector('.detail h2').firstChild.textContent"
	focused = "document.activeElement.className || document.activeElement.tagName"
	marked  = "document.querySelector('.listing [aria-current]').dataset.step"
	layer   = "document.querySelector('.layers [aria-current] .nth').textContent"
	found   = "document.querySelector('.files output').textContent"
	rows    = "document.querySelectorAll('.window .one').length"
)

func shopPage(t *testing.T) string {
	t.Helper()
	old, new := shop()
	return writePage(t, old, new)
}

// inSight tells whether a node can be seen where it is.
func inSight(node string) string {
	return "(() => { const node = " + node + "; const box = node.getBoundingClientRect(); " +
		"return node.contains(document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2)) })()"
}

// TestChoose: with the mouse and with the keyboard.
func TestChoose(t *testing.T) {
	url := shopPage(t)
	b := open(t, url, 1440, "light")
	b.want("the step of the headline is chosen", chosen, "step 1/1 of deps")
	b.want("one line breaks", "document.querySelectorAll('.listing .cut').length", "1")
	b.want("the break is above the step", "document.querySelector('.listing .cut').nextSibling.dataset.step", b.eval(marked))

	b.click(`//a[contains(., 'COPY . .')]`)
	b.want("a click on an instruction chooses it", chosen, "step 2/14 of web")
	b.want("and its layer", layer, "2/14")
	b.want("which is in sight", inSight("document.querySelector('.layers [aria-current]')"), "true")
	b.want("and its stage", "document.querySelector('.graph [aria-current] text').textContent", "web")
	b.want("the focus stays", "document.activeElement.dataset.step", b.eval(marked))

	b.do(chromedp.KeyEvent(kb.ArrowDown))
	b.want("an arrow goes on", chosen, "step 3/14 of web")
	b.do(chromedp.KeyEvent(kb.ArrowUp), chromedp.KeyEvent(kb.ArrowUp))
	b.want("and back", chosen, "step 1/14 of web")
	b.do(chromedp.KeyEvent(kb.End))
	b.want("to the last step", chosen, "step 7/7 of stage-7")
	b.do(chromedp.KeyEvent(kb.Home))
	b.want("to the first step", chosen, "step 1/3 of node")
	b.do(chromedp.KeyEvent(kb.Enter))
	b.want("Enter goes to what is shown", focused, "H2")
	b.want("one instruction is reached with Tab", "document.querySelectorAll('.listing [tabindex=\"0\"]').length", "1")

	b.click(`.layers .layer:not([aria-current])`)
	b.want("a layer chooses its step", chosen, "step 2/3 of node")
	b.clickAt(`.graph a[aria-label^="stage web"] rect`)
	b.want("a stage chooses its first step that is lost", chosen, "step 2/14 of web")
	b.click(`.links a`)
	b.want("a step that follows leads there", chosen, "step 3/14 of web")
	b.want("the address names the step", "location.hash", "#step-"+b.eval(marked))

	again := open(t, url+"#step-0", 1440, "light")
	again.want("an address opens its step", chosen, "step 1/3 of node")
}

// TestReveal: a break far down in the file is in sight, and so is the headline.
func TestReveal(t *testing.T) {
	old, new := shop()
	long := strings.Repeat("# a comment\n", 150)
	old.dockerfile, new.dockerfile = strings.Replace(old.dockerfile, "FROM scratch", long+"FROM scratch", 1), strings.Replace(new.dockerfile, "FROM manifests AS deps", long+"FROM manifests AS deps", 1)
	b := open(t, writePage(t, old, new), 1440, "light")
	b.want("the break is in sight", inSight("document.querySelector('.listing .cut')"), "true")
	b.want("and the headline", "scrollY", "0")
	b.click(`.layers .layer`)
	b.want("a layer's instruction is brought into sight", inSight("document.querySelector('.listing [aria-current]')"), "true")
}

// TestKey: the key of a step, old beside new, and no build argument.
func TestKey(t *testing.T) {
	b := open(t, shopPage(t), 1440, "light")
	b.want("what changed comes first", "document.querySelector('.fields tbody tr').className", "changed")
	b.want("and is marked", "document.querySelector('.fields ins').textContent", " --ignore-scripts")
	b.click(`//a[contains(., 'filter p00 build')]`)
	if text := b.eval("document.documentElement.outerHTML"); strings.Contains(text, "secret-") || !strings.Contains(text, "a build argument, not shown") {
		t.Error("a value of --build-arg is shown, or the place where it would be is not")
	}
}

// TestFiles: two thousand files, of which only those in sight are in the document.
func TestFiles(t *testing.T) {
	b := open(t, shopPage(t), 1440, "light")
	b.click(`//a[contains(., 'COPY . .')]`)
	b.want("the count", found, "1998 files · 3 listed as changed")
	if n, _ := strconv.Atoi(b.eval(rows)); n < 11 || n > 40 {
		t.Errorf("%d rows are in the document, want those in sight", n)
	}
	b.want("a changed file comes first", "document.querySelector('.window .one').textContent", "packages/p03/src/added.tsadded")
	b.do(chromedp.SendKeys(chromedp.CSS(`.files input[type=search]`), "P03 module00"))
	b.want("a search for two words, in any case", found, "10 of 1999 listed")
	b.click(`.files input[type=checkbox]`)
	b.want("the changed ones alone", found, "1 of 1999 listed")
	b.want("are shown", "document.querySelector('.window').innerText.replace(/\\s+/g, ' ').trim()", "packages/p03/src/module007.ts modified")
	b.do(chromedp.SendKeys(chromedp.CSS(`.files input[type=search]`), " nothing"))
	b.want("a search that finds nothing", "[document.querySelector('.window').hidden, "+found+"].join(' ')", "true 0 of 1999 listed")

	b.run(`(() => {
		const input = document.querySelector('.files input');
		input.value = '';
		document.querySelector('.files input[type=checkbox]').checked = false;
		input.dispatchEvent(new Event('input'));
		document.querySelector('.window').scrollTop = 1e9;
	})()`)
	b.wait(`document.querySelector('.window').textContent.includes('pnpm-workspace.yaml')`)
}

// TestWidths: nothing is wider than the window, from a phone to a large screen.
func TestWidths(t *testing.T) {
	for name, url := range map[string]string{"shop": shopPage(t), "hostile": hostilePage(t)} {
		for _, width := range []int64{320, 360, 760, 900, 1100, 1440, 2200} {
			b := open(t, url, width, "light")
			b.want(fmt.Sprintf("%s at %d", name, width), "document.documentElement.scrollWidth", strconv.FormatInt(width, 10))
		}
	}
}

// TestPhone: a tap leads to what is shown.
func TestPhone(t *testing.T) {
	b := open(t, shopPage(t), 360, "dark")
	b.shoot("phone-dark")
	b.click(`//a[contains(., 'COPY . .')]`)
	b.want("the focus is on the step", focused, "H2")
	b.wait(`Math.abs(document.querySelector('.detail').getBoundingClientRect().top) < 40`)
	open(t, shopPage(t), 360, "light").shoot("phone-light")
}

// contrast lists the texts that are too pale to read (WCAG 2, AA), as they are
// painted.
const contrast = `(() => {
	const parse = (s) => s.match(/[\d.]+/g).map(Number);
	const light = ([r, g, b]) => {
		const [x, y, z] = [r, g, b].map((v) => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
		return .2126 * x + .7152 * y + .0722 * z;
	};
	const ground = (node) => {
		for (; node; node = node.parentElement) {
			const c = parse(getComputedStyle(node).backgroundColor);
			if (c.length < 4 || c[3] === 1) return c;
		}
		return [255, 255, 255];
	};
	const bad = new Set();
	let seen = 0;
	const walker = document.createTreeWalker(document.getElementById('explorer'), NodeFilter.SHOW_TEXT);
	for (let node; (node = walker.nextNode());) {
		const e = node.parentElement;
		const style = getComputedStyle(e);
		if (!node.data.trim() || e.closest('.hidden, .printed, svg, [hidden]') || !e.getClientRects().length) continue;
		seen++;
		const [a, b] = [light(parse(style.color)), light(ground(e))].sort((x, y) => y - x);
		const size = parseFloat(style.fontSize);
		const large = size >= 24 || size >= 18.66 && style.fontWeight >= 700;
		const ratio = (a + .05) / (b + .05);
		if (ratio < (large ? 3 : 4.5)) bad.add(e.tagName + '.' + e.className + ' ' + ratio.toFixed(2) + ' ' + node.data.slice(0, 20));
	}
	return seen > 100 ? [...bad].join('\n') : 'only ' + seen + ' texts';
})()`

func TestThemes(t *testing.T) {
	grounds := map[string]string{}
	url, nasty := shopPage(t), hostilePage(t)
	for _, theme := range []string{"light", "dark"} {
		b := open(t, url, 1440, theme)
		grounds[theme] = b.eval("getComputedStyle(document.body).backgroundColor")
		b.shoot("shop-" + theme)
		for _, step := range []string{"COPY . .", "filter p00", "/srv/dist", "corepack"} {
			b.click(fmt.Sprintf(`//a[contains(., %q)]`, step))
			b.want(theme+" texts are legible", contrast, "")
			b.shoot("shop-" + theme + "-" + strings.Trim(strings.ReplaceAll(step, "/", ""), "COPY. "))
		}
		open(t, url, 900, theme).shoot("middle-" + theme)
		open(t, nasty, 1440, theme).shoot("hostile-" + theme)
	}
	if grounds["light"] == grounds["dark"] {
		t.Errorf("both themes are painted on %s", grounds["light"])
	}
}

// TestAccessible: what a screen reader is told.
func TestAccessible(t *testing.T) {
	b := open(t, shopPage(t), 1440, "light")
	b.click(`//a[contains(., 'COPY . .')]`)
	send(b, accessibility.Enable, cdp.Empty{})
	nodes := send(b, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{}).Nodes
	value := func(v *accessibility.Value) string {
		if v == nil {
			return ""
		}
		return strings.Trim(string(v.Value), `"`)
	}
	named := map[string]bool{"link": true, "searchbox": true, "checkbox": true, "region": true, "heading": true, "table": false, "columnheader": true}
	count, names := map[string]int{}, map[string]bool{}
	for _, n := range nodes {
		if n.Ignored {
			continue
		}
		role, name := value(n.Role), value(n.Name)
		count[role]++
		names[role+" "+name] = true
		if named[role] && strings.TrimSpace(name) == "" {
			t.Errorf("a %s has no name", role)
		}
	}
	for role, least := range map[string]int{"banner": 1, "main": 1, "region": 4, "heading": 6, "link": 60, "searchbox": 1, "checkbox": 1, "table": 1, "status": 1} {
		if count[role] < least {
			t.Errorf("%d of role %s, want %d at least", count[role], role, least)
		}
	}
	for _, want := range []string{
		"heading cache busts at step 1/1 of deps", "searchbox Search the files", "region Dockerfile", "region Stages", "region The chosen step",
		"link stage web, 14 steps, 13 not cached for certain",
	} {
		if !names[want] {
			t.Errorf("there is no %q", want)
		}
	}
	b.want("an instruction says its place and its status", "document.querySelector('.listing [aria-current] .text').textContent", "step 2/14 of web, runs again: COPY . .")
	b.want("one heading of the first level", "document.querySelectorAll('h1').length", "1")
	b.want("a language", "document.documentElement.lang", "en")
}

// TestPrint: what is lost is written out on paper.
func TestPrint(t *testing.T) {
	b := open(t, shopPage(t), 900, "dark")
	pdf, err := chromedp.Run(b.ctx, chromedp.PrintToPDF(chromedp.PDFPrintBackground()))
	if err != nil || len(pdf) < 10000 {
		t.Errorf("the print is of %d bytes: %v", len(pdf), err)
	}
	b.want("nothing of the print is left", "document.querySelector('.printed').children.length", "0")
	b.media(emulation.SetEmulatedMediaParams{Media: "print"})
	b.run("dispatchEvent(new Event('beforeprint'))")
	b.want("each step that is lost by itself, or may be", "document.querySelectorAll('.printed .detail').length", "18")
	b.want("with its reason", "document.querySelector('.printed .causes').innerText.split('\\n')[0]", "instruction changed")
	b.want("on white", "getComputedStyle(document.body).backgroundColor", "rgb(255, 255, 255)")
	b.want("the panes go", "getComputedStyle(document.querySelector('.panes > .detail')).display", "none")
	b.shoot("print")
}

// TestWithoutScript: the steps are there all the same.
func TestWithoutScript(t *testing.T) {
	b := newTab(t, 900, "light")
	send(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	b.do(chromedp.Navigate(shopPage(t)))
	text := b.eval("document.body.innerText")
	for _, want := range []string{"cache busts at step 1/1 of deps", "miss step 2/14 of web: COPY . .", "packages/p03/src/module007.ts modified"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	b.shoot("without-script")
}
