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
	all := map[string][]Definition{}
	targets := root.object("target")
	for _, name := range targets.names() {
		if t := targets.object(name); t != nil {
			all[name] = bakeTarget(t, name)
		}
	}
	if *root.err != nil {
		return nil, fmt.Errorf("%s: %w", file, *root.err)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s: there is no target; it should be what docker buildx bake --print writes", file)
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

func bakeTarget(t *object, name string) []Definition {
	d := Definition{Name: name}
	d.Build.Context = "."
	t.decode("context", "a string", &d.Build.Context)
	d.Build.Context = strings.TrimPrefix(d.Build.Context, "cwd://")
	d.Build.Side = predict.Side{
		Inline: t.text("dockerfile-inline"), Target: t.text("target"), BuildArgs: t.values("args", false),
	}
	setFile(&d.Build, t.text("dockerfile"))
	d.Build.Network, d.Build.ShmSize, d.Build.Ulimits = t.text("network"), t.text("shm-size"), t.texts("ulimits")
	d.Build.AddHosts = hosts(t.values("extra-hosts", false))
	platforms := t.texts("platforms")
	d.Notes = leftOver(t, bakeInert)
	return d.platforms(platforms)
}

// setFile places the Dockerfile, whose path is relative to the context.
func setFile(b *predict.Build, name string) {
	if path, ok := strings.CutPrefix(name, "cwd://"); ok {
		b.File = path
		return
	}
	b.File = under(b.Context, name)
}

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
