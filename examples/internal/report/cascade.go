package report

import "github.com/whybust/whybust/predict"

// Cascade is a step that loses the cache for a reason of its own, with all the steps
// that merely follow it. Steps are named by their index in the prediction.
type Cascade struct {
	Step      int
	Followers []int
}

// Follows reports whether a cause lies in another step.
func Follows(c predict.Cause) bool {
	return c.Kind == predict.CauseParent || c.Kind == predict.CauseStageOutput
}

// OwnCauses are the causes that lie in the step itself.
func OwnCauses(s predict.Step) []predict.Cause {
	var own []predict.Cause
	for _, c := range s.Causes {
		if !Follows(c) {
			own = append(own, c)
		}
	}
	return own
}

// Cascades groups the steps of one status under those that they follow, in
// the order of the steps.
func Cascades(p *predict.Prediction, status predict.Status) []Cascade {
	var busts []Cascade
	place := map[int]int{}  // step -> its cascade
	needed := map[int]int{} // step -> the cascade of what runs for it
	for i, s := range p.Steps {
		if s.Status != status {
			continue
		}
		if parent, ok := followed(p, i); ok {
			at := place[parent]
			place[i] = at
			busts[at].Followers = append(busts[at].Followers, i)
			continue
		}
		if step, ok := neededBy(s); ok {
			if at, ok := needed[step]; ok {
				place[i] = at
				busts[at].Followers = append(busts[at].Followers, i)
				continue
			}
			needed[step] = len(busts)
		}
		place[i] = len(busts)
		busts = append(busts, Cascade{Step: i})
	}
	return busts
}

// neededBy is the step for which a step runs that differs in nothing: only its
// key travelled. All that run for one step are told as one.
func neededBy(s predict.Step) (step int, ok bool) {
	if len(s.Causes) != 1 || s.Causes[0].Kind != predict.CauseNotExported || s.Causes[0].Step == nil {
		return 0, false
	}
	return *s.Causes[0].Step, true
}

// followed is the earlier step of the same status that step i follows.
func followed(p *predict.Prediction, i int) (int, bool) {
	for _, c := range p.Steps[i].Causes {
		if Follows(c) && c.Step != nil && 0 <= *c.Step && *c.Step < i &&
			p.Steps[*c.Step].Status == p.Steps[i].Status {
			return *c.Step, true
		}
	}
	return 0, false
}
