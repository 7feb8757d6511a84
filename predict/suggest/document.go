package suggest

import (
	"bytes"
	"slices"
	"strings"

	"github.com/whybust/whybust/internal/dockerfile"
)

// document is a Dockerfile as lines of bytes, with what the parser says of them. Edits are
// made by whole lines, so that comments, continuations, here-documents and line ends stay
// what they are everywhere else.
type document struct {
	lines [][]byte // each with its end
	all   []instruction
	edits []edit
}

// instruction is one of a document, with the stage that it is in.
type instruction struct {
	keyword, text string
	stage         int
	stageName     string
	line, end     int // from 1
}

// edit replaces lines [from, to) by others, counted from 0.
type edit struct {
	from, to int
	lines    []string // without ends
}

func parse(name string, data []byte) (*document, error) {
	f, err := dockerfile.Parse(name, data)
	if err != nil {
		return nil, err
	}
	d := &document{lines: bytes.SplitAfter(data, []byte("\n"))}
	if n := len(d.lines); len(d.lines[n-1]) == 0 {
		d.lines = d.lines[:n-1]
	}
	for i, st := range f.Stages {
		d.all = append(d.all, instruction{"FROM", st.Text, i, st.Name, st.Line, st.EndLine})
		for _, in := range st.Instructions {
			d.all = append(d.all, instruction{in.Keyword, in.Text, i, st.Name, in.Line, in.EndLine})
		}
	}
	return d, nil
}

// at is the instruction that begins on a line.
func (d *document) at(line int) (instruction, bool) {
	i := slices.IndexFunc(d.all, func(in instruction) bool { return in.line == line })
	if i < 0 || d.all[i].end > len(d.lines) {
		return instruction{}, false
	}
	return d.all[i], true
}

// source is what stands in the lines of an instruction, without their ends.
func (d *document) source(in instruction) (lines []string) {
	for _, line := range d.lines[in.line-1 : in.end] {
		lines = append(lines, strings.TrimRight(string(line), "\r\n"))
	}
	return lines
}

// find looks for another document's instruction in this one: one that is the same as far as same
// says, in the same stage, and as many of its like before it.
func (d *document) find(other *document, in instruction, same func(a, b instruction) bool) (instruction, bool) {
	inStage := func(a instruction) bool {
		if in.stageName != "" {
			return strings.EqualFold(a.stageName, in.stageName)
		}
		return a.stageName == "" && a.stage == in.stage
	}
	n := 0
	for _, a := range other.all {
		if a.stage == in.stage && a.line < in.line && same(a, in) {
			n++
		}
	}
	for _, a := range d.all {
		if inStage(a) && same(a, in) {
			if n == 0 {
				return a, true
			}
			n--
		}
	}
	return instruction{}, false
}

// sameText is for instructions that say the same.
func sameText(a, b instruction) bool { return a.keyword == b.keyword && a.text == b.text }

func (d *document) replace(in instruction, lines ...string) {
	d.edits = append(d.edits, edit{in.line - 1, in.end, lines})
}

func (d *document) insertBefore(in instruction, lines ...string) {
	d.edits = append(d.edits, edit{in.line - 1, in.line - 1, lines})
}

func (d *document) insertAfter(in instruction, lines ...string) {
	d.edits = append(d.edits, edit{in.end, in.end, lines})
}

// bytes carries out the edits. New lines end as those of the file do, and the last line
// goes on having an end or none.
func (d *document) bytes() []byte {
	slices.SortStableFunc(d.edits, func(a, b edit) int { return a.from - b.from })
	end := "\n"
	if len(d.lines) > 0 && bytes.HasSuffix(d.lines[0], []byte("\r\n")) {
		end = "\r\n"
	}
	var out []byte
	at := 0
	open := len(d.lines) > 0 && !bytes.HasSuffix(d.lines[len(d.lines)-1], []byte("\n"))
	write := func(line []byte) {
		if len(out) > 0 && out[len(out)-1] != '\n' {
			out = append(out, end...)
		}
		out = append(out, line...)
	}
	for _, e := range d.edits {
		for ; at < e.from; at++ {
			write(d.lines[at])
		}
		for _, line := range e.lines {
			write([]byte(line + end))
		}
		at = max(at, e.to)
	}
	for ; at < len(d.lines); at++ {
		write(d.lines[at])
	}
	if open {
		out = bytes.TrimSuffix(out, []byte(end))
	}
	return out
}

// appendLines adds lines to an ignore file, those that it does not have.
func appendLines(data []byte, add []string) []byte {
	end := "\n"
	if bytes.Contains(data, []byte("\r\n")) {
		end = "\r\n"
	}
	out := bytes.Clone(data)
	if len(out) > 0 && out[len(out)-1] != '\n' {
		out = append(out, end...)
	}
	has := strings.Split(strings.ReplaceAll(string(data), "\r\n", "\n"), "\n")
	for _, line := range add {
		if !slices.Contains(has, line) {
			out = append(out, line+end...)
		}
	}
	return out
}
