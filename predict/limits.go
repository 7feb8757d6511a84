package predict

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/dockerignore"
)

// Limits bound what a prediction may take: what it reads, others wrote. Beyond a
// limit there is an error, which says what and where. Zero fields are the defaults. Besides, everything
// ends soon after its context.Context does.
type Limits struct {
	// Replay are the limits of each side's Dockerfile.
	Replay cachekey.Limits
	// Ignore are those of each side's ignore file.
	Ignore dockerignore.Limits
	// Work is how many entries of directories, and steps of an old build, are looked at in all, by
	// default 2^24; see buildcontext.WithBudget.
	Work int
}

const defaultWork = 1 << 24

// causeCost is what a cause takes of it.
const causeCost = 8

// under gives the context with the budget.
func (l Limits) under(ctx context.Context) context.Context {
	return buildcontext.WithBudget(ctx, cmp.Or(l.Work, defaultWork))
}

// overBudget says where the budget was used up.
func overBudget(err error, g *cachekey.Graph, line int) error {
	if !errors.Is(err, buildcontext.ErrBudget) {
		return err
	}
	return fmt.Errorf("%s:%d: %w", g.Dockerfile, line, err)
}
