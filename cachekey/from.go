package cachekey

import (
	"fmt"

	"github.com/whybust/whybust/internal/dockerfile"
)

// from gives a stage that stands on an image, or on nothing, its first state
// (resolveBaseImage).
func (r *replayer) from(s *stage) error {
	if s.base == scratch {
		s.state = emptyState(r.target)
		return nil
	}
	s.fromTotal = s.total
	full, digest, err := s.image()
	if err != nil {
		return err
	}
	p := r.target
	if s.platform != nil {
		p = *s.platform
	}
	var config *ImageConfig
	if r.opts.Image != nil {
		image, err := r.opts.Image(full, p.String())
		if err != nil {
			return &positionError{s.line, fmt.Errorf("image %s: %w", full, err)}
		}
		if image != nil {
			config = image.Config
			if digest == "" {
				digest = image.Digest
			}
		}
	}
	identity := full
	if digest != "" {
		identity = digest
	} else {
		shown := full
		if HasSymbol(s.shownBase) {
			shown = Readable(s.shownBase)
		}
		r.note("floating-tag", s.line, shown+" is a tag: what it points to is taken to stay the same; a digest would pin it")
	}
	secret := HasSymbol(s.shownBase)
	if secret {
		s.shownBase = Readable(s.shownBase)
	} else {
		s.shownBase = full
	}
	s.base = full
	op, fresh := r.op(OpImage, s.line, Recipe{
		{Label: LabelImage, Value: identity, Line: s.line, Secret: secret},
		{Label: LabelPlatform, Value: p.String(), Line: s.line, Secret: p.secret},
	}, nil, "")
	if fresh {
		op.files = imageFiles(op)
	}
	s.state = imageState(op, identity+" "+p.String(), config, p)
	return nil
}

// image is the reference of a stage's base in full.
func (s *stage) image() (full, digest string, err error) {
	if full, digest, err = normalizeImage(s.base); err != nil {
		if HasSymbol(s.shownBase) {
			err = fmt.Errorf("%q is no image reference", Readable(s.shownBase))
		}
		err = &positionError{s.line, err}
	}
	return full, digest, err
}

// passOver names the image of a stage that the target does not reach yet
// (resolveReachableStages). Each time takes a number, which shows if a trigger makes it
// reachable later.
func (s *stage) passOver() error {
	if s.parent != nil || s.base == scratch {
		return nil
	}
	s.count++
	_, _, err := s.image()
	return err
}

// imageStep adds the step that loads a base image.
func (r *replayer) imageStep(s *stage) {
	c := &command{Instruction: &dockerfile.Instruction{Keyword: "FROM", Text: s.text, Line: s.line, EndLine: s.end}}
	total := s.total
	s.total = s.fromTotal
	r.step(s, c, "FROM "+s.shownBase, s.state.root)
	s.total = total
}

// triggers puts the ONBUILD instructions of a stage's base first in it
// (initOnBuildTriggers). It reports whether they made it need another stage.
func (r *replayer) triggers(s *stage) (more bool, err error) {
	if !s.file {
		return false, nil
	}
	texts := s.state.onbuild
	if s.parent != nil {
		texts = nil
		for _, c := range s.parent.commands {
			if text, ok := c.OnbuildText(); ok {
				texts = append(texts, text)
			}
		}
	}
	if err := r.roomForTriggers(s, len(texts)); err != nil {
		return false, err
	}
	var commands []*command
	for _, text := range texts {
		in, err := r.file.Trigger(text, s.line, s.end)
		if err != nil {
			return false, err
		}
		c := &command{Instruction: in, onbuild: true}
		if err := r.table.connect(s, c); err != nil {
			return false, &positionError{s.line, err}
		}
		more = more || len(c.sources) > 0
		r.table.register(s, c)
		if err := r.roomForStages(s.line); err != nil {
			return false, err
		}
		commands = append(commands, c)
	}
	s.commands = append(commands, s.commands...)
	s.total += len(commands)
	return more, nil
}
