package predict

import (
	"maps"
	"slices"
	"sync"

	"github.com/whybust/whybust/cachekey"
)

// imageFunc is cachekey.Options.Image.
type imageFunc = func(reference, platform string) (*cachekey.Image, error)

// bases watches what is asked of base images, and known. An image that one side knows and the other asks for and does not
// know would make all that stands on it differ, or perhaps differ, for want of words; so it is taken as unknown by both.
type bases struct {
	mu      sync.Mutex
	asked   map[string]knowledge // by reference
	unknown map[string]bool      // what is not to be known
}

// knowledge says that some side knew an image, and that some side did not.
type knowledge struct{ knew, didNot bool }

// watch gives a side's function as it is to be called.
func (b *bases) watch(image imageFunc) imageFunc {
	return func(reference, platform string) (known *cachekey.Image, err error) {
		if image != nil {
			known, err = image(reference, platform)
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.asked == nil {
			b.asked = map[string]knowledge{}
		}
		k := b.asked[reference]
		b.asked[reference] = knowledge{k.knew || known != nil, k.didNot || known == nil}
		if b.unknown[reference] {
			return nil, err
		}
		return known, err
	}
}

// oneSided takes the images that not all sides know as unknown from now on, and lists them.
func (b *bases) oneSided() []string {
	b.unknown = map[string]bool{}
	for reference, k := range b.asked {
		if k.knew && k.didNot {
			b.unknown[reference] = true
		}
	}
	return slices.Sorted(maps.Keys(b.unknown))
}

// oneSidedNote says that what one side knows of an image was left aside.
func oneSidedNote(image string) Note {
	return Note{Kind: "one-sided-base", Text: "what " + image +
		" is was said of one side alone: it is taken to be the same on both, and to be unknown"}
}
