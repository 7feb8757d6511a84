package predict

import (
	"fmt"
	"slices"
	"strings"

	"github.com/whybust/whybust/cachekey"
)

// unpinnedBase: a FROM line that was edited and still, or now, names its image
// by a tag. That is the moment to pin it; to say so of every FROM would be
// nagging.
func (h *hinter) unpinnedBase(i int) (*Hint, error) {
	st, old := h.new.Steps[i], h.counterpart(i)
	if !floating(st) || old == nil || old.Instruction != "FROM" || old.Text == st.Text || imageOf(old) == imageOf(st) {
		return nil, nil
	}
	n := h.standOn(i)
	if n == 0 {
		return nil, nil
	}
	text := fmt.Sprintf("%s can come to mean another image without an edit here, and %s: %s@sha256:... pins it", imageOf(st), miss(n), imageOf(st))
	if pinned(old) {
		text = fmt.Sprintf("the digest is gone: when %s comes to mean another image, %s; %s@sha256:... pins it", imageOf(st), miss(n), imageOf(st))
	}
	hint := &Hint{Kind: hintUnpinnedBase, Step: i, File: h.p.Dockerfile, Line: st.Line, Text: text}
	return h.remedy(hint, Remedy{Image: imageOf(st)}), nil
}

// latestBases are the images without a tag of their own in a build that would be
// cached altogether: what they point to is all that can still lose it.
func (h *hinter) latestBases() (hints []Hint) {
	for i, st := range h.new.Steps {
		if !floating(st) || !strings.HasSuffix(imageOf(st), ":latest") {
			continue
		}
		hint := Hint{Kind: hintUnpinnedBase, Step: i, File: h.p.Dockerfile, Line: st.Line, Text: fmt.Sprintf(
			"all is cached only while %s is what it was: a digest would make sure of it", imageOf(st))}
		if !slices.ContainsFunc(hints, func(o Hint) bool { return o.Text == hint.Text }) {
			hints = append(hints, *h.remedy(&hint, Remedy{Image: imageOf(st)}))
		}
	}
	return hints
}

// miss says what becomes of the steps on an image that moved.
func miss(n int) string {
	if n == 1 {
		return "the step on it misses"
	}
	return fmt.Sprintf("the %d steps on it miss", n)
}

// floating reports whether a step loads an image by a tag that may be shown.
func floating(st *cachekey.Step) bool {
	return st.Instruction == "FROM" && st.Op.Kind == cachekey.OpImage && imageOf(st) != "" && !pinned(st)
}

func pinned(st *cachekey.Step) bool { return strings.Contains(imageOf(st), "@") }

// imageOf is the image that a FROM names, as BuildKit prints it; empty if a
// build argument hides it.
func imageOf(st *cachekey.Step) string {
	_, image, _ := strings.Cut(st.Name, "] FROM ")
	if strings.ContainsAny(image, "$") {
		return ""
	}
	return strings.TrimPrefix(strings.TrimPrefix(image, "docker.io/"), "library/")
}

// standOn counts the steps that run on the image of step i, in all stages; those
// of COPY --link do not care what they are put on.
func (h *hinter) standOn(i int) (n int) {
	for j, st := range h.new.Steps {
		if st.Op == h.new.Steps[i].Op {
			for _, k := range h.after(j) {
				if in := h.new.Steps[k].Op.Inputs; len(in) > 0 && in[0].Role == cachekey.RoleRoot {
					n++
				}
			}
		}
	}
	return n
}
