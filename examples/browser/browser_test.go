package browser_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// chromium is the one browser of all tests.
var chromium context.Context

func TestMain(m *testing.M) {
	// Neither GPU nor sandbox: the tests run as root in containers.
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath("chromium"), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.WSURLReadTimeout(time.Minute))
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	var quit context.CancelFunc
	chromium, quit = chromedp.NewContext(allocator)
	if err := chromedp.Do(chromium); err != nil {
		fmt.Fprintln(os.Stderr, "starting chromium (apt-get install chromium):", err)
		os.Exit(1)
	}
	status := m.Run()
	quit()
	stop()
	os.Exit(status)
}

// tab is one open page, and all that it did that it should not.
type tab struct {
	t    *testing.T
	ctx  context.Context
	mu   sync.Mutex
	done []string
}

// open opens a page of a width in a theme, "light" or "dark".
func open(t *testing.T, url string, width int64, theme string) *tab {
	t.Helper()
	b := newTab(t, width, theme)
	b.do(chromedp.Navigate(url))
	return b
}

// newTab is an empty tab. At the end of the test it must have done nothing wrong.
func newTab(t *testing.T, width int64, theme string) *tab {
	t.Helper()
	ctx, closeTab := chromedp.NewContext(chromium)
	t.Cleanup(closeTab)
	b := &tab{t: t, ctx: ctx}
	b.do()
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	t.Cleanup(cancel)
	b.ctx = ctx
	if err := chromedp.Listen(ctx, b.watch); err != nil {
		t.Fatal(err)
	}
	send(b, network.Enable, network.EnableParams{})
	send(b, log.Enable, cdp.Empty{})
	b.media(emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: theme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
	send(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: 900, DeviceScaleFactor: 1, Mobile: width < 600})
	t.Cleanup(func() {
		for _, what := range b.forgive() {
			t.Error(what)
		}
	})
	return b
}

func (b *tab) media(m emulation.SetEmulatedMediaParams) {
	b.t.Helper()
	send(b, emulation.SetEmulatedMedia, m)
}

// send sends a command of the protocol.
func send[P, R any](b *tab, command cdp.Command[P, R], params P) R {
	b.t.Helper()
	result, err := chromedp.Call(b.ctx, command, params)
	if err != nil {
		b.t.Fatalf("%s: %v", command.Method, err)
	}
	return result
}

// watch collects messages of the console, exceptions, dialogs and requests for
// anything but the page itself.
func (b *tab) watch(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	note := func(format string, args ...any) { b.done = append(b.done, fmt.Sprintf(format, args...)) }
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		note("console.%s", e.Type)
	case *runtime.EventExceptionThrown:
		note("exception: %s", exceptionText(e.ExceptionDetails))
	case *log.EventEntryAdded:
		note("logged: %s", e.Entry.Text)
	case *page.EventJavascriptDialogOpening:
		note("dialog: %s", e.Message)
	case *network.EventRequestWillBeSent:
		if e.Type != network.ResourceTypeDocument || !strings.HasPrefix(e.Request.URL, "file:///") {
			note("request for %s", e.Request.URL)
		}
	}
}

func exceptionText(d *runtime.ExceptionDetails) string {
	if d.Exception != nil && d.Exception.Description != "" {
		return d.Exception.Description
	}
	return d.Text
}

// forgive forgets what was collected, and gives it.
func (b *tab) forgive() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	done := b.done
	b.done = nil
	return done
}

func (b *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.t.Fatal(err)
	}
}

// click clicks on what a CSS selector or an XPath finds.
func (b *tab) click(selector string) {
	b.t.Helper()
	if strings.HasPrefix(selector, "//") {
		b.do(chromedp.Click(chromedp.Search(selector)))
		return
	}
	b.do(chromedp.Click(chromedp.CSS(selector)))
}

// clickAt clicks in the middle of what a CSS selector finds, which may be in a drawing.
func (b *tab) clickAt(selector string) {
	b.t.Helper()
	var x, y float64
	at := b.eval(fmt.Sprintf(`(() => {
		const node = document.querySelector(%q);
		node.scrollIntoView({block: 'nearest'});
		const box = node.getBoundingClientRect();
		return (box.x + box.width / 2) + ' ' + (box.y + box.height / 2);
	})()`, selector))
	if _, err := fmt.Sscan(at, &x, &y); err != nil {
		b.t.Fatal(err)
	}
	b.do(chromedp.MouseClickXY(x, y))
}

// run runs a statement of JavaScript, wait waits until an expression holds.
func (b *tab) run(script string) {
	b.t.Helper()
	b.do(chromedp.Evaluate[chromedp.Void](script, chromedp.EvalAwaitPromise))
}

func (b *tab) wait(expression string) {
	b.t.Helper()
	b.do(chromedp.Poll[chromedp.Void](expression))
}

// eval gives what an expression of JavaScript comes to, as a string.
func (b *tab) eval(expression string) string {
	b.t.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[string]("String("+expression+")"))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return value
}

// want evaluates an expression and holds it against what it should be.
func (b *tab) want(reason, expression, want string) {
	b.t.Helper()
	if got := b.eval(expression); got != want {
		b.t.Errorf("%s: %s is %q, want %q", reason, expression, got, want)
	}
}

// shoot leaves a picture if pictures are wanted.
func (b *tab) shoot(name string) {
	b.t.Helper()
	dir := os.Getenv("WHYBUST_SCREENSHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o666); err != nil {
		b.t.Fatal(err)
	}
}
