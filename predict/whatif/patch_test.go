package whatif_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/predict"
	"github.com/whybust/whybust/predict/suggest"
	"github.com/whybust/whybust/predict/whatif"
)

// source has one file.
func source(name, text string) *predict.WhatIfSource {
	return &predict.WhatIfSource{Read: func(n string) ([]byte, error) {
		if n != name {
			return nil, &fs.PathError{Op: "read", Path: n, Err: fs.ErrNotExist}
		}
		return []byte(text), nil
	}}
}

func TestParsePatchErrors(t *testing.T) {
	const head = "--- a/f\n+++ b/f\n"
	for _, tt := range []struct{ reason, patch, want string }{
		{"nothing", "", "p:1: there is no unified diff in it"},
		{"out of the repository", "--- a/../f\n+++ b/../f\n@@ -1 +1 @@\n-a\n+b\n", `p:1: "../f" is no path`},
		{"absolute", "--- /f\n+++ /f\n@@ -1 +1 @@\n-a\n+b\n", `p:1: "/f" is no path`},
		{"two names", "--- a/f\n+++ b/g\n@@ -1 +1 @@\n-a\n+b\n", "two names"},
		{"a rename", "diff --git a/f b/g\nrename from f\n", "p:2: "},
		{"a mode", "diff --git a/f b/f\nold mode 100644\n", "p:2: "},
		{"too short", head + "@@ -1,2 +1,2 @@\n-a\n+b\n", "ends within a hunk"},
		{"too long", head + "@@ -1,1 +1,2 @@\n-a\n-b\n+c\n+d\n", "more lines than it says"},
		{"no head", head + "@@ -x +1 @@\n-a\n", "no head of a hunk"},
		{"huge", head + "@@ -1,99999999999 +1 @@\n-a\n", "no head of a hunk"},
		{"no hunks", head, "has no hunks"},
		{"a hunk alone", "@@ -1 +1 @@\n-a\n+b\n", "p:1: a hunk without"},
		{"twice", head + "@@ -1 +1 @@\n-a\n+b\n" + head + "@@ -1 +1 @@\n-a\n+b\n", "changed twice"},
		{"out of order", head + "@@ -5 +5 @@\n-a\n+b\n@@ -1 +1 @@\n-a\n+b\n", "not in order"},
	} {
		_, err := whatif.ParsePatch("p", []byte(tt.patch))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", tt.reason, err)
		}
	}
}

func TestPatchPlaces(t *testing.T) {
	const head = "--- a/f\n+++ b/f\n"
	for _, tt := range []struct{ reason, patch, file, want string }{
		{"at its line, although it fits twice", head + "@@ -1 +1 @@\n-a\n+b\n", "a\na\n", "b\na\n"},
		{"elsewhere, once", head + "@@ -1,2 +1,2 @@\n a\n-b\n+c\n", "x\na\nb\n", "x\na\nc\n"},
		{"elsewhere, twice", head + "@@ -1 +1 @@\n-a\n+b\n", "x\na\na\n", "several others"},
		{"nowhere", head + "@@ -1 +1 @@\n-a\n+b\n", "x\n", "not there"},
		{"no last line end", head + "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n\\ No newline at end of file\n", "a", "b"},
		{"an end that is none", head + "@@ -1 +1 @@\n-a\n+b\n\\ No newline at end of file\n", "a\nb\n", "not there"},
		{"another file", "--- a/g\n+++ b/g\n@@ -1 +1 @@\n-a\n+b\n", "a\n", "g, which the patch changes"},
		{"a second hunk moves along", head + "@@ -1 +1 @@\n-a\n+b\n@@ -3 +3 @@\n-a\n+b\n", "x\na\nc\na\na\n", "several others"},
	} {
		p, err := whatif.ParsePatch("p", []byte(tt.patch))
		if err != nil {
			t.Fatalf("%s: %v", tt.reason, err)
		}
		files, err := p.WhatIf(source("f", tt.file))
		if err != nil {
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s: %v", tt.reason, err)
			}
			continue
		}
		if diff := cmp.Diff(tt.want, string(files["f"])); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", tt.reason, diff)
		}
	}
}

func TestPatchMakesAndTakesAway(t *testing.T) {
	made, err := whatif.ParsePatch("p", []byte("--- /dev/null\n+++ b/.dockerignore\n@@ -0,0 +1 @@\n+.git\n"))
	if err != nil {
		t.Fatal(err)
	}
	if files, err := made.WhatIf(source("f", "")); err != nil || string(files[".dockerignore"]) != ".git\n" {
		t.Errorf("%q, %v", files, err)
	}
	if _, err := made.WhatIf(source(".dockerignore", "")); err == nil {
		t.Error("a file was made that is there")
	}
	gone, err := whatif.ParsePatch("p", []byte("--- a/f\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n"))
	if err != nil {
		t.Fatal(err)
	}
	if files, err := gone.WhatIf(source("f", "a\n")); err != nil || len(files) != 1 || files["f"] != nil {
		t.Errorf("%q, %v", files, err)
	}
	if _, err := gone.WhatIf(source("f", "a\nb\n")); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("more was taken away than the patch says: %v", err)
	}
}

// FuzzPatch: a diff of two contents leads from one to the other, and no bytes make the parser fail otherwise than with an error.
func FuzzPatch(f *testing.F) {
	f.Add("a\nb\nc\n", "a\nc\n", patch)
	f.Add("x", "", "--- a/f\n+++ b/f\n@@ -1,2 +1 @@\n a\n-b\n\\ No newline at end of file\n")
	f.Fuzz(func(t *testing.T, old, new, raw string) {
		if p, err := whatif.ParsePatch("p", []byte(raw)); err == nil {
			_, _ = p.WhatIf(source("f", old))
		}
		text := suggest.Diff("f", []byte(old), []byte(new))
		if text == "" {
			return
		}
		p, err := whatif.ParsePatch("p", []byte(text))
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		files, err := p.WhatIf(source("f", old))
		if err != nil || string(files["f"]) != new {
			t.Errorf("%q, %v\n%s", files["f"], err, text)
		}
	})
}
