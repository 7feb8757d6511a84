package ocilayout

import (
	"fmt"
	"strconv"
	"strings"
)

// platform is an os/architecture/variant, of an index or a configuration.
type platform struct {
	OS           string `json:"os"`
	Architecture string `json:"architecture"`
	Variant      string `json:"variant"`
}

func (p platform) String() string {
	s := p.OS + "/" + p.Architecture
	if p.Variant != "" {
		s += "/" + p.Variant
	}
	return s
}

// normalized has one spelling for each platform (containerd's platforms.Normalize, for what indexes
// hold).
func (p platform) normalized() platform {
	switch p.Architecture {
	case "x86_64", "x86-64":
		p.Architecture = "amd64"
	case "aarch64":
		p.Architecture = "arm64"
	}
	switch p.Architecture + "/" + p.Variant {
	case "amd64/v1":
		p.Variant = ""
	case "arm64/", "arm64/8":
		p.Variant = "v8"
	case "arm/":
		p.Variant = "v7"
	}
	if p.Architecture == "arm" && p.Variant != "" && !strings.HasPrefix(p.Variant, "v") {
		p.Variant = "v" + p.Variant
	}
	return p
}

func parsePlatform(text string) (platform, error) {
	parts := strings.Split(text, "/")
	if len(parts) < 2 || len(parts) > 3 {
		return platform{}, fmt.Errorf("platform: %q is not OS/ARCH[/VARIANT]", text)
	}
	p := platform{OS: parts[0], Architecture: parts[1]}
	if len(parts) == 3 {
		p.Variant = parts[2]
	}
	return p, nil
}

// runs lists the platforms whose images run on one, the best first (platforms.Only).
func (p platform) runs() []platform {
	p = p.normalized()
	list := []platform{p}
	older := func(arch, variant string, oldest int) {
		if n, err := strconv.Atoi(strings.TrimPrefix(variant, "v")); err == nil {
			for n--; n >= oldest; n-- {
				list = append(list, platform{p.OS, arch, "v" + strconv.Itoa(n)}.normalized())
			}
		}
	}
	switch p.Architecture {
	case "amd64":
		older("amd64", p.Variant, 1)
		list = append(list, platform{OS: p.OS, Architecture: "386"})
	case "arm":
		older("arm", p.Variant, 5)
	case "arm64":
		older("arm64", p.Variant, 8)
		older("arm", "v9", 5)
	}
	return list
}

// choose picks the descriptor of an index for a platform.
func choose(list []descriptor, want platform) (descriptor, error) {
	var there []string
	for _, p := range want.runs() {
		for _, d := range list {
			if d.Platform != nil && d.Platform.normalized() == p {
				return d, nil
			}
		}
	}
	for _, d := range list {
		if d.Platform != nil && d.Platform.OS != "unknown" { // what is for no platform is an attestation
			there = append(there, d.Platform.String())
		}
	}
	if len(list) == 1 && list[0].Platform == nil {
		return list[0], nil
	}
	return descriptor{}, fmt.Errorf("there is no image for %s, only for %s", want, strings.Join(there, ", "))
}
