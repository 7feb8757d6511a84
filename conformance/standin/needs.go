// Package standin makes the images that a Dockerfile asks for: no program of
// theirs does what it is named for, but every one that a RUN starts is there, as is
// every path that a COPY --from takes and every user that is named.
package standin

import (
	"context"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/solver/pb"
	digest "github.com/opencontainers/go-digest"

	"github.com/whybust/whybust/internal/scenario"
)

// Needs is what the images of one or more Dockerfiles must hold. They all hold the same, so
// that COPY --from finds its source in whatever stage.
type Needs struct {
	// Images are the references that were asked for, normalized, and Remotes the URLs, both in order.
	Images, Remotes []string
	// Programs are absolute paths of programs.
	Programs map[string]bool
	// Outputs are paths that a stage or an image is asked for, with wildcards.
	Outputs map[string]bool
	// Dirs are paths that must be directories.
	Dirs map[string]bool
	// Users and Groups are names.
	Users, Groups map[string]bool
	// Runs says that there is a RUN at all.
	Runs bool
}

// NewNeeds returns the needs of no Dockerfile.
func NewNeeds() *Needs {
	return &Needs{
		Programs: map[string]bool{"/bin/sh": true},
		Outputs:  map[string]bool{},
		Dirs:     map[string]bool{},
		Users:    map[string]bool{},
		Groups:   map[string]bool{},
	}
}

// Add adds what a Dockerfile needs when it is built with these options. BuildKit's own
// conversion expands it, so that the paths and names are those that it will use.
func (n *Needs) Add(ctx context.Context, dockerfile []byte, build scenario.Build, configs map[string]scenario.ImageConfig) error {
	def, images, err := Convert(ctx, dockerfile, build.Platform, dockerui.Config{BuildArgs: build.BuildArgs, Target: build.Target},
		func(image string) scenario.ImageConfig {
			config, _ := ConfigFor(image, configs)
			return config
		})
	if err != nil {
		return err
	}
	for _, image := range images {
		if !slices.Contains(n.Images, image) {
			n.Images = append(n.Images, image)
		}
	}
	slices.Sort(n.Images)
	return n.addDefinition(def.Def)
}

func (n *Needs) addDefinition(def [][]byte) error {
	ops := map[string]*pb.Op{}
	var order []*pb.Op
	for _, data := range def {
		var op pb.Op
		if err := op.UnmarshalVT(data); err != nil {
			return fmt.Errorf("a definition of BuildKit's cannot be read: %w", err)
		}
		ops[string(digest.FromBytes(data))] = &op
		order = append(order, &op)
	}
	for _, op := range order {
		inputs := make([]*pb.Op, len(op.Inputs))
		for i, in := range op.Inputs {
			inputs[i] = ops[in.Digest]
		}
		switch {
		case op.GetSource() != nil && remote.MatchString(op.GetSource().Identifier):
			n.Remotes = append(n.Remotes, op.GetSource().Identifier)
		case op.GetExec() != nil:
			n.addExec(op.GetExec(), inputs)
		case op.GetFile() != nil:
			for _, action := range op.GetFile().Actions {
				n.addAction(action, inputs)
			}
		}
	}
	slices.Sort(n.Remotes)
	return nil
}

var remote = regexp.MustCompile(`^https?://`)

func (n *Needs) addExec(exec *pb.ExecOp, inputs []*pb.Op) {
	n.Runs = true
	n.addUser(exec.Meta.User)
	n.Dirs[path.Clean("/"+exec.Meta.Cwd)] = true
	n.addProgram(exec.Meta.Args[0], exec.Meta)
	for _, m := range exec.Mounts {
		if m.Dest == "/" || m.Input < 0 || int(m.Input) >= len(inputs) || !holdsOutputs(inputs[m.Input]) {
			continue
		}
		n.Outputs[path.Clean("/"+m.Selector)] = true
		if m.MountType == pb.MountType_CACHE {
			n.Dirs[path.Clean("/"+m.Selector)] = true
		}
	}
}

// addProgram adds a program under every name that execve may look for it.
func (n *Needs) addProgram(name string, meta *pb.Meta) {
	switch {
	case path.IsAbs(name):
		n.Programs[path.Clean(name)] = true
	case strings.Contains(name, "/"):
		n.Programs[path.Join("/", meta.Cwd, name)] = true
	default:
		for _, env := range meta.Env {
			if dirs, ok := strings.CutPrefix(env, "PATH="); ok {
				for _, dir := range strings.Split(dirs, ":") {
					n.Programs[path.Join("/", dir, name)] = true
				}
			}
		}
	}
}

func (n *Needs) addUser(text string) {
	user, group, _ := strings.Cut(text, ":")
	addName(n.Users, user)
	addName(n.Groups, group)
}

var number = regexp.MustCompile(`^[0-9]*$`)

func addName(names map[string]bool, name string) {
	if !number.MatchString(name) {
		names[name] = true
	}
}

func (n *Needs) addAction(action *pb.FileAction, inputs []*pb.Op) {
	switch {
	case action.GetMkdir() != nil:
		n.Dirs[path.Clean("/"+action.GetMkdir().Path)] = true
		n.addOwner(action.GetMkdir().Owner)
	case action.GetMkfile() != nil:
		n.addScript(action.GetMkfile().Data)
	case action.GetCopy() != nil:
		c := action.GetCopy()
		n.addOwner(c.Owner)
		if strings.HasSuffix(c.Dest, "/") {
			n.Dirs[path.Clean("/"+c.Dest)] = true
		}
		from := int(action.SecondaryInput)
		if from >= 0 && from < len(inputs) && holdsOutputs(inputs[from]) {
			n.addSource(c)
		}
	}
}

func (n *Needs) addSource(c *pb.FileActionCopy) {
	src := path.Clean("/" + c.Src)
	if strings.HasSuffix(c.Src, "/") || strings.HasSuffix(c.Src, "/.") {
		n.Dirs[src] = true
	}
	if len(c.IncludePatterns) == 0 {
		n.Outputs[src] = true
		return
	}
	n.Dirs[src] = true
	for _, p := range c.IncludePatterns {
		n.Outputs[path.Join("/", src, p)] = true
	}
}

func (n *Needs) addOwner(o *pb.ChownOpt) {
	if o == nil {
		return
	}
	addName(n.Users, o.User.GetByName().GetName())
	addName(n.Groups, o.Group.GetByName().GetName())
}

var shebang = regexp.MustCompile(`^#![ \t]*(\S+)`)

// addScript adds the interpreter that a here-document names.
func (n *Needs) addScript(data []byte) {
	if m := shebang.FindSubmatch(data); m != nil {
		n.Programs[path.Clean("/"+string(m[1]))] = true
	}
}

// holdsOutputs says whether an input is a stage or an image. It is neither the build context nor what
// BuildKit makes of the text of a here-document: a file operation on nothing.
func holdsOutputs(op *pb.Op) bool {
	switch {
	case op == nil, op.GetFile() != nil && len(op.Inputs) == 0:
		return false
	case op.GetSource() != nil:
		return strings.HasPrefix(op.GetSource().Identifier, "docker-image://")
	}
	return true
}
