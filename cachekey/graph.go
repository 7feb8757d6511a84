package cachekey

import (
	"context"
	"slices"
	"strconv"

	"github.com/zeebo/blake3"

	buildcontext "github.com/whybust/whybust/context"
)

// Graph is a replayed Dockerfile: what BuildKit would be asked to solve. It is
// immutable and safe for concurrent use.
type Graph struct {
	// Dockerfile is the name for messages, Source the text that was replayed.
	Dockerfile string
	Source     string
	// Target is the display name of the stage that is built, Platform its
	// platform, "linux/amd64".
	Target   string
	Platform string
	// Syntax is the value of the "# syntax=" directive, and its line.
	Syntax     string
	SyntaxLine int
	// Context is the build context.
	Context *buildcontext.View
	// Ops holds all operations, inputs before those that read them. Equal
	// operations are one.
	Ops []*Op
	// Final is the operation whose result is the image; nil if that is empty.
	Final *Op
	// Steps are what `docker build` prints and numbers, in the order of the
	// stages and of the file.
	Steps []*Step
	// Config lists the instructions that run nothing, of the stages that the
	// target reaches, in the order of the file.
	Config []ConfigInstruction
	// Unreached lists the instructions of the stages that the target does not
	// reach: nothing of them runs, but other targets may.
	Unreached []ConfigInstruction
	// Notes say what the replay could not know.
	Notes []Note

	result state                                                     // of the target, with the configuration of its image
	again  func(context.Context, *buildcontext.View) (*Graph, error) // replays it over another context
}

// Step is one numbered step of a build.
type Step struct {
	// Stage is the name that BuildKit prints: empty in a file of one stage,
	// "stage-1" for an unnamed one.
	Stage string
	// StageIndex counts the stages of the file from 0.
	StageIndex int
	// Number counts from 1 to Total within the stage; from 2, and beyond Total, in a stage
	// that only a trigger makes reachable, as BuildKit numbers it.
	Number, Total int
	// Name is the whole display name, "[builder 4/6] COPY . .".
	Name string
	// Also holds the names that it has in other stages that begin alike: it is
	// one operation, and BuildKit prints it under one of the names.
	Also []string
	// StageNames are the names that the Dockerfile gives to the stages of these, and not one that BuildKit
	// prints for a stage without name.
	StageNames []string
	// AlsoLines are the first and last lines of those in the Dockerfile.
	AlsoLines [][2]int
	// Instruction is the keyword, Text the instruction as written with its
	// continuation lines joined.
	Instruction string
	Text        string
	// Onbuild is set if a trigger of the base stage or image runs it.
	Onbuild bool
	// Line and EndLine are its place in the Dockerfile, from 1.
	Line, EndLine int
	// Op is the operation that decides whether the step is cached: for COPY
	// --link the copy, not the merge after it.
	Op *Op
	// Previous is the step before it on whose result it runs: in its stage, or
	// the last one of the stage that FROM names. Nil for the first.
	Previous *Step
}

// OpKind is the kind of an operation.
type OpKind string

// The kinds of operations.
const (
	OpContext OpKind = "context" // the build context
	OpImage   OpKind = "image"   // FROM or --from an image
	OpRemote  OpKind = "remote"  // a URL or git source
	OpFile    OpKind = "file"    // COPY, ADD, WORKDIR, a here-document
	OpExec    OpKind = "exec"    // RUN
	OpMerge   OpKind = "merge"   // the second half of COPY --link
)

// Op is one operation of the solver: a vertex of its graph.
type Op struct {
	Kind   OpKind
	Recipe Recipe
	Inputs []Input
	// Line is the first line of the instruction that made it, 0 if it is none of this
	// Dockerfile's.
	Line int
	// Context is the named context that it comes from, see Options.Contexts; empty for what the
	// Dockerfile itself makes and for the build context.
	Context string

	index   int    // in Graph.Ops
	key     string // of the recipe, and of the number of inputs
	unknown bool   // the recipe holds symbols
	secret  bool   // a selector holds a value of --build-arg
	files   *files // what is known of the tree that it leaves
	image   *knownImage
}

// Index is the position in Graph.Ops.
func (o *Op) Index() int { return o.index }

// RecipeKey is a string that is equal for two operations exactly when their recipes
// and the number of their inputs are.
func (o *Op) RecipeKey() string { return o.key }

// Shape is equal for two operations that SameRecipe may take for one: it holds
// what no symbol can stand for.
func (o *Op) Shape() string {
	shape := Recipe{{Label: LabelKind, Name: string(o.Kind), Value: strconv.Itoa(len(o.Inputs))}}
	for _, f := range o.Recipe {
		named := Field{Label: f.Label, Name: f.Name}
		if f.Label == LabelCommand {
			named.Value = withDefaultShell(f.Value)
		}
		shape = append(shape, named)
	}
	sum := blake3.Sum256([]byte(shape.key()))
	return string(sum[:])
}

// SameRecipe compares the recipes of two operations, symbols included.
func (o *Op) SameRecipe(p *Op) Certainty {
	if o.key == p.key {
		return Yes
	}
	if o.image != nil && p.image != nil {
		return o.image.same(p.image)
	}
	if o.Kind != p.Kind || len(o.Inputs) != len(p.Inputs) || !o.unknown && !p.unknown {
		return No
	}
	return o.Recipe.same(p.Recipe)
}

// Input is one thing that an operation reads.
type Input struct {
	Op   *Op
	Role Role
	// Name is the stage or image that it is read from, or the mount's target.
	Name string
	// Selectors say which paths are read. Empty for a root filesystem.
	Selectors []buildcontext.Selector
	// Selection is the part of the selectors that a match by definition compares:
	// their bare paths (opsutils in BuildKit's solver/llbsolver/ops).
	Selection string
	// Writable is set if what a RUN mounts of it is not read-only.
	Writable bool
	// ByContent is set if equal content of the selected paths is as good as an
	// equal definition.
	ByContent bool
}

// Symbolic reports whether what is selected hangs on symbols.
func (in *Input) Symbolic() bool {
	return slices.ContainsFunc(in.Selectors, symbolicSelector)
}

func symbolicSelector(s buildcontext.Selector) bool {
	return HasSymbol(s.Path) || slices.ContainsFunc(slices.Concat(s.Include, s.Exclude), HasSymbol)
}

// Role says what an input is to its operation.
type Role uint8

// The roles.
const (
	RoleRoot  Role = iota // the filesystem that it runs on
	RoleCopy              // a source of COPY or ADD
	RoleMount             // a mount of RUN
	RoleLayer             // the copied layer of COPY --link
)

// String returns the role as keys hash it.
func (r Role) String() string { return [...]string{"root", "copy", "mount", "layer"}[r] }

// ConfigInstruction is an instruction that runs nothing.
type ConfigInstruction struct {
	StageIndex    int
	Stage         string
	Line, EndLine int
	Keyword       string
	Text          string
}

// Note says something that a replay could not know, or that a reader should.
type Note struct {
	Kind string
	Line int
	Text string
}

// Secret reports whether a value of --build-arg is in the paths that it reads.
func (o *Op) Secret() bool { return o.secret }

// Symbolic reports whether the recipe holds symbols, parts that are not known.
func (o *Op) Symbolic() bool { return o.unknown }
