package cachekey

import (
	"fmt"
	"path"
	"strconv"
	"strings"

	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/internal/dockerfile"
)

// exec replays RUN (dispatchRun; ExecOp.Marshal in client/llb/exec.go and
// ExecOp.CacheMap in solver/llbsolver/ops/exec.go).
func (r *replayer) exec(s *stage, c *command, cmd *dockerfile.Run) error {
	args, script := r.runArgs(s, c, cmd)
	shown := c.Text
	if script.summary != "" {
		shown += " (" + script.summary + ")"
	}
	m, err := r.mounts(s, c, cmd)
	if err != nil {
		return err
	}
	if script.mount != nil {
		m.list = append(m.list, *script.mount)
	}
	env := s.state.env
	if sock := m.agentSocket(); sock != "" {
		if _, ok := env.lookup("SSH_AUTH_SOCK"); !ok {
			env = env.set(variable{name: "SSH_AUTH_SOCK", value: sock, origin: OriginBuilder})
		}
	}
	recipe := Recipe{{Label: LabelCommand, Value: joinArgs(args), Line: c.Line}}
	for _, v := range env.vars() {
		recipe = append(recipe, Field{Label: LabelEnv, Name: v.name, Value: v.value, Line: v.line, Origin: v.origin, Secret: v.secret, SecretName: v.secretName})
	}
	field := func(label, value string, line int) {
		recipe = append(recipe, Field{Label: label, Value: value, Line: line})
	}
	field(LabelCwd, s.state.dir(), s.state.cwdLine)
	field(LabelUser, s.state.user, s.state.userLine)
	recipe = append(recipe, Field{Label: LabelPlatform, Value: s.state.platform.normalized().String(), Line: s.line, Secret: s.state.platform.secret})
	field(LabelHostname, s.state.hostname, 0)
	field(LabelNetwork, r.runNetwork(cmd), c.Line)
	field(LabelSecurity, cmd.Security, c.Line)
	for _, host := range r.hosts {
		field(LabelHost, host, 0) // names only: addresses are blanked
	}
	for _, limit := range r.ulimits {
		field(LabelUlimit, limit, 0)
	}
	for _, d := range cmd.Devices {
		field(LabelDevice, d.Name+" required="+strconv.FormatBool(d.Required), c.Line)
	}
	root := s.state.root
	inputs, raw := m.finish(&recipe, root)
	op, fresh := r.op(OpExec, c.Line, recipe, inputs, raw)
	if fresh {
		op.files = root.tree().run(op)
	}
	s.state.root = op
	r.step(s, c, r.display(s, shown, true), op)
	return nil
}

func (r *replayer) runNetwork(cmd *dockerfile.Run) string {
	if cmd.Network == "default" {
		return r.netmode
	}
	return cmd.Network
}

// script is what a here-document makes of a RUN.
type script struct {
	summary string
	mount   *mount
}

// runArgs gives the argument list: the shell and the text, or the exec form. A
// lone here-document is the command itself, or a file that is run if it begins
// with "#!"; others are put back behind their command.
func (r *replayer) runArgs(s *stage, c *command, cmd *dockerfile.Run) ([]string, script) {
	args := cmd.Args
	var sc script
	if len(cmd.Files) > 0 {
		first := cmd.Files[0]
		if dockerfile.HereDocument(args[0]) {
			data := first.Data
			if first.Chomp {
				data = dockerfile.Chomp(data)
			}
			args = []string{data}
			if strings.HasPrefix(data, "#!") && s.state.platform.os != "windows" {
				args = []string{path.Join("/dev/pipes/", first.Name)}
				sc.mount = r.scriptMount(c.Line, first.Name, data)
			}
			sc.summary = summary(first.Data)
		} else {
			var b strings.Builder
			b.WriteString(args[0])
			for _, f := range cmd.Files {
				b.WriteString("\n" + f.Data + f.Name)
			}
			args = []string{b.String()}
		}
	}
	if cmd.PrependShell {
		shell := s.state.shell
		if len(shell) == 0 {
			shell = defaultShell
		}
		args = append(append([]string(nil), shell...), strings.Join(args, " "))
	}
	return args, sc
}

// scriptMount mounts a here-document that begins with "#!".
func (r *replayer) scriptMount(line int, name, data string) *mount {
	made := cleanPath("/", name, false)
	op, fresh := r.op(OpFile, line, Recipe{
		{Label: LabelKind, Value: "mkfile on nothing, executable"},
		{Label: LabelDest, Value: made, Line: line},
		{Label: LabelData, Value: data, Line: line},
	}, nil, "")
	if fresh {
		op.files = (*Op)(nil).tree().mkscript(op, made, data)
	}
	return &mount{kind: "bind", target: "/dev/pipes/", source: op, readOnly: true, name: "here-document", line: line}
}

func summary(doc string) string {
	lines := strings.Split(strings.ReplaceAll(strings.TrimSpace(doc), "\r\n", "\n"), "\n")
	if len(lines) > 1 {
		return lines[0] + "..."
	}
	return lines[0]
}

// mountSelector is how a mount's input is read: the whole tree has no path
// (toSelectors in exec.go).
func mountSelector(p string) buildcontext.Selector {
	if p == "" || p == "/" {
		return buildcontext.Selector{Path: "/"}
	}
	return buildcontext.Selector{Path: p, FollowLinks: true}
}

func octal(n uint64) string { return fmt.Sprintf("%04o", n) }
