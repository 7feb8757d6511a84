package whatif

import (
	"cmp"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/whybust/whybust/internal/lazyregexp"
	"github.com/whybust/whybust/predict"
	"github.com/whybust/whybust/predict/suggest"
)

// sample is a build in which changes are looked for, and how many missed as it did.
type sample struct {
	before, after string // commits
	builds        int
	last          int // when it was
}

// samples are builds that missed, the newest of each sort. The zero samples is ready for use.
type samples struct {
	bySort map[string]*sample
	before string // the last commit that could be built
	n      int
}

// maxSorts bounds what is held of a history.
const maxSorts = 1 << 10

// add adds a build; p is nil for one without prediction.
func (s *samples) add(b *predict.HistoryBuild, p *predict.Prediction) {
	if b.Err != nil {
		return
	}
	before := s.before
	s.before = b.Commit
	s.n++
	if p == nil || before == "" {
		return
	}
	sort := sortOf(p)
	if sort == "" {
		return
	}
	if s.bySort == nil {
		s.bySort = map[string]*sample{}
	}
	at := s.bySort[sort]
	if at == nil {
		if len(s.bySort) >= maxSorts {
			return
		}
		at = &sample{}
		s.bySort[sort] = at
	}
	at.before, at.after, at.last = before, b.Commit, s.n
	at.builds++
}

// sortOf says which steps miss for what kinds of own causes, whether manifests changed, and the one
// directory that all the files to blame are in, if there is one; empty if nothing misses. A remedy is proven in a single build, and
// what helps when the sources change helps nothing when the manifests do.
func sortOf(p *predict.Prediction) string {
	var b strings.Builder
	manifests, top := false, map[string]bool{}
	for i := range p.Steps {
		s := &p.Steps[i]
		if s.Status != predict.Miss {
			continue
		}
		var kinds []string
		for _, c := range s.Causes {
			if c.Kind != predict.CauseParent && c.Kind != predict.CauseStageOutput && !slices.Contains(kinds, string(c.Kind)) {
				kinds = append(kinds, string(c.Kind))
			}
			if c.Kind == predict.CauseFile {
				manifests = manifests || manifest.MatchString(path.Base(c.Path))
				dir, _, _ := strings.Cut(c.Path, "/")
				top[dir] = true
			}
		}
		if len(kinds) > 0 {
			fmt.Fprintf(&b, "%s %q\n", key(s), kinds)
		}
	}
	if b.Len() > 0 {
		fmt.Fprintf(&b, "%t ", manifests)
		if len(top) == 1 {
			fmt.Fprintf(&b, "%q", slices.Collect(maps.Keys(top)))
		}
	}
	return b.String()
}

// manifest is for the names of files that installs read. It chooses samples alone: no figure depends on it.
var manifest = lazyregexp.New(`^(package(-lock)?\.json|.*\.lock|.*lock\.(yaml|json|b)|go\.(mod|sum)|.*requirements.*|.*\.toml|Pipfile|Gemfile|composer\.json|pom\.xml|.*\.gradle(\.kts)?|mix\.exs|.*proj)$`)

// chosen are the samples of the sorts that are most frequent, and of the newest ones, the most frequent first.
func (s *samples) chosen() (list []*sample) {
	for _, at := range s.bySort {
		list = append(list, at)
	}
	slices.SortFunc(list, func(a, b *sample) int { return cmp.Compare(b.last, a.last) })
	newest := slices.Clone(list[:min(len(list), maxSamples/2)])
	slices.SortFunc(list, func(a, b *sample) int { return cmp.Or(cmp.Compare(b.builds, a.builds), cmp.Compare(b.last, a.last)) })
	list = list[:min(len(list), maxSamples)]
	for _, at := range newest {
		if len(list) >= maxSamples {
			break
		}
		if !slices.Contains(list, at) {
			list = append(list, at)
		}
	}
	return list
}

// find looks in samples for changes that go on top of a combination, nil for none.
func (a *adviser) find(tip *predict.WhatIfSource, on *candidate, list []*sample) (found []*candidate, err error) {
	orders, err := a.orders(tip, on)
	if err != nil {
		return nil, err
	}
	for _, c := range orders {
		if n := a.candidate(tip, on, partOf(&c), c.WhatIf, tip.Commit); n != nil {
			found = append(found, n)
		}
	}
	for i, s := range list {
		a.progress("looking for remedies", i+1)
		r, ok, err := a.sampleRequest(s, on)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		changes, err := suggest.Changes(a.ctx, r, nil, nil)
		if err != nil {
			if a.ctx.Err() != nil {
				return nil, err
			}
			continue // such a build cannot be told of alone
		}
		for _, c := range changes {
			if c.WhatIf == nil {
				continue
			}
			if n := a.candidate(tip, on, partOf(&c), c.WhatIf, s.after); n != nil {
				found = append(found, n)
			}
		}
	}
	return found, nil
}

func partOf(c *suggest.Change) Part { return Part{Kind: c.Kind, Text: c.Text, DependsOn: c.DependsOn} }

// orders looks in the newest build, with a combination, for what would better stand elsewhere, as often as its steps
// changed.
func (a *adviser) orders(tip *predict.WhatIfSource, on *candidate) ([]suggest.Change, error) {
	at, rates := tip, a.base
	if on != nil {
		files, err := All(on.changes...)(tip)
		if err != nil {
			return nil, nil
		}
		if at, err = a.at(tip.Commit, files); err != nil {
			return nil, err
		}
		rates = on.collector.Summary()
	}
	return suggest.Order(&at.Replayed, func(step int) int {
		if step < len(rates.Steps) && rates.Steps[step].Current {
			return rates.Steps[step].Own
		}
		return 0
	}), nil
}

// sampleRequest asks for a sample's build alone, with a combination on both sides. ok is
// false if that does not apply there.
func (a *adviser) sampleRequest(s *sample, on *candidate) (r *predict.Request, ok bool, err error) {
	r = a.single(s.before, s.after)
	if on == nil {
		return r, true, nil
	}
	for _, side := range []*predict.Side{&r.Before, &r.After} {
		at, err := a.at(side.Revision, nil)
		if err != nil {
			return nil, false, err
		}
		files, err := All(on.changes...)(at)
		if err != nil {
			return nil, false, nil
		}
		maps.Copy(files, without(side.Replace, files))
		side.Replace = files
	}
	return r, true, nil
}

// without leaves out the files that others have.
func without(files, others map[string][]byte) map[string][]byte {
	left := maps.Clone(files)
	maps.DeleteFunc(left, func(name string, _ []byte) bool { _, ok := others[name]; return ok })
	return left
}

// single is a request for two commits of the history.
func (a *adviser) single(before, after string) *predict.Request {
	h := &a.request
	r := &predict.Request{
		Dir: h.Dir, Context: h.Context, Before: h.Side, After: h.Side, CacheMode: h.CacheMode, NoGitDir: h.NoGitDir,
		AddHosts: h.AddHosts, Ulimits: h.Ulimits, Network: h.Network, ShmSize: h.ShmSize, Timings: h.Timings,
	}
	r.Before.Revision, r.After.Revision = before, after
	return r
}

// at is a commit, with files laid over it, to lay changes over. Only the files that say how it is built can be read.
func (a *adviser) at(commit string, files map[string][]byte) (*predict.WhatIfSource, error) {
	r := a.single(commit, commit)
	for _, side := range []*predict.Side{&r.Before, &r.After} {
		over := maps.Clone(files)
		if over == nil {
			over = map[string][]byte{}
		}
		maps.Copy(over, without(side.Replace, files))
		side.Replace = over
	}
	session, err := predict.Open(a.ctx, r)
	if err != nil {
		return nil, err
	}
	defer session.Close()
	_, _, replayed, err := session.Replay(a.ctx)
	if err != nil {
		return nil, err
	}
	read := func(name string) ([]byte, error) {
		switch name {
		case replayed.Dockerfile:
			return replayed.DockerfileData, nil
		case replayed.IgnoreFile:
			return replayed.IgnoreData, nil
		}
		return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrNotExist}
	}
	return &predict.WhatIfSource{Commit: commit, Replayed: *replayed, Read: read}, nil
}
