package predict

import (
	"errors"
	"io/fs"
	"slices"

	"github.com/whybust/whybust/cachekey"
)

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

// verdicts are in order, from best to worst.
var verdicts = []TargetVerdict{TargetRemoved, TargetHit, TargetMayHit, TargetMiss, TargetNew, TargetBroken}

// Worse reports whether a verdict is worse than another: removed, hit, may-hit, miss, new, broken.
func (v TargetVerdict) Worse(than TargetVerdict) bool {
	return slices.Index(verdicts, v) > slices.Index(verdicts, than)
}

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

// predicted fills in the answer to a prediction against what was built, if anything was.
func (t TargetPrediction) predicted(p *Prediction, built bool) TargetPrediction {
	t.Prediction, t.Platform, t.Verdict = p, p.Platform, TargetVerdict(p.Verdict)
	if !built {
		t.Verdict, p.Hints = TargetNew, []Hint{} // there was no cache that could have been kept
	}
	t.Affected = t.Verdict != TargetHit || len(p.Config) > 0
	return t
}

// oldError tells why the old side could not be built, unless it is not there.
func (t *TargetPrediction) oldError(err error) {
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Error = "the old side could not be built: " + err.Error()
	}
}

// describe names what is built.
func (s *source) describe(t *TargetPrediction, b *Build) {
	t.Context, t.Target, t.Platform = b.Context, b.Target, b.Platform
	if dir, inside := s.inRepository(b.Context); inside && !cachekey.IsRemote(b.Context) {
		t.Context = dir
	}
	if cachekey.IsRemote(b.Context) {
		t.Context = cachekey.ShownURL(b.Context)
	}
	if t.Context == "" {
		t.Context = "."
	}
	if file, inside := s.inRepository(b.File); b.File != "" && inside {
		t.Dockerfile = file
	}
	if t.Platform == "" {
		t.Platform = cachekey.DefaultPlatform
	}
}
