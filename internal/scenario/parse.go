package scenario

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/txtar"
)

// Parse reads a scenario. file names it in errors and gives the scenario its name.
func Parse(file string, data []byte) (*Scenario, error) {
	p := &parser{
		file:   file,
		s:      &Scenario{Name: nameOf(file), Context: ".", Images: map[string]ImageConfig{}},
		seen:   map[string]bool{},
		layers: [6]layer{{}, {}, {}, {}, {}, {}},
		args:   map[string]Build{},
	}
	if err := p.parse(data); err != nil {
		return nil, &Error{File: file, Line: p.line, Err: err}
	}
	return p.s, nil
}

// parser holds what is read so far. Trees are kept in layers until the end,
// because directives may stand in any order and name files that come later.
type parser struct {
	file    string
	line    int
	s       *Scenario
	seen    map[string]bool // directives and sections that may stand once
	args    map[string]Build
	layers  [6]layer // as sides
	later   []edit   // chmod and remove
	further []further
}

// further is a further build of the cache: the tree of a side with flags.
type further struct {
	side  int
	flags Build
	line  int
}

func (p *parser) parse(data []byte) error {
	archive := txtar.Parse(data)
	p.s.src = locate(data, archive)
	for i, line := range strings.SplitAfter(string(archive.Comment), "\n") {
		p.line = i + 1
		if err := p.directive(strings.TrimRight(line, "\r\n")); err != nil {
			return err
		}
	}
	p.line = 1
	if p.s.Reason == "" {
		return errors.New("the scenario has no \"reason:\" line")
	}
	line := 1 + bytes.Count(archive.Comment, []byte("\n"))
	for _, f := range archive.Files {
		p.line = line
		if err := p.section(f); err != nil {
			return err
		}
		line += 1 + bytes.Count(f.Data, []byte("\n"))
	}
	return p.finish()
}

// once reports a second directive or section of that name.
func (p *parser) once(name string) error {
	if p.seen[name] {
		return fmt.Errorf("%s stands twice", name)
	}
	p.seen[name] = true
	return nil
}

func (p *parser) section(f txtar.File) error {
	side, rest, _ := strings.Cut(f.Name, "/")
	switch f.Name {
	case "want", "causes":
		if err := p.once("-- " + f.Name + " --"); err != nil {
			return err
		}
		return p.lines(f)
	}
	n, ok := sides[side]
	if !ok || rest == "" {
		return fmt.Errorf("file %q is not below both/, old/, new/, old2/, old3/ or old4/", f.Name)
	}
	return p.put(n, rest, Entry{Mode: filePerm, Data: f.Data})
}

// lines reads want or causes. A blank line is passed over.
func (p *parser) lines(f txtar.File) error {
	start := p.line
	if f.Name == "want" {
		p.s.Want = []Step{}
	}
	for i, line := range strings.Split(string(f.Data), "\n") {
		p.line = start + 1 + i
		line = strings.TrimRight(line, " \t\r")
		if line == "" {
			continue
		}
		if f.Name == "want" {
			step, err := parseStep(line)
			if err != nil {
				return err
			}
			p.s.Want = append(p.s.Want, step)
			continue
		}
		cause, err := parseCause(line)
		if err != nil {
			return err
		}
		p.s.Causes = append(p.s.Causes, cause)
	}
	return nil
}

func parseStep(line string) (Step, error) {
	status, name, _ := strings.Cut(line, " ")
	name = strings.TrimLeft(name, " ")
	switch status {
	case "hit", "miss", "may-hit", Unseen:
	default:
		return Step{}, fmt.Errorf("unknown status %q", status)
	}
	if !strings.HasPrefix(name, "[") {
		return Step{}, fmt.Errorf("%q is no step name", name)
	}
	return Step{Status: status, Name: name}, nil
}

// parseCause reads "4/6 of builder: file modified src/index.js".
func parseCause(line string) (Cause, error) {
	bad := fmt.Errorf("%q is not N/M [of STAGE]: KIND CHANGE SUBJECT", line)
	where, text, ok := strings.Cut(line, ": ")
	if !ok || text == "" || text != strings.TrimSpace(text) {
		return Cause{}, bad
	}
	count, stage, named := strings.Cut(where, " of ")
	if named && stage == "" {
		return Cause{}, bad
	}
	step, of, _ := strings.Cut(count, "/")
	n, errN := strconv.Atoi(step)
	m, errM := strconv.Atoi(of)
	if errN != nil || errM != nil || n < 1 || m < n {
		return Cause{}, bad
	}
	return Cause{Stage: stage, Step: n, Of: m, Text: text}, nil
}

// finish puts the layers together and checks what can only be seen at the end.
func (p *parser) finish() error {
	for _, side := range []struct {
		n    int
		name string
		to   *Side
	}{{1, "before-args", &p.s.Old}, {2, "after-args", &p.s.New}} {
		tree, err := p.tree(side.n)
		if err != nil {
			return err
		}
		side.to.Tree = tree
		side.to.Build = p.args["args"].With(p.args[side.name])
	}
	for _, f := range p.further {
		p.line = f.line
		tree, err := p.tree(f.side)
		if err != nil {
			return err
		}
		p.s.Cached = append(p.s.Cached, Side{Tree: tree, Build: p.args["args"].With(f.flags), Images: p.s.Old.Images}) // images are as they were
	}
	p.s.src.version, p.s.src.steps = p.s.BuildKit, slices.Clone(p.s.Want)
	return nil
}
