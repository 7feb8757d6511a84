package scenario

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/tools/txtar"
)

// source is the text that was parsed, with the places that Format rewrites.
type source struct {
	data []byte
	// directives is where the directives end and the first file begins.
	directives int
	// buildkit is the buildkit: line and want the want section, each with its last
	// end of line; empty if there is none.
	buildkit, want span
	// causes is where the causes section begins, or the end of the text.
	causes int
	// version and steps are what Parse read.
	version string
	steps   []Step
}

// span is a half-open range of bytes.
type span struct{ from, to int }

// locate finds the places in data of what txtar parsed. It counts lines and not
// bytes, because txtar ends a last line that has no end.
func locate(data []byte, archive *txtar.Archive) source {
	offset := lineOffsets(data)
	src := source{data: data, causes: len(data)}
	line := bytes.Count(archive.Comment, []byte("\n"))
	src.directives = offset(line)
	for i, text := range strings.Split(string(data[:src.directives]), "\n") {
		if name, _, ok := strings.Cut(text, ":"); ok && strings.TrimSpace(name) == "buildkit" {
			src.buildkit = span{offset(i), offset(i + 1)}
		}
	}
	for _, f := range archive.Files {
		end := line + 1 + bytes.Count(f.Data, []byte("\n"))
		switch f.Name {
		case "want":
			src.want = span{offset(line), offset(end)}
		case "causes":
			src.causes = offset(line)
		}
		line = end
	}
	return src
}

// lineOffsets returns a function from the number of a line, from 0, to where it begins.
func lineOffsets(data []byte) func(int) int {
	starts := []int{0}
	for i, c := range data {
		if c == '\n' {
			starts = append(starts, i+1)
		}
	}
	return func(line int) int {
		if line < len(starts) {
			return starts[line]
		}
		return len(data)
	}
}

// Format returns the text that was parsed with s.Want and s.BuildKit in it. It
// rewrites these two only if they changed since Parse, and nothing else. s must come from Parse.
func (s *Scenario) Format() []byte {
	src := s.src
	var out bytes.Buffer
	at := 0
	replace := func(where span, text string) {
		out.Write(src.data[at:where.from])
		if text != "" && out.Len() > 0 && !bytes.HasSuffix(out.Bytes(), []byte("\n")) {
			out.WriteByte('\n')
		}
		out.WriteString(text)
		at = where.to
	}
	if s.BuildKit != src.version {
		replace(src.versionSpan(), formatVersion(s.BuildKit))
	}
	if !slices.Equal(s.Want, src.steps) || (s.Want == nil) != (src.steps == nil) {
		replace(src.wantSpan(), FormatWant(s.Want))
	}
	out.Write(src.data[at:])
	return out.Bytes()
}

// versionSpan is where a buildkit: line belongs: where it stands, or after the last directive.
func (s source) versionSpan() span {
	if s.buildkit != (span{}) {
		return s.buildkit
	}
	head := s.data[:s.directives]
	end := len(bytes.TrimRight(head, " \t\r\n"))
	if i := bytes.IndexByte(head[end:], '\n'); i >= 0 {
		end += i + 1
	} else {
		end = len(head)
	}
	return span{end, end}
}

func (s source) wantSpan() span {
	if s.want != (span{}) {
		return s.want
	}
	return span{s.causes, s.causes}
}

func formatVersion(version string) string {
	if version == "" {
		return ""
	}
	return "buildkit: " + version + "\n"
}

// FormatWant returns the want section with its marker; nothing if steps is nil.
func FormatWant(steps []Step) string {
	if steps == nil {
		return ""
	}
	var b strings.Builder
	b.WriteString("-- want --\n")
	for _, step := range steps {
		fmt.Fprintf(&b, "%-8s%s\n", step.Status, step.Name)
	}
	return b.String()
}
