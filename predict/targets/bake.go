package targets

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/whybust/whybust/predict"
)

// noteDefinition is the kind of notes about a definition.
const noteDefinition = "definition"

// bakeInert are the fields of a target that change no step: where results go, what is attached to them, who
// may read what, and where a cache comes from. Values of secrets and SSH agents are in no key.
var bakeInert = []string{
	"annotations", "attest", "cache-from", "cache-to", "call", "description", "entitlements", "inherits", "labels",
	"matrix", "name", "output", "policy", "pull", "resources", "secret", "ssh", "tags",
}

// ReadBake reads what `docker buildx bake --print` writes; file is the name for
// errors. The definitions are those of the targets of the default group, which
// are those that bake was asked for, or of all targets if there is no such
// group, one for each platform. As in bake, a path is relative to the directory where bake was
// started, and a Dockerfile's to its context.
func ReadBake(r io.Reader, file string) ([]Definition, error) {
	root, err := readObject(r, file)
	if err != nil {
		return nil, err
	}
	groups := readGroups(root.object("group"))
	all := definitions{}
	targets := root.object("target")
	for _, name := range targets.names() {
		if t := targets.object(name); t != nil {
			bakeTarget(all, t, name)
		}
	}
	if *root.err != nil {
		return nil, fmt.Errorf("%s: %w", file, *root.err)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s: there is no target; it should be what docker buildx bake --print writes", file)
	}
	if err := all.link(); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	asked := slices.Sorted(maps.Keys(all))
	if _, ok := groups["default"]; ok {
		asked = members(groups, "default")
	}
	var list []Definition
	for _, name := range asked {
		if _, ok := all[name]; !ok {
			return nil, fmt.Errorf("%s: group.default: there is no target %q", file, name)
		}
		list = append(list, all[name]...)
	}
	return list, nil
}

func readGroups(o *object) map[string][]string {
	groups := map[string][]string{}
	for _, name := range o.names() {
		if g := o.object(name); g != nil {
			groups[name] = g.texts("targets")
		}
	}
	return groups
}

// members lists the targets of a group and of the groups in it, each once and in order.
func members(groups map[string][]string, group string) (list []string) {
	seen := map[string]bool{}
	var visit func(name string)
	visit = func(name string) {
		if seen[name] {
			return
		}
		seen[name] = true
		names, ok := groups[name]
		if !ok {
			list = append(list, name)
		}
		for _, n := range names {
			visit(n)
		}
	}
	visit(group)
	return list
}

func bakeTarget(all definitions, t *object, name string) {
	b := &predict.Build{Context: "."}
	t.decode("context", "a string", &b.Context)
	b.Context = local(b.Context)
	b.Side = predict.Side{
		Inline: t.text("dockerfile-inline"), Target: t.text("target"), BuildArgs: t.values("args", false),
		Contexts: t.values("contexts", false),
	}
	for name, value := range b.Contexts {
		b.Contexts[name] = local(value)
	}
	if file := t.text("dockerfile"); local(file) != file {
		b.File = local(file)
	} else {
		b.File = under(b.Context, file)
	}
	b.NoCache, b.NoCacheFilter = t.flag("no-cache"), t.texts("no-cache-filter")
	b.Network, b.ShmSize, b.Ulimits = t.text("network"), t.text("shm-size"), t.texts("ulimits")
	b.AddHosts = hosts(t.values("extra-hosts", false))
	platforms := t.texts("platforms")
	all.add(Definition{Name: name, Build: b, Notes: leftOver(t, bakeInert)}, platforms)
}

// local is a path without the prefix that says that it is one of the client's.
func local(path string) string { return strings.TrimPrefix(path, "cwd://") }

// hosts writes extra hosts as --add-host takes them.
func hosts(m map[string]string) (list []string) {
	for _, name := range slices.Sorted(maps.Keys(m)) {
		list = append(list, name+"="+m[name])
	}
	return list
}

// leftOver notes the fields that are not known: who knows what they change.
func leftOver(o *object, inert []string) (notes []predict.Note) {
	for _, name := range o.names() {
		if !slices.Contains(inert, name) && !strings.HasPrefix(name, "x-") {
			notes = append(notes, predict.Note{
				Kind: noteDefinition,
				Text: o.path(name) + " is not known here, and taken to change nothing",
			})
		}
	}
	return notes
}
