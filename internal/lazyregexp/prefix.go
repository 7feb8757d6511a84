package lazyregexp

import "strings"

// Most expressions are tried on texts that they do not match, of which the
// first letters tell: `^(npm|yarn) install` begins with one of two words. Texts
// that begin otherwise are turned away without compiling the expression.

// prefixes returns words of which every match of the expression, from the
// beginning of the text, begins with one. It returns nil if it cannot tell.
func prefixes(expr string) []string {
	rest, ok := strings.CutPrefix(expr, "^")
	if !ok || strings.Contains(rest, "[:") || strings.Contains(rest, `\Q`) {
		return nil
	}
	alternatives, end := alternatives(rest)
	if len(alternatives) != 1 || end != len(rest) {
		return nil
	}
	return heads(rest)
}

// heads is prefixes of a part without alternatives at its top.
func heads(expr string) []string {
	inside, ok := strings.CutPrefix(expr, "(")
	if !ok {
		return literal(expr)
	}
	if strings.HasPrefix(inside, "?") {
		if inside, ok = strings.CutPrefix(inside, "?:"); !ok {
			return nil
		}
	}
	list, end := alternatives(inside)
	after := inside[min(end+1, len(inside)):]
	if end == len(inside) || after != "" && strings.IndexByte("?*{", after[0]) >= 0 {
		return nil
	}
	var all []string
	for _, alternative := range list {
		words := heads(alternative)
		if words == nil {
			return nil
		}
		all = append(all, words...)
	}
	return all
}

// alternatives splits an expression at its bars, up to the parenthesis that
// closes it, or its end.
func alternatives(expr string) (list []string, end int) {
	depth, start := 0, 0
	for i := 0; i < len(expr); i++ {
		switch expr[i] {
		case '\\':
			i++
		case '[':
			i += class(expr[i:])
		case '(':
			depth++
		case ')':
			if depth == 0 {
				return append(list, expr[start:i]), i
			}
			depth--
		case '|':
			if depth == 0 {
				list, start = append(list, expr[start:i]), i+1
			}
		}
	}
	return append(list, expr[start:]), len(expr)
}

// class is where a character class ends.
func class(expr string) int {
	i := 1
	if strings.HasPrefix(expr[i:], "^") {
		i++
	}
	if strings.HasPrefix(expr[i:], "]") {
		i++
	}
	for ; i < len(expr) && expr[i] != ']'; i++ {
		if expr[i] == '\\' {
			i++
		}
	}
	return i
}

// literal returns the characters with which an expression begins.
func literal(expr string) []string {
	var word []byte
	i := 0
	for i < len(expr) {
		c, n := expr[i], 1
		if c == '\\' && i+1 < len(expr) {
			if c, n = expr[i+1], 2; strings.IndexByte(`.-+/*?()[]{}|^$\`, c) < 0 {
				break
			}
		} else if strings.IndexByte(`.-/ _="':#!`, c) < 0 && !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9') || c == '.' {
			break
		}
		word, i = append(word, c), i+n
	}
	if i < len(expr) && strings.IndexByte("?*{", expr[i]) >= 0 && len(word) > 0 {
		word = word[:len(word)-1]
	}
	if len(word) == 0 {
		return nil
	}
	return []string{string(word)}
}

// mayMatch reports whether a text begins with one of the prefixes, if there are any.
func mayMatch(prefixes []string, text string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(text, p) {
			return true
		}
	}
	return len(prefixes) == 0
}
