package predict_test

import (
	"context"
	"maps"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/predict"
)

// TestReplaceIsACommit: laying content over a side predicts what a commit of that content does.
func TestReplaceIsACommit(t *testing.T) {
	dir, git := newRepository(t)
	writeFile(t, dir, "app/Dockerfile", "FROM alpine:3.20\nWORKDIR /a\nCOPY . .\nRUN make\n")
	writeFile(t, dir, "app/main.c", "1")
	writeFile(t, dir, "app/README.md", "1")
	if err := os.Symlink("app/Dockerfile", dir+"/linked"); err != nil {
		t.Fatal(err)
	}
	git("add", "-A")
	git("commit", "-q", "-m", "1")
	writeFile(t, dir, "app/README.md", "2")
	git("commit", "-q", "-a", "-m", "2")
	patched := "FROM alpine:3.20\nWORKDIR /a\nCOPY main.c .\nRUN make\n"
	for _, tt := range []struct {
		reason  string
		replace map[string][]byte
		file    string
		before  string // as HEAD~1 and HEAD are, or the working tree
		after   string
		want    predict.Status
	}{
		{"an ignore rule", map[string][]byte{"app/.dockerignore": []byte("*.md\nDockerfile\n.dockerignore\n")}, "", "HEAD~1", "HEAD", predict.Hit},
		{"the Dockerfile", map[string][]byte{"app/Dockerfile": []byte(patched)}, "", "HEAD~1", "HEAD", predict.Hit},
		{"the Dockerfile through a link", map[string][]byte{"linked": []byte(patched)}, "linked", "HEAD~1", "HEAD", predict.Hit},
		{"a file of the context", map[string][]byte{"app/README.md": []byte("3")}, "", "HEAD~1", "HEAD", predict.Hit},
		{"the working tree", map[string][]byte{"app/README.md": []byte("3")}, "", "HEAD", "", predict.Hit},
		{"a file taken away", map[string][]byte{"app/README.md": nil}, "", "HEAD~1", "HEAD", predict.Hit},
		{"something that does not matter", map[string][]byte{"other": []byte("3")}, "", "HEAD~1", "HEAD", predict.Miss},
	} {
		r := predict.Request{
			Dir: dir, Context: "app", Before: predict.Side{Revision: tt.before, File: tt.file}, After: predict.Side{Revision: tt.after, File: tt.file},
		}
		r.Before.Replace, r.After.Replace = tt.replace, maps.Clone(tt.replace)
		p, err := predict.Run(context.Background(), &r)
		if err != nil {
			t.Fatalf("%s: %v", tt.reason, err)
		}
		if diff := cmp.Diff(tt.want, p.Verdict); diff != "" {
			t.Errorf("%s: (-want +got)\n%s%+v", tt.reason, diff, p.Steps)
		}
	}
	one := predict.Request{Dir: dir, Context: "app", Before: predict.Side{Revision: "HEAD"}, After: predict.Side{Revision: "HEAD"}}
	one.After.Replace = map[string][]byte{"app/main.c": []byte("2")}
	if p, err := predict.Run(context.Background(), &one); err != nil || p.Verdict != predict.Miss {
		t.Errorf("one side alone: %+v, %v", p, err)
	}
	for _, name := range []string{"/etc/passwd", "../x", "a/../b", "."} {
		one.After.Replace = map[string][]byte{name: nil}
		if _, err := predict.Run(context.Background(), &one); err == nil {
			t.Errorf("%q was accepted", name)
		}
	}
}
