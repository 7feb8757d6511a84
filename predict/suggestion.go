package predict

// Suggestion is a remedy as a change of the Dockerfile or the ignore file, which was tried: the
// prediction was made again with the change on both sides. Package suggest makes them.
type Suggestion struct {
	Kind string `json:"kind"`
	// Step is the index in Steps of the step that it is about.
	Step int    `json:"step"`
	Text string `json:"text"`
	// Diff is the change of the new side's files as a unified diff that `git apply` takes at
	// the root of the repository. Empty if Missing says what has to be known first.
	Diff string `json:"diff"`
	// Saves is what the change would have saved of this build, had it been there before.
	Saves Saves `json:"saves"`
	// DependsOn says what must hold for the build to keep its meaning and cannot be known
	// from the repository.
	DependsOn []string `json:"dependsOn"`
	// Missing is what the caller would have to tell for a Diff.
	Missing string `json:"missing,omitempty"`

	// Before and After hold the changed files of the sides, by path from the repository's
	// root: what Side.Replace takes. Before has one for Request.Before and one for each of Request.Cached, nil for
	// those on which the change cannot be made.
	Before []map[string][]byte `json:"-"`
	After  map[string][]byte   `json:"-"`
	// Patched is the prediction with the change on both sides; nil without a Diff.
	Patched *Prediction `json:"-"`
}

// Saves is what a Suggestion would have saved.
type Saves struct {
	// Cached names the steps that are cached with the change and were not without it, as the
	// changed build prints them.
	Cached []string `json:"cached"`
	// Rebuilt counts the steps that miss, without and with the change.
	Rebuilt     int `json:"rebuilt"`
	RebuiltWith int `json:"rebuiltWith"`
	// Time is that of the steps which are not run, in milliseconds, as far as they were measured;
	// nil if none was.
	Time *int64 `json:"timeMs,omitempty"`
	// When says in which case, if it is not this build that is saved but a later one.
	When string `json:"when,omitempty"`
}
