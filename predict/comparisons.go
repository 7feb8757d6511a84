package predict

import (
	"fmt"
	"strings"

	buildcontext "github.com/whybust/whybust/context"
)

// comparisons remembers how parts of two build contexts differ. Many targets of one
// repository take the same from the same context. A nil map remembers nothing.
type comparisons map[comparison]*buildcontext.Difference

// comparison says what was compared. Views are told apart by their pointers.
type comparison struct {
	old, new  *buildcontext.View
	selectors string // selectorTexts of both sides
	brief     bool   // it ended at the first certain change
}

// once compares unless that was done before. A whole comparison serves for a brief one.
func (c comparisons) once(key comparison, compare func() (*buildcontext.Difference, error)) (*buildcontext.Difference, error) {
	for _, brief := range []bool{false, key.brief} {
		key.brief = brief
		if d, ok := c[key]; ok {
			return d, nil
		}
	}
	d, err := compare()
	if err == nil && c != nil {
		c[key] = d
	}
	return d, err
}

// selectorTexts writes lists of selectors so that different ones read differently.
func selectorTexts(lists ...[]buildcontext.Selector) string {
	var text strings.Builder
	for _, sels := range lists {
		fmt.Fprintf(&text, "%d\n", len(sels))
		for _, s := range sels {
			fmt.Fprintf(&text, "%q %t %t %q %q %q\n", s.Path, s.Wildcard, s.FollowLinks, s.Include, s.Exclude, s.Required)
		}
	}
	return text.String()
}
