package suggest

import (
	"strings"

	"github.com/whybust/whybust/predict"
)

// splitRun puts the first commands of a RUN into one of their own, on each side before what the
// other commands are there.
func (s *suggester) splitRun(r *predict.Remedy) *attempt {
	return &attempt{needsRun: true, edit: func(d *document, find finder) bool {
		in, ok := find(s.step(r.Step).Line, sameFront(r.Commands))
		if !ok {
			return false
		}
		parts, ok := splitAfter(d.source(in), r.Commands)
		if !ok {
			return false
		}
		d.replace(in, append(parts.front, append(parts.between, parts.rest...)...)...)
		return true
	}}
}

// sameFront is for RUNs whose first commands are equal.
func sameFront(n int) func(a, b instruction) bool {
	front := func(in instruction) string {
		parts, ok := splitAfter([]string{in.text}, n)
		if !ok {
			return "\x00" + in.text
		}
		return strings.Join(strings.Fields(strings.Join(parts.front, " ")), " ")
	}
	return func(a, b instruction) bool { return a.keyword == "RUN" && b.keyword == "RUN" && front(a) == front(b) }
}

// runParts are the lines of a RUN taken apart: two RUNs, and the comments that stood between.
type runParts struct{ front, between, rest []string }

// splitAfter splits the lines of a RUN at the "&&" after its first n commands. ok is false for anything but a chain of simple
// commands that "&&" joins, up to there, and for the escape character of Windows.
func splitAfter(lines []string, n int) (parts runParts, ok bool) {
	text := strings.Join(lines, "\n")
	keyword := len(text) - len(strings.TrimLeft(text, " \t"))
	if len(text) < keyword+4 || !strings.EqualFold(text[keyword:keyword+3], "RUN") || strings.Contains(text, "<<") {
		return parts, false
	}
	head, body := cutFlags(text[:keyword+3], text[keyword+3:])
	at := separator(body, n)
	if at < 0 {
		return parts, false
	}
	front := strings.TrimRight(body[:at], " \t\n\\")
	rest := strings.Split(body[at+2:], "\n")
	for len(rest) > 0 {
		first := strings.TrimSpace(rest[0])
		switch {
		case first == "\\" || first == "":
		case strings.HasPrefix(first, "#"):
			parts.between = append(parts.between, rest[0])
		default:
			rest[0] = head + " " + strings.TrimLeft(rest[0], " \t")
			parts.front, parts.rest = strings.Split(head+front, "\n"), strings.Split(strings.Join(rest, "\n"), "\n")
			return parts, true
		}
		rest = rest[1:]
	}
	return parts, false
}

// cutFlags moves the flags of a RUN, --mount and the like, from its body to its head.
func cutFlags(head, body string) (string, string) {
	for {
		trimmed := strings.TrimLeft(body, " \t\\\n")
		if !strings.HasPrefix(trimmed, "--") {
			return head, body
		}
		end := strings.IndexAny(trimmed, " \t\n")
		if end < 0 {
			return head, body
		}
		head += body[:len(body)-len(trimmed)] + trimmed[:end]
		body = trimmed[end:]
	}
}

// separator finds the n-th "&&" that joins commands; -1 if there is none, or another joint, a
// subshell or an unfinished quotation before it.
func separator(body string, n int) int {
	lineStart := false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case lineStart && c == '#':
			end := strings.IndexByte(body[i:], '\n')
			if end < 0 {
				return -1
			}
			i += end
			continue
		case c == '\n':
			lineStart = true
			continue
		case lineStart && (c == ' ' || c == '\t'):
			continue
		case c == '\\':
			i++
			lineStart = i < len(body) && body[i] == '\n'
			continue
		case c == '\'' || c == '"':
			end := closingQuote(body[i+1:], c)
			if end < 0 {
				return -1
			}
			i += end + 1
		case c == ';' || c == '|' || c == '`' || c == '(' || c == ')' || c == '{' || c == '}':
			return -1
		case c == '&':
			if !strings.HasPrefix(body[i:], "&&") {
				return -1
			}
			if n--; n == 0 {
				return i
			}
			i++
		}
		lineStart = false
	}
	return -1
}

// closingQuote is where a quotation ends.
func closingQuote(s string, quote byte) int {
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && quote == '"':
			i++
		case s[i] == quote:
			return i
		}
	}
	return -1
}
