package predict

import (
	"context"
	"fmt"
	"slices"

	"github.com/whybust/whybust/cachekey"
)

// Hazard is a standing way to lose the cache: something in one revision that loses it by
// itself, or makes a small change cost much. Hints speak of a change; a hazard is
// there before any.
type Hazard struct {
	// Kind is one of the Hazard constants.
	Kind string `json:"kind"`
	// File is the Dockerfile, Line and EndLine are the instruction's.
	File    string `json:"file"`
	Line    int    `json:"line"`
	EndLine int    `json:"endLine"`
	// Stage is the name of the stage as BuildKit prints it.
	Stage string `json:"stage"`
	// Subject is what it is about, as the Dockerfile has it: the image, the
	// argument, the instruction. With Kind, File and Stage it tells hazards apart
	// when lines move.
	Subject string `json:"subject"`
	Text    string `json:"text"`
}

// The kinds of hazards.
const (
	HazardUnpinnedBase   = "unpinned-base"   // FROM names an image by a tag
	HazardGitDir         = "git-dir"         // a copy takes .git, which differs with every commit
	HazardEarlyArg       = "early-arg"       // an ARG stands above steps that do not use it
	HazardCopyTooEarly   = "copy-too-early"  // all sources are copied before an install that reads manifests only
	HazardUnpinnedRemote = "unpinned-remote" // ADD fetches what may change without an edit
)

// HazardKinds are all kinds, each with what is wrong about it and what to do, for
// the rules of a report.
func HazardKinds() []HazardKind {
	return []HazardKind{
		{HazardUnpinnedBase, "A base image is not pinned", "When the tag comes to mean another image, every step on it runs again, without an edit. A digest (image:tag@sha256:...) pins it, and tools update it by pull requests."},
		{HazardGitDir, "A copy takes .git", "The directory .git differs with every commit, so the copy and all that follows it run again each time. A line .git in the ignore file keeps it out."},
		{HazardEarlyArg, "An ARG stands above steps that do not use it", "An ARG is part of the cache key of every RUN below it in its stage. Where its value changes, steps that do not use it run again. Declare it right above the first step that does."},
		{HazardCopyTooEarly, "All sources are copied before the dependencies are installed", "Any change of a source file makes the installation run again. Copy the manifests first, install, and then copy the rest."},
		{HazardUnpinnedRemote, "ADD fetches what may change", "The bytes behind a URL can change without an edit. A checksum (ADD --checksum=sha256:...) or a commit pins them."},
	}
}

// HazardKind describes a kind of hazard.
type HazardKind struct {
	Kind, Title, Help string
}

// Hazards finds the hazards of what a repository holds. It takes the request of Keys, and
// its errors are those of Keys.
func Hazards(ctx context.Context, r *KeysRequest) ([]Hazard, error) {
	ctx = r.Limits.under(ctx)
	a, g, err := r.replay(ctx)
	if err != nil {
		return nil, err
	}
	defer a.repo.Close()
	return FindHazards(ctx, g)
}

// AllHazards finds the hazards of the new side of all targets, each once. A target
// that cannot be replayed has none.
func AllHazards(ctx context.Context, b *Batch) ([]Hazard, error) {
	r, err := openBatch(ctx, b)
	if err != nil {
		return nil, err
	}
	if b.Repository == nil {
		defer r.repo.Close()
	}
	all, seen := []Hazard{}, map[Hazard]bool{}
	for i := range b.Targets {
		if b.Targets[i].After == nil {
			continue
		}
		ctx := r.Limits.under(ctx)
		replayed := r.after.replay(ctx, b.Targets[i].After)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if replayed.err != nil {
			continue
		}
		found, err := FindHazards(ctx, replayed.graph)
		if err != nil {
			return nil, err
		}
		for _, h := range found {
			if !seen[h] {
				seen[h] = true
				all = append(all, h)
			}
		}
	}
	return all, nil
}

// FindHazards finds the hazards of a replayed Dockerfile, in the order of their lines. It
// says nothing of stages that the target does not reach.
func FindHazards(ctx context.Context, g *cachekey.Graph) ([]Hazard, error) {
	ctx = Limits{}.under(ctx)
	f := &hazardFinder{&hinter{&explainer{matcher: &matcher{ctx: ctx, new: g}}, &Prediction{Dockerfile: g.Dockerfile}, new([]Remedy)}, []Hazard{}}
	f.earlyArgs()
	for i := range g.Steps {
		f.unpinned(g.Steps[i])
		if err := f.gitDir(g.Steps[i]); err != nil {
			return nil, err
		}
		if err := f.tooEarly(i); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(f.found, func(a, b Hazard) int { return a.Line - b.Line })
	return f.found, nil
}

// hazardFinder looks at one graph: nothing of it is matched, and there is no cache.
type hazardFinder struct {
	*hinter
	found []Hazard
}

// add notes a hazard once: a stage that several others begin with has its steps in
// each of them.
func (f *hazardFinder) add(kind string, st *cachekey.Step, subject, format string, args ...any) {
	h := Hazard{
		Kind: kind, File: f.new.Dockerfile, Line: st.Line, EndLine: max(st.Line, st.EndLine),
		Stage: st.Stage, Subject: subject, Text: fmt.Sprintf(format, args...),
	}
	same := func(o Hazard) bool { return o.Kind == kind && o.Line == h.Line && o.Subject == subject }
	if h.Line > 0 && !slices.ContainsFunc(f.found, same) {
		f.found = append(f.found, h)
	}
}
