package buildcontext

import "context"

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
