package cachekey

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/whybust/whybust/internal/dockerfile"
)

// from gives a stage that stands on an image, on a named context or on nothing
// its first state (resolveBaseImage).
func (r *replayer) from(s *stage) error {
	if s.base == scratch && !s.replaced {
		s.state = emptyState(r.target)
		return nil
	}
	s.fromTotal = s.total
	full, digest, err := s.image()
	if err != nil {
		return err
	}
	p := r.platformOf(s)
	if !s.replaced {
		if s.context, err = r.substitute(full, p); err != nil {
			return &positionError{s.line, err}
		}
	}
	if s.context != nil {
		s.dispatched = s.replaced
		err = r.fromContext(s, p)
	} else {
		shown, secret := full, HasSymbol(s.shownBase)
		if secret {
			shown = Readable(s.shownBase)
		}
		err = r.fromImage(s, full, digest, shown, p)
		s.base, s.shownBase = full, shown
	}
	var at *positionError
	if err != nil && !errors.As(err, &at) {
		err = &positionError{s.line, err}
	}
	return err
}

// fromImage gives a stage the state of an image.
func (r *replayer) fromImage(s *stage, full, digest, shown string, p platform) error {
	var image *Image
	if r.opts.Image != nil {
		var err error
		if image, err = r.opts.Image(full, p.String()); err != nil {
			return fmt.Errorf("image %s: %w", shown, err)
		}
	}
	known := Image{Digest: digest}
	if image != nil {
		if err := image.check(); err != nil {
			return fmt.Errorf("image %s: %w", shown, err)
		}
		known = *image
		if digest != "" {
			known.Digest = digest
		}
	}
	if known.Digest == "" && known.ConfigDigest == "" {
		r.note("floating-tag", s.line, shown+" is a tag: what it points to is taken to stay the same; a digest would pin it")
	}
	given := digest == "" && (known.Digest != "" || known.ConfigDigest != "")
	s.state = r.imageState(s, full, p, &known, given)
	return nil
}

// imageState makes the operation that loads an image, and the state that the image gives. given says
// that the caller knows more of the image than its reference tells.
func (r *replayer) imageState(s *stage, full string, p platform, image *Image, given bool) state {
	identity := cmp.Or(image.Digest, full)
	if image.Digest == "" && image.ConfigDigest != "" {
		identity += " with the configuration " + image.ConfigDigest
	}
	raw := ""
	if s.context != nil {
		raw = "context" // another definition, which names no digest, and the same key
	}
	op, fresh := r.op(OpImage, s.line, Recipe{
		{Label: LabelImage, Value: identity, Line: s.line, Secret: s.context == nil && HasSymbol(s.shownBase)},
		{Label: LabelPlatform, Value: p.String(), Line: s.line, Secret: p.secret},
	}, nil, raw)
	if fresh {
		op.files = imageFiles(op)
		if s.context != nil {
			op.Context = s.context.name
		}
		if full != "" {
			op.image = &knownImage{ref: full + " " + p.String(), digest: image.Digest, config: image.ConfigDigest}
		}
		op.unknown = op.unknown || given
	}
	own := p
	if s.replaced && image.Config != nil && image.Config.Platform != "" {
		if named, err := parsePlatform(image.Config.Platform); err == nil {
			own = named
		}
	}
	return imageState(op, identity+" "+p.String(), image.Config, own)
}

// check refuses what no image can hold, and what could be taken for a symbol.
func (image *Image) check() error {
	texts := []string{image.Digest, image.ConfigDigest}
	if c := image.Config; c != nil {
		texts = slices.Concat(texts, c.Env, c.Shell, c.OnBuild, []string{c.Platform, c.WorkingDir, c.User})
	}
	for _, text := range texts {
		if HasSymbol(text) {
			return errors.New("its configuration holds a NUL byte")
		}
	}
	return nil
}

// knownImage is what is known of an image that an operation loads.
type knownImage struct {
	ref            string // with the platform
	digest, config string
}

// same compares the images of two operations whose recipes differ: of one reference, one may be
// known better than the other.
func (k *knownImage) same(o *knownImage) Certainty {
	switch {
	case k.ref != o.ref, k.digest != "" && o.digest != "":
		return No
	case k.config != "" && o.config != "":
		if k.config == o.config {
			return Yes
		}
		return No
	case k.digest == o.digest && k.config == o.config:
		return No
	}
	return Maybe
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
	if s.parent != nil || s.base == scratch && !s.replaced {
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
