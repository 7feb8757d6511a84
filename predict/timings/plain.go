package timings

import (
	"strconv"
	"strings"
	"time"

	"github.com/whybust/whybust/internal/lazyregexp"
)

// plainBuild is one build of a plain text, under way (util/progress/progressui/printer.go in
// BuildKit v0.34.2): "#4 [builder 2/6] RUN make", then what it prints with the same number
// before it, and at its end "#4 DONE 1.2s", "#4 CACHED", "#4 ERROR: ..." or "#4 CANCELED".
type plainBuild struct {
	seen  bool
	order []int
	nodes map[int]*plainNode
}

type plainNode struct {
	vertex
	done bool
}

var (
	plainForm = lazyregexp.New(`^#(\d{1,7}) (.+)$`)
	doneForm  = lazyregexp.New(`^DONE (\d{1,8}(?:\.\d{1,9})?)s$`)
)

func (c *collector) plainLine(line string) error {
	m := plainForm.FindStringSubmatch(line)
	if m == nil {
		return nil
	}
	index, _ := strconv.Atoi(m[1])
	text := strings.TrimSpace(m[2])
	if c.plain.restarts(index, text) {
		c.flushPlain()
	}
	n := c.plain.nodes[index]
	if n == nil {
		if err := c.count(text); err != nil {
			return err
		}
		if c.plain.nodes == nil {
			c.plain.nodes = map[int]*plainNode{}
		}
		c.plain.seen = true
		c.plain.order = append(c.plain.order, index)
		c.plain.nodes[index] = &plainNode{vertex: vertex{name: text}}
		return nil
	}
	switch m := doneForm.FindStringSubmatch(text); {
	case m != nil:
		seconds, _ := strconv.ParseFloat(m[1], 64)
		n.done, n.measured, n.took = true, true, time.Duration(min(seconds, maxTook.Seconds())*float64(time.Second))
	case text == "DONE", text == "CACHED", text == "CANCELED", strings.HasPrefix(text, "ERROR: "):
		n.done, n.measured = true, false
	}
	return nil
}

// restarts reports whether a line begins another build: its number is one that something else
// has, or that of the build's first lines, which have ended.
func (b *plainBuild) restarts(index int, text string) bool {
	n := b.nodes[index]
	if n == nil {
		return false
	}
	_, _, isStep := parseName(text)
	switch {
	case (isStep || strings.HasPrefix(text, "[internal] ")) && text != n.name:
		return true
	case index > 1 || text != n.name && index > 0:
		return false
	}
	for _, other := range b.nodes {
		if _, _, isStep := parseName(other.name); isStep && other.done {
			return true
		}
	}
	return false
}

func (c *collector) flushPlain() {
	var vertices []vertex
	for _, index := range c.plain.order {
		vertices = append(vertices, c.plain.nodes[index].vertex)
	}
	c.add(vertices)
	c.plain.order, c.plain.nodes = nil, nil
}
