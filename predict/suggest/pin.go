package suggest

import (
	"fmt"
	"strings"

	"github.com/whybust/whybust/cachekey"
	"github.com/whybust/whybust/predict"
)

// pin puts the digest of an image behind its tag, if it is known.
func (s *suggester) pin(r *predict.Remedy) *attempt {
	st := s.step(r.Step)
	_, full, _ := strings.Cut(st.Name, "] FROM ")
	if !strings.Contains(st.Text, r.Image) && !strings.Contains(st.Text, strings.TrimSuffix(r.Image, ":latest")) {
		return nil // it is made of variables
	}
	digest, ok := s.digest(full)
	if !ok {
		return &attempt{missing: fmt.Sprintf("the digest of %s: give the log of a build that loaded it with --timings, or look it up in its registry", r.Image)}
	}
	a := &attempt{dependsOn: []string{fmt.Sprintf("%s is what %s means: from now on it changes with an edit alone", digest, r.Image)}}
	a.edit = func(d *document, _ finder) bool { return d.pin(st.Text, digest) }
	a.saves = func() (predict.Saves, error) { return s.whenTagMoves(full, a) }
	return a
}

// pin edits every FROM that names the same image. A side that has none of them stays as it is.
func (d *document) pin(from, digest string) bool {
	image := imageWord(from)
	if image == "" || strings.Contains(image, "$") {
		return false
	}
	for _, in := range d.all {
		lines := d.source(in)
		if in.keyword != "FROM" || imageWord(in.text) != image || len(lines) != 1 {
			continue
		}
		// The first word that is the image is it: a stage's name comes after.
		line := " " + lines[0] + " "
		i := strings.Index(strings.ReplaceAll(line, "\t", " "), " "+image+" ")
		if i < 0 {
			return false
		}
		d.replace(in, lines[0][:i]+image+"@"+digest+lines[0][i+len(image):])
	}
	return true
}

// imageWord is the image of a FROM as it is written.
func imageWord(text string) string {
	for _, word := range strings.Fields(text)[1:] {
		if !strings.HasPrefix(word, "--") {
			return word
		}
	}
	return ""
}

// whenTagMoves replays the new side twice, with a tag that means two images, without the pin and
// with it.
func (s *suggester) whenTagMoves(reference string, a *attempt) (saves predict.Saves, err error) {
	saves.Cached, saves.When = []string{}, "when the tag comes to mean another image"
	d, err := parse(s.new.Dockerfile, s.new.DockerfileData)
	if err != nil || !a.edit(d, nil) {
		return saves, err
	}
	moved, err := s.moveTag(reference, s.new.DockerfileData)
	if err != nil {
		return saves, err
	}
	pinned, err := s.moveTag(reference, d.bytes())
	if err != nil {
		return saves, err
	}
	for i := range moved.Steps {
		saves.Rebuilt += missed(&moved.Steps[i])
		if i < len(pinned.Steps) {
			saves.RebuiltWith += missed(&pinned.Steps[i])
			if pinned.Steps[i].Status == predict.Hit && moved.Steps[i].Status == predict.Miss {
				saves.Cached = append(saves.Cached, pinned.Steps[i].Name)
				addTime(&saves, &s.p.Steps[i])
			}
		}
	}
	return saves, nil
}

// moveTag predicts a build of a Dockerfile after another one of the same, for which the image had another digest.
func (s *suggester) moveTag(reference string, dockerfile []byte) (*predict.Prediction, error) {
	var graphs [2]*cachekey.Graph
	for i := range graphs {
		opts := *s.new.Options
		opts.Image = func(ref, platform string) (*cachekey.Image, error) {
			if ref != reference {
				if s.new.Options.Image == nil {
					return nil, nil
				}
				return s.new.Options.Image(ref, platform)
			}
			return &cachekey.Image{Digest: "sha256:" + strings.Repeat(fmt.Sprint(i+1), 64)}, nil
		}
		var err error
		if graphs[i], err = cachekey.Replay(s.ctx, s.new.Dockerfile, dockerfile, s.new.Graph.Context, &opts); err != nil {
			return nil, err
		}
	}
	return predict.Compare(s.ctx, graphs[0], graphs[1])
}
