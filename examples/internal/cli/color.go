package cli

import "os"

// UseColor decides by the conventions of no-color.org and bixense.com/clicolors:
// NO_COLOR, then CLICOLOR_FORCE, then CLICOLOR=0, then whether there is a terminal
// that knows colours.
func UseColor(lookup func(string) (string, bool), terminal bool) bool {
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

// IsTerminal reports whether f is a character device, which is as near as the
// standard library comes.
func IsTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
