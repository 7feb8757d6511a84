package browser_test

import (
	"strings"
	"testing"

	"github.com/whybust/whybust/cachekey"
	"github.com/whybust/whybust/predict"
	"github.com/whybust/whybust/predict/timings"
)

// TestCostAndPatch: what the build and a step take, and the patch that would have saved it.
func TestCostAndPatch(t *testing.T) {
	const patch = "diff --git a/Dockerfile b/Dockerfile\n--- a/Dockerfile\n+++ b/Dockerfile\n@@ -1,4 +1,5 @@\n FROM node:20\n-COPY . .\n+COPY\tpackage.json ./\n RUN npm ci\n"
	const log = "#1 [web 2/14] COPY . .\n#1 DONE 1.5s\n#2 [web 3/14] RUN pnpm --filter p00 build\n#2 DONE 192.4s\n"
	old, new := shop()
	url := writeChanged(t, old, new, func(p *predict.Prediction, g *cachekey.Graph) {
		measured, err := timings.Read("log", strings.NewReader(log))
		if err != nil {
			t.Fatal(err)
		}
		p.AddCost(g, measured)
		saved := int64(192400)
		p.Suggestions = []predict.Suggestion{
			{Step: 17, Text: "copy the manifests first", Diff: patch, Saves: predict.Saves{Cached: []string{"[web 3/15] RUN pnpm"}, Rebuilt: 3, RebuiltWith: 2, Time: &saved}, DependsOn: []string{"it reads nothing else"}},
			{Step: 0, Text: "pin the base", Missing: "its digest"},
		}
	})
	for _, theme := range []string{"light", "dark"} {
		b := open(t, url, 1440, theme)
		b.want("what is rebuilt", "document.querySelector('.sides').textContent.includes('rebuilds 3m14s of 3m14s')", "true")
		b.want("what saves it", "document.querySelector('.suggestions dd:nth-of-type(2)').textContent", "3m12s: 2 in place of 3 steps rebuilt")
		b.want("on what it hangs", "document.querySelector('.suggestions').textContent.includes('it reads nothing else')", "true")
		b.want("the patch can be copied", "document.querySelector('.diff').textContent === "+quoted(patch), "true")
		b.want("its lines are told apart", "getComputedStyle(document.querySelector('.diff .removed')).textDecorationLine", "line-through")
		b.want("what has to be known", "document.querySelectorAll('.suggestions > ol > li')[1].textContent.includes('its digest')", "true")
		b.want("every text can be read", contrast, "")
		b.click(".suggestions dd a")
		b.want("it leads to its step", "document.querySelector('.detail h2').firstChild.textContent", b.eval("document.querySelector('.suggestions dd a').textContent"))
		b.click(`//a[contains(., 'filter p00 build')]`)
		b.want("what a step takes", "document.querySelector('.detail .where').textContent.endsWith('3m12s')", "true")
		b.click(`//a[contains(., 'filter p01 build')]`)
		b.want("or that nobody knows", "document.querySelector('.detail .where').textContent.endsWith('never measured')", "true")
		b.shoot("patch-" + theme)
	}
	phone := open(t, url, 360, "light")
	phone.want("a patch does not widen a phone", "document.documentElement.scrollWidth", "360")
	phone.shoot("patch-phone")
}

// quoted is a text as a literal of JavaScript.
func quoted(s string) string {
	return "'" + strings.NewReplacer("\\", "\\\\", "'", "\\'", "\n", "\\n", "\t", "\\t").Replace(s) + "'"
}
