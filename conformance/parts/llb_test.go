package parts_test

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver"
	"github.com/moby/buildkit/solver/llbsolver/ops"
	"github.com/moby/buildkit/solver/pb"
	digest "github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/whybust/whybust/conformance/judge"
	"github.com/whybust/whybust/conformance/standin"
	"github.com/whybust/whybust/internal/scenario"
)

// described is one operation in words that both sides use. Inputs stand in it by
// their number in the list.
type described struct {
	text string
	// key is what the operation's own part of its cache key is made of, "" where it is not compared.
	key string
	// names are what BuildKit prints, or may print, for it.
	names []string
}

// convert gives BuildKit's operations for one side of a scenario, inputs first, in the order
// in which a walk from the target finds them.
func convert(ctx context.Context, dockerfile []byte, b scenario.Build, config func(string) scenario.ImageConfig) ([]described, error) {
	attrs, err := judge.Attrs(b)
	if err != nil {
		return nil, err
	}
	ui, err := dockerui.NewClient(stubGateway{attrs: attrs})
	if err != nil {
		return nil, err
	}
	def, _, err := standin.Convert(ctx, dockerfile, b.Platform, ui.Config, config)
	if err != nil {
		return nil, err
	}
	return describeDefinition(ctx, def)
}

// stubGateway is as much of a frontend's connection as the reading of build options needs.
type stubGateway struct {
	gateway.Client
	attrs map[string]string
}

func (g stubGateway) BuildOpts() gateway.BuildOpts {
	return gateway.BuildOpts{Opts: g.attrs, LLBCaps: pb.Caps.CapSet(pb.Caps.All())}
}

// definition is a walk over a marshalled definition.
type definition struct {
	ctx    context.Context
	def    *llb.Definition
	ops    map[string]*pb.Op
	number map[string]int
	list   []described
}

func describeDefinition(ctx context.Context, def *llb.Definition) ([]described, error) {
	d := &definition{ctx: ctx, def: def, ops: map[string]*pb.Op{}, number: map[string]int{}}
	var last *pb.Op
	for _, data := range def.Def {
		last = &pb.Op{}
		if err := last.UnmarshalVT(data); err != nil {
			return nil, err
		}
		d.ops[digest.FromBytes(data).String()] = last
	}
	if last == nil {
		return nil, nil // FROM scratch and nothing else
	}
	// the last operation only names the target
	return d.list, d.visit(last.Inputs[0].Digest)
}

func (d *definition) visit(id string) error {
	if _, seen := d.number[id]; seen {
		return nil
	}
	op := d.ops[id]
	for _, in := range op.Inputs {
		if err := d.visit(in.Digest); err != nil {
			return err
		}
	}
	text, key, err := d.describe(op)
	if err != nil {
		return err
	}
	d.number[id] = len(d.list)
	name := d.def.Metadata[digest.Digest(id)].Description["llb.customname"]
	d.list = append(d.list, described{text: text, key: key, names: []string{name}})
	return nil
}

func (d *definition) describe(op *pb.Op) (text, key string, err error) {
	var w writer
	cm := &solver.CacheMap{}
	switch {
	case op.GetSource() != nil:
		describeSource(&w, op)
	case op.GetMerge() != nil:
		w.line("merge")
	case op.GetExec() != nil:
		var exec *ops.ExecOp
		exec, err = ops.NewExecOp(vertex{inputs: len(op.Inputs)}, op.Op.(*pb.Op_Exec), op.Platform, nil, nil, nil, nil, nil, nil, false)
		if err == nil {
			cm, _, err = exec.CacheMap(d.ctx, nil, 0)
		}
		describeExec(&w, op)
	case op.GetFile() != nil:
		var file solver.Op
		file, err = ops.NewFileOp(vertex{inputs: len(op.Inputs)}, op.Op.(*pb.Op_File), nil, nil, nil)
		if err == nil {
			cm, _, err = file.CacheMap(d.ctx, nil, 0)
		}
		describeFile(&w, op)
	default:
		err = fmt.Errorf("an operation of no known kind: %v", op)
	}
	if err != nil {
		return "", "", err
	}
	for i, in := range op.Inputs {
		w.line("input %d is #%d", i, d.number[in.Digest])
		if i < len(cm.Deps) {
			w.line("  by content: %t", cm.Deps[i].ComputeDigestFunc != nil)
			w.line("  selection: %s", cm.Deps[i].Selector)
		}
	}
	// one of no inputs and one of an input never meet, though their digests may be equal: CacheMap forgets
	// the only mount of a RUN
	return w.String(), fmt.Sprintf("%s %d", cm.Digest, len(op.Inputs)), nil
}

// vertex is as much of a vertex as an operation needs to tell its cache key.
type vertex struct {
	solver.Vertex
	inputs int
}

func (v vertex) Inputs() []solver.Edge { return make([]solver.Edge, v.inputs) }
func (v vertex) Name() string          { return "" }
func (v vertex) Digest() digest.Digest { return "" }

func describeSource(w *writer, op *pb.Op) {
	scheme, id, _ := strings.Cut(op.GetSource().Identifier, "://")
	attrs := op.GetSource().Attrs
	switch scheme {
	case "local":
		w.line("context")
	case "docker-image":
		if _, digest, ok := strings.Cut(id, "@"); ok {
			id = digest
		}
		w.line("image %s", id)
		w.line("platform: %s", platformText(op.Platform))
	case "http", "https":
		id = scheme + "://" + id
		if sum := attrs[pb.AttrHTTPChecksum]; sum != "" {
			id = sum
		}
		w.line("http %s as %s", id, attrs[pb.AttrHTTPFilename])
	case "git":
		w.line("git")
	default:
		w.line("source %s %s %v", scheme, id, attrs)
	}
}

func platformText(p *pb.Platform) string {
	return platforms.Format(ocispecs.Platform{OS: p.GetOS(), Architecture: p.GetArchitecture(), Variant: p.GetVariant()})
}

func describeExec(w *writer, op *pb.Op) {
	exec := op.GetExec()
	m := exec.Meta
	w.line("exec")
	for _, arg := range m.Args {
		w.line("argument %q", arg)
	}
	for _, env := range m.Env {
		w.line("env %q", env)
	}
	w.line("cwd: %s", m.Cwd)
	w.line("user: %s", m.User)
	w.line("platform: %s", platformText(op.Platform))
	w.line("hostname: %s", m.Hostname)
	w.line("network: %s", map[pb.NetMode]string{pb.NetMode_HOST: "host", pb.NetMode_NONE: "none"}[exec.Network])
	w.line("security: %s", map[pb.SecurityMode]string{pb.SecurityMode_SANDBOX: "sandbox", pb.SecurityMode_INSECURE: "insecure"}[exec.Security])
	for _, h := range m.ExtraHosts {
		w.line("host: %s", h.Host)
	}
	for _, u := range m.Ulimit {
		w.line("ulimit: %s=%d:%d", u.Name, u.Soft, u.Hard)
	}
	for _, dev := range exec.CdiDevices {
		w.line("device: %s required=%t", dev.Name, !dev.Optional)
	}
	for _, mount := range exec.Mounts {
		if mount.Dest == "/" {
			w.line("root: %t", mount.Input >= 0)
			continue
		}
		w.line("mount %s: %s", mount.Dest, mountText(mount))
	}
	for _, s := range exec.Secretenv {
		w.line("mount secret variable: %s=%s required=%t", s.Name, s.ID, !s.Optional)
	}
}

// mountText is a mount with what CacheMap leaves of it.
func mountText(m *pb.Mount) string {
	options := ""
	kind := strings.ToLower(m.MountType.String())
	switch m.MountType {
	case pb.MountType_TMPFS:
		options = fmt.Sprintf("size=%d", m.TmpfsOpt.GetSize())
	case pb.MountType_CACHE:
		// CacheMap keeps the id of a shared cache only if it is the target's, with or without a namespace
		id, opt := "", m.CacheOpt
		_, bare, _ := strings.Cut(opt.ID, "/")
		if opt.Sharing == pb.CacheSharingOpt_SHARED && (opt.ID == m.Dest || bare == m.Dest) {
			id = opt.ID
		}
		options = "cache id=" + id
	case pb.MountType_SECRET:
		s := m.SecretOpt
		options = fmt.Sprintf("id=%s required=%t uid=%d gid=%d mode=%04o", s.ID, !s.Optional, s.Uid, s.Gid, s.Mode)
	case pb.MountType_SSH:
		s := m.SSHOpt
		options = fmt.Sprintf("id=%s required=%t uid=%d gid=%d mode=%04o", s.ID, !s.Optional, s.Uid, s.Gid, s.Mode)
	}
	return fmt.Sprintf("%s input=%d readonly=%t %s", kind, m.Input, m.Readonly, options)
}

func describeFile(w *writer, op *pb.Op) {
	actions := op.GetFile().Actions
	w.line("file, root: %t", actions[0].Input >= 0)
	roots := map[int64]bool{}
	for _, a := range actions {
		roots[a.Input] = true
	}
	for _, a := range actions {
		switch {
		case a.GetMkdir() != nil:
			m := a.GetMkdir()
			w.line("mkdir %s mode=%o parents=%t owner=%s time=%s", m.Path, m.Mode, m.MakeParents, ownerText(m.Owner), timeText(m.Timestamp))
		case a.GetMkfile() != nil:
			m := a.GetMkfile()
			w.line("mkfile %s mode=%o owner=%s time=%s %q", m.Path, m.Mode, ownerText(m.Owner), timeText(m.Timestamp), m.Data)
		case a.GetCopy() != nil:
			describeCopy(w, a, roots[a.SecondaryInput])
		default:
			w.line("other: %v", a)
		}
	}
}

func describeCopy(w *writer, a *pb.FileAction, fromRoot bool) {
	c := a.GetCopy()
	mode := c.ModeStr
	if mode == "" && c.Mode != -1 {
		mode = fmt.Sprintf("%o", c.Mode)
	}
	name := c.Src
	if a.SecondaryInput >= 0 {
		name = path.Base(c.Src)
	}
	w.line("copy %q from %d to %q owner=%s mode=%s unpack=%t", name, a.SecondaryInput, c.Dest, ownerText(c.Owner), mode, c.AttemptUnpackDockerCompatibility)
	if a.SecondaryInput >= 0 && !fromRoot {
		w.line("  selector %q", c.Src)
	}
	w.line("  links=%t contents=%t wildcard=%t", c.FollowSymlink, c.DirCopyContents, c.AllowWildcard)
	w.line("  include=%q exclude=%q required=%q", slices.Clip(c.IncludePatterns), c.ExcludePatterns, c.RequiredPaths)
	if !c.CreateDestPath || c.AlwaysReplaceExistingDestPaths || timeText(c.Timestamp) != "" || c.AllowEmptyWildcard != c.AllowWildcard {
		w.line("  what no Dockerfile asks for: %v", c)
	}
}

// timeText is a time in seconds; -1 stands for none.
func timeText(nanoseconds int64) string {
	if nanoseconds == -1 {
		return ""
	}
	return fmt.Sprint(nanoseconds / 1e9)
}

func ownerText(o *pb.ChownOpt) string {
	if o == nil {
		return ":"
	}
	return userText(o.User) + ":" + userText(o.Group)
}

func userText(u *pb.UserOpt) string {
	switch {
	case u == nil:
		return ""
	case u.GetByName() != nil:
		return "name " + u.GetByName().Name
	}
	return fmt.Sprint(u.GetByID())
}

// writer collects lines.
type writer struct{ strings.Builder }

func (w *writer) line(format string, args ...any) { fmt.Fprintf(w, format+"\n", args...) }

// TestDescribe: what the descriptions leave out would not be compared at all.
func TestDescribe(t *testing.T) {
	ops, err := convert(t.Context(), []byte("FROM a\nRUN --network=none x\nCOPY --chmod=u+x --chown=1 a /b/\n"), scenario.Build{}, func(string) scenario.ImageConfig {
		return scenario.ImageConfig{User: "u"}
	})
	if err != nil {
		t.Fatal(err)
	}
	var all string
	for _, op := range ops {
		all += op.text
	}
	for _, want := range []string{"image docker.io/library/a:latest", "network: none", "user: u", "mode=u+x", "owner=1:", `to "/b/"`} {
		if !strings.Contains(all, want) {
			t.Errorf("no %q in\n%s", want, all)
		}
	}
}
