package cachekey

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	buildcontext "github.com/whybust/whybust/context"
)

// Context is what the name of a --build-context stands for. One of its fields is set.
//
// It takes the place of a stage of that name, whatever the stage holds, and of
// an image of that name in FROM, --from and from=
// (frontend/dockerui/namedcontext.go and dockerfile2llb/convert.go). A name may end in
// "::" and a platform: it is then meant for that platform alone, and comes before the name
// without one. "context" and "scratch" cannot be replaced.
type Context struct {
	// View is a directory, with the rules of its own ignore file.
	View *buildcontext.View
	// Image is the reference of another image; "scratch" is an empty filesystem.
	Image string
	// Layout is an image of an OCI layout. Its Digest must be known.
	Layout *Image
	// Remote is the URL of a file, or of a git repository.
	Remote string
	// Graph is what another build made: its image, with its configuration. The graph's own steps are
	// no steps of this one.
	Graph *Graph
}

// ContextName is the name that a --build-context is known by: the client writes the
// name of an image in its short form, without ":latest", before it passes it on.
// A bake file's names are passed on as they are.
func ContextName(name string) (string, error) {
	suffix := ""
	if i := strings.LastIndex(name, "::"); i >= 0 && !strings.Contains(name[i:], "]") { // [::1] is a host
		name, suffix = name[:i], name[i:]
	}
	short, err := contextName(name)
	return short + suffix, err
}

// contextName is ContextName for a name that is for no platform.
func contextName(name string) (string, error) {
	full, _, err := normalizeImage(name)
	if err != nil {
		return "", fmt.Errorf("%q is no name for a build context: %w", name, errors.Unwrap(err))
	}
	return familiarImage(full), nil
}

// familiarImage is the short form of a full reference (reference.FamiliarString), without ":latest".
func familiarImage(full string) string {
	name := strings.TrimPrefix(full, hub+"/")
	if short := strings.TrimPrefix(name, hubNamed); name != full && !strings.Contains(short, "/") {
		name = short
	}
	return strings.TrimSuffix(name, ":latest")
}

// substitute is a Context under the name that asked for it.
type substitute struct {
	Context
	name string
}

// substitute finds what was given for the name of a stage or image (Client.NamedContext in
// frontend/dockerui/config.go). A name that is no reference is an error even if nothing was given.
func (r *replayer) substitute(name string, p platform) (*substitute, error) {
	if strings.EqualFold(name, scratch) || strings.EqualFold(name, "context") {
		return nil, nil
	}
	short, err := contextName(name)
	if err != nil {
		return nil, err
	}
	for _, key := range [...]string{short + "::" + p.normalized().String(), short} {
		if c, ok := r.opts.Contexts[key]; ok {
			return &substitute{c, short}, nil
		}
	}
	return nil, nil
}

// replace looks for a named context with the name of a stage.
func (r *replayer) replace(s *stage) (err error) {
	if s.name == "" {
		return nil
	}
	if s.context, err = r.substitute(s.name, r.platformOf(s)); s.context != nil {
		s.replaced, s.parent = true, nil
	}
	return err
}

// platformOf is the platform that a stage's image is asked for.
func (r *replayer) platformOf(s *stage) platform {
	if s.platform != nil {
		return *s.platform
	}
	return r.target
}

// fromContext gives a stage that a named context stands for, or whose image it stands for, its
// first state (NamedContext.load).
func (r *replayer) fromContext(s *stage, p platform) error {
	c := s.context
	switch {
	case c.View != nil:
		return r.fromDirectory(s, p)
	case c.Image == scratch:
		s.state = emptyState(r.ownPlatform(s, p))
	case c.Image != "":
		full, digest, err := normalizeImage(c.Image)
		if err != nil {
			return err
		}
		return r.fromImage(s, full, digest, full, p)
	case c.Layout != nil:
		if c.Layout.Digest == "" {
			return fmt.Errorf("build context %q: the image of an OCI layout has no digest", c.name)
		}
		if err := c.Layout.check(); err != nil {
			return fmt.Errorf("build context %q: %w", c.name, err)
		}
		s.state = r.imageState(s, "", p, c.Layout, false)
	case c.Remote != "":
		kind := remoteKind(c.Remote)
		if kind == "" || HasSymbol(c.Remote) {
			return fmt.Errorf("build context %q: %q is no URL", c.name, ShownURL(c.Remote))
		}
		r.note("remote-source", s.line, "build context "+c.name+" ("+ShownURL(c.Remote)+") is fetched when the image is built: what it holds is taken to stay the same")
		op := r.remote(remoteSource{kind: kind, url: c.Remote, file: "context", options: "context", secret: true}, s.line)
		op.Context = c.name
		s.state = state{root: op, platform: r.ownPlatform(s, p)}
	case c.Graph != nil:
		s.state = r.adopt(c.Graph, c.name)
		if !s.replaced {
			s.state.platform = p
		}
	default:
		return fmt.Errorf("build context %q stands for nothing", c.name)
	}
	return nil
}

// ownPlatform is the platform of a stage without a configuration: of one that a context takes the place
// of, whatever platform it was written for, that of the build.
func (r *replayer) ownPlatform(s *stage, p platform) platform {
	if s.replaced {
		return r.target
	}
	return p
}

// fromDirectory makes a stage of a directory. The client sends it under a name that no other
// build has, so a step that runs on it is never cached; what is copied from it is compared by content.
func (r *replayer) fromDirectory(s *stage, p platform) error {
	if _, err := s.context.View.Root(r.ctx); err != nil {
		return fmt.Errorf("build context %q: %w", s.context.name, err)
	}
	s.state = state{platform: r.ownPlatform(s, p)}
	if s.file {
		s.state.root = r.directory(s.context, fmt.Sprintf("stage %d", s.index))
	}
	return nil
}

// directory is the operation that sends a named directory. The client sends of it what is asked for,
// so that what asks for other paths asks for another operation (asyncLocalOpts).
func (r *replayer) directory(c *substitute, asked string) *Op {
	op, fresh := r.op(OpContext, 0, Recipe{{Label: LabelKind, Value: "context"}}, nil, c.name+"\n"+asked)
	if fresh {
		op.Context = c.name
		op.files = contextFiles(c.View)
	}
	return op
}

// rootOf is what an instruction reads of another stage or image.
func (r *replayer) rootOf(src *stage, paths []string) *Op {
	if src.state.root != nil || src.context == nil || src.context.View == nil {
		return src.state.root
	}
	asked := make([]string, len(paths))
	for i, p := range paths {
		if asked[i] = path.Join("/", p); asked[i] == "/" {
			return r.directory(src.context, "")
		}
	}
	slices.Sort(asked)
	return r.directory(src.context, strings.Join(slices.Compact(asked), "\x00"))
}
