package gitattr

import "strings"

// Source is a file and the directory that it lies in, from the root of the repository, "" for the root.
type Source struct {
	Dir string
	*File
}

// Conversion says how a checkout may differ from the blob. The zero Conversion is that it does not.
type Conversion struct {
	// Text holds the attributes to blame, like "eol=crlf" or "filter=lfs ident". With "text" or "text=auto"
	// alone it depends on the machine (core.eol, core.autocrlf).
	Text string
	// Dir and Line are the place of the first of them.
	Dir  string
	Line int
}

// found is an attribute and where it was set.
type found struct {
	attr
	dir  string
	line int
}

// Lookup returns what the sources, from the root down, say of a path of the repository.
func Lookup(path string, sources []Source) Conversion {
	l := lookup{sources: sources, found: map[string]found{}}
	for i := len(sources) - 1; i >= 0; i-- {
		s := &sources[i]
		rest := strings.TrimPrefix(strings.TrimPrefix(path, s.Dir), "/")
		for k := len(s.lines) - 1; k >= 0; k-- {
			if line := &s.lines[k]; line.pattern.match(rest) {
				l.add(line.attrs, s.Dir, line.number)
			}
		}
	}
	return l.conversion()
}

type lookup struct {
	sources []Source
	found   map[string]found // the first that was said counts
}

// add takes over what a line says, from its end, and what its macros stand for.
func (l *lookup) add(attrs []attr, dir string, line int) {
	for i := len(attrs) - 1; i >= 0; i-- {
		a := attrs[i]
		if _, said := l.found[a.name]; said {
			continue
		}
		l.found[a.name] = found{a, dir, line}
		if a.state != set {
			continue
		}
		if len(l.sources) > 0 {
			if macro, ok := l.sources[0].macros[a.name]; ok {
				l.add(macro, dir, line)
			}
		}
	}
}

// conversion is convert_attrs in git's convert.c.
func (l *lookup) conversion() (c Conversion) {
	add := func(name, text string) {
		if c.Text == "" {
			c.Dir, c.Line = l.found[name].dir, l.found[name].line
		} else {
			c.Text += " "
		}
		c.Text += text
	}
	if f := l.found["filter"]; f.state == valued {
		add("filter", "filter="+f.value)
	}
	if f := l.found["working-tree-encoding"]; f.state == valued && f.value != "" && !isUTF8(f.value) {
		add("working-tree-encoding", "working-tree-encoding="+f.value)
	}
	if l.found["ident"].state == set {
		add("ident", "ident")
	}
	name := "text"
	action := lineEnds(l.found[name])
	if action == "" {
		name = "crlf"
		action = lineEnds(l.found[name])
	}
	eol := l.found["eol"]
	switch {
	case action == "binary":
	case eol.state == valued && eol.value == "crlf":
		add("eol", "eol=crlf")
	case eol.state == valued && eol.value == "lf", action == "input", action == "":
		// a checkout writes what the blob holds
	default:
		add(name, action)
	}
	return c
}

// lineEnds is git_path_check_crlf.
func lineEnds(f found) string {
	switch {
	case f.state == set:
		return "text"
	case f.state == unset:
		return "binary"
	case f.state == valued && f.value == "input":
		return "input"
	case f.state == valued && f.value == "auto":
		return "text=auto"
	}
	return ""
}

func isUTF8(encoding string) bool {
	return strings.EqualFold(encoding, "UTF-8") || strings.EqualFold(encoding, "UTF8")
}
