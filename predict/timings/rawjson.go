package timings

import (
	"cmp"
	"encoding/json"
	"maps"
	"math"
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
	Group     *struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	} `json:"progressGroup"`
}

// rawBuild is one build of a stream, under way.
type rawBuild struct {
	order []string
	nodes map[string]*rawNode // by digest, or by the id of a group
}

// rawNode is what is shown as one: a vertex, or a group of them, like the two of COPY --link. A
// vertex may be worked on more than once, for its key and to be run.
type rawNode struct {
	name     string
	vertices map[string]rawVertex // as they are last reported
	work     map[workKey]time.Time
}

// workKey is where a piece of work begins, in nanoseconds.
type workKey struct {
	digest string
	start  int64
}

// ended reports whether something was done and nothing is under way.
func (n *rawNode) ended() bool {
	any := false
	for _, v := range n.vertices {
		if v.Started != nil && v.Completed == nil {
			return false
		}
		any = any || v.Completed != nil
	}
	return any
}

// measured reports whether it ran to its end: a group is cached if all of it is (vertexGroup in
// util/progress/progressui/display.go).
func (n *rawNode) measured() bool {
	cached := true
	for _, v := range n.vertices {
		if v.Error != "" {
			return false
		}
		cached = cached && v.Cached
	}
	return n.ended() && !cached
}

func (c *collector) rawLine(line []byte, whole bool) error {
	var s rawStatus
	if err := json.Unmarshal(line, &s); err != nil {
		if !whole || c.plain.seen {
			return nil // the build was killed, or another program printed it
		}
		return errNotJSON
	}
	if len(s.Vertexes) > 0 || s.Logs != nil || s.Statuses != nil || s.Warnings != nil {
		c.seen = true
	}
	for _, v := range s.Vertexes {
		if err := c.rawVertex(v); err != nil {
			return err
		}
	}
	return nil
}

func (c *collector) rawVertex(v rawVertex) error {
	id, name := v.Digest, v.Name
	if v.Group != nil && v.Group.ID != "" {
		id, name = "group "+v.Group.ID, v.Group.Name
	}
	if c.raw.nodes[id] == nil {
		if startsBuild(name) && c.raw.over() {
			c.flushRaw()
		}
		if c.raw.nodes == nil {
			c.raw.nodes = map[string]*rawNode{}
		}
		c.raw.order = append(c.raw.order, id)
		c.raw.nodes[id] = &rawNode{name: name, vertices: map[string]rawVertex{}, work: map[workKey]time.Time{}}
	}
	n := c.raw.nodes[id]
	if _, known := n.vertices[v.Digest]; !known {
		if err := c.count(name); err != nil {
			return err
		}
	}
	n.vertices[v.Digest] = v
	if v.Started != nil && v.Completed != nil {
		n.work[workKey{v.Digest, v.Started.UnixNano()}] = *v.Completed
		if len(n.work) > maxWork {
			return errTooMany
		}
	}
	return nil
}

// startsBuild reports whether a vertex is the first of a build.
func startsBuild(name string) bool { return strings.Contains(name, "load build definition from") }

// over reports whether a build has run, and nothing of it is under way.
func (b *rawBuild) over() bool {
	steps := false
	for _, n := range b.nodes {
		if !n.ended() {
			for _, v := range n.vertices {
				if v.Started != nil && v.Completed == nil {
					return false
				}
			}
			continue
		}
		_, _, isStep := parseName(n.name)
		steps = steps || isStep
	}
	return steps
}

func (c *collector) flushRaw() {
	var vertices []vertex
	for _, id := range c.raw.order {
		n := c.raw.nodes[id]
		vertices = append(vertices, vertex{n.name, n.measured(), n.took()})
	}
	c.add(vertices)
	c.raw.order, c.raw.nodes = nil, nil
}

// took adds up the times in which something was worked on, overlapping ones once.
func (n *rawNode) took() (sum time.Duration) {
	keys := slices.SortedFunc(maps.Keys(n.work), func(a, b workKey) int { return cmp.Compare(a.start, b.start) })
	until := int64(math.MinInt64)
	for _, key := range keys {
		start, end := max(key.start, until), n.work[key].UnixNano()
		if end > start {
			sum = min(sum+min(time.Duration(end-start), maxTook), maxTook)
			until = end
		}
	}
	return max(sum, 0)
}
