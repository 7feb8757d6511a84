package history

import (
	"cmp"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/whybust/whybust/predict"
)

const (
	maxCulprits = 50      // in a summary
	maxHeld     = 1 << 14 // different ones that are counted at a time
)

// culprits counts what alone broke builds. When there are too many, those
// that broke a single build make way: they would not be listed.
type culprits struct {
	byKey map[culpritKey]*Culprit
}

type culpritKey struct {
	kind CulpritKind
	path string
}

// blame counts a build by what began its misses.
func (c *Collector) blame(p *predict.Prediction) {
	var files []string
	other, lost, measured := false, 0.0, false
	for _, s := range p.Steps {
		if s.Status != predict.Miss {
			continue
		}
		if seconds, ok := c.seconds(s); ok {
			lost, measured = lost+seconds, true
		}
		for _, cause := range s.Causes {
			switch {
			case inherits(cause):
			case cause.Kind == predict.CauseFile:
				files = append(files, cause.Path)
			case cause.Kind == predict.CauseGitDir:
				files = append(files, ".git")
			default:
				other = true
			}
		}
	}
	switch {
	case other && len(files) > 0:
		c.edits.Both++
	case other:
		c.edits.Dockerfile++
	case len(files) > 0:
		c.edits.Source++
		for _, key := range aloneIn(files) {
			c.culprits.add(key, lost, measured)
		}
	}
}

// aloneIn gives what all the files are, or are in, or match.
func aloneIn(files []string) (keys []culpritKey) {
	slices.Sort(files)
	files = slices.Compact(files)
	if len(files) > 1 {
		// .git changes with every commit, and says nothing beside others.
		files = slices.DeleteFunc(files, func(f string) bool { return f == ".git" })
	}
	if len(files) == 1 {
		keys = append(keys, culpritKey{File, files[0]})
	}
	for dir := common(files); dir != "."; dir = path.Dir(dir) {
		keys = append(keys, culpritKey{Directory, dir})
	}
	ext := path.Ext(files[0])
	if ext != "" && ext != path.Base(files[0]) && !slices.ContainsFunc(files, func(f string) bool { return path.Ext(f) != ext }) {
		keys = append(keys, culpritKey{Pattern, "**/*" + ext})
	}
	return keys
}

// common is the deepest directory that all the files are in, "." for the root.
func common(files []string) string {
	dir := path.Dir(files[0])
	for _, f := range files[1:] {
		for dir != "." && !strings.HasPrefix(f, dir+"/") {
			dir = path.Dir(dir)
		}
	}
	return dir
}

func (c *culprits) add(key culpritKey, lost float64, measured bool) {
	if c.byKey == nil {
		c.byKey = map[culpritKey]*Culprit{}
	}
	k := c.byKey[key]
	if k == nil {
		if len(c.byKey) >= maxHeld {
			c.makeRoom()
		}
		k = &Culprit{Kind: key.kind, Path: key.path}
		c.byKey[key] = k
	}
	k.Builds++
	if measured {
		total := lost
		if k.Lost != nil {
			total += *k.Lost
		}
		k.Lost = &total // a summary that was given out keeps its own
	}
}

func (c *culprits) makeRoom() {
	for key, k := range c.byKey {
		if k.Builds == 1 {
			delete(c.byKey, key)
		}
	}
}

// list gives those that broke most builds. A directory that broke no more than something in it is
// left out: that is the better name for them.
func (c *culprits) list() []Culprit {
	all := slices.SortedFunc(maps.Values(c.byKey), func(a, b *Culprit) int {
		return cmp.Or(cmp.Compare(b.Builds, a.Builds), cmp.Compare(seconds(b), seconds(a)), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Path, b.Path))
	})
	list := []Culprit{}
	for _, k := range all {
		if len(list) == maxCulprits {
			break
		}
		if !c.saidBetter(k) {
			list = append(list, *k)
		}
	}
	return list
}

func seconds(c *Culprit) float64 {
	if c.Lost == nil {
		return 0
	}
	return *c.Lost
}

func (c *culprits) saidBetter(k *Culprit) bool {
	if k.Kind != Directory {
		return false
	}
	for key, other := range c.byKey {
		if key.kind != Pattern && other != k && other.Builds == k.Builds && strings.HasPrefix(key.path, k.Path+"/") {
			return true
		}
	}
	return false
}
