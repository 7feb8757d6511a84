package cachekey

import (
	"path"
	"strings"
)

// state is what a stage hands from one instruction to the next (llb.State and
// the image configuration beside it). It is a value: a child stage starts from a
// copy.
type state struct {
	// root is the operation whose result the next one runs on; nil is an empty
	// filesystem.
	root *Op
	// env is the environment of RUN: ENV and ARG. imageEnv is that of the image:
	// ENV only, and each variable stays where it was first set.
	env, imageEnv environ
	// cwd is the working directory as written, workdir that of the image.
	cwd, workdir   string
	cwdLine        int
	user           string
	userLine       int
	shell          []string // nil is the default
	shellLine      int
	platform       platform
	hostname       string
	secrets        []variable // that workdir, cwd and user may hold the values of
	onbuild        []string   // triggers of the image's configuration
	unknownTrigger bool
}

// start gives the state of a stage its environment anew (dispatchStages): each variable
// of the image's configuration is set again and so moves to the end.
func (s *state) start() {
	if _, ok := s.imageEnv.Get("PATH"); !ok {
		s.imageEnv = s.imageEnv.replace(variable{name: "PATH", value: defaultPath, origin: OriginBuilder})
	}
	s.env.base = s.imageEnv.base
	for _, v := range s.imageEnv.vars() {
		s.env = s.env.set(v)
	}
	if s.workdir != "" {
		s.cwd = normalizeWorkdir(s.workdir, s.workdir)
	}
}

// dir is the working directory, "/" when none was set.
func (s *state) dir() string {
	if s.cwd == "" {
		return "/"
	}
	return s.cwd
}

// result is the state that a stage leaves as an image, with its configuration and without its arguments.
func (s *stage) result() state {
	out := s.state
	out.onbuild, out.unknownTrigger = nil, false
	if s.replaced {
		return out
	}
	for _, c := range s.commands {
		if text, ok := c.OnbuildText(); ok {
			out.onbuild = append(out.onbuild, text)
		}
	}
	return out
}

// emptyState is that of FROM scratch.
func emptyState(p platform) state { return state{platform: p} }

// imageState is the state that an image gives to a stage. What is not known of
// it is a symbol.
func imageState(root *Op, image string, config *ImageConfig, p platform) state {
	s := state{root: root, platform: p}
	if config == nil {
		s.imageEnv = environ{base: image}.replace(variable{value: symbol(symbolEnv, image), origin: OriginBase})
		s.workdir = "/" + symbol(symbolWorkdir, image)
		s.user = symbol(symbolUser, image)
		s.shell = []string{symbol(symbolShell, image)}
		s.unknownTrigger = true
		return s
	}
	for _, kv := range config.Env {
		name, value := cutVar(kv)
		s.imageEnv = s.imageEnv.replace(variable{name: name, value: value, origin: OriginBase})
	}
	s.workdir, s.user, s.shell, s.onbuild = config.WorkingDir, config.User, config.Shell, config.OnBuild
	return s
}

// normalizePath joins and cleans like util/system.NormalizePath for Linux: an
// absolute path stays as it is written.
func normalizePath(parent, p string, keepSlash bool) string {
	orig := p
	if parent == "" {
		parent = "/"
	}
	if !path.IsAbs(parent) {
		parent = path.Join("/", parent)
	}
	if p == "" {
		p = parent
	}
	if !path.IsAbs(p) {
		p = joinPath(parent, p)
	}
	if keepSlash {
		p = keepEnd(orig, p)
	}
	return p
}

// joinPath joins a relative path to a directory. One that leads out of a
// directory that is not known leads somewhere that is not.
func joinPath(parent, p string) string {
	joined := path.Join(parent, p)
	if sym := symbolPattern.FindString(parent); sym != "" && !strings.Contains(joined, sym) {
		_, image, _ := strings.Cut(sym[1:len(sym)-1], "@")
		return "/" + symbol(symbolWorkdir+"/"+p+" "+symbolPattern.ReplaceAllString(parent, ""), image)
	}
	return joined
}

func normalizeWorkdir(current, dir string) string { return normalizePath(current, dir, false) }

// cleanPath is normalizePath of client/llb/fileop.go: the path in the operation.
func cleanPath(parent, p string, keepSlash bool) string {
	orig := p
	p = path.Clean(p)
	if !path.IsAbs(p) {
		p = path.Join("/", parent, p)
	}
	if keepSlash {
		p = keepEnd(orig, p)
	}
	return p
}

// keepEnd gives a cleaned path the final "/" or "/." that it was written with.
func keepEnd(orig, p string) string {
	n := len(orig)
	switch {
	case n > 0 && orig[n-1] == '/' && p[len(p)-1] != '/':
		p += "/"
	case n > 1 && orig[n-2:] == "/.":
		if p != "/" {
			p += "/"
		}
		p += "."
	}
	return p
}
