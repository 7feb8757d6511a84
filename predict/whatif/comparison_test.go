package whatif_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/predict"
	"github.com/whybust/whybust/predict/whatif"
)

const patch = `--- a/Dockerfile
+++ b/Dockerfile
@@ -2,5 +2,6 @@
 WORKDIR /app
-COPY . .
+COPY package.json package-lock.json ./
 RUN apt-get update && apt-get install -y make
 RUN npm ci
+COPY . .
 RUN npm run build
`

// replayed adds up a history with a change.
func replayed(t *testing.T, dir string, change predict.WhatIf) *whatif.Result {
	t.Helper()
	var all whatif.Collector
	for b, err := range predict.History(context.Background(), &predict.HistoryRequest{Dir: dir, NoGitDir: true, WhatIf: []predict.WhatIf{change}}) {
		if err != nil {
			t.Fatal(err)
		}
		all.Add(b)
	}
	return all.Result()
}

func TestPatchOverHistory(t *testing.T) {
	commits := project(10)
	// Two commits have another Dockerfile, one of them in the lines of the patch, and one has no lock file yet.
	commits[4]["Dockerfile"] = strings.Replace(early, "RUN npm ci\n", "RUN npm install\n", 1)
	commits[5]["Dockerfile"] = early
	commits[7]["Dockerfile"] = "# a line more\n" + early
	p, err := whatif.ParsePatch("p", []byte(patch))
	if err != nil {
		t.Fatal(err)
	}
	r := replayed(t, repository(t, commits), p.WhatIf)
	if r.With.Builds != 10 || r.Applied != 9 || len(r.Faults) != 1 || r.Faults[0].Subject != "4" ||
		!strings.Contains(r.Faults[0].Error, "the hunk on line 3 of the patch does not fit") {
		t.Errorf("%+v", r.Comparison)
	}
	if got := r.Without.Misses - r.With.Misses; got != r.Gain() {
		t.Errorf("%d misses less, but %d avoided and %d added", got, r.Avoided, r.Added)
	}
}

// TestChangeThatCannotBeBuilt: a commit that lacks what the change copies is built as it is.
func TestChangeThatCannotBeBuilt(t *testing.T) {
	commits := project(3)
	commits[0]["Dockerfile"], commits[2]["yarn.lock"] = early, "1"
	r := replayed(t, repository(t, commits), whatif.Dockerfile([]byte("FROM node:20\nCOPY yarn.lock .\n")))
	if diff := cmp.Diff(1, len(r.Faults)); diff != "" || r.Applied != 2 {
		t.Fatalf("%+v", r.Comparison)
	}
	if want := "with the change: Dockerfile:2: yarn.lock is not in the build context: the build would fail here"; r.Faults[0].Error != want {
		t.Error(r.Faults[0].Error)
	}
	r = replayed(t, repository(t, project(3)), whatif.Dockerfile([]byte("NONSENSE\n")))
	if r.Applied != 0 || r.With != r.Without {
		t.Errorf("a Dockerfile that is none: %+v", r.Comparison)
	}
}

func TestIgnoreFile(t *testing.T) {
	r := replayed(t, repository(t, project(5)), whatif.All(whatif.IgnoreFile([]byte("**\n!package*\n"))))
	if r.With.Cached != 5 || r.Without.Cached != 0 || r.Added != 0 {
		t.Errorf("%+v", r.Comparison)
	}
}

// TestFiles: a build says what the change laid over it, and none if it did not apply.
func TestFiles(t *testing.T) {
	commits := project(2)
	commits[1]["Dockerfile"] = "FROM scratch\nCOPY src /\n"
	p, err := whatif.ParsePatch("p", []byte(patch))
	if err != nil {
		t.Fatal(err)
	}
	var laid []int
	for b, err := range predict.History(context.Background(), &predict.HistoryRequest{Dir: repository(t, commits), NoGitDir: true, WhatIf: []predict.WhatIf{p.WhatIf}}) {
		if err != nil {
			t.Fatal(err)
		}
		laid = append(laid, strings.Count(string(b.With[0].Files["Dockerfile"]), "COPY package.json package-lock.json"))
		if (b.With[0].Files == nil) != (b.With[0].Err != nil) {
			t.Errorf("%s: %v, %v", b.Subject, b.With[0].Files, b.With[0].Err)
		}
		if whatif.With(b, 0).Prediction != b.With[0].Prediction || whatif.With(b, 1) != b {
			t.Errorf("%s: with a change", b.Subject)
		}
	}
	if diff := cmp.Diff([]int{1, 0, 0}, laid); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
