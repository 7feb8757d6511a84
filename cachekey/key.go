package cachekey

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/zeebo/blake3"

	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/internal/dockerfile"
)

// KeyVersion begins every pre-image. It changes whenever anything changes in
// what a key hashes, so that keys of two versions are never equal.
const KeyVersion = "whybust key v1"

// Sum is the key of an operation: the BLAKE3-256 hash of a Preimage. (The
// digest of a part of the build context is a buildcontext.Sum.)
type Sum [32]byte

// String returns 64 lower-case hexadecimal digits, which are a valid image tag.
func (s Sum) String() string { return hex.EncodeToString(s[:]) }

// Preimage is what a Sum hashes: fields of which Label, Name and Value count.
type Preimage []Field

// Sum hashes a pre-image: BLAKE3-256 over the label, name and value of each field
// in turn, each of the three preceded by its length in bytes as an unsigned varint.
// No two pre-images are written alike.
func (p Preimage) Sum() Sum { return blake3.Sum256([]byte(Recipe(p).key())) }

// Key is the portable key of a step, with its pre-image.
type Key struct {
	Step *Step
	// Sum is the key of the step's operation.
	Sum Sum
	// Preimage is what Sum hashes. Its fields may hold values of --build-arg,
	// marked Secret; Explain does not show them.
	Preimage Preimage
}

// KeyOptions are the options of Keys.
type KeyOptions struct {
	// Digester hashes the build context; nil is the zero Digester.
	Digester *buildcontext.Digester
}

// The labels of the fields that a Preimage has besides those of a recipe.
const (
	LabelVersion   = "version"
	LabelOperation = "operation"
	LabelInput     = "input"     // the key of an operation that is read
	LabelSelection = "selection" // the paths that are read of it
	LabelContext   = "context"   // the digest of what is read of the build context
)

// Keys computes the key of each step of a graph, in the order of Graph.Steps. They
// are the same on every machine and for every way to read the same files: a
// commit, its checkout, any fs.FS.
//
// Equal keys of two steps imply that BuildKit finds the one in the cache that the
// other left, but for two cases: a step that runs on a directory given as a named
// context, which it never caches, and one that takes a whole context which another
// step opens for writing, which it hashes in one of two ways (predict.CauseRehash).
//
// The converse does not hold: what another stage or image gives is
// keyed by how it is made, not by its bytes, which only a build can tell. Nor do
// keys tell what Graph.Notes says is unknown (what a tag points to, what a URL
// holds). The key of COPY --link does not depend on what it is linked on, as its
// cache entry does not, and none covers configuration that no step reads: CMD, LABEL.
//
// The key of an operation is the Sum of the Preimage of these fields, in which a
// label is one of the Label constants, and the name is empty unless given:
//
//	version     KeyVersion
//	operation   the OpKind
//	...         the fields of the Recipe, in order
//	input       name: the role (root, copy, mount, layer); value: the key of the
//	            operation that is read, in hexadecimal; followed by
//	selection   value: the paths that are read, each absolute, a NUL between them;
//	            empty for a root filesystem
//	context     instead of the two, if it is the build context that is read. Name: the role;
//	            value: the buildcontext.Digest of the selectors, as its String
//
// one input or context for each of the inputs, in order. A symbol is hashed as
// it is. If what is read of the context hangs on one, the digest is that of the whole
// context and a selection with the selectors' paths follows it.
//
// A path that is not in the build context is an error, with file and line, that wraps fs.ErrNotExist:
// what cannot be built has no key.
func Keys(ctx context.Context, g *Graph, opts *KeyOptions) ([]Key, error) {
	k := &keyer{ctx: ctx, graph: g, digester: &buildcontext.Digester{}, contents: map[string]buildcontext.Sum{}}
	if opts != nil && opts.Digester != nil {
		k.digester = opts.Digester
	}
	for _, op := range g.Ops {
		if err := k.add(op); err != nil {
			return nil, err
		}
	}
	keys := make([]Key, len(g.Steps))
	for i, st := range g.Steps {
		at := st.Op.index
		keys[i] = Key{Step: st, Sum: k.sums[at], Preimage: k.preimages[at]}
	}
	return keys, nil
}

// keyer is one Keys under way.
type keyer struct {
	ctx       context.Context
	graph     *Graph
	digester  *buildcontext.Digester
	sums      []Sum // by index of the operation
	preimages []Preimage
	contents  map[string]buildcontext.Sum // by the context and the text of the selectors
}

// add computes the key of the next operation. What it reads has its own.
func (k *keyer) add(op *Op) error {
	var p Preimage
	if op.Kind != OpContext { // that has only content
		p = Preimage{{Label: LabelVersion, Value: KeyVersion}, {Label: LabelOperation, Value: string(op.Kind)}}
		p = append(p, op.Recipe...)
		for i := range op.Inputs {
			fields, err := k.input(op, &op.Inputs[i])
			if err != nil {
				return err
			}
			p = append(p, fields...)
		}
	}
	k.preimages = append(k.preimages, p)
	k.sums = append(k.sums, p.Sum())
	return nil
}

func (k *keyer) input(op *Op, in *Input) ([]Field, error) {
	role := in.Role.String()
	if in.Op.Kind != OpContext {
		return []Field{
			{Label: LabelInput, Name: role, Value: k.sums[in.Op.index].String()},
			{Label: LabelSelection, Value: in.Selection, Secret: op.Secret()},
		}, nil
	}
	sels, symbolic := in.Selectors, in.Symbolic()
	if symbolic {
		sels = nil // the whole context, of which they select an unknown part
	}
	sum, err := k.content(in.Op, sels)
	if err != nil {
		return nil, &dockerfile.Error{File: k.graph.Dockerfile, Line: op.Line, Err: inContext(op, err)}
	}
	fields := []Field{{Label: LabelContext, Name: role, Value: sum.String()}}
	if symbolic {
		fields = append(fields, Field{Label: LabelSelection, Value: in.Selection, Secret: op.Secret()})
	}
	return fields, nil
}

// inContext says of a missing path where it is missing, and which it is unless
// a build argument is in it.
func inContext(op *Op, err error) error {
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if op.Secret() {
		err = fmt.Errorf("a source: %w", fs.ErrNotExist)
	}
	return fmt.Errorf("in the build context: %w", err)
}

// content is the digest of what selectors take from the build context, computed
// once.
func (k *keyer) content(local *Op, sels []buildcontext.Selector) (buildcontext.Sum, error) {
	key := fmt.Sprint(local.index, " ", strings.Join(selectorText(sels), "\n"))
	if sum, ok := k.contents[key]; ok {
		return sum, nil
	}
	view, err := local.Files(k.ctx)
	if err != nil {
		return buildcontext.Sum{}, err
	}
	sum, err := k.digester.Digest(k.ctx, view, sels)
	if err == nil {
		k.contents[key] = sum
	}
	return sum, err
}

// Explain says what a key hashes, a line for each field: its label, its name if
// it has one, its value quoted, and the line of the Dockerfile that it comes from.
// A value that --build-arg gave is not shown.
func (k Key) Explain() string {
	var b strings.Builder
	for _, f := range k.Preimage {
		b.WriteString(f.Label)
		if f.Name != "" && !(f.Secret && f.Label == LabelMount) {
			fmt.Fprintf(&b, " %s", Readable(f.Name))
		}
		b.WriteString(": " + explainValue(f))
		if f.Line > 0 {
			fmt.Fprintf(&b, " (line %d)", f.Line)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// explainValue shows a list of arguments or of paths as such.
func explainValue(f Field) string {
	if f.Secret {
		return "(not shown)"
	}
	values := []string{f.Value}
	switch {
	case f.Label == LabelCommand:
		values = SplitArgs(f.Value)
	case f.Label == LabelSelection && f.Value != "":
		values = strings.Split(f.Value[1:], "\x00/") // a symbol's NUL is before no slash
		for i := range values {
			values[i] = "/" + values[i]
		}
	}
	for i, v := range values {
		values[i] = fmt.Sprintf("%q", Readable(v))
	}
	return strings.Join(values, " ")
}
