package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	buildcontext "github.com/whybust/whybust/context"
)

// The commands besides the prediction itself.
var subcommands = []string{historyCommand, adviseCommand}

// subcommand finds the command that a command line names. As with git, -C alone may stand before it: a word that follows
// another flag, or "--", is a revision. rest is the command line without the name; an empty name stands for the
// prediction of one build.
func subcommand(args []string) (name string, rest []string) {
	at := 0
	for at < len(args) {
		switch arg := args[at]; {
		case arg == "-C" || arg == "--directory":
			at += 2
		case strings.HasPrefix(arg, "-C") || strings.HasPrefix(arg, "--directory="):
			at++
		case slices.Contains(subcommands, arg):
			return arg, slices.Concat(args[:at], args[at+1:])
		default:
			return "", args
		}
	}
	return "", args
}

// misplaced says of a revision that is not there and has the name of a command that this goes first.
func misplaced(err error) error {
	var missing *buildcontext.RevisionError
	if errors.As(err, &missing) && slices.Contains(subcommands, missing.Revision) {
		return fmt.Errorf("%w; the command %s goes first: whybust %[2]s [flags]", err, missing.Revision)
	}
	return err
}
