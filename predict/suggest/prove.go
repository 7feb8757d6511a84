package suggest

import (
	"path"
	"strings"

	"github.com/whybust/whybust/predict"
)

// prove tries an attempt: nil if it saves nothing, costs anything, or cannot be made on both sides.
func (s *suggester) prove(a *attempt) (*predict.Suggestion, error) {
	made := &predict.Suggestion{Kind: a.remedy.Kind, Step: a.remedy.Step, Text: a.text, DependsOn: a.dependsOn, Missing: a.missing}
	made.Saves.Cached = []string{}
	if made.DependsOn == nil {
		made.DependsOn = []string{}
	}
	if a.missing != "" {
		return made, nil
	}
	if outside := path.IsAbs(s.new.Dockerfile) || path.IsAbs(s.olds[0].Dockerfile) || s.inline; outside && a.edit != nil {
		return nil, nil
	}
	var ok bool
	var err error
	if made.Before, made.After, ok = s.patch(a); !ok {
		return nil, nil
	}
	for name, data := range made.After {
		old := s.new.DockerfileData
		if len(a.ignore) > 0 {
			if old = s.new.IgnoreData; s.new.IgnoreFile == "" {
				old = nil
			}
		}
		made.Diff += unified(name, old, data)
	}
	if a.saves != nil {
		made.Saves, err = a.saves()
		if err != nil || len(made.Saves.Cached) == 0 {
			return nil, s.ctx.Err()
		}
		return made, nil
	}
	patched, err := s.session.Predict(s.ctx, made.Before, made.After)
	if err != nil {
		// The patch made no Dockerfile that can be built, or there is no more time.
		return nil, s.ctx.Err()
	}
	made.Patched = patched
	var gains bool
	if made.Saves, gains = s.saves(a, patched); !gains || made.Diff == "" {
		return nil, nil
	}
	return made, nil
}

// saves compares the prediction with the one of the changed build, step by step: by stage and text.
// gains is false where a step fares worse, or none better.
func (s *suggester) saves(a *attempt, patched *predict.Prediction) (saves predict.Saves, gains bool) {
	saves.Cached = []string{}
	before := map[string][]*predict.Step{}
	for i := range s.p.Steps {
		st := &s.p.Steps[i]
		before[key(st.Stage, textOf(st))] = append(before[key(st.Stage, textOf(st))], st)
		saves.Rebuilt += missed(st)
	}
	for i := range patched.Steps {
		st := &patched.Steps[i]
		saves.RebuiltWith += missed(st)
		text := textOf(st)
		if a.was != nil {
			text = a.was(text)
		}
		list := before[key(st.Stage, text)]
		var was *predict.Step
		if len(list) > 0 {
			was, before[key(st.Stage, text)] = list[0], list[1:]
		}
		switch {
		case was != nil && rank(st.Status) > rank(was.Status):
			return saves, false
		case st.Status == predict.Hit && (was != nil && was.Status == predict.Miss || was == nil && st.Instruction != "FROM"):
			saves.Cached = append(saves.Cached, st.Name)
			gains = gains || !a.needsRun || st.Instruction == "RUN"
			addTime(&saves, was)
		}
	}
	for _, list := range before { // what is not made any more
		for _, was := range list {
			if was.Status == predict.Miss {
				addTime(&saves, was)
			}
		}
	}
	gains = gains || saves.RebuiltWith < saves.Rebuilt
	return saves, gains && saves.RebuiltWith <= saves.Rebuilt && missingSources(patched) <= missingSources(s.p)
}

func key(stage, text string) string { return stage + "\x00" + text }

// textOf is a step's name without its place.
func textOf(st *predict.Step) string {
	_, text, _ := strings.Cut(st.Name, "] ")
	return text
}

func missed(st *predict.Step) int {
	if st.Status == predict.Miss {
		return 1
	}
	return 0
}

func rank(s predict.Status) int {
	return map[predict.Status]int{predict.Hit: 0, predict.MayHit: 1, predict.Miss: 2}[s]
}

func missingSources(p *predict.Prediction) (n int) {
	for _, note := range p.Notes {
		if note.Kind == "missing-source" {
			n++
		}
	}
	return n
}

// addTime counts the time of a step that is not run.
func addTime(saves *predict.Saves, st *predict.Step) {
	if st == nil || st.Duration == nil {
		return
	}
	sum := *st.Duration
	if saves.Time != nil {
		sum += *saves.Time
	}
	saves.Time = &sum
}
