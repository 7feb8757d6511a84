package dockerfile_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/internal/dockerfile"
)

// TestErrors: a fault has the file's name, its line, and one line of text.
func TestErrors(t *testing.T) {
	for _, tt := range []struct{ reason, text, want string }{
		{"nothing at all", "", "D: the Dockerfile is empty"},
		{"nothing but blanks", " \n\t\n", "D: the Dockerfile is empty"},
		{"only comments", "# a\n", "D:1: file with no instructions"},
		{"no FROM", "ARG A\n", "D: no build stage: there is no FROM"},
		{"an instruction before FROM", "RUN a\n", "D:1: no build stage in current context"},
		{"an unknown instruction", "FROM a\n\nRUM b\n", "D:3: unknown instruction: RUM (did you mean RUN?)"},
		{"its line is the first of several", "FROM a\nRUM \\\n b \\\n c\n", "D:2: unknown instruction: RUM (did you mean RUN?)"},
		{"lines count through comments", "FROM a\n# c\n\n# d\nCOPY x\n", "D:5: COPY requires at least two arguments, but only one was provided. Destination could not be determined"},
		{"FROM without a name", "FROM\n", "D:1: FROM requires either one or three arguments"},
		{"a stage name that is none", "FROM a AS A!\n", `D:1: invalid name for build stage: "A!", name can't start with a number or contain symbols`},
		{"an unknown flag", "FROM a\nRUN --nope b\n", "D:2: unknown flag: --nope"},
		{"an unknown flag with a neighbour", "FROM a\nCOPY --chwon=1 b /\n", "D:2: unknown flag: --chwon (did you mean chown?)"},
		{"ENV without a value", "FROM a\nENV A\n", "D:2: ENV must have two arguments"},
		{"ENV without a name", "FROM a\nENV =1\n", "D:2: ENV names can not be blank"},
		{"a here-document that does not end", "FROM a\nRUN <<E\nb\n", "D:2: unterminated heredoc"},
		{"SHELL that is no list", "FROM a\nSHELL sh\n", "D:2: SHELL requires the arguments to be in JSON form"},
		{"a trigger in a trigger", "FROM a\nONBUILD ONBUILD RUN b\n", "D:2: Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed"},
		{"a NUL byte", "FROM a\nRUN b\x00c\n", "D:2: NUL byte in a Dockerfile"},
		{"an escape character that is none", "# escape=x\nFROM a\n", "D: invalid escape token 'x' does not match ` or \\"},
		{"a directive that stands twice", "# escape=`\n# escape=`\nFROM a\n", "D:1: only one escape parser directive can be used"},
		{"too much", strings.Repeat("#", dockerfile.DefaultSize+1), "D: the file is larger than 16777216 bytes, which is the limit"},
	} {
		_, err := dockerfile.Parse("D", []byte(tt.text))
		var fault *dockerfile.Error
		if !errors.As(err, &fault) {
			t.Errorf("%s: %v is no *Error", tt.reason, err)
			continue
		}
		if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
			t.Errorf("%s\n(-want +got)\n%s", tt.reason, diff)
		}
	}
}

// TestTrigger: a fault of a trigger is placed at the FROM that runs it.
func TestTrigger(t *testing.T) {
	f, err := dockerfile.Parse("D", []byte("FROM a\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ text, want string }{
		{"RUN a", ""},
		{"RUM a", "D:7: unknown instruction: RUM (did you mean RUN?)"},
		{"", "D:7: file with no instructions"},
		{"RUN a\nRUN b", "D:7: an ONBUILD trigger should be a single instruction"},
	} {
		in, err := f.Trigger(tt.text, 7, 8)
		got := ""
		if err != nil {
			got = err.Error()
		} else if in.Line != 7 || in.EndLine != 8 {
			t.Errorf("%q is placed at %d to %d", tt.text, in.Line, in.EndLine)
		}
		if got != tt.want {
			t.Errorf("%q: %s, want %s", tt.text, got, tt.want)
		}
	}
}

// TestPlaces: an instruction says from where to where it stands.
func TestPlaces(t *testing.T) {
	f, err := dockerfile.Parse("D", []byte("# syntax=x/y:1\n# c\nARG A=1\nFROM a AS b\nRUN c \\\n# d\n\n e\ncopy <<E /f\ng\nE\nONBUILD RUN h"))
	if err != nil {
		t.Fatal(err)
	}
	type place struct {
		Keyword, Text string
		Line, EndLine int
	}
	var got []place
	for _, in := range append(f.Args, f.Stages[0].Instructions...) {
		got = append(got, place{in.Keyword, in.Text, in.Line, in.EndLine})
	}
	want := []place{{"ARG", "ARG A=1", 3, 3}, {"RUN", "RUN c  e", 5, 8}, {"COPY", "copy <<E /f", 9, 11}, {"ONBUILD", "ONBUILD RUN h", 12, 12}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if f.Syntax != "x/y:1" || f.SyntaxLine != 1 || f.Stages[0].Name != "b" || f.Stages[0].Line != 4 {
		t.Errorf("got %+v", f)
	}
}

func TestSuggest(t *testing.T) {
	for _, tt := range []struct{ word, want string }{{"biuld", "build"}, {"TEST", "test"}, {"deploy", ""}} {
		if got := dockerfile.Suggest(tt.word, []string{"build", "test"}); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.word, got, tt.want)
		}
	}
}

// noVariables is an environment in which nothing is set.
type noVariables struct{}

func (noVariables) Get(string) (string, bool) { return "", false }
func (noVariables) Keys() []string            { return nil }

// FuzzParse parses anything: there is no panic, each error is an *Error on one line of a
// line that is in the file, and so is one of expanding what was parsed.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("../../testdata/scenarios/*.txtar")
	if err != nil || len(files) == 0 {
		f.Fatalf("no scenarios: %v", err)
	}
	seen := map[string]bool{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		// whatever is between two markers, Dockerfiles among them
		for part := range strings.SplitSeq(string(data), "\n-- ") {
			if _, text, ok := strings.Cut(part, " --\n"); ok && strings.Contains(text, "FROM ") && !seen[text] {
				seen[text] = true
				f.Add([]byte(text))
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		check := func(err error) {
			var fault *dockerfile.Error
			if !errors.As(err, &fault) {
				t.Fatalf("no *Error: %v", err)
			}
			if fault.File != "D" || fault.Line < 0 || fault.Line > 1+len(data) || strings.Contains(err.Error(), "\n") {
				t.Fatalf("error %q at line %d", err, fault.Line)
			}
		}
		file, err := dockerfile.Parse("D", data)
		if err != nil {
			check(err)
			return
		}
		if len(file.Stages) == 0 {
			t.Fatal("no stages and no error")
		}
		x := file.Expander()
		for _, st := range file.Stages {
			for _, in := range st.Instructions {
				if in.Line < st.Line || in.EndLine < in.Line {
					t.Fatalf("%s stands at %d to %d, its stage at %d", in.Text, in.Line, in.EndLine, st.Line)
				}
				x.Display(in.Text, in.Keyword == "RUN", noVariables{})
				in.Sources()
				if text, ok := in.OnbuildText(); ok {
					if _, err := file.Trigger(text, in.Line, in.EndLine); err != nil {
						check(err)
					}
				}
				if _, err := in.Expand(x, noVariables{}); err != nil {
					check(err)
				}
			}
		}
	})
}
