package browser_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/whybust/whybust/dockerignore"
	"github.com/whybust/whybust/examples/internal/explorer"
	"github.com/whybust/whybust/examples/internal/sample"
	"github.com/whybust/whybust/predict"
)

// evil would be run if it were read as markup anywhere; the rest of it reorders
// lines, repaints terminals, shows as nothing or is no UTF-8.
const evil = `</script></style><img src=x onerror="window.pwned=1"><script>window.pwned=1</script>` +
	`"'><b onmouseover=pwned=1>{{.}}${pwned=1}javascript:pwned=1 <!-- ]]>` + sample.Nasty

// hostilePage is a page in which every text of the repository is evil.
func hostilePage(t testing.TB) string {
	t.Helper()
	long := strings.Repeat("very-long-name-without-a-break", 40)
	p := sample.Prediction(
		sample.Hit(evil, 1, 3, "FROM "+evil, 1),
		sample.Miss(evil, 2, 3, "COPY "+evil+" .", 2, sample.File(predict.Added, evil), sample.File(predict.Modified, long),
			predict.Cause{Kind: predict.CauseArg, Name: evil, Before: evil, After: "b" + evil},
			predict.Cause{Kind: predict.CauseInstruction, Before: evil, After: "b" + evil, File: evil, Line: 1}),
		sample.Miss(evil, 3, 3, "RUN "+long, 3, sample.Parent(1)),
		sample.Miss(long, 1, 1, "COPY --from="+evil, 4, sample.Output(evil, 2)),
	)
	p.Before, p.Dockerfile = predict.Revision{Revision: evil, Commit: strings.Repeat("a", 40)}, evil
	p.Notes = []predict.Note{{Kind: "syntax", File: evil, Text: evil}}
	p.Hints = []predict.Hint{{Kind: "ignore-file", File: evil, Text: evil}}
	p.Suggestions = []predict.Suggestion{{Step: 1, Text: evil, Diff: "--- " + evil + "\n+" + long + "\n", Saves: predict.Saves{Cached: []string{evil, long}, When: evil}, DependsOn: []string{evil}}, {Step: 9, Missing: evil}}
	text := "FROM x\nCOPY " + strings.ReplaceAll(evil, "\n", " ") + "\nRUN " + long + "\nCOPY --from=x\n# " + evil
	files := &predict.FileList{Before: 1, After: 3, Files: []predict.TakenFile{
		{Path: evil, Change: predict.Added, Rule: &dockerignore.Rule{File: evil, Line: 1, Pattern: evil}},
		{Path: long, Change: predict.Modified}, {Path: " outer blanks "}, {Path: evil + "2", Unknown: true},
	}}
	first, second := 0, 2
	step := func(previous *int, inputs ...predict.KeyInput) predict.StepDetails {
		return predict.StepDetails{
			Text: evil, Old: &predict.OldStep{Name: evil, Text: evil, Line: 1}, Previous: previous, Inputs: inputs,
			Fields: []predict.KeyField{{Label: evil, Name: evil, Change: predict.Modified, Before: evil, After: "x" + evil}, {Label: "env", Name: evil, Before: long, After: long}},
		}
	}
	d := &predict.Details{
		Before: predict.Dockerfile{File: evil, Text: evil}, After: predict.Dockerfile{File: evil, Text: text},
		Steps: []predict.StepDetails{
			step(nil),
			step(&first, predict.KeyInput{Kind: predict.InputContext, Role: "copy", Name: evil, Status: predict.Miss, ByContent: true, Paths: []string{evil}, Files: files}),
			step(&first),
			step(nil, predict.KeyInput{Kind: predict.InputStep, Role: "copy", Name: evil, Step: &second, Status: predict.MayHit}),
		},
		Gone: []predict.OldStep{{Name: evil, Text: evil}},
	}
	page, err := explorer.New(p, d)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := explorer.Write(&out, page); err != nil {
		t.Fatal(err)
	}
	return save(t, out.Bytes())
}

// TestHostile: what the repository holds is text, wherever it is shown.
func TestHostile(t *testing.T) {
	b := open(t, hostilePage(t), 1440, "light")
	for _, step := range []string{"0", "1", "2", "3"} {
		b.run(`document.querySelector('.block[data-step="` + step + `"]').click()`)
		b.want("nothing of it is run", "window.pwned", "undefined")
		b.want("nothing of it is an element", "document.querySelectorAll('#explorer img, #explorer script, #explorer b[onmouseover]').length", "0")
	}
	b.run(`document.querySelector('.block[data-step="1"]').click()`)
	b.want("its name is shown as it is", "document.querySelector('.window .path').textContent.startsWith('\"</script></style><img src=x onerror=')", "true")
	b.want("what cannot be seen is escaped", `/[\u0000-\u0008\u001b\u202a-\u202e\u2066-\u2069\u200b\ufffd]/.test(document.getElementById('explorer').textContent)`, "false")
	b.want("and so it is for the printer", "(dispatchEvent(new Event('beforeprint')), window.pwned)", "undefined")
}

// TestPolicy: even a fault in the page's own script could not run what it is
// given.
func TestPolicy(t *testing.T) {
	b := open(t, shopPage(t), 900, "light")
	b.want("markup from a string", `(() => { try { document.body.innerHTML = '<img src=x onerror=pwned=1>'; return 'made' } catch { return 'refused' } })()`, "refused")
	b.want("a script from a string", `(() => { try { const s = document.createElement('script'); s.text = 'pwned=1'; document.body.append(s) } catch {} return window.pwned })()`, "undefined")
	b.want("a style in an attribute", `(() => { const d = document.createElement('div'); d.setAttribute('style', 'color: rgb(1, 2, 3)'); document.body.append(d); return getComputedStyle(d).color !== 'rgb(1, 2, 3)' })()`, "true")
	b.run(`new Promise((done) => { const i = new Image(); i.onload = i.onerror = () => done(0); i.src = 'https://example.org/x.png' })`)
	blocked := b.forgive()
	if len(blocked) < 3 {
		t.Errorf("the policy blocked %q, want all of it", blocked)
	}
	for _, what := range blocked {
		if strings.HasPrefix(what, "request for https://example.org") && !strings.Contains(strings.Join(blocked, "\n"), "violates the following Content Security Policy") {
			t.Errorf("%s was not blocked", what)
		}
	}
}
