//go:build !race

package predict_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/dockerignore"
	"github.com/whybust/whybust/predict"
	"github.com/whybust/whybust/predict/targets"
	"github.com/whybust/whybust/predict/whatif"
)

// countdown is a context that ends when it was asked for the n-th time whether it has: without a clock, a test says
// how far something is when it is to end, and how often it still asks.
type countdown struct {
	context.Context
	mu    sync.Mutex
	n     int // 0 is never
	asked int
	ended chan struct{}
}

func newCountdown(n int) *countdown {
	return &countdown{Context: context.Background(), n: n, ended: make(chan struct{})}
}

func (c *countdown) Done() <-chan struct{} { return c.ended }

func (c *countdown) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.asked++; c.asked == c.n {
		close(c.ended)
	}
	if c.n > 0 && c.asked >= c.n {
		return context.Canceled
	}
	return nil
}

// close ends what waits for its end.
func (c *countdown) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == 0 || c.asked < c.n {
		close(c.ended)
		c.n = 1
	}
}

// TestCancelled: whatever is long asks often whether it is to end, and ends in the middle.
func TestCancelled(t *testing.T) {
	files := func(version int) fstest.MapFS {
		m := fstest.MapFS{}
		for i := range 3_000 {
			m[fmt.Sprintf("d%d/f%d", i%100, i)] = &fstest.MapFile{Data: fmt.Append(nil, version*i)}
		}
		return m
	}
	old, new := &buildcontext.View{Tree: buildcontext.FS(files(1))}, &buildcontext.View{Tree: buildcontext.FS(files(2))}
	patterns := times(5_000, numbered("**/x%"))
	rules, err := dockerignore.Parse("f", []byte(patterns))
	if err != nil {
		t.Fatal(err)
	}
	ruled := &buildcontext.View{Tree: old.Tree, Rules: rules}
	runs := []byte("FROM a\nCOPY . .\n" + times(3_000, numbered("RUN npm ci && %")))
	replayed := func(v *buildcontext.View) *cachekey.Graph {
		g, err := cachekey.Replay(t.Context(), "Dockerfile", runs, v, nil)
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	before, after := replayed(old), replayed(new)
	dir := kindRepository(t, "", "", "r")
	history := &predict.HistoryRequest{Dir: dir}
	for _, tt := range []struct {
		reason string
		least  int // how often it asks
		do     func(ctx context.Context) error
	}{
		{"a replay", 3_000, func(ctx context.Context) error {
			_, err := cachekey.Replay(ctx, "Dockerfile", runs, old, nil)
			return err
		}},
		{"a match", 1_000, func(ctx context.Context) error { _, err := predict.Compare(ctx, before, after); return err }},
		{"details", 1_000, func(ctx context.Context) error {
			_, _, err := predict.CompareDetails(ctx, cacheOf(before), after, nil)
			return err
		}},
		{"keys", 100, func(ctx context.Context) error { _, err := cachekey.Keys(ctx, after, nil); return err }},
		{"ignore patterns, read", 100, func(ctx context.Context) error {
			_, err := dockerignore.Limits{}.Parse(ctx, "f", []byte(patterns))
			return err
		}},
		{"ignore patterns, matched", 100, func(ctx context.Context) error { _, err := buildcontext.Digest(ctx, ruled, nil); return err }},
		{"a digest", 100, func(ctx context.Context) error { _, err := buildcontext.Digest(ctx, old, nil); return err }},
		{"a difference", 100, func(ctx context.Context) error { _, err := buildcontext.Compare(ctx, old, nil, new, nil); return err }},
		{"a prediction", 5, func(ctx context.Context) error {
			_, err := predict.Run(ctx, &predict.Request{Dir: dir, Before: side("HEAD~3"), After: side("HEAD")})
			return err
		}},
		{"a history", 20, func(ctx context.Context) error { _, err := collected(predict.History(ctx, history)); return err }},
		{"advice", 20, func(ctx context.Context) error {
			a, err := whatif.Advise(ctx, history, nil)
			if err == nil && a.Interrupted {
				err = context.Canceled
			}
			return err
		}},
		{"a history with a change", 20, func(ctx context.Context) error {
			r := *history
			r.WhatIf = []predict.WhatIf{whatif.IgnoreFile([]byte("*\n"))}
			_, err := collected(predict.History(ctx, &r))
			return err
		}},
		{"all Dockerfiles", 3, func(ctx context.Context) error {
			repo, err := buildcontext.OpenRepository(t.Context(), dir)
			if err != nil {
				return err
			}
			defer repo.Close()
			_, err = targets.Find(ctx, &targets.Search{Repository: repo, Before: "HEAD~1", After: "HEAD"})
			return err
		}},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			whole := newCountdown(0)
			err := tt.do(whole)
			whole.close()
			if err != nil || whole.asked < tt.least {
				t.Fatalf("%v; it asks %d times whether it is to end, want %d", err, whole.asked, tt.least)
			}
			for _, part := range []int{4, 2} {
				ctx := newCountdown(max(1, whole.asked/part))
				err := tt.do(ctx)
				ctx.close()
				if !errors.Is(err, context.Canceled) || strings.Contains(err.Error(), "\n") {
					t.Errorf("cancelled after %d of %d questions: %v", ctx.n, whole.asked, err)
				}
				if more := ctx.asked - ctx.n; more > 50+whole.asked/10 {
					t.Errorf("it asks %d times more after it was told, of %d in all", more, whole.asked)
				}
			}
		})
	}
}
