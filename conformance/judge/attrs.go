package judge

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/docker/go-units"

	"github.com/whybust/whybust/internal/scenario"
)

// Attrs returns the frontend options that docker build (buildx) makes of its flags.
func Attrs(b scenario.Build) (map[string]string, error) {
	attrs := map[string]string{}
	set := func(key, value string) {
		if value != "" {
			attrs[key] = value
		}
	}
	set("target", b.Target)
	set("platform", b.Platform)
	set("ulimit", strings.Join(b.Ulimits, ","))
	if b.Network != "default" {
		set("force-network-mode", b.Network)
	}
	for k, v := range b.BuildArgs {
		attrs["build-arg:"+k] = v
	}
	if b.NoCache {
		attrs["no-cache"] = ""
	} else {
		set("no-cache", strings.Join(b.NoCacheFilter, ","))
	}
	var hosts []string
	for _, h := range b.AddHosts {
		i := strings.IndexAny(h, ":=")
		if i < 0 {
			return nil, fmt.Errorf("--add-host %q has no address", h)
		}
		hosts = append(hosts, h[:i]+"="+strings.Trim(h[i+1:], "[]"))
	}
	set("add-hosts", strings.Join(hosts, ","))
	if b.ShmSize != "" {
		n, err := units.RAMInBytes(b.ShmSize)
		if err != nil {
			return nil, err
		}
		set("shm-size", strconv.FormatInt(n, 10))
	}
	return attrs, nil
}
