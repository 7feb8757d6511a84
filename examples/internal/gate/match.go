package gate

import (
	"slices"
	"strconv"
	"strings"

	"github.com/whybust/whybust/predict"
)

// Match returns the indices of the steps that a pattern names: by the line
// ("12", "Dockerfile:12") that the instruction spans, by the step's place or whole name as
// BuildKit prints it ("builder 4/6", "[builder 4/6] COPY . ."), or by the instruction
// ("RUN npm ci"). Of an instruction whole words from its beginning are
// enough, blanks count as one, and its flags may be left out.
func Match(p *predict.Prediction, pattern string) (steps []int) {
	pattern = blanks(pattern)
	if pattern == "" {
		return nil
	}
	line, isLine := lineOf(p, pattern)
	for i, s := range p.Steps {
		names := append([]string{s.Name}, s.Also...)
		if isLine && s.Line <= line && line <= max(s.Line, s.EndLine) ||
			!isLine && slices.ContainsFunc(names, func(name string) bool { return matchName(name, pattern) }) {
			steps = append(steps, i)
		}
	}
	return steps
}

// lineOf reads "12" and "Dockerfile:12".
func lineOf(p *predict.Prediction, pattern string) (int, bool) {
	number := pattern
	if rest, ok := strings.CutPrefix(pattern, p.Dockerfile+":"); ok && p.Dockerfile != "" {
		number = rest
	}
	n, err := strconv.Atoi(number)
	return n, err == nil && n > 0
}

// matchName compares with a step's name: "[builder 4/6] COPY . .".
func matchName(name, pattern string) bool {
	name = blanks(name)
	if name == pattern {
		return true
	}
	text := name
	if rest, ok := strings.CutPrefix(name, "["); ok {
		place, instruction, ok := strings.Cut(rest, "] ")
		if ok && (place == strings.Trim(pattern, "[]")) {
			return true
		}
		if ok {
			text = instruction
		}
	}
	return begins(text, pattern) || begins(withoutFlags(text), pattern)
}

// begins reports whether text begins with the words of prefix.
func begins(text, prefix string) bool {
	return text == prefix || strings.HasPrefix(text, prefix+" ")
}

// withoutFlags takes "--mount=... " and the like from behind the keyword.
func withoutFlags(text string) string {
	words := strings.Split(text, " ")
	n := 1
	for n < len(words) && strings.HasPrefix(words[n], "--") {
		n++
	}
	return strings.Join(append(words[:1:1], words[n:]...), " ")
}

func blanks(s string) string { return strings.Join(strings.Fields(s), " ") }
