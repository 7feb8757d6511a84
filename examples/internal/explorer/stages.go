package explorer

import (
	"github.com/whybust/whybust/predict"
)

// Stage is one stage of the graph: the steps From to To, and where it is drawn.
type Stage struct {
	Name   string         `json:"name"`
	Status predict.Status `json:"status"`
	From   int            `json:"from"`
	To     int            `json:"to"` // after the last
	// Row counts from the top, a stage being below all that it takes from; Column
	// from the left.
	Row    int `json:"row"`
	Column int `json:"column"`
}

// Edge says that one stage takes from another: it begins with it ("from"), or
// copies or mounts files of it ("copy").
type Edge struct {
	From int    `json:"from"`
	To   int    `json:"to"`
	Kind string `json:"kind"`
}

// stages groups the steps and lays out the graph.
func stages(p *predict.Prediction, d *predict.Details) ([]Stage, []Edge) {
	list, of := []Stage{}, make([]int, len(p.Steps))
	for i, s := range p.Steps {
		if last := len(list) - 1; last < 0 || s.Stage != p.Steps[i-1].Stage {
			list = append(list, Stage{Name: short(s.Stage), Status: predict.Hit, From: i})
		}
		last := &list[len(list)-1]
		last.To, last.Status, of[i] = i+1, worse(last.Status, s.Status), len(list)-1
	}
	edges, seen := []Edge{}, map[Edge]bool{}
	add := func(e Edge) {
		if e.From < e.To && !seen[e] {
			seen[e] = true
			edges = append(edges, e)
		}
	}
	for i, s := range d.Steps {
		if s.Previous != nil {
			add(Edge{of[*s.Previous], of[i], "from"})
		}
		for _, in := range s.Inputs {
			if in.Step != nil && in.Role != "root" {
				add(Edge{of[*in.Step], of[i], "copy"})
			}
		}
	}
	columns := map[int]int{}
	for i := range list {
		for _, e := range edges {
			if e.To == i {
				list[i].Row = max(list[i].Row, list[e.From].Row+1)
			}
		}
		list[i].Column = columns[list[i].Row]
		columns[list[i].Row]++
	}
	return list, edges
}

func (page *Page) stageOf(step int) int {
	for i, s := range page.Stages {
		if step < s.To {
			return i
		}
	}
	return -1
}

func worse(a, b predict.Status) predict.Status {
	if a == predict.Miss || b == predict.Hit {
		return a
	}
	return b
}
