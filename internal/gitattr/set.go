package gitattr

import "strings"

// anyByte is what "?" stands for.
var anyByte = func() (all [256]bool) {
	for i := range all {
		all[i] = true
	}
	return all
}()

// parseSet reads what follows an opening bracket, up to and with the closing one, and returns its
// length, 0 if it is not closed.
func parseSet(text string) (set *[256]bool, n int) {
	set = &[256]bool{}
	i, negated := 0, false
	if i < len(text) && (text[i] == '!' || text[i] == '^') {
		negated = true
		i++
	}
	previous := -1 // the lower end of a range
	for first := true; ; first = false {
		if i >= len(text) {
			return nil, 0
		}
		c := text[i]
		switch {
		case c == ']' && !first:
			if negated {
				for b := range set {
					set[b] = !set[b]
				}
			}
			return set, i + 1
		case c == '-' && previous >= 0 && i+1 < len(text) && text[i+1] != ']':
			i++
			if text[i] == '\\' {
				if i++; i >= len(text) {
					return nil, 0
				}
			}
			for b := previous; b <= int(text[i]); b++ {
				set[b] = true
			}
			i, previous = i+1, -1
		case c == '[' && i+1 < len(text) && text[i+1] == ':':
			length, ok := addClass(set, text[i+2:])
			if !ok {
				return nil, 0
			}
			i, previous = i+2+length, -1
		default:
			if c == '\\' {
				if i++; i >= len(text) {
					return nil, 0
				}
			}
			set[text[i]] = true
			previous = int(text[i])
			i++
		}
	}
}

// classes are those of POSIX for ASCII, as pairs of ends.
var classes = map[string]string{
	"alnum": "09AZaz", "alpha": "AZaz", "blank": "  \t\t", "cntrl": "\x00\x1f\x7f\x7f", "digit": "09", "graph": "!~",
	"lower": "az", "print": " ~", "punct": "!/:@[`{~", "space": "\t\r  ", "upper": "AZ", "xdigit": "09AFaf",
}

// addClass reads a class after "[:" and returns the length up to and with ":]".
func addClass(set *[256]bool, text string) (n int, ok bool) {
	name, _, closed := strings.Cut(text, ":]")
	ends, known := classes[name]
	for i := 0; i < len(ends); i += 2 {
		for b := int(ends[i]); b <= int(ends[i+1]); b++ {
			set[b] = true
		}
	}
	return len(name) + 2, closed && known
}
