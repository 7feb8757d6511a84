package targets

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/whybust/whybust/predict"
)

// composeInert are the fields of a build that change no step, as bakeInert.
var composeInert = []string{
	"attest", "cache_from", "cache_to", "entitlements", "isolation", "labels", "privileged", "provenance", "pull", "sbom", "secrets",
	"ssh", "tags",
}

// ReadCompose reads what `docker compose config --format json` writes; file is
// the name for errors. The definitions are those of the services that have a
// build, one for each platform. As in compose, a Dockerfile's path is relative to its
// context; compose writes contexts as absolute paths.
func ReadCompose(r io.Reader, file string) ([]Definition, error) {
	root, err := readObject(r, file)
	if err != nil {
		return nil, err
	}
	services := root.object("services")
	if services == nil {
		return nil, fmt.Errorf("%s: there are no services; it should be what docker compose config --format json writes", file)
	}
	all := definitions{}
	for _, name := range services.names() {
		if s := services.object(name); s != nil {
			composeService(all, s, name)
		}
	}
	if *root.err != nil {
		return nil, fmt.Errorf("%s: %w", file, *root.err)
	}
	if err := all.link(); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	var list []Definition
	for _, name := range slices.Sorted(maps.Keys(all)) {
		list = append(list, all[name]...)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%s: no service has a build", file)
	}
	return list, nil
}

// composeService reads one service, if it is built.
func composeService(all definitions, s *object, name string) {
	platform := s.text("platform")
	build := &predict.Build{Context: "."}
	d := Definition{Name: name, Build: build}
	var short string // build: DIRECTORY
	if raw, ok := s.fields["build"]; ok && json.Unmarshal(raw, &short) == nil && short != "" {
		build.Context = short
		all.add(d, words(platform))
		return
	}
	b := s.object("build")
	if b == nil {
		return
	}
	b.decode("context", "a string", &build.Context)
	build.Side = predict.Side{
		Inline: b.text("dockerfile_inline"), Target: b.text("target"), BuildArgs: b.values("args", true),
		Contexts: b.values("additional_contexts", true),
	}
	for name, value := range build.Contexts {
		if service, ok := strings.CutPrefix(value, "service:"); ok {
			build.Contexts[name] = targetPrefix + service
		}
	}
	build.File = under(build.Context, b.text("dockerfile"))
	build.NoCache, build.NoCacheFilter = b.flag("no_cache"), b.texts("no_cache_filter")
	build.Network = b.text("network")
	build.ShmSize, build.Ulimits, build.AddHosts = b.size("shm_size"), b.limits("ulimits"), b.hosts("extra_hosts")
	platforms := b.texts("platforms")
	if len(platforms) == 0 {
		platforms = words(platform)
	}
	d.Notes = leftOver(b, composeInert)
	all.add(d, platforms)
}

// under places a path in a context; an absolute one stays, and so does none.
func under(context, name string) string {
	if name == "" || path.IsAbs(name) || filepath.IsAbs(name) {
		return name
	}
	return path.Join(filepath.ToSlash(context), name)
}

// words is a list of a word, or of none.
func words(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

// size reads a number of bytes or a text like 64m.
func (o *object) size(name string) string {
	raw, ok := o.take(name)
	if !ok {
		return ""
	}
	s, ok := scalar(raw)
	if !ok || s == "true" || s == "false" {
		o.fail(name, "a size")
	}
	return s
}

// limits reads ulimits: each a number, or an object of soft and hard.
func (o *object) limits(name string) (list []string) {
	limits := o.object(name)
	for _, n := range limits.names() {
		var one json.Number
		if json.Unmarshal(limits.fields[n], &one) == nil {
			list = append(list, n+"="+one.String())
			continue
		}
		pair := limits.object(n)
		if pair == nil {
			continue
		}
		var soft, hard json.Number
		pair.decode("soft", "a number", &soft)
		pair.decode("hard", "a number", &hard)
		list = append(list, n+"="+soft.String()+":"+hard.String())
	}
	return list
}

// hosts reads extra hosts: a list of name=address, or an object of addresses or of lists of them.
func (o *object) hosts(name string) (list []string) {
	raw, ok := o.take(name)
	if !ok {
		return nil
	}
	if json.Unmarshal(raw, &list) == nil {
		return list
	}
	child := &object{where: o.path(name), err: o.err}
	if json.Unmarshal(raw, &child.fields) != nil {
		o.fail(name, "a list of hosts")
		return nil
	}
	for _, host := range child.names() {
		var addresses []string
		if bytes.HasPrefix(child.fields[host], []byte("[")) {
			addresses = child.texts(host)
		} else {
			addresses = words(child.text(host))
		}
		for _, a := range addresses {
			list = append(list, host+"="+strings.Trim(a, "[]"))
		}
	}
	slices.Sort(list)
	return list
}
