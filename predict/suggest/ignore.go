package suggest

import (
	"fmt"
	"strings"

	"github.com/whybust/whybust/predict"
)

// ignoreLines adds lines to the ignore file.
func (s *suggester) ignoreLines(r *predict.Remedy) *attempt {
	a := &attempt{ignore: r.Ignore}
	if r.Kind == "ignore-file" {
		a.dependsOn = []string{fmt.Sprintf("nothing that runs in the build or in the image reads %s, which the image does not hold any more", listed(r.Ignore))}
	} else {
		a.dependsOn = []string{fmt.Sprintf("the build makes what it needs of %s itself", listed(r.Ignore))}
	}
	return a
}

// listed is "a", "a and b", "a, b and c".
func listed(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}
