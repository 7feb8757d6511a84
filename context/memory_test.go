package buildcontext_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/zeebo/blake3"

	"github.com/whybust/whybust/dockerignore"
)

// TestMemoryVersion fails when any of many decisions of ignore rules is
// another than it was. A digest that was remembered under the old ones must then not be
// found: change memoryVersion in digestrun.go, and the hash here.
func TestMemoryVersion(t *testing.T) {
	const want = "09c6972d07354aa8"
	r := rand.New(rand.NewPCG(3, 5))
	pick := func(words ...string) string { return words[r.IntN(len(words))] }
	h := blake3.New()
	ignored := 0
	for range 3000 {
		var rules []string
		for range 1 + r.IntN(4) {
			rules = append(rules, pick("", "", "!")+pick("", "**/", "a/", "*/", "/", "a/**/")+pick("a", "b", "a*", "*", "**", "?", "[ab]", `\a`, "a.b", "ab", ".*")+pick("", "/", "/b", "/**", "/*"))
		}
		text := strings.Join(rules, "\n")
		parsed, err := dockerignore.Parse("f", []byte(text))
		if err != nil {
			fmt.Fprintf(h, "%q fails\n", text)
			continue
		}
		for range 10 {
			path := pick("a", "b", "ab", "a.b", ".a") + pick("", "/a", "/b/a", "/ab/.a", "/a/b/ab")
			if parsed.Match(path).Ignored {
				ignored++
			}
			fmt.Fprintf(h, "%q %q %v\n", text, path, parsed.Match(path).Ignored)
		}
	}
	if ignored < 5000 || ignored > 25_000 {
		t.Errorf("%d of 30,000 paths are ignored: one side is hardly tested", ignored)
	}
	if got := fmt.Sprintf("%x", h.Sum(nil)[:8]); got != want {
		t.Errorf("the decisions are %s, and were %s when memoryVersion last changed", got, want)
	}
}
