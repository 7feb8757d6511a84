package dockerignore

import (
	"bytes"
	"cmp"
	"context"
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

// Limits bound an ignore file. Zero fields are the defaults.
type Limits struct {
	// Size is that of the file in bytes, by default 16 MiB, above which BuildKit refuses it
	// (maxFileSize in frontend/dockerui/readfile.go, v0.34.2).
	Size int
	// Patterns is how many there are, by default 20,000: every path is held against
	// each.
	Patterns int
}

const (
	defaultSize     = 16 << 20
	defaultPatterns = 20_000
)

// Parse reads an ignore file within the default limits; file is the name for
// errors and Rule.File. An error about a line is an *Error.
func Parse(file string, data []byte) (*Rules, error) {
	return Limits{}.Parse(context.Background(), file, data)
}

// Parse reads an ignore file, as the function of this name. It ends early when
// the context does, with its error.
func (l Limits) Parse(ctx context.Context, file string, data []byte) (*Rules, error) {
	if limit := cmp.Or(l.Size, defaultSize); len(data) > limit {
		return nil, fmt.Errorf("%s: the file is larger than %d bytes, which is the limit", file, limit)
	}
	limit := cmp.Or(l.Patterns, defaultPatterns)
	r := &Rules{file: file}
	n := 0
	for line := range bytes.SplitSeq(data, []byte("\n")) {
		n++
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		patterns, err := readLine(n, line)
		if err == nil && len(patterns) > 0 && len(r.lines) >= limit {
			err = fmt.Errorf("there are more than %d patterns, which is the limit", limit)
		}
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
