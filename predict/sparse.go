package predict

import (
	"fmt"
	"path"

	buildcontext "github.com/whybust/whybust/context"
)

// noteSparse notes the files that count as removed because git keeps them out of the working tree.
// A build from there does not get them; whether the build before did, hangs on where it
// was made.
func (s *source) noteSparse(p *Prediction, dir string, after checkout) {
	if !buildcontext.IsWorkTree(after.whole) {
		return
	}
	seen := map[string]bool{}
	first := ""
	for _, step := range p.Steps {
		for _, c := range step.Causes {
			if c.Kind != CauseFile || c.Change != Removed || seen[c.Path] || !s.repo.KeptOut(path.Join(dir, c.Path)) {
				continue
			}
			seen[c.Path] = true
			if first == "" {
				first = c.Path
			}
		}
	}
	if first == "" {
		return
	}
	p.Notes = append(p.Notes, Note{Kind: "sparse", Text: fmt.Sprintf("%s: git keeps what is missing there out of this working tree (sparse-checkout, "+
		"skip-worktree); a build of a whole checkout has it", someFiles(first, len(seen)))})
}

// someFiles names the first of some files.
func someFiles(first string, n int) string {
	switch n {
	case 1:
		return first
	case 2:
		return first + " and 1 more file"
	}
	return fmt.Sprintf("%s and %d more files", first, n-1)
}
