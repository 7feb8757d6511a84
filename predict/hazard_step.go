package predict

import (
	"slices"
	"strings"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/internal/lazyregexp"
)

// gitCommit is how the URL of an ADD pins a repository: the whole id of a commit.
var gitCommit = lazyregexp.New(`#[0-9a-f]{40}|[?&](checksum|commit)=[0-9a-f]{40}`)

// unpinned looks for an image by its tag and for remote sources.
func (f *hazardFinder) unpinned(st *cachekey.Step) {
	if floating(st) {
		image := imageOf(st)
		f.add(HazardUnpinnedBase, st, image, "%s is a tag: when it comes to mean another image, %s; %s@sha256:... pins it",
			image, miss(f.stepsOn(st)), image)
	}
	if st.Instruction != "ADD" || strings.Contains(st.Text, "--checksum") || gitCommit.MatchString(st.Text) {
		return
	}
	if slices.ContainsFunc(st.Op.Inputs, func(in cachekey.Input) bool { return in.Op.Kind == cachekey.OpRemote }) {
		f.add(HazardUnpinnedRemote, st, f.text(st), "%s fetches what may change without an edit here: a --checksum pins it", quote(st.Text))
	}
}

// stepsOn counts the steps that stand on an image.
func (f *hazardFinder) stepsOn(st *cachekey.Step) int {
	return f.standOn(slices.Index(f.new.Steps, st))
}

// text is an instruction as a subject: one line.
func (f *hazardFinder) text(st *cachekey.Step) string {
	return strings.Join(strings.Fields(st.Text), " ")
}

// gitDir looks for a copy that takes .git from the context, in a build that does not
// ask git for anything. A RUN that mounts the sources is mostly a tool that may ask.
func (f *hazardFinder) gitDir(st *cachekey.Step) error {
	index, ok := contextCopy(st.Op)
	if !ok || f.new.Context == nil {
		return nil
	}
	if takes, err := f.takesGit(st.Op.Inputs[index].Selectors); err != nil || !takes {
		return err
	}
	steers, err := f.steers()
	if err != nil || slices.ContainsFunc(steers, usesGit.MatchString) {
		return err
	}
	f.add(HazardGitDir, st, f.text(st), "%s takes in .git, which differs with every commit: a line .git in %s keeps it out",
		quote(st.Text), f.ignorePath())
	return nil
}

// takesGit compares what is selected with itself at another commit. An ignore file
// may leave .git there without what is in it.
func (f *hazardFinder) takesGit(sels []buildcontext.Selector) (bool, error) {
	if _, ok, err := f.new.Context.Lookup(f.ctx, ".git", false); err != nil || !ok {
		return false, err
	}
	at := func(commit string) *buildcontext.View {
		tree := buildcontext.WithGitDir(buildcontext.WithoutGitDir(f.new.Context.Tree), commit)
		return &buildcontext.View{Tree: tree, Rules: f.new.Context.Rules}
	}
	diff, err := buildcontext.Compare(f.ctx, at("one"), sels, at("another"), sels)
	return err == nil && len(diff.Changes) > 0, err
}

// tooEarly looks for a copy of all sources before an install that reads other files:
// copyTooEarly without a change.
func (f *hazardFinder) tooEarly(i int) error {
	cp, ok, err := f.broad(i)
	if err != nil || !ok {
		return err
	}
	for _, j := range f.after(i) {
		found, ok := findInstall(f.new.Steps[j], cp)
		if !ok {
			if st := f.new.Steps[j]; st.Instruction == "RUN" && !selfContained(st) {
				return nil
			}
			continue
		}
		files, err := f.manifests(found)
		if err != nil || len(files) == 0 || f.copiedBefore(i, files) {
			return err
		}
		f.add(HazardCopyTooEarly, cp.step, f.text(cp.step), "%s makes %s (line %d) run again for every changed file, though it reads only %s",
			quote(cp.step.Text), quote(found.command), found.step.Line, list(files))
		return nil
	}
	return nil
}
