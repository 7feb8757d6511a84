package whatif_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/predict"
	"github.com/whybust/whybust/predict/whatif"
)

// figures are what a test wants of a comparison.
type figures struct {
	Kind                                                        string
	Builds, Applied, Avoided, Added, LessCommands, MoreCommands int
	Hits, HitsWith                                              int
}

func figuresOf(kind string, c *whatif.Comparison) figures {
	return figures{kind, c.With.Builds, c.Applied, c.Avoided, c.Added, c.CommandsAvoided, c.CommandsAdded, c.Without.Hits, c.With.Hits}
}

// TestAdvise: thirty builds, of which three change the lock file and 27 a source.
func TestAdvise(t *testing.T) {
	dir := repository(t, project(30))
	a, err := whatif.Advise(context.Background(), &predict.HistoryRequest{Dir: dir, NoGitDir: true}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []figures
	for i := range a.Advices {
		got = append(got, figuresOf(a.Advices[i].Kind, &a.Advices[i].Comparison))
	}
	want := []figures{
		// The install and the packages are cached in the 27 builds that change a source; in the other three
		// the COPY of the manifests is one more step that misses.
		{"copy-too-early", 30, 30, 54, 3, 81, 0, 60, 141},
		// The packages are cached in all 30 builds: two commands each.
		{"order", 30, 30, 30, 0, 60, 0, 60, 90},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("each for itself (-want +got)\n%s", diff)
	}
	if a.Together == nil {
		t.Fatal("nothing together")
	}
	// With both the packages are cached in those three too.
	if diff := cmp.Diff(figures{"both", 30, 30, 57, 3, 87, 0, 60, 144}, figuresOf("both", &a.Together.Comparison)); diff != "" {
		t.Errorf("together (-want +got)\n%s", diff)
	}
	wantDiff := ` WORKDIR /app
-COPY . .
 RUN apt-get update && apt-get install -y make
+COPY package.json package-lock.json ./
 RUN npm ci
+COPY . .
 RUN npm run build
`
	if !strings.HasSuffix(a.Together.Diff, wantDiff) {
		t.Errorf("diff:\n%s", a.Together.Diff)
	}
	rates := map[string]int{}
	for _, r := range a.Together.Rates {
		rates[r.Name[strings.Index(r.Name, "] ")+2:]] = r.Changed
	}
	if diff := cmp.Diff(map[string]int{"FROM docker.io/library/node:20": 0, "WORKDIR /app": 0, "RUN apt-get update && apt-get install -y make": 0,
		"COPY package.json package-lock.json ./": 3, "RUN npm ci": 0, "COPY . .": 30, "RUN npm run build": 0}, rates); diff != "" {
		t.Errorf("rates (-want +got)\n%s", diff)
	}
}

// TestAdviseTooFew: nothing is advised on fewer than twenty builds.
func TestAdviseTooFew(t *testing.T) {
	for _, tt := range []struct {
		builds int
		few    bool
	}{{19, true}, {20, false}} {
		a, err := whatif.Advise(context.Background(), &predict.HistoryRequest{Dir: repository(t, project(tt.builds)), NoGitDir: true}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if a.TooFew != tt.few || tt.few == (len(a.Advices) > 0) {
			t.Errorf("%d builds: %+v", tt.builds, a)
		}
	}
}
