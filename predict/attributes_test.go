package predict_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/predict"
)

// attributeNotes gives the notes of that kind in lines.
func attributeNotes(p *predict.Prediction) (notes []string) {
	for _, n := range p.Notes {
		if n.Kind == "attributes" {
			text, _, _ := strings.Cut(n.Text, ":")
			notes = append(notes, n.File+":"+string(rune('0'+n.Line))+" "+text)
		}
	}
	return notes
}

// TestAttributes changes files, or attributes, or both, from one commit to the next.
func TestAttributes(t *testing.T) {
	for _, tc := range []struct {
		reason        string
		before, after map[string]string // on top of what all have
		context       string
		want          predict.Status
		causes        string // files and changes
		notes         []string
	}{
		{"no attributes", nil, map[string]string{"app/x": "2"}, "", predict.Miss, "app/x modified", nil},
		{"attributes that write what is in the blob", map[string]string{".gitattributes": "* text eol=lf -diff linguist-generated\n"},
			map[string]string{"app/x": "2"}, "", predict.Miss, "app/x modified", nil},
		{"a filter", map[string]string{".gitattributes": "# big files\n*.bin filter=lfs -text\n"},
			map[string]string{"app/x.bin": "2"}, "", predict.Miss, "app/x.bin modified", []string{".gitattributes:2 app/x.bin with filter=lfs"}},
		{"several files, one note", map[string]string{".gitattributes": "app/** eol=crlf\n"},
			map[string]string{"app/x": "2", "app/y": "2", "app/z": "2"}, "", predict.Miss, "app/x modified; app/y modified; app/z added",
			[]string{".gitattributes:1 app/x and 2 more files with eol=crlf"}},
		{"files under two lines", map[string]string{".gitattributes": "x ident\ny text=auto\n"},
			map[string]string{"app/x": "2", "app/y": "2"}, "", predict.Miss, "app/x modified; app/y modified",
			[]string{".gitattributes:1 app/x with ident", ".gitattributes:2 app/y with the attribute text=auto"}},
		{"the deeper file counts", map[string]string{".gitattributes": "* ident\n", "app/.gitattributes": "\nx -ident filter=a\n"},
			map[string]string{"app/x": "2"}, "", predict.Miss, "app/x modified", []string{"app/.gitattributes:2 app/x with filter=a"}},
		{"above the context", map[string]string{".gitattributes": "* ident\n"},
			map[string]string{"app/x": "2"}, "app", predict.Miss, "x modified", []string{".gitattributes:1 x with ident"}},
		{"attributes that come: the same blob may be checked out otherwise", nil,
			map[string]string{".gitattributes": "x eol=crlf\n"}, "", predict.MayHit, "app/x unknown",
			[]string{".gitattributes:1 app/x"}},
		{"that go", map[string]string{"app/.gitattributes": "x eol=crlf\n"},
			map[string]string{"app/.gitattributes": "\n"}, "", predict.MayHit, "app/x unknown",
			[]string{"app/.gitattributes:1 app/x"}},
		{"that come above the context", nil,
			map[string]string{".gitattributes": "x eol=crlf\n"}, "app", predict.MayHit, "x unknown",
			[]string{".gitattributes:1 x"}},
		{"that change for files that are not there", nil, map[string]string{".gitattributes": "nowhere eol=crlf\n"}, "", predict.Hit, "", nil},
		{"that change without effect", map[string]string{".gitattributes": "* -diff\n"}, map[string]string{".gitattributes": "* diff\n"}, "", predict.Hit, "", nil},
		{"and a file that changed for certain", nil,
			map[string]string{".gitattributes": "* eol=crlf\n", "app/x": "2", "app/new": "1"}, "", predict.Miss,
			"app/new added; app/sub/w unknown; app/x modified; app/x.bin unknown; app/y unknown",
			[]string{".gitattributes:1 app/new and 4 more files"}},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			dir, git := history(t)
			write := func(files map[string]string) {
				for name, content := range files {
					writeFile(t, dir, name, content)
				}
				git("add", "-A")
				git("commit", "-qm", "x", "--allow-empty")
			}
			df := "FROM alpine:3.20\nCOPY . /app\n"
			ignore := "**\n!app/**\n!x*\n!new\n**/.gitattributes\n"
			write(map[string]string{"Dockerfile": df, "app/Dockerfile": df, ".dockerignore": ignore,
				"app/.dockerignore": "Dockerfile\n.dockerignore\n.gitattributes\n", "app/x": "1", "app/x.bin": "1", "app/y": "1", "app/sub/w": "1"})
			git("rm", "-q", "app/Dockerfile", "--cached")
			writeFile(t, dir, ".dockerignore", ignore+"app/Dockerfile\napp/.dockerignore\n")
			git("add", "-A")
			write(tc.before)
			write(tc.after)
			p, err := predict.Run(t.Context(), &predict.Request{Dir: dir, Context: tc.context, Before: side("HEAD~1"), After: side("HEAD")})
			if err != nil {
				t.Fatal(err)
			}
			var causes []string
			for _, s := range p.Steps {
				for _, c := range s.Causes {
					causes = append(causes, c.Path+" "+string(c.Change))
				}
			}
			if diff := cmp.Diff(tc.causes, strings.Join(causes, "; ")); diff != "" {
				t.Errorf("causes (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.notes, attributeNotes(p)); diff != "" {
				t.Errorf("notes (-want +got):\n%s", diff)
			}
			if p.Verdict != tc.want {
				t.Errorf("the verdict is %s, want %s", p.Verdict, tc.want)
			}
		})
	}
}

// TestAttributesOfTargets: several targets heed the same attributes.
func TestAttributesOfTargets(t *testing.T) {
	dir, git := history(t)
	writeFile(t, dir, ".gitattributes", "app eol=crlf\n")
	writeFile(t, dir, ".dockerignore", ".gitattributes\n.dockerignore\nDockerfile\n")
	writeFile(t, dir, "lib/.dockerignore", "")
	git("add", "lib/.dockerignore", ".dockerignore")
	git("commit", "-qm", "3")
	git("add", "-A")
	git("commit", "-qm", "4")
	build := func(context string) *predict.Build { return &predict.Build{Context: context} }
	answers, err := predict.RunAll(t.Context(), &predict.Batch{Dir: dir, Before: "HEAD~1", After: "HEAD", NoGitDir: true, Targets: []predict.Target{
		{Name: "a", Before: build(""), After: build("")},
		{Name: "b", Before: build("lib"), After: build("lib")},
		{Name: "c", Before: build("lib/deep"), After: &predict.Build{Context: "lib/deep", Side: predict.Side{File: "Dockerfile"}}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range answers {
		got = append(got, string(a.Verdict))
		if a.Verdict == predict.TargetMayHit && len(attributeNotes(a.Prediction)) != 1 {
			t.Errorf("%s: notes %q", a.Name, attributeNotes(a.Prediction))
		}
	}
	if diff := cmp.Diff([]string{"may-hit", "may-hit", string(answers[2].Verdict)}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
