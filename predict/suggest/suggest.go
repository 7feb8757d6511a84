// Package suggest turns the remedies of a prediction into patches of the Dockerfile
// or the ignore file, and proves each: the prediction is made again with the
// patch on both sides, and only what then stays cached is claimed.
//
// A patch keeps the meaning of the build. Where that hangs on something which the
// repository does not show, DependsOn says on what; where it would surely change, there is no patch.
package suggest

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/whybust/whybust/cachekey"
	"github.com/whybust/whybust/predict"
)

// Options say what is known beside the repository. Nil, and the zero value, know nothing.
type Options struct {
	// Digest returns the digest that an image has now ("sha256:..."), by its full reference
	// ("docker.io/library/node:20"), and false if it is not known. Nil asks what
	// Request.Timings saw.
	Digest func(reference string) (string, bool)
}

// For returns the suggestions for a prediction, those that save the most first. p is what predict.Run gave for r;
// nil has it made here. There are none of a Dockerfile that lies outside of the repository, or is no file.
func For(ctx context.Context, r *predict.Request, p *predict.Prediction, o *Options) ([]predict.Suggestion, error) {
	found, err := Changes(ctx, r, p, o)
	if err != nil {
		return nil, err
	}
	suggestions := []predict.Suggestion{}
	for _, f := range found {
		suggestions = append(suggestions, f.Suggestion)
	}
	return suggestions, nil
}

// suggester is one call of Changes.
type suggester struct {
	ctx     context.Context
	session *predict.Session
	p       *predict.Prediction
	cache   *predict.Cache
	olds    []*predict.Replayed
	new     *predict.Replayed
	digest  func(string) (string, bool)
	inline  bool // a Dockerfile is no file
}

// maxRemedies bounds how many patches are tried: each is a prediction.
const maxRemedies = 64

func (s *suggester) all() ([]Change, error) {
	var suggestions []Change
	remedies, err := predict.Remedies(s.ctx, s.cache, s.new.Graph, s.p)
	if err != nil {
		return nil, err
	}
	for i := range remedies[:min(len(remedies), maxRemedies)] {
		a, err := s.attempt(&remedies[i])
		if err != nil {
			return nil, err
		}
		if a == nil {
			continue
		}
		made, err := s.prove(a)
		if err != nil {
			return nil, err
		}
		if made != nil && !slices.ContainsFunc(suggestions, func(o Change) bool {
			return o.Kind == made.Kind && o.Diff == made.Diff && o.Text == made.Text
		}) {
			suggestions = append(suggestions, Change{*made, s.whatIf(a)})
		}
	}
	slices.SortStableFunc(suggestions, func(a, b Change) int { return better(&b.Saves) - better(&a.Saves) })
	return suggestions, nil
}

// better weighs what a suggestion saves: time if it was measured, then steps.
func better(s *predict.Saves) int {
	weight := 1000*(s.Rebuilt-s.RebuiltWith) + len(s.Cached)
	if s.Time != nil {
		weight += 10_000 * int(*s.Time/100)
	}
	return weight
}

// attempt is a patch that was not tried yet.
type attempt struct {
	remedy    *predict.Remedy
	text      string
	dependsOn []string
	missing   string
	// ignore are lines to add to the ignore file.
	ignore []string
	// edit changes a Dockerfile. find gives an instruction of it that is, for same, the one which
	// begins on a line of the new side's. It returns false if it cannot be done there.
	edit func(d *document, find finder) bool
	// was gives the text that a step of the changed build had before; empty for a new one.
	was func(text string) string
	// needsRun is set if the gain must be a RUN, not only the copies that were made for it.
	needsRun bool
	// saves replaces the proof by a prediction of both sides, if it is not this build that is saved.
	saves func() (predict.Saves, error)
}

type finder func(line int, same func(a, b instruction) bool) (instruction, bool)

// attempt makes the patch of a remedy; nil if there is none that keeps the build's meaning.
func (s *suggester) attempt(r *predict.Remedy) (*attempt, error) {
	var a *attempt
	var err error
	switch r.Kind {
	case "ignore-file", "heavy-directory":
		a = s.ignoreLines(r)
	case "copy-too-early":
		a, err = s.manifestsFirst(r)
	case "volatile-arg", predict.RemedyLateVariable:
		a = s.variableLater(r)
	case "instruction-text":
		a = s.splitRun(r)
	case "unpinned-base":
		a = s.pin(r)
	case predict.RemedyCopyLink:
		a, err = s.link(r)
	case predict.RemedyBindMount:
		a, err = s.mount(r)
	}
	if a != nil {
		a.remedy = r
		if a.text == "" {
			a.text = r.Text
		}
	}
	return a, err
}

// patch makes the changed files of all sides; ok is false where the new or the first old one cannot be changed so.
func (s *suggester) patch(a *attempt) (before []map[string][]byte, after map[string][]byte, ok bool) {
	if after = s.patchSide(a, s.new); after == nil {
		return nil, nil, false
	}
	for _, old := range s.olds {
		before = append(before, s.patchSide(a, old))
	}
	return before, after, before[0] != nil
}

// patchSide makes the changed file of one side; nil if it cannot be.
func (s *suggester) patchSide(a *attempt, side *predict.Replayed) map[string][]byte {
	if len(a.ignore) > 0 {
		name := cmp.Or(side.IgnoreFile, s.new.IgnoreFile, a.remedy.File)
		return map[string][]byte{name: appendLines(side.IgnoreData, a.ignore)}
	}
	d, err1 := parse(side.Dockerfile, side.DockerfileData)
	original, err2 := parse(s.new.Dockerfile, s.new.DockerfileData)
	if errors.Join(err1, err2) != nil {
		return nil
	}
	find := func(line int, same func(a, b instruction) bool) (instruction, bool) {
		in, ok := original.at(line)
		if !ok || side == s.new {
			return in, ok
		}
		return d.find(original, in, same)
	}
	if !a.edit(d, find) {
		return nil
	}
	return map[string][]byte{side.Dockerfile: d.bytes()}
}

// step is a step of the new side.
func (s *suggester) step(i int) *cachekey.Step { return s.new.Graph.Steps[i] }
