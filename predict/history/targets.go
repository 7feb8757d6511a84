package history

import "github.com/whybust/whybust/predict"

// TargetsSchema is the version of the JSON form of Targets.
const TargetsSchema = "whybust-histories/v1"

// Targets are the histories of several targets of one repository added up: plain data, stable as JSON.
type Targets struct {
	Schema string `json:"schema"`
	// Interrupted is as in Summary.
	Interrupted bool `json:"interrupted"`
	// Cache is what each build found of those of its target.
	Cache Cache `json:"cache"`
	// Commits is how many commits were looked at.
	Commits int `json:"commits"`
	// Targets are in the order in which they were asked for.
	Targets []TargetHistory `json:"targets"`
}

// Interrupt notes that the newest commits are missing, of all targets.
func (t *Targets) Interrupt() {
	t.Interrupted = true
	for _, one := range t.Targets {
		one.History.Interrupted = true
	}
}

// TargetHistory is the history of one target.
type TargetHistory struct {
	Target
	// Absent is how many of the commits do not have it: there is no Dockerfile or no context.
	Absent int `json:"absent"`
	// History is of the commits that have it.
	History *Summary `json:"history"`
}

// Target is an image of a repository, as it is defined today.
type Target struct {
	// Name, Context and Platform are as in predict.TargetPrediction, Stage as its Target.
	Name     string `json:"name"`
	Context  string `json:"context"`
	Stage    string `json:"target"`
	Platform string `json:"platform"`
	// Why says how its context was chosen, if it was.
	Why string `json:"why,omitempty"`
	// Notes say what of its definition is not understood.
	Notes []predict.Note `json:"notes"`
}

// TargetsCollector adds up the builds of several targets. It is not safe for concurrent use.
type TargetsCollector struct {
	targets []Target
	each    []Collector
	absent  []int
	commits int
	options Options
}

// NewTargets prepares to add up what predict.HistoryAll gives of these targets.
func NewTargets(targets []Target, options Options) *TargetsCollector {
	c := &TargetsCollector{targets: targets, each: make([]Collector, len(targets)), absent: make([]int, len(targets)), options: options}
	for i := range c.each {
		c.each[i].Options = options
	}
	return c
}

// Add adds the builds of a commit. They come in the order of predict.HistoryAll.
func (c *TargetsCollector) Add(b *predict.HistoryBuilds) {
	c.commits++
	for i, one := range b.Builds {
		if one == nil {
			c.absent[i]++
			continue
		}
		c.each[i].Add(one)
	}
}

// Summary adds up what was added so far.
func (c *TargetsCollector) Summary() *Targets {
	s := &Targets{Schema: TargetsSchema, Cache: (&Collector{Options: c.options}).cache(), Commits: c.commits, Targets: []TargetHistory{}}
	for i, t := range c.targets {
		t.Notes = append([]predict.Note{}, t.Notes...)
		s.Targets = append(s.Targets, TargetHistory{t, c.absent[i], c.each[i].Summary()})
	}
	return s
}
