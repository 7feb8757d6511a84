package explorer_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/whybust/whybust/cachekey"
	"github.com/whybust/whybust/examples/internal/explorer"
	"github.com/whybust/whybust/predict"
	"github.com/whybust/whybust/predict/timings"
)

// withCost is a prediction with measurements, one step without, and suggestions.
func withCost(t testing.TB, suggestions ...predict.Suggestion) *explorer.Page {
	t.Helper()
	const dockerfile = "FROM node:20\nCOPY . .\nRUN npm ci\nRUN npm run build\n"
	old := graph(t, dockerfile, map[string]string{"index.js": "1", "package.json": ""}, nil)
	new := graph(t, dockerfile, map[string]string{"index.js": "2", "package.json": ""}, nil)
	p, d, err := predict.CompareDetails(t.Context(), &predict.Cache{Builds: []*cachekey.Graph{old}}, new, nil)
	if err != nil {
		t.Fatal(err)
	}
	log := "#1 [1/4] FROM docker.io/library/node:20\n#1 DONE 3.0s\n#2 [2/4] COPY . .\n#2 DONE 1.5s\n#3 [3/4] RUN npm ci\n#3 DONE 192.4s\n"
	measured, err := timings.Read("log", strings.NewReader(log))
	if err != nil {
		t.Fatal(err)
	}
	p.AddCost(new, measured)
	p.Suggestions = suggestions
	p.Hints = []predict.Hint{{Kind: "copy-too-early", Text: "copy the manifests first"}, {Kind: "ignore-file", Text: "another remedy"}}
	page, err := explorer.New(p, d)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

// TestGoldenCost: what is rebuilt takes time, and a patch would have saved some of it.
func TestGoldenCost(t *testing.T) {
	saved := int64(192400)
	page := withCost(t, predict.Suggestion{
		Kind: "copy-too-early", Step: 2, Text: "copy the manifests first",
		Diff:      "diff --git a/Dockerfile b/Dockerfile\n--- a/Dockerfile\n+++ b/Dockerfile\n@@ -1,4 +1,5 @@\n FROM node:20\n+COPY package.json ./\n \tRUN\x1b[2J\n",
		Saves:     predict.Saves{Cached: []string{"[3/5] RUN npm ci"}, Rebuilt: 3, RebuiltWith: 2, Time: &saved},
		DependsOn: []string{"`npm ci` reads package.json alone"},
	}, predict.Suggestion{Kind: "unpinned-base", Step: 7, Text: "pin node:20", Missing: "its digest"})
	var steps []string
	for _, s := range page.Steps {
		steps = append(steps, s.Cost)
	}
	golden(t, "cost.json", map[string]any{"cost": page.Cost, "steps": steps, "suggestions": page.Suggestions, "remarks": page.Remarks})
}

// TestPatchIsBounded: a patch of many lines ends with their number.
func TestPatchIsBounded(t *testing.T) {
	long := strings.Repeat("+"+strings.Repeat("a", 1023)+"\n", 600)
	page := withCost(t, slices.Repeat([]predict.Suggestion{{Diff: long, Saves: predict.Saves{Cached: slices.Repeat([]string{"a"}, 100)}}}, 80)...)
	if n := len(page.Suggestions); n != 64 {
		t.Errorf("%d suggestions, want 64", n)
	}
	for i, want := range []int{88, 600} {
		if s := page.Suggestions[i]; s.MoreLines != want || len(s.Diff) != 600-want || s.MoreCached != 60 {
			t.Errorf("suggestion %d: %d lines left out of %d, %d cached steps; want %d and 60", i, s.MoreLines, len(s.Diff), s.MoreCached, want)
		}
	}
}
