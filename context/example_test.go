package buildcontext_test

import (
	"context"
	"fmt"
	"testing/fstest"

	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/dockerignore"
)

func ExampleCompare() {
	before := fstest.MapFS{
		"src/main.go": {Data: []byte("package main")},
		"notes.md":    {Data: []byte("to do")},
	}
	after := fstest.MapFS{
		"src/main.go": {Data: []byte("package main // more")},
		"src/new.go":  {Data: []byte("package main")},
		"notes.md":    {Data: []byte("to do")},
	}
	ignore, err := dockerignore.Parse(".dockerignore", []byte("*.md\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	everything := []buildcontext.Selector{{Path: "/", FollowLinks: true}}
	d, err := buildcontext.Compare(context.Background(),
		&buildcontext.View{Tree: buildcontext.FS(before)}, everything,
		&buildcontext.View{Tree: buildcontext.FS(after), Rules: ignore}, everything)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range d.Changes {
		fmt.Print(c.Kind, " ", c.Path)
		if c.Rule != nil {
			fmt.Printf(" (%s line %d: %s)", c.Rule.File, c.Rule.Line, c.Rule.Pattern)
		}
		fmt.Println()
	}
	// Output:
	// removed notes.md (.dockerignore line 1: *.md)
	// modified src/main.go
	// added src/new.go
}

func ExampleDigest() {
	v := &buildcontext.View{Tree: buildcontext.FS(fstest.MapFS{"a/f": {Data: []byte("1")}, "b/g": {Data: []byte("1")}})}
	a, err := buildcontext.Digest(context.Background(), v, []buildcontext.Selector{{Path: "/a/f"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	b, err := buildcontext.Digest(context.Background(), v, []buildcontext.Selector{{Path: "/b/g"}})
	fmt.Println(a == b, err) // the name of a plain file does not count
	// Output: true <nil>
}

func ExampleWalk() {
	v := &buildcontext.View{Tree: buildcontext.FS(fstest.MapFS{
		"src/main.go": {}, "src/doc/a.md": {}, "src/doc/b.txt": {},
	})}
	s := buildcontext.Selector{Path: "/src", Exclude: []string{"**/*.md"}}
	err := buildcontext.Walk(context.Background(), v, s, func(rel string, n buildcontext.Node) error {
		fmt.Printf("%q is %s\n", rel, n.Path)
		return nil
	})
	fmt.Println(err)
	// Output:
	// "" is src
	// "doc" is src/doc
	// "doc/b.txt" is src/doc/b.txt
	// "main.go" is src/main.go
	// <nil>
}
