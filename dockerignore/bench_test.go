package dockerignore_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/whybust/whybust/dockerignore"
)

const typical = ".git\n**/node_modules\n*.md\n!README.md\n**/*.log\nbuild/*/out\nvendor/**\n**/__pycache__\n"

func paths() []string {
	var out []string
	for i := range 100_000 {
		out = append(out, fmt.Sprintf("src/pkg%02d/module%03d/file%d.go", i%40, i%700, i))
	}
	return out
}

// BenchmarkMatch decides about 100,000 paths against eight patterns.
func BenchmarkMatch(b *testing.B) {
	rules, all := parse(b, typical), paths()
	b.ReportAllocs()
	for b.Loop() {
		for _, p := range all {
			rules.Match(p)
		}
	}
}

func TestConcurrent(t *testing.T) {
	rules := parse(t, typical)
	want := rules.Match("a/x.log")
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 100 {
				if got := rules.Match("a/x.log"); got != want {
					t.Errorf("got %v", got)
				}
			}
		})
	}
	wg.Wait()
}

func TestMatchDoesNotAllocate(t *testing.T) {
	rules := parse(t, typical)
	if n := testing.AllocsPerRun(100, func() { rules.Match("src/pkg/module/file.go") }); n > 0 {
		t.Errorf("%v allocations for one path", n)
	}
	var none *dockerignore.Rules
	if none.Match("a").Ignored {
		t.Error("nil ignores nothing")
	}
}
