// Package random makes pairs of builds that nobody thought of: Dockerfiles over
// random trees, and edits. A seed and a number give the same pair on every machine.
package random

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Case is a pair of builds in small parts. Every part stands on the old side, on the new
// side or on both, with the same or another text; an edit is a part whose sides differ, and to shrink a
// case is to drop parts or make their sides equal.
type Case struct {
	Reason string
	// Dockerfile and Ignore are lines in order.
	Dockerfile, Ignore []Part
	// Files are the context's paths.
	Files []File
	// Args are flags of the build.
	Args []Part
	// Config and Images are lines of config: and image: directives.
	Config, Images []string
	// Mode is how the cache travels; empty where it does not.
	Mode string
	// Cached says that a further build filled the cache before the old one. Of each edit it
	// has the one side or the other.
	Cached bool
}

// Part is one piece of text on both sides; empty where it is not there.
type Part struct {
	Old, New string
	// Third says that the further build has the new text.
	Third bool
}

// File is one path on both sides.
type File struct {
	Path     string
	Old, New *Content
	Third    bool // as for Part
}

// Content is what is at a path.
type Content struct {
	Data string
	Exec bool
	// Link is the target if it is a link.
	Link string
	Dir  bool
}

// Clone returns a copy that shares nothing.
func (c *Case) Clone() *Case {
	d := *c
	d.Dockerfile = slices.Clone(c.Dockerfile)
	d.Ignore = slices.Clone(c.Ignore)
	d.Files = slices.Clone(c.Files)
	d.Args = slices.Clone(c.Args)
	d.Config, d.Images = slices.Clone(c.Config), slices.Clone(c.Images)
	return &d
}

// Text is the case as a scenario.
func (c *Case) Text() []byte {
	var head, body strings.Builder
	fmt.Fprintf(&head, "reason: %s\ncauses: off\n", c.Reason)
	for i, name := range []string{"before-args", "after-args"} {
		if flags := side(c.Args, i, " "); flags != "" {
			fmt.Fprintf(&head, "%s: %s\n", name, flags)
		}
	}
	if c.Mode != "" {
		fmt.Fprintf(&head, "cache-mode: %s\n", c.Mode)
	}
	if c.Cached {
		fmt.Fprintf(&head, "cached: old2 %s\n", side(c.Args, 2, " "))
	}
	for _, config := range c.Config {
		fmt.Fprintf(&head, "config: %s\n", config)
	}
	for _, image := range c.Images {
		fmt.Fprintf(&head, "image: %s\n", image)
	}
	lines := func(parts []Part) (old, new, third *Content) {
		return text(side(parts, 0, "\n")), text(side(parts, 1, "\n")), text(side(parts, 2, "\n"))
	}
	write := func(path string, old, new, third *Content) {
		section(&head, &body, path, old, new)
		if c.Cached && !(old != nil && new != nil && *old == *new) {
			entry(&head, &body, "old2", path, third)
		}
	}
	old, new, third := lines(c.Dockerfile)
	write("Dockerfile", old, new, third)
	old, new, third = lines(c.Ignore)
	write(".dockerignore", old, new, third)
	files := slices.Clone(c.Files)
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	for _, f := range files {
		third := f.Old
		if f.Third {
			third = f.New
		}
		write(f.Path, f.Old, f.New, third)
	}
	return []byte(head.String() + body.String())
}

// side joins the texts of one side: old, new, or the further build.
func side(parts []Part, n int, sep string) string {
	var lines []string
	for _, p := range parts {
		third := p.Old
		if p.Third {
			third = p.New
		}
		if line := [...]string{p.Old, p.New, third}[n]; line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, sep)
}

func text(lines string) *Content {
	if lines == "" {
		return nil
	}
	return &Content{Data: lines + "\n"}
}

// section writes a path as a file of the archive, or as directives if the archive cannot hold it.
func section(head, body *strings.Builder, path string, old, new *Content) {
	if old != nil && new != nil && *old == *new {
		entry(head, body, "both", path, old)
		return
	}
	entry(head, body, "old", path, old)
	entry(head, body, "new", path, new)
}

func entry(head, body *strings.Builder, side, path string, c *Content) {
	if c == nil {
		return
	}
	quoted := "'" + path + "'"
	switch {
	case c.Dir:
		fmt.Fprintf(head, "mkdir: %s %s\n", side, quoted)
		return
	case c.Link != "":
		fmt.Fprintf(head, "link: %s %s '%s'\n", side, quoted, c.Link)
		return
	case strings.HasSuffix(c.Data, "\n") && !strings.Contains(c.Data, "\r") && !strings.Contains(c.Data, "-- "):
		fmt.Fprintf(body, "-- %s/%s --\n%s", side, path, c.Data)
	default:
		fmt.Fprintf(head, "write: %s %s %s\n", side, quoted, strconv.Quote(c.Data))
	}
	if c.Exec {
		fmt.Fprintf(head, "chmod: %s 755 %s\n", side, quoted)
	}
}
