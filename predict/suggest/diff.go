package suggest

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// context is the number of unchanged lines around a change, as in diff -u.
const contextLines = 3

// unified is the difference of a file's two contents in the form of `git diff`; old nil is a file that is not there. Empty
// for equal contents.
func unified(name string, old, new []byte) string {
	if bytes.Equal(old, new) {
		return ""
	}
	var b strings.Builder
	from, to := quoted("a/"+name), quoted("b/"+name)
	fmt.Fprintf(&b, "diff --git %s %s\n", from, to)
	if old == nil {
		b.WriteString("new file mode 100644\n")
		from = "/dev/null"
	}
	fmt.Fprintf(&b, "--- %s\n+++ %s\n", from, to)
	script := compare(splitLines(old), splitLines(new))
	for begin := 0; begin < len(script); {
		begin = hunk(&b, script, begin)
	}
	return b.String()
}

// quoted is a name as git writes it in a diff.
func quoted(name string) string {
	plain := strings.IndexFunc(name, func(r rune) bool { return r < ' ' || r == '"' || r == '\\' || r > '~' }) < 0
	if plain {
		return name
	}
	var b strings.Builder
	for _, c := range []byte(name) {
		switch {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c > '~':
			fmt.Fprintf(&b, `\%03o`, c)
		default:
			b.WriteByte(c)
		}
	}
	return `"` + b.String() + `"`
}

func splitLines(data []byte) []string {
	lines := strings.SplitAfter(string(data), "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// row is a line of a script: ' ' for both sides, '-' or '+' for one.
type row struct {
	mark     byte
	text     string
	old, new int // lines before it
}

// compare finds a shortest script from one list of lines to another: the longest common
// subsequence between what is common at both ends.
func compare(a, b []string) (script []row) {
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	i, j := 0, 0
	put := func(mark byte, text string) {
		script = append(script, row{mark, text, i, j})
		if mark != '+' {
			i++
		}
		if mark != '-' {
			j++
		}
	}
	for range head {
		put(' ', a[i])
	}
	for _, mark := range middle(a[head:len(a)-tail], b[head:len(b)-tail]) {
		text := ""
		if mark == '+' {
			text = b[j]
		} else {
			text = a[i]
		}
		put(mark, text)
	}
	for range tail {
		put(' ', a[i])
	}
	return script
}

// maxTable bounds the table of middle; beyond it all lines are replaced.
const maxTable = 4 << 20

// middle gives the marks of a script for two lists.
func middle(a, b []string) (marks []byte) {
	if len(a)*len(b) > maxTable {
		return []byte(strings.Repeat("-", len(a)) + strings.Repeat("+", len(b)))
	}
	width := len(b) + 1
	longest := make([]int32, (len(a)+1)*width)
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				longest[i*width+j] = longest[(i+1)*width+j+1] + 1
			} else {
				longest[i*width+j] = max(longest[(i+1)*width+j], longest[i*width+j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			marks = append(marks, ' ')
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && longest[(i+1)*width+j] >= longest[i*width+j+1]:
			marks = append(marks, '-')
			i++
		default:
			marks = append(marks, '+')
			j++
		}
	}
	return marks
}

// hunk writes the next hunk at or after a row, and returns where it ends.
func hunk(b *strings.Builder, script []row, begin int) int {
	for begin < len(script) && script[begin].mark == ' ' {
		begin++
	}
	if begin == len(script) {
		return begin
	}
	end, same := begin, 0
	for end < len(script) && same <= 2*contextLines {
		if same++; script[end].mark != ' ' {
			same = 0
		}
		end++
	}
	end -= max(0, same-contextLines)
	first := max(0, begin-contextLines)
	olds, news := 0, 0
	for _, r := range script[first:end] {
		if r.mark != '+' {
			olds++
		}
		if r.mark != '-' {
			news++
		}
	}
	fmt.Fprintf(b, "@@ -%s +%s @@\n", span(script[first].old, olds), span(script[first].new, news))
	for _, r := range script[first:end] {
		b.WriteByte(r.mark)
		b.WriteString(r.text)
		if !strings.HasSuffix(r.text, "\n") {
			b.WriteString("\n\\ No newline at end of file\n")
		}
	}
	return end
}

// span is a range of a hunk: the first line, from 1, and how many; one that is empty stands after its line.
func span(before, n int) string {
	switch n {
	case 0:
		return strconv.Itoa(before) + ",0"
	case 1:
		return strconv.Itoa(before + 1)
	}
	return fmt.Sprintf("%d,%d", before+1, n)
}
