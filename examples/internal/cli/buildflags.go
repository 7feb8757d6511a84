package cli

import "github.com/spf13/pflag"

// BuildFlags are the flags that say what is built, with the names that docker
// build gives them.
type BuildFlags struct {
	Dir, File, Target, Platform string
	Network, ShmSize            string
	// BuildArgs are as written; AddBuildArgs reads them.
	BuildArgs         []string
	AddHosts, Ulimits []string
	NoGitDir          bool
}

// Declare adds the flags to a set. Repeated flags are arrays and not slices: a
// comma is part of a value.
func (b *BuildFlags) Declare(f *pflag.FlagSet) {
	f.StringVarP(&b.File, "file", "f", "", "`PATH` of the Dockerfile (default CONTEXT/Dockerfile)")
	f.StringVar(&b.Target, "target", "", "the `STAGE` to build (default the last)")
	f.StringArrayVar(&b.BuildArgs, "build-arg", nil, "build argument; {commit} in `NAME[=VALUE]` is that side's commit id")
	f.StringVar(&b.Platform, "platform", "", "the `PLATFORM` to build for, like linux/arm64")
	f.StringArrayVar(&b.AddHosts, "add-host", nil, "entry `HOST:IP` for /etc/hosts in RUN")
	f.StringVar(&b.Network, "network", "", "network `MODE` of RUN: default, none or host")
	f.StringVar(&b.ShmSize, "shm-size", "", "`SIZE` of /dev/shm in RUN")
	f.StringArrayVar(&b.Ulimits, "ulimit", nil, "resource limit `NAME=SOFT[:HARD]` of RUN")
	f.StringVarP(&b.Dir, "directory", "C", "", "run as if started in `DIR`")
	f.BoolVar(&b.NoGitDir, "no-git-dir", false, "the context has no .git: BuildKit clones it itself")
}
