package predict

import (
	"context"
	"fmt"

	buildcontext "github.com/whybust/whybust/context"
)

// comparisons remembers how parts of two build contexts differ. Many targets of one
// repository take the same from the same context. A nil map remembers nothing.
type comparisons map[comparison]*buildcontext.Difference

// comparison says what was compared. Views are told apart by their pointers.
type comparison struct {
	old, new  *buildcontext.View
	selectors string // of both sides
}

// compare is buildcontext.Compare for two build contexts.
func (c comparisons) compare(ctx context.Context, old *buildcontext.View, olds []buildcontext.Selector, new *buildcontext.View, news []buildcontext.Selector) (*buildcontext.Difference, error) {
	if c == nil {
		return buildcontext.Compare(ctx, old, olds, new, news)
	}
	key := comparison{old, new, fmt.Sprintf("%+q %+q", selectorTexts(olds), selectorTexts(news))}
	if d, ok := c[key]; ok {
		return d, nil
	}
	d, err := buildcontext.Compare(ctx, old, olds, new, news)
	if err == nil {
		c[key] = d
	}
	return d, err
}

// selectorTexts writes selectors so that different ones read differently.
func selectorTexts(sels []buildcontext.Selector) []string {
	texts := make([]string, len(sels))
	for i, s := range sels {
		texts[i] = fmt.Sprintf("%q %t %t %q %q %q", s.Path, s.Wildcard, s.FollowLinks, s.Include, s.Exclude, s.Required)
	}
	return texts
}
