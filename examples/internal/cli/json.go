package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/whybust/whybust/internal/lazyregexp"
)

// WriteJSON writes v as one indented object and a newline. The shell's < > & stay
// legible; what cannot be seen is escaped, as the output may well end up on a
// terminal.
func WriteJSON(out *bytes.Buffer, v any) error {
	var raw bytes.Buffer
	enc := json.NewEncoder(&raw)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return err
	}
	escapeJSON(out, logCommand.ReplaceAll(raw.Bytes(), []byte(`#\u0023$1`)))
	return nil
}

// logCommand is what runners of CI take for a command anywhere in a line: ##[error] on
// GitHub and ##vso[...] on Azure. In JSON it can only stand within a string.
var logCommand = lazyregexp.New(`##([A-Za-z]*\[)`)

// QuietText breaks such commands in text.
func QuietText(s string) string { return logCommand.ReplaceAllString(s, `#\x23$1`) }

// escapeJSON copies a JSON text with invisible characters as \u escapes. JSON is
// ASCII outside of strings, and the encoder has escaped ASCII's own control characters,
// DEL excepted; so what is left stands within strings.
func escapeJSON(out *bytes.Buffer, raw []byte) {
	for len(raw) > 0 {
		r, size := utf8.DecodeRune(raw)
		switch {
		case r == '\n' || isVisibleRune(r, size):
			out.Write(raw[:size])
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(out, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(out, `\u%04x`, r)
		}
		raw = raw[size:]
	}
}
