package cachekey

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/whybust/whybust/internal/dockerfile"
)

const scratch = "scratch"

// stage is a stage of the file, or an image that an instruction names
// (dispatchState in dockerfile2llb/convert.go).
type stage struct {
	index      int // in stages.all
	name       string
	display    string
	base       string // expanded
	shownBase  string // the same, without values of --build-arg
	parent     *stage // the stage that base names
	platform   *platform
	text       string
	line, end  int
	commands   []*command
	deps       []*stage
	fromTotal  int         // total when the base was loaded: its triggers were not known yet
	file       bool        // written in the file; false for an image named by an instruction
	context    *substitute // what was given in its place, or in that of its image
	replaced   bool        // it is context, and nothing of it is run
	dispatched bool
	triggered  bool // the triggers of its base are in commands
	numbered
	state state
	last  *Step
}

// numbered counts a stage's steps as they are printed (prefixCommand).
type numbered struct{ total, count int }

// command is an instruction with the stages that it reads.
type command struct {
	*dockerfile.Instruction
	sources []*stage
	onbuild bool
}

// stages is the table of all stages, in the order in which BuildKit registers
// them.
type stages struct {
	all    []*stage
	byName map[string]*stage
}

func (t *stages) add(s *stage) {
	s.index = len(t.all)
	t.all = append(t.all, s)
	if parent, ok := t.byName[s.base]; ok {
		s.parent = parent
	}
	if s.name != "" {
		t.byName[strings.ToLower(s.name)] = s
	}
}

func (t *stages) find(name string) (*stage, bool) {
	s, ok := t.byName[strings.ToLower(name)]
	return s, ok
}

// named finds the stage that a --from or from= names, or makes an entry for the
// image of that name.
func (t *stages) named(name string, line int) *stage {
	if s, ok := t.find(name); ok {
		return s
	}
	return &stage{index: -1, base: name, line: line, end: line}
}

// connect resolves what a command reads (toCommand and detectRunMount). A mount
// without from= counts as one of an image "scratch", which matters only for
// whether a lone stage prints its name.
func (t *stages) connect(s *stage, c *command) error {
	for _, from := range c.Sources() {
		var src *stage
		switch index, err := strconv.Atoi(from); {
		case c.Keyword == "RUN" && from == "":
			src = t.named(scratch, c.Line)
		case c.Keyword == "COPY" && err == nil:
			if index < 0 || index >= len(t.all) {
				return fmt.Errorf("--from=%d: there is no stage of that index", index)
			}
			src = t.all[index]
		case c.Keyword == "COPY" && strings.ContainsAny(from, `$\"'`):
			return fmt.Errorf("--from=%s: variables are not expanded there; name a stage of its own", from)
		default:
			src = t.named(from, c.Line)
		}
		c.sources = append(c.sources, src)
	}
	return nil
}

// register adds the images that a command names after all stages that were
// known so far.
func (t *stages) register(s *stage, c *command) {
	for _, src := range c.sources {
		s.deps = append(s.deps, src)
		if src.index < 0 {
			t.add(src)
		}
	}
}

// reachable is the set of stages that a target needs.
func reachable(target *stage) map[*stage]bool {
	seen := map[*stage]bool{}
	todo := []*stage{target}
	for len(todo) > 0 {
		s := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[s] {
			continue
		}
		seen[s] = true
		if s.replaced {
			continue // what it reads is not asked for
		}
		if s.parent != nil {
			todo = append(todo, s.parent)
		}
		todo = append(todo, s.deps...)
	}
	return seen
}

// checkCycles fails if a stage needs itself.
func (t *stages) checkCycles() error {
	const visiting, done = 1, 2
	marks := make([]byte, len(t.all))
	var visit func(s *stage, depth int) error
	visit = func(s *stage, depth int) error {
		switch marks[s.index] {
		case done:
			return nil
		case visiting:
			return &positionError{s.line, fmt.Errorf("stage %q needs itself", s.label())}
		}
		marks[s.index] = visiting
		next := s.deps
		if s.parent != nil {
			next = append([]*stage{s.parent}, next...)
		}
		for _, d := range next {
			if err := visit(d, depth+1); err != nil {
				return err
			}
		}
		marks[s.index] = done
		return nil
	}
	for _, s := range t.all {
		if err := visit(s, 0); err != nil {
			return err
		}
	}
	return nil
}

func (s *stage) label() string {
	if s.name != "" {
		return s.name
	}
	if s.display != "" {
		return s.display
	}
	return Readable(s.shownBase)
}

// positionError is an error at a line; Replay turns it into a dockerfile.Error.
type positionError struct {
	line int
	err  error
}

func (e *positionError) Error() string { return e.err.Error() }
func (e *positionError) Unwrap() error { return e.err }
