package whatif

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/whybust/whybust/predict"
)

// Patch is a unified diff, read.
type Patch struct{ files []filePatch }

// filePatch is what a Patch does to one file.
type filePatch struct {
	name          string // from the repository's root
	create, erase bool
	hunks         []hunk
}

// hunk replaces the lines of old by those of new. Lines have their ends; one without is the file's last.
type hunk struct {
	line     int // of the patch, for errors
	at       int // the line of the old file, from 0
	old, new []string
}

// ParsePatch reads a unified diff, as git diff and diff -u write it, of files by their paths from the
// repository's root, with or without the prefixes a/ and b/. name is the patch's, for errors, which
// tell the line. Renames, copies, changes of modes and binary diffs are refused, as is anything
// that is not counted right.
func ParsePatch(name string, data []byte) (*Patch, error) {
	p := &parser{name: name, lines: strings.SplitAfter(string(data), "\n")}
	if n := len(p.lines); p.lines[n-1] == "" {
		p.lines = p.lines[:n-1]
	}
	patch := &Patch{}
	for p.seek() {
		f, err := p.file()
		if err != nil {
			return nil, err
		}
		for _, other := range patch.files {
			if other.name == f.name {
				return nil, p.fault("%s is changed twice", f.name)
			}
		}
		patch.files = append(patch.files, f)
	}
	if p.err != nil {
		return nil, p.err
	}
	if len(patch.files) == 0 {
		return nil, p.fault("there is no unified diff in it")
	}
	return patch, nil
}

// parser reads a patch. at is the line to be read next, from 0.
type parser struct {
	name  string
	lines []string
	at    int
	err   error
}

func (p *parser) fault(format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", p.name, min(p.at, max(0, len(p.lines)-1))+1, fmt.Sprintf(format, args...))
}

// refused are the headers of git for what is no change of lines.
var refused = []string{"rename from ", "rename to ", "copy from ", "copy to ", "old mode ", "new mode ", "GIT binary patch", "Binary files "}

// seek passes over what stands before the next file: the message of a commit, headers of git.
func (p *parser) seek() bool {
	for ; p.at < len(p.lines); p.at++ {
		line := p.lines[p.at]
		if strings.HasPrefix(line, "--- ") && p.at+1 < len(p.lines) && strings.HasPrefix(p.lines[p.at+1], "+++ ") {
			return true
		}
		if strings.HasPrefix(line, "@@ ") {
			p.err = p.fault("a hunk without the names of its file before it")
			return false
		}
		for _, r := range refused {
			if strings.HasPrefix(line, r) {
				p.err = p.fault("%q is not understood: only changes of lines are", strings.TrimSpace(line))
				return false
			}
		}
	}
	return false
}

// file reads the two names and the hunks of a file.
func (p *parser) file() (f filePatch, err error) {
	from, err := p.fileName("--- ", "a/")
	if err != nil {
		return f, err
	}
	to, err := p.fileName("+++ ", "b/")
	if err != nil {
		return f, err
	}
	f.name, f.create, f.erase = to, from == "", to == ""
	if f.erase {
		f.name = from
	}
	switch {
	case from == "" && to == "":
		return f, p.fault("both files are /dev/null")
	case from != "" && to != "" && from != to:
		return f, p.fault("the file has two names, %q and %q", from, to)
	}
	for p.at < len(p.lines) && strings.HasPrefix(p.lines[p.at], "@@ ") {
		h, err := p.hunk()
		if err != nil {
			return f, err
		}
		if n := len(f.hunks); n > 0 && h.at < f.hunks[n-1].at+len(f.hunks[n-1].old) {
			return f, p.fault("the hunks are not in order")
		}
		f.hunks = append(f.hunks, h)
	}
	switch {
	case len(f.hunks) == 0:
		return f, p.fault("%s has no hunks", f.name)
	case f.create && (len(f.hunks) > 1 || len(f.hunks[0].old) > 0), f.erase && (len(f.hunks) > 1 || len(f.hunks[0].new) > 0):
		return f, p.fault("%s is made or taken away, but not as a whole", f.name)
	}
	return f, nil
}

// fileName reads the line of a name; "" is /dev/null.
func (p *parser) fileName(mark, prefix string) (string, error) {
	name, _, _ := strings.Cut(strings.TrimRight(strings.TrimPrefix(p.lines[p.at], mark), "\r\n"), "\t")
	if strings.HasPrefix(name, `"`) {
		unquoted, err := strconv.Unquote(name)
		if err != nil {
			return "", p.fault("%s is no name", name)
		}
		name = unquoted
	}
	if name == "/dev/null" {
		p.at++
		return "", nil
	}
	name = strings.TrimPrefix(name, prefix)
	if name == "" || name == "." || path.IsAbs(name) || path.Clean(name) != name || strings.HasPrefix(name+"/", "../") || strings.ContainsRune(name, 0) {
		return "", p.fault("%q is no path from the repository's root", name)
	}
	p.at++
	return name, nil
}

// hunk reads one hunk, whose lines are as many as it says.
func (p *parser) hunk() (h hunk, err error) {
	h.line = p.at + 1
	first, olds, news, ok := hunkHeader(p.lines[p.at])
	if !ok {
		return h, p.fault("%q is no head of a hunk", strings.TrimSpace(p.lines[p.at]))
	}
	h.at = first
	for p.at++; len(h.old) < olds || len(h.new) < news; p.at++ {
		if p.at >= len(p.lines) {
			return h, p.fault("the patch ends within a hunk")
		}
		line := p.lines[p.at]
		if line == "\n" || line == "\r\n" { // mail takes blanks away
			line = " " + line
		}
		mark, text := line[0], line[1:]
		if mark != ' ' && mark != '-' && mark != '+' {
			return h, p.fault("a line of a hunk begins with a blank, - or +")
		}
		if p.at+1 < len(p.lines) && strings.HasPrefix(p.lines[p.at+1], `\ `) {
			text = strings.TrimSuffix(text, "\n")
			p.at++
		}
		if mark != '+' {
			h.old = append(h.old, text)
		}
		if mark != '-' {
			h.new = append(h.new, text)
		}
		if len(h.old) > olds || len(h.new) > news {
			return h, p.fault("the hunk has more lines than it says")
		}
	}
	return h, nil
}

// hunkHeader reads "@@ -1,2 +3,4 @@". first counts from 0, and is where an empty range belongs.
func hunkHeader(line string) (first, olds, news int, ok bool) {
	fields := strings.Fields(line)
	if len(fields) < 4 || fields[0] != "@@" || fields[3] != "@@" {
		return 0, 0, 0, false
	}
	first, olds, ok1 := span(fields[1], "-")
	_, news, ok2 := span(fields[2], "+")
	if olds > 0 {
		first--
	}
	return first, olds, news, ok1 && ok2 && first >= 0 && olds+news > 0
}

// maxSpan bounds the numbers of a hunk.
const maxSpan = 1 << 24

func span(field, mark string) (first, n int, ok bool) {
	field, ok = strings.CutPrefix(field, mark)
	text, count, counted := strings.Cut(field, ",")
	first, err1 := strconv.Atoi(text)
	n, err2 := 1, error(nil)
	if counted {
		n, err2 = strconv.Atoi(count)
	}
	return first, n, ok && err1 == nil && err2 == nil && first >= 0 && n >= 0 && first < maxSpan && n < maxSpan && text[0] != '+' && !strings.HasPrefix(count, "+")
}

// WhatIf lays the patch over a commit. It applies where every hunk does: at its line, or
// else where its old lines stand exactly once in the file, and the hunks stay in order.
func (p *Patch) WhatIf(at *predict.WhatIfSource) (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, f := range p.files {
		old, err := at.Read(f.name)
		switch {
		case f.create && err == nil:
			return nil, fmt.Errorf("%s, which the patch makes, is there already", f.name)
		case f.create:
			files[f.name] = []byte(strings.Join(f.hunks[0].new, ""))
			continue
		case err != nil:
			return nil, fmt.Errorf("%s, which the patch changes: %w", f.name, err)
		}
		if files[f.name], err = f.apply(old); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// apply patches one content. It returns nil for a file that is taken away.
func (f *filePatch) apply(data []byte) ([]byte, error) {
	lines := strings.SplitAfter(string(data), "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	var out bytes.Buffer
	done, shift := 0, 0
	for _, h := range f.hunks {
		at, err := h.place(lines, done, h.at+shift)
		if err != nil {
			return nil, fmt.Errorf("%s: the hunk on line %d of the patch %w", f.name, h.line, err)
		}
		shift = at - h.at
		out.WriteString(strings.Join(lines[done:at], ""))
		out.WriteString(strings.Join(h.new, ""))
		done = at + len(h.old)
	}
	out.WriteString(strings.Join(lines[done:], ""))
	if f.erase {
		if out.Len() > 0 {
			return nil, fmt.Errorf("%s, which the patch takes away, is a longer file", f.name)
		}
		return nil, nil
	}
	return append([]byte{}, out.Bytes()...), nil
}

var (
	errNowhere   = errors.New("does not fit: its lines are not there")
	errAmbiguous = errors.New("does not fit at its place, and fits at several others")
)

// place finds where a hunk belongs, at or after line from.
func (h *hunk) place(lines []string, from, at int) (int, error) {
	if at >= from && h.fits(lines, at) {
		return at, nil
	}
	found := -1
	for i := from; len(h.old) > 0 && i+len(h.old) <= len(lines); i++ {
		if !h.fits(lines, i) {
			continue
		}
		if found >= 0 {
			return 0, errAmbiguous
		}
		found = i
	}
	if found < 0 {
		return 0, errNowhere
	}
	return found, nil
}

// fits reports whether the old lines stand at a line.
func (h *hunk) fits(lines []string, at int) bool {
	if at < 0 || at+len(h.old) > len(lines) {
		return false
	}
	for i, line := range h.old {
		if lines[at+i] != line {
			return false
		}
	}
	// A line without an end must stay the last one.
	last := len(h.new) - 1
	return last < 0 || strings.HasSuffix(h.new[last], "\n") || at+len(h.old) == len(lines)
}
