package standin

import (
	"iter"
	"maps"
	"sync"
)

// set is a set of strings. It may be used by several goroutines: BuildKit resolves the images
// of a Dockerfile at once.
type set struct {
	mu sync.Mutex
	m  map[string]bool
}

func (s *set) add(v string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.m == nil {
		s.m = map[string]bool{}
	}
	s.m[v] = true
}

func (s *set) all() iter.Seq[string] { return maps.Keys(s.m) }
