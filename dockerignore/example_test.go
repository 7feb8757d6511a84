package dockerignore_test

import (
	"fmt"
	"os"

	"github.com/whybust/whybust/dockerignore"
)

func ExampleParse() {
	rules, err := dockerignore.Parse(".dockerignore", []byte("# notes\n*.md\n!README.md\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, path := range []string{"README.md", "notes.md", "docs/notes.md"} {
		dec := rules.Match(path)
		fmt.Print(path, " ignored: ", dec.Ignored)
		if dec.Rule != nil {
			fmt.Printf(", by line %d %q", dec.Rule.Line, dec.Rule.Pattern)
		}
		fmt.Println()
	}
	// Output:
	// README.md ignored: false, by line 3 "!README.md"
	// notes.md ignored: true, by line 2 "*.md"
	// docs/notes.md ignored: false
}

func ExampleFind() {
	rules, err := dockerignore.Find(dockerignore.Names("build/Dockerfile", "."), os.ReadFile)
	fmt.Println(rules == nil, err)
	// Output: true <nil>
}
