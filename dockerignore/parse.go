package dockerignore

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/moby/patternmatcher/ignorefile"
)

// Error is a pattern for which a build would fail.
type Error struct {
	File    string
	Line    int
	Pattern string // as written, trimmed
	Err     error
}

func (e *Error) Error() string {
	if e.File == "" {
		return fmt.Sprintf("pattern %d %q: %v", e.Line, e.Pattern, e.Err)
	}
	return fmt.Sprintf("%s:%d: pattern %q: %v", e.File, e.Line, e.Pattern, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// Parse reads an ignore file; file is the name for errors and Rule.File. An
// error about a line is an *Error.
func Parse(file string, data []byte) (*Rules, error) {
	r := &Rules{file: file}
	n := 0
	for line := range bytes.SplitSeq(data, []byte("\n")) {
		n++
		patterns, err := readLine(n, line)
		if err == nil && len(patterns) > 0 {
			err = r.add(Rule{File: file, Line: n, Pattern: written(line)}, patterns[0])
		}
		if err != nil {
			return nil, &Error{File: file, Line: n, Pattern: written(line), Err: err}
		}
	}
	return r, nil
}

// readLine gives one line to moby's reader, so that there is one opinion only
// about comments, spaces, CRLF and "!". A byte order mark is dropped from a
// first line alone, so the others are handed over as second lines.
func readLine(n int, line []byte) ([]string, error) {
	if n > 1 {
		line = slices.Concat([]byte("\n"), line)
	}
	return ignorefile.ReadAll(bytes.NewReader(line))
}

// written is the line as a reader of the file sees it.
func written(line []byte) string {
	return strings.TrimSpace(strings.TrimPrefix(string(line), "\ufeff"))
}

// New compiles patterns that are not from an ignore file, such as those of
// COPY --exclude: they are trimmed and cleaned, blank ones are skipped, and
// nothing is a comment.
func New(patterns []string) (*Rules, error) {
	r := &Rules{}
	for i, text := range patterns {
		if err := r.add(Rule{Line: i + 1, Pattern: strings.TrimSpace(text)}, text); err != nil {
			return nil, &Error{Line: i + 1, Pattern: strings.TrimSpace(text), Err: err}
		}
	}
	return r, nil
}

func (r *Rules) add(rule Rule, text string) error {
	p, err := compile(text)
	if err != nil || p == nil {
		return err
	}
	rule.Negated = p.negated
	r.lines = append(r.lines, rule)
	r.patterns = append(r.patterns, *p)
	return nil
}
