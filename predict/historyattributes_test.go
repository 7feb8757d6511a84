package predict_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/whybust/whybust/internal/leftover"
	"github.com/whybust/whybust/predict"
)

// attributedHistory makes a repository in whose history .gitattributes come, change and go: a commit for each line. An
// empty content deletes a file.
func attributedHistory(t *testing.T) (dir string) {
	t.Helper()
	leftover.Check(t)
	t.Setenv("HOME", t.TempDir())
	dir, git := newRepository(t)
	const dockerfile = "FROM alpine:3.20\nCOPY lib /lib\nRUN make lib\nCOPY . .\nRUN make\n"
	for n, files := range []map[string]string{
		{"Dockerfile": dockerfile, "app/Dockerfile": "FROM alpine:3.20\nCOPY . .\n", ".dockerignore": "**/Dockerfile\n.git\n**/.gitattributes\n",
			"lib/a": "1", "lib/deep/b.bin": "1", "app/x": "1", "app/y.bin": "1", "app/sub/z": "1"},
		{"app/x": "2"},
		{".gitattributes": "*.bin filter=lfs -text\n"},
		{"app/x": "3"},
		{"app/y.bin": "2", "lib/deep/b.bin": "2"},
		{"app/.gitattributes": "x eol=crlf\n"},
		{"app/sub/z": "2"},
		{"app/.gitattributes": "* ident\n", "app/x": "4"},
		{"Dockerfile": "FORM alpine\n", "app/.gitattributes": "* text=auto\n"}, // unbuildable at the root: two changes of attributes come at once
		{"Dockerfile": dockerfile, ".gitattributes": "*.bin -text\n"},
		{"lib/deep/.gitattributes": "b.bin filter=crypt\n"},
		{"lib/deep/.gitattributes": ""},
		{"lib/deep/.gitattributes": "nowhere eol=crlf\n"},
		{".gitattributes": "* -diff\n"},
		{"lib/a": "2", "app/x": "5"},
		{"app/.gitattributes": "", "lib/deep/.gitattributes": "", ".gitattributes": ""},
		{"app/x": "6"},
		{"lib/deep/c/.gitattributes": "d eol=crlf\n", "lib/deep/c/d": "1"},
		{"lib/deep/c/.gitattributes": ""},
		{"lib/a": "3"},
	} {
		for name, content := range files {
			if content == "" {
				git("rm", "-q", "-f", name)
				continue
			}
			writeFile(t, dir, name, content)
		}
		git("-c", "filter.lfs.clean=cat", "add", "-A")
		git("commit", "-qm", fmt.Sprint(n))
	}
	return dir
}

// TestHistoryHeedsAttributes compares each prediction with that which predict.Run makes, and looks that attributes matter in some.
func TestHistoryHeedsAttributes(t *testing.T) {
	dir := attributedHistory(t)
	for _, tt := range []struct {
		reason     string
		r          predict.HistoryRequest
		may, notes int // builds that may hit because of attributes, and that have notes about them
	}{
		{"the build before", predict.HistoryRequest{}, 7, 11},
		{"three builds before", predict.HistoryRequest{CacheSize: 3}, 9, 10},
		{"below attributes", predict.HistoryRequest{Context: "app"}, 2, 8},
		{"a directory without .git", predict.HistoryRequest{Context: "lib", NoGitDir: true, Side: predict.Side{Inline: "FROM alpine:3.20\nCOPY deep /a\nRUN make\n"}}, 2, 7},
		{"attributes laid over", predict.HistoryRequest{Side: predict.Side{Replace: map[string][]byte{".gitattributes": []byte("x eol=crlf\n")}}}, 5, 11},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			tt.r.Dir = dir
			checkAgainstRun(t, &tt.r)
			may, notes := 0, 0
			for _, b := range builds(t, &tt.r) {
				if b.Prediction == nil {
					continue
				}
				if b.Prediction.Verdict == predict.MayHit {
					may++
				}
				if len(attributeNotes(b.Prediction)) > 0 {
					notes++
				}
			}
			if may != tt.may || notes != tt.notes {
				t.Errorf("%d builds may hit and %d have notes, want %d and %d", may, notes, tt.may, tt.notes)
			}
		})
	}
}

// TestHistoryHeedsAttributesOfAChange: a change of attributes that is laid over some commits.
func TestHistoryHeedsAttributesOfAChange(t *testing.T) {
	dir := attributedHistory(t)
	n := 0
	change := func(at *predict.WhatIfSource) (map[string][]byte, error) {
		if n++; n%3 == 0 {
			return nil, fmt.Errorf("not on this one")
		}
		return map[string][]byte{".gitattributes": fmt.Appendf(nil, "x filter=a%d\n", n%2)}, nil
	}
	var last *predict.Side
	compared, may := 0, 0
	for b, err := range predict.History(t.Context(), &predict.HistoryRequest{Dir: dir, WhatIf: []predict.WhatIf{change}}) {
		if err != nil {
			t.Fatal(err)
		}
		if b.Err != nil {
			continue
		}
		with := b.With[0]
		side := predict.Side{Revision: b.Commit}
		if with.Err == nil {
			side.Replace = map[string][]byte{".gitattributes": fmt.Appendf(nil, "x filter=a%d\n", n%2)}
		}
		before := last
		last = &side
		if before == nil {
			continue
		}
		compared++
		want, err := predict.Run(t.Context(), &predict.Request{Dir: dir, Before: *before, After: side})
		if err != nil {
			t.Fatal(err)
		}
		if want.Verdict == predict.MayHit {
			may++
		}
		if diff := cmp.Diff(want, with.Prediction, cmpopts.IgnoreFields(predict.Prediction{}, "Hints", "Before", "Cached")); diff != "" {
			t.Errorf("%s (-Run +History):\n%s", b.Subject, diff)
		}
	}
	if compared < 15 || may < 5 {
		t.Errorf("%d compared, of which %d may hit", compared, may)
	}
}
