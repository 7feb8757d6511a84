package random

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

var (
	dirNames  = []string{"src", "lib", "docs", "src/lib", "src/lib/deep", "a", "a/b", "cmd/x", ".hid", "web"}
	fileNames = []string{
		"main.go", "a.txt", "b.txt", "c.md", "x.log", "y.log", "run.sh", ".env", "Makefile", "go.mod", "conf.json",
		"sp ace.txt", "ü.txt", "UPPER.TXT", "data", "z.tmp",
	}
	contents = []string{"1\n", "2\n", "3\n", "#!/bin/sh\n", "", "no end", "two\nlines\n", "cr\r\n"}
)

// tree makes the files of the old side.
func (g *generator) tree() {
	dirs := []string{"."}
	for _, d := range dirNames {
		if g.chance(40) {
			dirs = append(dirs, d)
		}
	}
	for _, d := range dirs {
		for range 1 + g.rand.IntN(3) {
			g.addFile(path.Join(d, g.pick(fileNames)), g.content())
		}
	}
	for range g.rand.IntN(3) {
		g.addFile(path.Join(g.pick(dirs), fmt.Sprintf("link%d", g.rand.IntN(3))), &Content{Link: g.linkTarget()})
	}
	if g.chance(10) {
		g.addFile("empty", &Content{Dir: true})
	}
}

func (g *generator) content() *Content {
	return &Content{Data: g.pick(contents), Exec: g.chance(15)}
}

func (g *generator) linkTarget() string {
	switch g.rand.IntN(6) {
	case 0:
		return "missing"
	case 1:
		return "/" + g.anyPath()
	case 2:
		return "../" + g.anyPath()
	default:
		return path.Base(g.anyPath())
	}
}

// addFile adds a path unless something is there or it would lie below a file.
func (g *generator) addFile(p string, c *Content) bool {
	for _, f := range g.c.Files {
		if f.Path == p || strings.HasPrefix(f.Path, p+"/") {
			return false
		}
		if strings.HasPrefix(p, f.Path+"/") && !(f.Old != nil && f.Old.Dir) {
			return false
		}
	}
	g.c.Files = append(g.c.Files, File{Path: p, Old: c, New: c})
	return true
}

// anyPath is a file of the tree.
func (g *generator) anyPath() string {
	if len(g.c.Files) == 0 {
		return "none"
	}
	return g.c.Files[g.rand.IntN(len(g.c.Files))].Path
}

// anyDir is a directory of the tree.
func (g *generator) anyDir() string {
	var dirs []string
	for _, f := range g.c.Files {
		for d := path.Dir(f.Path); d != "."; d = path.Dir(d) {
			if !slices.Contains(dirs, d) {
				dirs = append(dirs, d)
			}
		}
	}
	if len(dirs) == 0 {
		return "."
	}
	return g.pick(dirs)
}

// ignore makes the lines of the ignore file.
func (g *generator) ignore() {
	if !g.chance(50) {
		return
	}
	for range 1 + g.rand.IntN(4) {
		line := g.ignoreLine()
		g.c.Ignore = append(g.c.Ignore, Part{Old: line, New: line})
	}
}

func (g *generator) ignoreLine() string {
	switch g.rand.IntN(16) {
	case 0:
		return "*.log"
	case 1:
		return "**/*.log"
	case 2:
		return "!" + g.anyPath()
	case 3:
		return g.anyDir()
	case 4:
		return g.anyDir() + "/*"
	case 5:
		return "# comment"
	case 6:
		return "**/*.tmp"
	case 7:
		return "/" + g.anyPath()
	case 8:
		return "Dockerfile"
	case 9:
		return ".dockerignore"
	case 10:
		return "**/.*"
	case 11:
		return "!**/*.md"
	case 12:
		return "*/" + path.Base(g.anyPath())
	case 13:
		return "!" + g.anyDir()
	case 14:
		return path.Dir(g.anyPath()) + "/?.txt"
	default:
		return g.anyPath()
	}
}
