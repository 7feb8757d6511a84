package judge

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/whybust/whybust/dockerignore"
	"github.com/whybust/whybust/predict"
)

// Claim is what the real BuildKit made of a suggestion.
type Claim struct {
	// Claimed counts the steps that are said to be cached with the patch, Confirmed those of them
	// that BuildKit served from its cache.
	Claimed, Confirmed int
	// Rows compares all steps of the patched build with the patched prediction.
	Rows []Row
	// Files lists how the files of the image differ from those of the build without the patch, Meant those
	// differences that the patch is: the changed file itself, and what it ignores.
	Files, Meant []string
	// FilesError says why the two could not be compared.
	FilesError error
}

// Holds reports whether all that was claimed of the cache came out.
func (c *Claim) Holds() bool {
	return c.Claimed == c.Confirmed && !slices.ContainsFunc(c.Rows, func(r Row) bool { return r.Kind != Agree })
}

// Claim builds a patched pair and compares it with what a suggestion says; and builds the new side
// with and without the patch and compares the files of the two images.
func (j *Judge) Claim(ctx context.Context, s *predict.Suggestion, original, patched Pair) (*Claim, error) {
	verdict, err := j.Judge(ctx, patched)
	if err != nil {
		return nil, err
	}
	c := &Claim{Claimed: len(s.Saves.Cached), Rows: Compare(verdict, s.Patched.Steps)}
	status := map[string]string{}
	for _, step := range verdict {
		status[step.Name] = step.Status
	}
	for _, name := range s.Saves.Cached {
		if status[name] == string(predict.Hit) || status[name] == "-" {
			c.Confirmed++
		}
	}
	old, new, err := j.Files(ctx, Pair{Old: original.New, New: patched.New, Images: patched.Images})
	if err != nil {
		c.FilesError = err
		return c, nil
	}
	for _, d := range differences(old, new) {
		if meant(s, d) {
			c.Meant = append(c.Meant, d)
		} else {
			c.Files = append(c.Files, d)
		}
	}
	return c, nil
}

// meant reports whether a difference is one that a patch makes on purpose. Where in the image the
// context lies is not asked: any end of the path may be a path of the context.
func meant(s *predict.Suggestion, difference string) bool {
	mark, name, _ := strings.Cut(difference, " /")
	name, _, _ = strings.Cut(name, ": ")
	for patched, data := range s.After {
		if path.Base(name) == path.Base(patched) {
			return true
		}
		if mark != "-" || path.Ext(patched) != ".dockerignore" {
			continue
		}
		rules, err := dockerignore.Parse(patched, data)
		for rest := name; err == nil && rest != ""; _, rest, _ = strings.Cut(rest, "/") {
			if rules.Match(rest).Ignored {
				return true
			}
		}
	}
	return false
}

// differences lists what two images do not have in common.
func differences(old, new map[string]string) (list []string) {
	for name, text := range old {
		switch other, ok := new[name]; {
		case !ok:
			list = append(list, "- "+name)
		case other != text:
			list = append(list, fmt.Sprintf("! %s: %s, was %s", name, other, text))
		}
	}
	for name := range new {
		if _, ok := old[name]; !ok {
			list = append(list, "+ "+name)
		}
	}
	slices.SortFunc(list, func(a, b string) int { return strings.Compare(a[2:], b[2:]) })
	return list
}
