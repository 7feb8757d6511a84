package buildcontext

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
)

// ErrBudget is wrapped by the error with which everything ends that is done
// under a budget which is used up.
var ErrBudget = errors.New("more work than the limit allows")

type budgetKey struct{}

// budget is what is left of a WithBudget.
type budget struct {
	left  atomic.Int64
	limit int
}

// WithBudget returns a context under which no more than n entries of trees are
// looked at, by everything together that gets it: a tree of git's can name one directory so
// often that it has more files than can be counted, and a Dockerfile can copy a large one
// thousands of times. A found difference counts as some entries, for it is kept. A context that
// has a budget keeps it.
func WithBudget(ctx context.Context, n int) context.Context {
	if _, ok := ctx.Value(budgetKey{}).(*budget); ok {
		return ctx
	}
	b := &budget{limit: n}
	b.left.Store(int64(n))
	return context.WithValue(ctx, budgetKey{}, b)
}

// Spend takes from the budget of a context, if it has one. The error wraps
// ErrBudget. It is safe for concurrent use.
func Spend(ctx context.Context, n int) error {
	b, ok := ctx.Value(budgetKey{}).(*budget)
	if !ok || b.left.Add(-int64(n)) >= 0 {
		return nil
	}
	return fmt.Errorf("%w: %d entries of directories, and steps, looked at", ErrBudget, b.limit)
}

// fileCost is what reading a chunk of two files takes.
const fileCost = 16

// changeCost is what a found difference takes.
const changeCost = 8

// maxPath is the length in bytes above which a path is refused. No system takes
// one that long, and walking down takes memory with the square of it.
const maxPath = 64 << 10

func checkPath(path string) error {
	if len(path) > maxPath {
		return fmt.Errorf("%.40q...: the path is longer than %d bytes, which is the limit", path, maxPath)
	}
	return nil
}
