package explorer

import (
	"strings"

	"github.com/whybust/whybust/examples/internal/cli"
	"github.com/whybust/whybust/predict"
)

// Listing is the text of a Dockerfile.
type Listing struct {
	File  string   `json:"file"`
	Lines []string `json:"lines"`
	// Changed are the numbers, from 1, of lines that the other side does not have.
	Changed []int `json:"changed"`
	// Omitted counts lines that are left out at the end.
	Omitted int `json:"omitted,omitempty"`
}

// The bounds of a listing.
const (
	maxLines = 5000
	maxWidth = 1000    // runes of a line
	maxTable = 1 << 22 // cells of the comparison; above it, only common ends are found
)

func listing(d predict.Dockerfile) Listing {
	l := Listing{File: cli.VisiblePath(d.File), Lines: []string{}, Changed: []int{}}
	text := strings.TrimSuffix(strings.TrimPrefix(d.Text, "\ufeff"), "\n")
	for line := range strings.SplitSeq(text, "\n") {
		if len(l.Lines) == maxLines {
			l.Omitted++
			continue
		}
		line = strings.ReplaceAll(strings.TrimSuffix(line, "\r"), "\t", "    ")
		l.Lines = append(l.Lines, cli.Cut(cli.Visible(line), maxWidth))
	}
	return l
}

// compared gives the listings of both sides, the new one first, with the lines marked that
// the other does not have.
func compared(before, after predict.Dockerfile) (Listing, *Listing) {
	o, n := listing(before), listing(after)
	a, b := o.Lines, n.Lines
	from := 0
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b, from = a[1:], b[1:], from+1
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	keptA, keptB := common(a, b)
	for i := range a {
		if !keptA[i] {
			o.Changed = append(o.Changed, from+i+1)
		}
	}
	for i := range b {
		if !keptB[i] {
			n.Changed = append(n.Changed, from+i+1)
		}
	}
	return n, &o
}

// common marks the lines of a longest common subsequence.
func common(a, b []string) (keptA, keptB map[int]bool) {
	keptA, keptB = map[int]bool{}, map[int]bool{}
	if len(a)*len(b) > maxTable {
		return keptA, keptB
	}
	width := len(b) + 1
	table := make([]int32, (len(a)+1)*width)
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			table[i*width+j] = max(table[(i+1)*width+j], table[i*width+j+1])
			if a[i] == b[j] {
				table[i*width+j] = table[(i+1)*width+j+1] + 1
			}
		}
	}
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			keptA[i], keptB[j] = true, true
			i, j = i+1, j+1
		case table[(i+1)*width+j] >= table[i*width+j+1]:
			i++
		default:
			j++
		}
	}
	return keptA, keptB
}
