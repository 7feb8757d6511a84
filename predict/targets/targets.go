// Package targets finds out which images a repository builds: from the resolved
// JSON of `docker buildx bake --print` or of `docker compose config --format
// json`, or from the Dockerfiles that a repository holds. What comes out is what
// predict.RunAll takes, and Matrix turns its answers into the job matrix of a CI.
package targets

import (
	"github.com/whybust/whybust/cachekey"
	"github.com/whybust/whybust/predict"
)

const defaultPlatform = cachekey.DefaultPlatform

// Definition is a target as one side defines it, for one platform.
type Definition struct {
	Name  string
	Build *predict.Build
	// Why says how the context was chosen, if it was.
	Why string
	// Notes say what of the definition is not understood.
	Notes []predict.Note
}

// Pair makes targets of the definitions of both sides, those of one name and
// platform being the same target. They come in the order of after; those that are in before alone
// follow.
func Pair(before, after []Definition) []predict.Target {
	type key struct{ name, platform string }
	old := map[key]*Definition{}
	for i := range before {
		d := &before[i]
		old[key{d.Name, d.Build.Platform}] = d
	}
	var list []predict.Target
	for i := range after {
		d := &after[i]
		t := predict.Target{Name: d.Name, After: d.Build, Why: d.Why, Notes: d.Notes}
		k := key{d.Name, d.Build.Platform}
		if o := old[k]; o != nil {
			t.Before = o.Build
			delete(old, k)
		}
		list = append(list, t)
	}
	for i := range before {
		d := &before[i]
		if old[key{d.Name, d.Build.Platform}] == d {
			list = append(list, predict.Target{Name: d.Name, Before: d.Build, Why: d.Why})
		}
	}
	return list
}
