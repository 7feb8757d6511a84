package targets

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/whybust/whybust/predict"
)

// targetPrefix begins the value of a context that another target makes.
const targetPrefix = "target:"

// definitions are those of a file, by name: one for each platform.
type definitions map[string][]Definition

// add makes a definition for each platform, or one for the default.
func (all definitions) add(d Definition, platforms []string) {
	list := platformList(platforms)
	for _, p := range list {
		one := d
		b := *d.Build
		one.Build = &b
		if b.Contexts != nil {
			b.Contexts = maps.Clone(b.Contexts)
		}
		b.Platform = p
		all[d.Name] = append(all[d.Name], one)
	}
	if len(list) == 0 {
		all[d.Name] = []Definition{d}
	}
}

// platformList reads platforms: a text may hold several, and "local" is the builder's own (platformutil.Parse in
// docker buildx), which is the default here.
func platformList(texts []string) (list []string) {
	for _, text := range texts {
		for p := range strings.SplitSeq(text, ",") {
			if p = strings.TrimSpace(p); strings.EqualFold(p, "local") {
				p = ""
			}
			if !slices.Contains(list, p) {
				list = append(list, p)
			}
		}
	}
	return list
}

// link ties the targets that are made from others. The name of a context that a target of several
// platforms makes gets one of them as its suffix (waitContextDeps in docker buildx).
func (all definitions) link() error {
	for _, name := range slices.Sorted(maps.Keys(all)) {
		for _, d := range all[name] {
			for _, c := range slices.Sorted(maps.Keys(d.Build.Contexts)) {
				target, ok := strings.CutPrefix(d.Build.Contexts[c], targetPrefix)
				if !ok {
					continue
				}
				if len(all[target]) == 0 {
					return fmt.Errorf("target %q: context %q: there is no target %q", name, c, target)
				}
				tie(d.Build, c, target, all[target])
			}
		}
	}
	return nil
}

// tie links one context with the builds of a target.
func tie(b *predict.Build, context, target string, made []Definition) {
	if b.Linked == nil {
		b.Linked = map[string]*predict.Build{}
	}
	if len(made) == 1 {
		b.Linked[target] = made[0].Build
		return
	}
	delete(b.Contexts, context)
	for _, m := range made {
		platform := m.Build.Platform
		if platform == "" {
			platform = defaultPlatform
		}
		b.Contexts[context+"::"+platform] = targetPrefix + target + "::" + platform
		b.Linked[target+"::"+platform] = m.Build
	}
}
