package explorer

import (
	"strings"

	"github.com/whybust/whybust/examples/internal/cli"
	"github.com/whybust/whybust/examples/internal/report"
	"github.com/whybust/whybust/predict"
)

// Files is a list of files that inputs take, changed ones first.
type Files struct {
	Count string `json:"count"` // in words
	// Omitted says what is not listed; empty if everything is.
	Omitted string `json:"omitted,omitempty"`
	// Changed are the files that differ: the path and what happened to it, in words.
	Changed [][2]string `json:"changed"`
	// Same are the paths of the others.
	Same []string `json:"same"`
}

// The room for paths in a page.
const (
	maxPaths     = 20000
	maxPathBytes = 3 << 20
)

// fileTable collects lists. Inputs that take the same share one.
type fileTable struct {
	lists []*predict.FileList
	at    map[*predict.FileList]int
}

func newFileTable() *fileTable { return &fileTable{at: map[*predict.FileList]int{}} }

// add gives the index of a list, -1 for none.
func (t *fileTable) add(l *predict.FileList) int {
	if l == nil {
		return -1
	}
	i, ok := t.at[l]
	if !ok {
		i = len(t.lists)
		t.at[l], t.lists = i, append(t.lists, l)
	}
	return i
}

// list writes the lists as far as there is room: each may use an equal part of
// what those before it left.
func (t *fileTable) list() []Files {
	out := []Files{}
	paths, bytes := maxPaths, maxPathBytes
	for i, l := range t.lists {
		left := len(t.lists) - i
		f, n, size := files(l, paths/left, bytes/left)
		paths, bytes = paths-n, bytes-size
		out = append(out, f)
	}
	return out
}

// files writes one list within bounds and says what it used of them.
func files(l *predict.FileList, paths, bytes int) (f Files, n, size int) {
	f = Files{Count: countText(l), Changed: [][2]string{}, Same: []string{}}
	omitted, changed := l.Omitted, l.Changed
	for _, file := range l.Files {
		path := cli.Cut(cli.VisiblePath(file.Path), maxName*2)
		if file.Path == "" {
			path = "."
		}
		word := fileWord(file)
		if n == paths || size+len(path)+len(word) > bytes {
			omitted++
			if file.Change != "" {
				changed++
			}
			continue
		}
		n, size = n+1, size+len(path)+len(word)
		if file.Change != "" || file.Unknown {
			f.Changed = append(f.Changed, [2]string{path, word})
		} else {
			f.Same = append(f.Same, path)
		}
	}
	switch {
	case changed > 0:
		f.Omitted = report.Count(omitted, "more file") + " not listed, " + report.Count(changed, "changed one") + " among them"
	case omitted > 0:
		f.Omitted = report.Count(omitted, "more file") + " not listed, unchanged"
	}
	return f, n, size
}

func countText(l *predict.FileList) string {
	text := report.Count(l.After, "file")
	if l.Before != l.After {
		text += ", before: " + report.Count(l.Before, "file")
	}
	if l.Partial {
		text = "more than " + text
	}
	return text
}

// fileWord says what happened to a file.
func fileWord(f predict.TakenFile) string {
	if f.Change == "" {
		if f.Unknown {
			return "not known before a build"
		}
		return ""
	}
	cause := predict.Cause{Kind: predict.CauseFile, Change: f.Change, Path: f.Path}
	at := ""
	if f.Rule != nil {
		cause.Kind = predict.CauseIgnoreRule
		if place := report.Place(f.Rule.File, f.Rule.Line); place != "" {
			at = " (" + place + ")"
		}
	}
	return strings.TrimPrefix(report.Phrase(&predict.Prediction{}, cause), cli.VisiblePath(f.Path)+" ") + at
}
