package cachekey

import (
	"encoding/binary"
	"strings"
)

// Recipe is the pre-image of an operation's own part of its cache key: all that
// defines it but its inputs. The order of the fields counts.
type Recipe []Field

// Field is one value of a Recipe. Label, Name and Value are hashed; the rest
// says where it comes from.
type Field struct {
	// Label says what it is, one of the Label constants.
	Label string
	// Name tells apart fields of one label: the variable, the mount's target.
	Name  string
	Value string

	// Line is where it was set, 0 if outside of the Dockerfile.
	Line int
	// Origin says what set a variable.
	Origin Origin
	// Secret marks a value given from outside (--build-arg), never to be shown.
	Secret bool
	// SecretName marks a variable whose Name holds such a value too.
	SecretName bool
}

// The labels of fields.
const (
	LabelKind     = "kind"     // of the operation, with the shape of its inputs
	LabelCommand  = "command"  // arguments of RUN, shell included
	LabelEnv      = "env"      // a variable, in order
	LabelCwd      = "cwd"      // working directory
	LabelUser     = "user"     // as written
	LabelPlatform = "platform" // os/arch[/variant]
	LabelNetwork  = "network"
	LabelSecurity = "security"
	LabelHostname = "hostname"
	LabelHost     = "host" // a name of --add-host
	LabelUlimit   = "ulimit"
	LabelDevice   = "device"
	LabelMount    = "mount"
	LabelSource   = "source" // what a copy takes, without its directory
	LabelDest     = "destination"
	LabelOwner    = "owner"
	LabelMode     = "mode"
	LabelUnpack   = "unpack"
	LabelInclude  = "include" // --parents
	LabelExclude  = "exclude"
	LabelData     = "data" // a here-document
	LabelTime     = "time" // SOURCE_DATE_EPOCH
	LabelImage    = "image"
	LabelRemote   = "remote"
	LabelPath     = "path"
)

// Origin says what set a variable.
type Origin uint8

// The origins.
const (
	OriginNone    Origin = iota
	OriginEnv            // an ENV instruction
	OriginArg            // an ARG instruction
	OriginBase           // the base image
	OriginBuilder        // BuildKit itself: PATH, SSH_AUTH_SOCK
)

// key frames the hashed parts of all fields so that none can run into its
// neighbour: each string is preceded by its length.
func (r Recipe) key() string {
	var b []byte
	for _, f := range r {
		for _, s := range [...]string{f.Label, f.Name, f.Value} {
			b = binary.AppendUvarint(b, uint64(len(s)))
			b = append(b, s...)
		}
	}
	return string(b)
}

// unknown reports whether any value holds a symbol.
func (r Recipe) unknown() bool {
	for _, f := range r {
		if HasSymbol(f.Value) {
			return true
		}
	}
	return false
}

// same compares two recipes whose keys differ, field by field.
func (r Recipe) same(o Recipe) Certainty {
	if len(r) != len(o) {
		return No
	}
	all := Yes
	for i, f := range r {
		g := o[i]
		if f.Label != g.Label || f.Name != g.Name {
			return No
		}
		all = min(all, sameValue(f.Label, f.Value, g.Value))
		if all == No {
			return No
		}
	}
	return all
}

// sameValue compares two values of one label. The user of a base image is
// never taken for one that the Dockerfile spells out, and its shell only for
// the default one: what it would be otherwise is a rarity, and "may hit" on
// every changed USER a noise.
func sameValue(label, a, b string) Certainty {
	if a == b {
		return Yes
	}
	switch label {
	case LabelUser, LabelOwner:
		if strings.Contains(a+b, "\x00\x02USER@") {
			return No
		}
	case LabelCommand:
		if HasSymbol(a) == HasSymbol(b) {
			return No
		}
		if withDefaultShell(a) == withDefaultShell(b) {
			return Maybe
		}
		return No
	}
	return sameText(a, b)
}

func withDefaultShell(command string) string {
	return symbolPattern.ReplaceAllString(command, joinArgs(defaultShell))
}

var (
	escapeArgs   = strings.NewReplacer("\x1e", "\x1e0", "\x1f", "\x1e1")
	unescapeArgs = strings.NewReplacer("\x1e0", "\x1e", "\x1e1", "\x1f")
)

// joinArgs writes a list of arguments as one text, with a unit separator
// between them and escaped in them.
func joinArgs(args []string) string {
	out := make([]string, len(args))
	for i, arg := range args {
		out[i] = escapeArgs.Replace(arg)
	}
	return strings.Join(out, "\x1f")
}

// SplitArgs undoes what LabelCommand did to a list of arguments.
func SplitArgs(command string) []string {
	args := strings.Split(command, "\x1f")
	for i, arg := range args {
		args[i] = unescapeArgs.Replace(arg)
	}
	return args
}
