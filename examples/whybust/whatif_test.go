package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/whybust/whybust/predict"
	"github.com/whybust/whybust/predict/whatif"
)

// TestWhatIfArguments: what cannot be meant is one error and no output.
func TestWhatIfArguments(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "bad.patch")
	if err := os.WriteFile(file, []byte("--- a/f\n+++ b/f\n@@ -1,9 +1 @@\n-a\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		reason string
		args   []string
		want   string
	}{
		{"a patch that ends early", []string{"history", "--with-patch", file}, "bad.patch:4: the patch ends within a hunk"},
		{"no such file", []string{"history", "--with-dockerfile", dir + "/none"}, "no such file"},
		{"standard input twice", []string{"history", "--with-patch", "-", "--with-dockerfile", "-"}, "standard input can be read once"},
		{"nothing that can be built", []string{"history", "-C", changing(t, 3), "-f", "nowhere", "--with-ignorefile", file}, "none of 3 commits can be built; the newest: "},
		{"nothing to advise on", []string{"advise", "-C", changing(t, 3), "-f", "nowhere"}, "none of 3 commits can be built; the newest: "},
		{"no such format", []string{"advise", "--format", "csv"}, "--format is text, json, markdown"},
		{"a range", []string{"advise", "a..b"}, "REV is one revision"},
	} {
		var out, errs bytes.Buffer
		c := &command{
			stdin: strings.NewReader(""), stdout: &out, stderr: &errs, history: predict.History, advise: whatif.Advise,
			lookup: func(string) (string, bool) { return "", false },
		}
		if status := c.run(context.Background(), tt.args); status != exitError || out.Len() > 0 || !strings.Contains(errs.String(), tt.want) {
			t.Errorf("%s: %d, %q, %q", tt.reason, status, out.String(), errs.String())
		}
	}
}
