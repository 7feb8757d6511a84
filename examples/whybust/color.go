package main

import "os"

// palette paints text, if true.
type palette bool

// The colours, as parameters of the terminal's SGR sequence.
const (
	bold   = "1"
	dim    = "2"
	red    = "1;31"
	green  = "1;32"
	yellow = "1;33"
	cyan   = "36"
)

func (p palette) paint(color, s string) string {
	if !p || s == "" {
		return s
	}
	return "\x1b[" + color + "m" + s + "\x1b[0m"
}

// useColor decides by the conventions of no-color.org and bixense.com/clicolors:
// NO_COLOR, then CLICOLOR_FORCE, then CLICOLOR=0, then whether there is a terminal
// that knows colours.
func useColor(lookup func(string) (string, bool), terminal bool) bool {
	value := func(name string) string {
		v, _ := lookup(name)
		return v
	}
	if value("NO_COLOR") != "" {
		return false
	}
	if force := value("CLICOLOR_FORCE"); force != "" && force != "0" {
		return true
	}
	return terminal && value("CLICOLOR") != "0" && value("TERM") != "dumb"
}

// isTerminal reports whether f is a character device, which is as near as the
// standard library comes.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
