package predict

// TargetVerdict sums up what is to be done for a target.
type TargetVerdict string

// The verdicts on targets. The first three are those of a Prediction.
const (
	TargetHit     TargetVerdict = "hit"     // every step is cached
	TargetMayHit  TargetVerdict = "may-hit" // it hangs on bytes that are not known
	TargetMiss    TargetVerdict = "miss"    // a step runs again
	TargetNew     TargetVerdict = "new"     // it was not built before, or could not be
	TargetRemoved TargetVerdict = "removed" // it is built no more
	TargetBroken  TargetVerdict = "broken"  // it cannot be predicted, most likely not built either
)

// TargetPrediction is the answer for one target: plain data, stable as JSON.
type TargetPrediction struct {
	Name    string        `json:"name"`
	Verdict TargetVerdict `json:"verdict"`
	// Affected is set unless the image stays as it is: false if the target is
	// removed, or if every step hits and no instruction that runs nothing
	// changed.
	Affected bool `json:"affected"`
	// Context and Dockerfile are relative to the repository's root, "." being
	// the root; Dockerfile is empty if there is none in the repository.
	Context    string `json:"context"`
	Dockerfile string `json:"dockerfile"`
	// Target is the stage as asked for, empty for the last one.
	Target   string `json:"target"`
	Platform string `json:"platform"`
	// Why says how the context was chosen, if it was.
	Why string `json:"why,omitempty"`
	// Error says what is wrong with a broken target, and with the old side of a new one.
	Error string `json:"error,omitempty"`
	// Prediction is nil for a target that is removed or broken. For one that is new everything
	// misses.
	Prediction *Prediction `json:"prediction"`
}

func (t TargetPrediction) broken(err error) TargetPrediction {
	t.Verdict, t.Affected, t.Error, t.Prediction = TargetBroken, true, err.Error(), nil
	return t
}
