package main

import (
	"os"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

func TestReadme(t *testing.T) {
	readme := read(t, "../../README.md")
	t.Run("its Go code is the compiled example", func(t *testing.T) {
		_, rest, ok := strings.Cut(readme, "```go\n")
		code, _, closed := strings.Cut(rest, "```")
		if !ok || !closed || !strings.Contains(read(t, "../../example_test.go"), code) {
			t.Errorf("example_test.go does not hold\n%s", code)
		}
	})
	t.Run("it names every flag", func(t *testing.T) {
		flagSet(new(options)).VisitAll(func(f *pflag.Flag) {
			if !strings.Contains(readme, "`--"+f.Name) {
				t.Errorf("no word of --%s", f.Name)
			}
			if f.Shorthand != "" && !strings.Contains(readme, "`-"+f.Shorthand+"`") {
				t.Errorf("no word of -%s", f.Shorthand)
			}
		})
	})
}

func read(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
