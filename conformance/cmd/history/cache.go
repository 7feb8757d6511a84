package main

import (
	"context"
	"slices"

	"github.com/whybust/whybust/conformance/judge"
	"github.com/whybust/whybust/internal/scenario"
	"github.com/whybust/whybust/predict"
)

// cache is what the daemons were given to build.
type cache struct {
	history *judge.History
	commits []string // the sides of the history
	built   []string // since it was empty, those that cannot be built left out
}

// add makes commits sides of the history, each once.
func (c *cache) add(commits ...string) {
	for _, commit := range commits {
		if !slices.Contains(c.commits, commit) {
			c.commits = append(c.commits, commit)
		}
	}
}

// build builds a commit in a cache that holds what the prediction took to be there and nothing else.
func (c *cache) build(ctx context.Context, b *predict.HistoryBuild) ([]scenario.Step, error) {
	if !c.holds(b.Cached) {
		if err := c.history.Reset(ctx); err != nil {
			return nil, err
		}
		c.built = nil
		for _, commit := range slices.Backward(b.Cached) {
			if _, err := c.side(ctx, commit); err != nil {
				return nil, err
			}
			c.built = append(c.built, commit)
		}
	}
	steps, err := c.side(ctx, b.Commit)
	if b.Err == nil {
		c.built = append(c.built, b.Commit)
	}
	return steps, err
}

func (c *cache) side(ctx context.Context, commit string) ([]scenario.Step, error) {
	return c.history.Build(ctx, slices.Index(c.commits, commit))
}

// holds reports whether these commits were built, and no others.
func (c *cache) holds(commits []string) bool {
	one, two := slices.Sorted(slices.Values(c.built)), slices.Sorted(slices.Values(commits))
	return slices.Equal(slices.Compact(one), slices.Compact(two))
}
