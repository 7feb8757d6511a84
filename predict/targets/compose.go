package targets

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
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
	var list []Definition
	for _, name := range services.names() {
		if s := services.object(name); s != nil {
			list = append(list, composeService(s, name)...)
		}
	}
	if *root.err != nil {
		return nil, fmt.Errorf("%s: %w", file, *root.err)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%s: no service has a build", file)
	}
	return list, nil
}

// composeService reads one service; nil if it is not built.
func composeService(s *object, name string) []Definition {
	d := Definition{Name: name}
	platform := s.text("platform")
	var short string // build: DIRECTORY
	if raw, ok := s.fields["build"]; ok && json.Unmarshal(raw, &short) == nil && short != "" {
		d.Build.Context = short
		return d.platforms(words(platform))
	}
	b := s.object("build")
	if b == nil {
		return nil
	}
	d.Build.Context = "."
	b.decode("context", "a string", &d.Build.Context)
	d.Build.Side = predict.Side{
		Inline: b.text("dockerfile_inline"), Target: b.text("target"), BuildArgs: b.values("args", true),
	}
	d.Build.File = under(d.Build.Context, b.text("dockerfile"))
	d.Build.Network = b.text("network")
	d.Build.ShmSize, d.Build.Ulimits, d.Build.AddHosts = b.size("shm_size"), b.limits("ulimits"), b.hosts("extra_hosts")
	platforms := b.texts("platforms")
	if len(platforms) == 0 {
		platforms = words(platform)
	}
	d.Notes = leftOver(b, composeInert)
	return d.platforms(platforms)
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
