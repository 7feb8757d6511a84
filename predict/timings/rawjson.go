package timings

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// rawStatus is a line of the stream: a SolveStatus of BuildKit's client package (client/graph.go,
// v0.34.2), as far as it counts here.
type rawStatus struct {
	Vertexes []rawVertex `json:"vertexes"`
	Statuses json.RawMessage
	Logs     json.RawMessage
	Warnings json.RawMessage
}

type rawVertex struct {
	Digest    string     `json:"digest"`
	Name      string     `json:"name"`
	Started   *time.Time `json:"started"`
	Completed *time.Time `json:"completed"`
	Cached    bool       `json:"cached"`
	Error     string     `json:"error"`
}

// rawBuild is one build of a stream, under way.
type rawBuild struct {
	seen  bool // a line of the stream, in this log
	order []string
	nodes map[string]*rawNode // by digest
}

// rawNode is a vertex. It may be worked on more than once, for its key and to be run.
type rawNode struct {
	rawVertex
	work map[int64]time.Time // ends by starts, in nanoseconds
}

func (n *rawNode) done() bool { return n.Completed != nil }

func (c *collector) rawLine(line []byte, whole bool) error {
	var s rawStatus
	if err := json.Unmarshal(line, &s); err != nil {
		if !whole || c.plain.seen {
			return nil // the build was killed, or another program printed it
		}
		return errNotJSON
	}
	if len(s.Vertexes) > 0 || s.Logs != nil || s.Statuses != nil || s.Warnings != nil {
		c.raw.seen, c.seen = true, true
	}
	for _, v := range s.Vertexes {
		if err := c.rawVertex(v); err != nil {
			return err
		}
	}
	return nil
}

func (c *collector) rawVertex(v rawVertex) error {
	if c.raw.nodes[v.Digest] == nil {
		if err := c.count(v.Name); err != nil {
			return err
		}
		if startsBuild(v.Name) && c.raw.over() {
			c.flushRaw()
		}
		if c.raw.nodes == nil {
			c.raw.nodes = map[string]*rawNode{}
		}
		c.raw.order = append(c.raw.order, v.Digest)
		c.raw.nodes[v.Digest] = &rawNode{work: map[int64]time.Time{}}
	}
	n := c.raw.nodes[v.Digest]
	n.rawVertex = v
	if v.Started != nil && v.Completed != nil {
		n.work[v.Started.UnixNano()] = *v.Completed
	}
	return nil
}

// startsBuild reports whether a vertex is the first of a build.
func startsBuild(name string) bool { return strings.Contains(name, "load build definition from") }

// over reports whether a build has run, and nothing of it is under way.
func (b *rawBuild) over() bool {
	steps := false
	for _, n := range b.nodes {
		if n.Started != nil && !n.done() {
			return false
		}
		_, _, isStep := parseName(n.Name)
		steps = steps || isStep && n.done()
	}
	return steps
}

func (c *collector) flushRaw() {
	var vertices []vertex
	for _, digest := range c.raw.order {
		n := c.raw.nodes[digest]
		vertices = append(vertices, vertex{n.Name, n.done() && !n.Cached && n.Error == "", n.took()})
	}
	c.add(vertices)
	c.raw.order, c.raw.nodes = nil, nil
}

// took adds up the times in which a vertex was worked on, overlapping ones once.
func (n *rawNode) took() (sum time.Duration) {
	starts := make([]int64, 0, len(n.work))
	for start := range n.work {
		starts = append(starts, start)
	}
	slices.Sort(starts)
	until := int64(0)
	for i, start := range starts {
		end := n.work[start].UnixNano()
		if i > 0 {
			start = max(start, until)
		}
		if end > start {
			sum += min(time.Duration(end-start), maxTook)
			until = end
		}
		sum = min(sum, maxTook)
	}
	return sum
}
