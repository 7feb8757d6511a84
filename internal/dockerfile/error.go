package dockerfile

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
	"github.com/moby/buildkit/frontend/dockerfile/command"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/whybust/whybust/internal/lazyregexp"
)

// Error is a fault of a Dockerfile with its place.
type Error struct {
	File string
	Line int // from 1; 0 if it has no place
	Err  error
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %v", e.File, e.Err)
	}
	return fmt.Sprintf("%s:%d: %v", e.File, e.Line, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// located turns an error of BuildKit's parser into an *Error.
func located(name string, err error) error {
	e := &Error{File: name, Err: plain(err)}
	var loc *parser.LocationError
	if errors.As(err, &loc) && len(loc.Locations) > 0 {
		e.Line, _ = lines(loc.Locations[0])
	}
	return e
}

// What BuildKit adds to a message: the place, which Error has, and the name that is meant,
// which it takes from a map, so that of two that are as near any may come.
var (
	addedPlace      = lazyregexp.New(`^dockerfile parse error on line \d+: `)
	addedSuggestion = lazyregexp.New(` \(did you mean [^()]*\?\)$`)
	unknownFlag     = lazyregexp.New(`^unknown flag: --(.*)$`)
)

// flags are those of all instructions.
var flags = []string{
	"checksum", "chmod", "chown", "device", "exclude", "from", "interval", "keep-git-dir", "link", "mount", "network",
	"parents", "platform", "retries", "security", "start-interval", "start-period", "timeout", "unpack",
}

// plain is an error of BuildKit's on one line, without what Error says as well
// and with our own suggestion.
func plain(err error) error {
	text := addedPlace.ReplaceAllString(oneLine(err.Error()), "")
	bare := addedSuggestion.ReplaceAllString(text, "")
	var unknown *instructions.UnknownInstructionError
	near := ""
	if m := unknownFlag.FindStringSubmatch(bare); m != nil {
		text, near = bare, Suggest(m[1], flags)
	} else if errors.As(err, &unknown) {
		text, near = bare, strings.ToUpper(Suggest(unknown.Instruction, keywords()))
	}
	if near != "" {
		text += " (did you mean " + near + "?)"
	}
	return errors.New(text)
}

// keywords are the names of all instructions.
func keywords() (names []string) {
	for name := range command.Commands {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func oneLine(s string) string {
	return strings.Join(strings.Fields(s), " ")
}

// Suggest gives the option nearest to a misspelled word, "" if none is near. Of
// two that are as near, the first is meant, unless the word has all the letters of the other.
func Suggest(word string, options []string) string {
	word = strings.ToLower(word)
	best, nearest := "", 6
	for _, option := range options {
		lower := strings.ToLower(option)
		d := 2 * levenshtein.Distance(word, lower, nil)
		if slices.Equal(letters(word), letters(lower)) {
			d--
		}
		if d < nearest {
			best, nearest = option, d
		}
	}
	return best
}

func letters(word string) []byte { return slices.Sorted(slices.Values([]byte(word))) }
