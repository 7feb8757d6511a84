package cachekey

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/whybust/whybust/internal/dockerfile"
)

func cutVar(kv string) (name, value string) {
	name, value, _ = strings.Cut(kv, "=")
	return name, value
}

// noEnv are arguments that never become variables (nonEnvArgs).
var noEnv = map[string]bool{"BUILDKIT_SBOM_SCAN_CONTEXT": true, "BUILDKIT_SBOM_SCAN_STAGE": true}

// globalArgs fills the scope of the FROM instructions: the automatic platform arguments,
// then the ARGs before the first FROM (defaultArgs, buildMetaArgs).
func (r *replayer) globalArgs() error {
	target := r.opts.Target
	if target == "" {
		target = r.file.Stages[len(r.file.Stages)-1].Name
	}
	for _, v := range automaticArgs(r.build, r.target, r.args, target) {
		r.global = r.global.set(v)
	}
	for _, in := range r.file.Args {
		for _, decl := range in.ArgDecls() {
			v := variable{name: decl.Name, line: in.Line, origin: OriginArg}
			if value, ok := r.args[decl.Name]; ok {
				v.value, v.secret = value, true
			} else if decl.Value != nil {
				err := r.globally(in.Line, *decl.Value, func() (err error) {
					v.value, err = r.expand.Word(*decl.Value, r.global)
					v.secret = r.holdsSecret(v.value)
					return err
				})
				if err != nil {
					return err
				}
			} else {
				continue
			}
			r.global = r.global.set(v)
		}
	}
	return r.sourceDateEpoch()
}

// sourceDateEpoch reads the time that WORKDIR gives its directories. A value
// that names a stage or context is a time that only a build can find out; for a
// context sent by the client, or an image, it is none (resolveSourceDateEpochValue in
// dockerfile2llb/epoch.go).
func (r *replayer) sourceDateEpoch() error {
	const name = "SOURCE_DATE_EPOCH"
	value, ok := r.args[name]
	if !ok {
		v, _ := r.global.lookup(name)
		value = v.value
	}
	if value == "" || value == "context" {
		return nil
	}
	if seconds, err := strconv.ParseInt(value, 10, 64); err == nil {
		r.epoch = strconv.FormatInt(seconds, 10)
		return nil
	}
	if c, err := r.substitute(value, r.build); err != nil {
		return &positionError{0, fmt.Errorf("%s names no stage or context", name)}
	} else if c != nil && c.Remote == "" && c.Graph == nil {
		return nil
	}
	r.note("source-date-epoch", 0, name+" names a stage or context: the time that it stands for is taken to stay the same")
	r.epoch = value
	return nil
}

// arg replays ARG in a stage (dispatchArg). A value of --build-arg comes before
// the default, the default before the ARG of that name before FROM.
func (r *replayer) arg(s *stage, c *command, cmd *dockerfile.Arg) error {
	for _, decl := range cmd.Args {
		v := variable{name: decl.Name, line: c.Line, origin: OriginArg}
		set := true
		if value, ok := r.args[decl.Name]; ok {
			v.value, v.secret = value, true
			if decl.Name == "SOURCE_DATE_EPOCH" {
				if v.value = r.epoch; r.epoch == "" {
					set = false
				}
			}
		} else if decl.Value != nil {
			if own := r.secretsOf(*decl.Value, s.state.env); len(own) > 0 {
				r.keep(slices.Concat(r.secrets, own)) // it may be of an argument that this instruction declares
			}
			value, err := r.expand.Word(*decl.Value, s.state.env)
			if err != nil {
				return err
			}
			v.value, v.secret = value, r.holdsSecret(value)
		} else if global, ok := r.global.lookup(decl.Name); ok {
			v.value, v.secret = global.value, global.secret
		} else {
			set = false
		}
		if set && !noEnv[decl.Name] {
			s.state.env = s.state.env.set(v)
		}
	}
	return nil
}

// env replays ENV (dispatchEnv).
func (r *replayer) env(s *stage, c *command, cmd *dockerfile.Env) {
	for _, kv := range cmd.Vars {
		v := variable{name: kv.Name, value: kv.Value, line: c.Line, origin: OriginEnv}
		v.secretName = kv.Name != kv.Written && r.holdsSecret(kv.Name)
		v.secret = v.secretName || r.holdsSecret(kv.Value)
		s.state.env = s.state.env.set(v)
		s.state.imageEnv = s.state.imageEnv.replace(v)
	}
}

// holdsSecret reports whether a value contains one that --build-arg gave, or that the instruction makes of one.
func (r *replayer) holdsSecret(value string) bool {
	if slices.ContainsFunc(r.secrets, func(v variable) bool { return strings.Contains(value, v.value) }) {
		return true
	}
	for _, secret := range r.args {
		if secret != "" && strings.Contains(value, secret) {
			return true
		}
	}
	return false
}
