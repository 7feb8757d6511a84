package cachekey

import (
	"fmt"
	"strings"

	"github.com/docker/go-units"
)

// Options are the options of a build that its cache can depend on. The zero
// value, and nil, build the last stage with no arguments for linux/amd64.
type Options struct {
	// Target is the stage to build, the last one if empty.
	Target string
	// Platform is the target platform, like "linux/arm64"; empty means
	// DefaultPlatform. The machine that builds has DefaultPlatform.
	Platform string
	// BuildArgs are the values of --build-arg. They never appear in a note, an
	// error or a display name that did not hold them before.
	BuildArgs map[string]string
	// AddHosts are "name:address" or "name=address", as for --add-host.
	AddHosts []string
	// Network is the mode for all RUN instructions: "default", "none" or "host".
	Network string
	// ShmSize is the size of /dev/shm, "64m"; Ulimits are "nofile=1024:2048".
	ShmSize string
	Ulimits []string
	// Image tells what is known of a base image; nil, or a nil answer, means
	// nothing. The reference is in full, "docker.io/library/node:20". It may be
	// called from several goroutines. Package ocilayout has one that reads from disk.
	Image func(reference, platform string) (*Image, error)
	// Limits bound what the Dockerfile may take.
	Limits Limits
	// Parsed, if not nil, is asked for the Dockerfile and told of it.
	Parsed *Parsed
	// Contexts are the values of --build-context by the name that BuildKit looks for: see
	// ContextName.
	Contexts map[string]Context
}

// Image is what a caller knows of an image.
type Image struct {
	// Digest is what its reference resolves to, "sha256:...": the digest of its index if
	// it has one, else of its manifest. Empty if unknown.
	Digest string
	// ConfigDigest is the digest of its configuration; empty if unknown. Where no Digest is known, equal
	// ones are taken for the same image.
	ConfigDigest string
	// Config is its configuration; nil if unknown.
	Config *ImageConfig
}

// ImageConfig is the part of an OCI image configuration that a build reads.
type ImageConfig struct {
	// Platform is what the image says that it is for, "linux/arm64/v8"; empty is what was asked for.
	Platform   string
	Env        []string
	WorkingDir string
	User       string
	Shell      []string
	OnBuild    []string
}

// DefaultPlatform is the platform of a build that names none. It does not hang
// on the machine that predicts, so that predictions do not either.
const DefaultPlatform = "linux/amd64"

var defaultShell = []string{"/bin/sh", "-c"}

const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// hosts are the names of --add-host; addresses are no part of a key
// (ExecOp.CacheMap blanks them).
func (o *Options) hosts() ([]string, error) {
	var names []string
	for _, host := range o.AddHosts {
		name, _, ok := strings.Cut(host, "=")
		if !ok {
			name, _, ok = strings.Cut(host, ":")
		}
		if !ok || name == "" {
			return nil, fmt.Errorf("add-host: %q is not NAME:ADDRESS", host)
		}
		names = append(names, strings.ToLower(name))
	}
	return names, nil
}

// ulimits gives each limit as NAME=SOFT:HARD.
func (o *Options) ulimits() ([]string, error) {
	var out []string
	for _, limit := range o.Ulimits {
		u, err := units.ParseUlimit(limit)
		if err != nil {
			return nil, fmt.Errorf("ulimit: %w", err)
		}
		out = append(out, fmt.Sprintf("%s=%d:%d", u.Name, u.Soft, u.Hard))
	}
	return out, nil
}

func (o *Options) shmSize() (int64, error) {
	if o.ShmSize == "" {
		return 0, nil
	}
	n, err := units.RAMInBytes(o.ShmSize)
	if err != nil {
		return 0, fmt.Errorf("shm-size: %w", err)
	}
	return n, nil
}

// network gives the mode that a RUN without --network has, "" for the default.
func (o *Options) network() (string, error) {
	switch o.Network {
	case "", "default", "sandbox":
		return "", nil
	case "none", "host":
		return o.Network, nil
	}
	return "", fmt.Errorf("network: %q is not one of default, none, host", o.Network)
}

// platform is an os/architecture/variant (containerd's platforms, as far as
// Linux images use it).
type platform struct {
	os, arch, variant string
	secret            bool // a build argument is in it
}

func (p platform) String() string {
	s := p.os + "/" + p.arch
	if p.variant != "" {
		s += "/" + p.variant
	}
	return s
}

// parsePlatform is platforms.Parse, whose result is not quite normal: "linux/arm"
// has no variant, "linux/arm64/v8" keeps its own.
func parsePlatform(text string) (platform, error) {
	parts := strings.Split(strings.ToLower(text), "/")
	bad := fmt.Errorf("platform: %q is not OS/ARCH[/VARIANT]", text)
	for _, part := range parts {
		if part == "" || strings.ContainsFunc(part, func(r rune) bool {
			return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r == '.')
		}) {
			return platform{}, bad
		}
	}
	var p platform
	switch len(parts) {
	case 1:
		// a system or an architecture alone
		if known := map[string]bool{"linux": true, "windows": true, "darwin": true, "freebsd": true}; known[parts[0]] {
			def, _ := parsePlatform(DefaultPlatform)
			p = platform{os: parts[0], arch: def.arch}
		} else {
			p = platform{os: "linux", arch: parts[0]}
		}
	case 2:
		p = platform{os: parts[0], arch: parts[1]}
	case 3:
		p = platform{os: parts[0], arch: parts[1], variant: parts[2]}
	default:
		return platform{}, bad
	}
	p = p.normalized()
	switch {
	case len(parts) < 3 && p.arch == "arm" && p.variant == "v7":
		p.variant = ""
	case len(parts) == 3 && p.arch == "arm64" && p.variant == "":
		p.variant = "v8"
	}
	return p, nil
}

// normalized is platforms.Normalize: one spelling for each platform. The target
// of a build is in this form; a --platform of FROM keeps its variant as it is written, and
// so does its image's key.
func (p platform) normalized() platform {
	switch p.arch {
	case "x86_64", "x86-64":
		p.arch = "amd64"
	case "i386":
		p.arch, p.variant = "386", ""
	case "aarch64":
		p.arch = "arm64"
	case "armhf":
		p.arch, p.variant = "arm", "v7"
	case "armel":
		p.arch, p.variant = "arm", "v6"
	}
	switch p.arch + "/" + p.variant {
	case "amd64/v1", "arm64/8", "arm64/v8", "arm64/v8.0":
		p.variant = ""
	case "arm64/9", "arm64/9.0", "arm64/v9.0":
		p.variant = "v9"
	case "arm/", "arm/7":
		p.variant = "v7"
	case "arm/5", "arm/6", "arm/8":
		p.variant = "v" + p.variant
	}
	return p
}

// automaticArgs are the platform arguments that every build has (defaultArgs in
// dockerfile2llb/platform.go).
func automaticArgs(build, target platform, overrides map[string]string, stage string) []variable {
	if stage == "" {
		stage = "default"
	}
	values := [...][2]string{
		{"BUILDPLATFORM", build.String()}, {"BUILDOS", build.os}, {"BUILDOSVERSION", ""},
		{"BUILDARCH", build.arch}, {"BUILDVARIANT", build.variant},
		{"TARGETPLATFORM", target.String()}, {"TARGETOS", target.os}, {"TARGETOSVERSION", ""},
		{"TARGETARCH", target.arch}, {"TARGETVARIANT", target.variant}, {"TARGETSTAGE", stage},
	}
	var vars []variable
	for _, v := range values {
		arg := variable{name: v[0], value: v[1], origin: OriginArg}
		if value, ok := overrides[arg.name]; ok {
			arg.value, arg.secret = value, true
		}
		vars = append(vars, arg)
	}
	return vars
}
