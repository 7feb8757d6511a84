package whybust_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestSecurityNamesTests: each test that docs/security.md names is there, in the folder that it names if it does, and each threat has one.
func TestSecurityNamesTests(t *testing.T) {
	tests := map[string][]string{} // by name: the folders that have it
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		data, err := os.ReadFile(path)
		for _, m := range declared.FindAllSubmatch(data, -1) {
			tests[string(m[1])] = append(tests[string(m[1])], filepath.ToSlash(filepath.Dir(path)))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`((?:Test|Fuzz)\\w+)`")
	found := named.FindAllStringSubmatch(string(text), -1)
	if len(found) < 50 {
		t.Errorf("docs/security.md names %d tests: are they written otherwise?", len(found))
	}
	for _, m := range found {
		if len(tests[m[1]]) == 0 {
			t.Errorf("docs/security.md names %s, which is nowhere", m[1])
		}
	}
	inPlace := regexp.MustCompile("`((?:internal|examples|predict|context|cachekey|dockerignore)[a-z/]*)` `((?:Test|Fuzz)\\w+)`")
	for _, m := range inPlace.FindAllStringSubmatch(string(text), -1) {
		if !strings.Contains(strings.Join(tests[m[2]], " ")+" ", m[1]+" ") {
			t.Errorf("docs/security.md has %s in %s; it is in %v", m[2], m[1], tests[m[2]])
		}
	}
	for line := range strings.Lines(string(text)) {
		if cells := strings.Split(line, "|"); len(cells) == 5 && strings.TrimSpace(cells[1]) != "field" && strings.TrimSpace(cells[3]) == "" {
			t.Errorf("a threat without a test: %s", line)
		}
	}
}
