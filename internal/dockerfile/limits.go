package dockerfile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Limits bound what a Dockerfile may ask for. Zero fields are the defaults.
type Limits struct {
	// Size is that of the file in bytes: 16 MiB, above which BuildKit refuses it
	// (maxFileSize in frontend/dockerui/readfile.go, v0.34.2).
	Size int
	// Instructions is how many there are.
	Instructions int
	// Expansion is by how many bytes one text may grow when its variables are
	// replaced.
	Expansion int
}

// The defaults of Limits.
const (
	DefaultSize         = 16 << 20
	DefaultInstructions = 100_000
	DefaultExpansion    = 1 << 20
)

// filled is the limits with the defaults in place of zeros.
func (l Limits) filled() Limits {
	or := func(n *int, otherwise int) {
		if *n == 0 {
			*n = otherwise
		}
	}
	or(&l.Size, DefaultSize)
	or(&l.Instructions, DefaultInstructions)
	or(&l.Expansion, DefaultExpansion)
	return l
}

// check refuses what BuildKit's parser should not even see.
func (l Limits) check(name string, data []byte) error {
	if len(data) > l.Size {
		return &Error{File: name, Err: fmt.Errorf("the file is larger than %d bytes, which is the limit", l.Size)}
	}
	if i := bytes.IndexByte(data, 0); i >= 0 {
		line := 1 + bytes.Count(data[:i], []byte("\n"))
		return &Error{File: name, Line: line, Err: errors.New("NUL byte in a Dockerfile")}
	}
	if line := chained(data); line > 0 {
		//lint:ignore ST1005 BuildKit's own words
		return &Error{File: name, Line: line, Err: errors.New("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed")}
	}
	return nil
}

// maxChain is how many ONBUILDs in a row are left to BuildKit's parser to refuse.
const maxChain = 100

// chained finds the line in which a long row of ONBUILD ends, 0 if there is none. The
// parser takes each apart before it refuses the first, and with them the rest of the line:
// the time grows with the square of their number.
func chained(data []byte) (line int) {
	const keyword = "onbuild"
	row, n := 0, 0
	for text := range bytes.Lines(data) {
		n++
		text = bytes.TrimSpace(text)
		if len(text) > 0 && text[0] == '#' {
			continue
		}
		for word := range bytes.FieldsSeq(text) {
			switch {
			case len(word) == len(keyword) && strings.EqualFold(string(word), keyword):
				row++
			case string(word) != `\` && string(word) != "`":
				row = 0
			}
			if row > maxChain {
				return n
			}
		}
	}
	return 0
}

// stoppable ends reading when the context does.
type stoppable struct {
	ctx context.Context
	io.Reader
}

func (r stoppable) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}
