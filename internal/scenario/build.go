package scenario

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Build is what the command line says about one build. The fields are named
// for the flags of docker build; empty means that the flag is not given.
type Build struct {
	// File is the Dockerfile relative to the tree's root; empty means
	// "Dockerfile" in the context directory.
	File      string
	Target    string
	Platform  string
	BuildArgs map[string]string
	// AddHosts are "host:address".
	AddHosts []string
	Network  string
	ShmSize  string
	// Ulimits are "name=soft:hard".
	Ulimits []string
	// Contexts are named contexts: a directory of the tree, docker-image://NAME,
	// oci-layout://NAME of a layout that holds the stand-in image NAME, or target:FILE, what that
	// Dockerfile of the tree makes of the same context.
	Contexts map[string]string
	// Overlays are directories of the tree that are laid over the context.
	Overlays []string
	// NoCache is --no-cache, NoCacheFilter the stages of --no-cache-filter.
	NoCache       bool
	NoCacheFilter []string
}

// ParseBuild reads the flags of docker build that a scenario may use:
// -f, --file, --target, --platform, --build-arg, --build-context, --add-host, --network, --shm-size, --ulimit,
// --no-cache, --no-cache-filter; and --overlay of the command. --no-git-dir is read and ignored. Both "--name value" and "--name=value" are understood.
func ParseBuild(args []string) (Build, error) {
	var b Build
	for len(args) > 0 {
		name, value, joined := strings.Cut(args[0], "=")
		args = args[1:]
		if name == "--no-git-dir" {
			continue
		}
		if name == "--no-cache" {
			b.NoCache = true
			continue
		}
		if !strings.HasPrefix(name, "-") {
			return b, fmt.Errorf("%q is no flag", name)
		}
		if !joined {
			if len(args) == 0 {
				return b, fmt.Errorf("%s has no value", name)
			}
			value, args = args[0], args[1:]
		}
		if err := b.set(name, value); err != nil {
			return b, err
		}
	}
	return b, nil
}

func (b *Build) set(name, value string) error {
	switch name {
	case "-f", "--file":
		b.File = value
	case "--target":
		b.Target = value
	case "--platform":
		b.Platform = value
	case "--network":
		b.Network = value
	case "--shm-size":
		b.ShmSize = value
	case "--ulimit":
		b.Ulimits = append(b.Ulimits, value)
	case "--no-cache-filter":
		b.NoCacheFilter = append(b.NoCacheFilter, strings.Split(value, ",")...)
	case "--add-host":
		b.AddHosts = append(b.AddHosts, value)
	case "--overlay":
		b.Overlays = append(b.Overlays, value)
	case "--build-arg":
		return put(&b.BuildArgs, name, value)
	case "--build-context":
		return put(&b.Contexts, name, value)
	default:
		return fmt.Errorf("unknown flag %s", name)
	}
	return nil
}

// put adds NAME=VALUE to a map.
func put(m *map[string]string, flag, value string) error {
	key, v, ok := strings.Cut(value, "=")
	if !ok || key == "" {
		return fmt.Errorf("%s %q is not NAME=VALUE", flag, value)
	}
	if *m == nil {
		*m = map[string]string{}
	}
	(*m)[key] = v
	return nil
}

// With returns b with whatever over sets put over it: build args by variable,
// hosts and ulimits by name, the rest by flag.
func (b Build) With(over Build) Build {
	b.File = first(over.File, b.File)
	b.Target = first(over.Target, b.Target)
	b.Platform = first(over.Platform, b.Platform)
	b.Network = first(over.Network, b.Network)
	b.ShmSize = first(over.ShmSize, b.ShmSize)
	b.AddHosts = overlay(b.AddHosts, over.AddHosts, ":=")
	b.Ulimits = overlay(b.Ulimits, over.Ulimits, "=")
	b.Overlays = slices.Concat(b.Overlays, over.Overlays)
	b.BuildArgs = merged(b.BuildArgs, over.BuildArgs)
	b.Contexts = merged(b.Contexts, over.Contexts)
	b.NoCache = b.NoCache || over.NoCache
	b.NoCacheFilter = slices.Concat(b.NoCacheFilter, over.NoCacheFilter)
	return b
}

func merged(base, over map[string]string) map[string]string {
	if over == nil {
		return base
	}
	all := maps.Clone(base)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, over)
	return all
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// overlay appends over to base without those of base whose name, the text before one of seps, over sets.
func overlay(base, over []string, seps string) []string {
	if len(over) == 0 {
		return base
	}
	name := func(s string) string {
		if i := strings.IndexAny(s, seps); i >= 0 {
			return s[:i]
		}
		return s
	}
	kept := slices.DeleteFunc(slices.Clone(base), func(s string) bool {
		return slices.ContainsFunc(over, func(o string) bool { return name(o) == name(s) })
	})
	return append(kept, over...)
}
