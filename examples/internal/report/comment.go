package report

import (
	"bytes"
	"fmt"

	"github.com/whybust/whybust/internal/lazyregexp"
)

// A bot finds its own comment by the first line, which no page shows, and what
// it said by the fingerprint in it.

var (
	marker = lazyregexp.New(`^<!-- whybust comment v1 id=([a-z0-9._-]*) verdict=([0-9a-f]{16}) -->(\r?\n|$)`)
	// CommentID is what may tell apart several comments on one pull request.
	CommentID = lazyregexp.New(`^[a-z0-9._-]{0,60}$`)
)

// Comment writes Markdown with a marker before it. The id must match CommentID.
func Comment(out *bytes.Buffer, targets []Target, id string) {
	fmt.Fprintf(out, "<!-- whybust comment v1 id=%s verdict=%s -->\n", id, Fingerprint(targets))
	Markdown(out, targets)
}

// Marker reads the marker of a comment: the id and the fingerprint of what it says.
func Marker(comment string) (id, fingerprint string, ok bool) {
	m := marker.FindStringSubmatch(comment)
	if m == nil {
		return "", "", false
	}
	return m[1], m[2], true
}
