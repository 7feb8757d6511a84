package suggest

import (
	"context"
	"errors"

	"github.com/whybust/whybust/predict"
)

// Change is a suggestion that can be tried on other commits too.
type Change struct {
	predict.Suggestion
	// WhatIf makes the same change on another commit: it looks for the instructions
	// that the suggestion is about, wherever they stand there, for one goroutine at a time. It does not apply where one of them is missing, or
	// reads otherwise. Nil if Missing says what has to be known first.
	WhatIf predict.WhatIf
}

// Changes is For, with the changes as such.
func Changes(ctx context.Context, r *predict.Request, p *predict.Prediction, o *Options) ([]Change, error) {
	session, err := predict.Open(ctx, r)
	if err != nil {
		return nil, err
	}
	defer session.Close()
	if p == nil {
		if p, err = session.Predict(ctx, nil, nil); err != nil {
			return nil, err
		}
	}
	if o == nil {
		o = &Options{}
	}
	s := &suggester{ctx: ctx, session: session, p: p, digest: o.Digest, inline: r.Before.Inline+r.After.Inline != ""}
	if s.digest == nil {
		s.digest = r.Timings.Digest
	}
	if s.cache, s.olds, s.new, err = session.Replay(ctx); err != nil {
		return nil, err
	}
	return s.all()
}

// errNotHere says that a change does not apply to a commit.
var errNotHere = errors.New("the instructions that are to be changed are not there, or read otherwise")

// whatIf makes an attempt on any commit. Neighbours mostly have the same files, and so the same change.
func (s *suggester) whatIf(a *attempt) predict.WhatIf {
	if a.missing != "" {
		return nil
	}
	type source struct{ dockerfile, dockerfileData, ignoreFile, ignoreData string }
	var last source
	var files map[string][]byte
	made := false
	return func(at *predict.WhatIfSource) (map[string][]byte, error) {
		now := source{at.Dockerfile, string(at.DockerfileData), at.IgnoreFile, string(at.IgnoreData)}
		if !made || now != last {
			last, made, files = now, true, s.patchSide(a, &at.Replayed)
		}
		if files == nil {
			return nil, errNotHere
		}
		return files, nil
	}
}

// Diff is the unified diff from the content of a file to another, as `git apply` takes it. old
// nil is a file that is not there. It is empty for equal contents.
func Diff(name string, old, new []byte) string { return unified(name, old, new) }
