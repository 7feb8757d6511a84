package buildcontext

import (
	"context"
	"path"
)

// Missing returns what selectors need of a view and is not there: Difference.MissingNew
// without a comparison.
func Missing(ctx context.Context, v *View, sels []Selector) (paths []string, err error) {
	for _, s := range normalize(sels) {
		sel, err := resolve(ctx, v, s)
		if err != nil {
			return nil, err
		}
		paths = append(paths, sel.missing...)
	}
	return paths, nil
}

// Check returns an error if a pattern of the selector cannot be read: every use
// of the selector then fails, as the build does.
func (s Selector) Check() error {
	if s.isPattern() {
		if _, err := path.Match(s.cleanPath(), ""); err != nil {
			return err
		}
	}
	_, err := newFilter(s)
	return err
}
