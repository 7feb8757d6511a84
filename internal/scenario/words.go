package scenario

import (
	"errors"
	"strings"
)

var errQuote = errors.New("a quote is not closed")

// splitWords splits like a shell does, without expanding anything: blanks part
// words, single quotes hold everything, double quotes hold all but \" and \\, and a
// backslash outside of quotes takes the next character as it is.
func splitWords(s string) ([]string, error) {
	var words []string
	for {
		word, rest, ok, err := nextWord(s)
		if err != nil || !ok {
			return words, err
		}
		words = append(words, word)
		s = rest
	}
}

// nextWord takes the first word off s. ok is false if there is none.
func nextWord(s string) (word, rest string, ok bool, err error) {
	s = strings.TrimLeft(s, " \t")
	if s == "" {
		return "", "", false, nil
	}
	var b strings.Builder
	var quote byte
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case quote == '\'' && c != '\'', quote == '"' && c != '"' && c != '\\':
			b.WriteByte(c)
		case c == quote && quote != 0:
			quote = 0
		case c == '\\' && i+1 < len(s) && (quote == 0 || s[i+1] == '"' || s[i+1] == '\\'):
			i++
			b.WriteByte(s[i])
		case quote == 0 && (c == '\'' || c == '"'):
			quote = c
		case quote == 0 && (c == ' ' || c == '\t'):
			return b.String(), s[i:], true, nil
		default:
			b.WriteByte(c)
		}
	}
	if quote != 0 {
		return "", "", false, errQuote
	}
	return b.String(), "", true, nil
}
