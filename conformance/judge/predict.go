package judge

import (
	"context"
	"fmt"
	"runtime/debug"
	"strings"

	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/internal/scenario"
	"github.com/whybust/whybust/predict"
)

// Predict is what the library says about a scenario. A panic of the library's is an error, so that
// it can be reported and shrunk as any other fault.
func Predict(ctx context.Context, s *scenario.Scenario) (p *predict.Prediction, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v in %s", r, origin(debug.Stack()))
		}
	}()
	cache := &predict.Cache{
		Mode: predict.CacheMode(s.CacheMode), NoCache: s.New.Build.NoCache, NoCacheFilter: s.New.Build.NoCacheFilter,
	}
	for _, side := range append([]scenario.Side{s.Old}, s.Cached...) {
		old, err := s.Replay(ctx, &side, buildcontext.FS(side.Tree.FS()))
		if err != nil {
			return nil, err
		}
		cache.Builds = append(cache.Builds, old)
	}
	new, err := s.Replay(ctx, &s.New, buildcontext.FS(s.New.Tree.FS()))
	if err != nil {
		return nil, err
	}
	return predict.CompareCache(ctx, cache, new)
}

// origin is the innermost function of the library's in a stack.
func origin(stack []byte) string {
	for line := range strings.Lines(string(stack)) {
		name, ok := strings.CutPrefix(line, "github.com/whybust/whybust/")
		if ok && !strings.HasPrefix(name, "conformance/") {
			name, _, _ = strings.Cut(name, "(")
			return name
		}
	}
	return "an unknown function"
}
