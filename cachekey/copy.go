package cachekey

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/internal/dockerfile"
	"github.com/whybust/whybust/internal/lazyregexp"
)

// copying is one COPY or ADD under replay (dispatchCopy in
// dockerfile2llb/convert_copy.go): a file operation with one action per source,
// each reading its own or a shared input.
type copying struct {
	r      *replayer
	s      *stage
	line   int
	cmd    *dockerfile.Copy
	dest   string
	owner  owner
	mode   string // "" or the number or text of --chmod
	recipe Recipe
	inputs []Input
	takes  []taking // for the files that it leaves
}

// taking is what one action copies, for the simulation of its result.
type taking struct {
	input  *Op // nil is an empty filesystem
	sel    buildcontext.Selector
	base   string // base name of the source
	unpack bool
}

// copy replays COPY and ADD.
func (r *replayer) copy(s *stage, c *command, cmd *dockerfile.Copy) error {
	k := &copying{r: r, s: s, line: c.Line, cmd: cmd}
	if err := k.flags(); err != nil {
		return err
	}
	linked := cmd.Link && cmd.Chmod == "" // a --chmod unlinks
	root := s.state.root
	if linked {
		root = nil
	}
	k.inputs = rootInput(root)
	source, err := k.source(c)
	if err != nil {
		return err
	}
	for _, src := range cmd.Sources {
		r.spend(len(src) + fieldCost*(8+16*len(cmd.Exclude))) // each compiles and has all the patterns
		if err := r.room(); err != nil {
			return err
		}
		if err := k.action(source, src); err != nil {
			return err
		}
	}
	for _, file := range cmd.Files {
		k.inline(file)
	}
	k.selections()
	k.recipe = append(Recipe{{Label: LabelKind, Value: "copy " + rootShape(root)}}, k.recipe...)
	op, fresh := r.op(OpFile, c.Line, k.recipe, k.inputs, "")
	if fresh {
		op.files = root.tree().copy(r.ctx, op, k)
	}
	if linked && s.state.root != nil {
		s.state.root = r.merge(c.Line, s.state.root, op)
	} else {
		s.state.root = op
	}
	r.step(s, c, r.display(s, c.Text, false), op)
	return nil
}

// merge puts a linked layer on the root. It is keyed by both.
func (r *replayer) merge(line int, root, layer *Op) *Op {
	op, fresh := r.op(OpMerge, line, Recipe{{Label: LabelKind, Value: "merge"}},
		[]Input{{Op: root, Role: RoleRoot}, {Op: layer, Role: RoleLayer}}, "")
	if fresh {
		op.files = root.tree().merge(op, layer.tree())
	}
	return op
}

// flags reads what holds for all sources.
func (k *copying) flags() error {
	cmd := k.cmd
	dest := cmd.Dest
	if dest == "" || dest == "." {
		dest = "./"
	}
	k.dest = cleanPath("/", normalizePath(k.s.state.dir(), dest, true), true)
	if cmd.Chown != "" {
		k.owner = parseOwner(cmd.Chown)
		if k.owner.named() && cmd.Link {
			return fmt.Errorf("--chown=%s: names cannot be looked up with --link, use numbers", cmd.Chown)
		}
		if k.owner.named() && k.s.state.root == nil {
			return fmt.Errorf("--chown=%s: the stage has no /etc/passwd to look the name up in", cmd.Chown)
		}
	}
	if cmd.Chmod != "" {
		var err error
		if k.mode, err = parseMode(cmd.Chmod); err != nil {
			return err
		}
	}
	if cmd.Checksum != "" && (len(cmd.Sources) != 1 || remoteKind(cmd.Sources[0]) == "") {
		return fmt.Errorf("--checksum needs one URL or git source")
	}
	return nil
}

// symbolicMode is what chmod(1) takes besides a number (Parse in
// github.com/tonistiigi/dchapes-mode, which BuildKit uses).
var symbolicMode = lazyregexp.New(`^[augo]*([-+=][rstwXxugo]*)+(,[augo]*([-+=][rstwXxugo]*)+)*$`)

// parseMode gives the value of --chmod as it is hashed: a number without its
// leading zeros, or the text (dispatchCopy).
func parseMode(text string) (string, error) {
	n, err := strconv.ParseUint(text, 8, 32)
	switch {
	case err == nil && n <= 0o7777:
		return strconv.FormatUint(n, 8), nil
	case HasSymbol(text):
		return text, nil
	case err == nil || '0' <= text[0] && text[0] <= '9':
		return "", fmt.Errorf("--chmod=%s is no octal number between 0 and 07777", text)
	case !symbolicMode.MatchString(text):
		return "", fmt.Errorf("--chmod=%s is no mode that chmod takes", text)
	}
	return text, nil
}

// source is the operation that local paths are read from: the build context, or
// what --from names. A copy of nothing but here-documents and remote sources does not ask for the context.
func (k *copying) source(c *command) (*Op, error) {
	if len(c.sources) == 0 {
		if !slices.ContainsFunc(k.cmd.Sources, func(src string) bool { return remoteKind(src) == "" }) {
			return nil, nil
		}
		return k.r.context(), nil
	}
	src := c.sources[0]
	if src.file && !src.dispatched {
		return nil, fmt.Errorf("stage %q must be defined before stage %q copies from it", src.label(), k.s.label())
	}
	return k.r.rootOf(src, k.cmd.Sources), nil
}

// action adds the copy of one source.
func (k *copying) action(source *Op, src string) error {
	kind := remoteKind(src)
	if kind == "" {
		return k.local(source, src)
	}
	if !k.cmd.Add {
		return fmt.Errorf("COPY cannot take %q: a URL or git repository needs ADD", src)
	}
	if sum := k.cmd.Checksum; kind == "http" && sum != "" && !HasSymbol(sum) && !isDigest(sum) {
		return fmt.Errorf("--checksum=%s is no digest of the form sha256:HEX", sum)
	}
	k.remote(kind, src)
	return nil
}

// local adds a path of the build context, a stage or an image.
func (k *copying) local(source *Op, src string) error {
	var include, required []string
	if k.cmd.Parents {
		// what stands before a "/./" is not repeated in the destination
		parent, pattern, pivot := strings.Cut(src, "/./")
		if pivot {
			src = parent
		} else {
			pattern, src = src, "/"
		}
		pattern = normalizePath("/", pattern, false)
		include = []string{strings.TrimPrefix(pattern, "/")}
		if !buildcontext.HasWildcard(src) && !buildcontext.HasWildcard(pattern) {
			required = []string{normalizePath("/", filepath.Join(src, pattern), false)}
		}
	}
	sel := buildcontext.Selector{
		Path: path.Clean(normalizePath("/", src, false)), FollowLinks: true,
		Include: include, Exclude: k.cmd.Exclude, Required: required,
	}
	sel.Wildcard = buildcontext.HasWildcard(sel.Path)
	if !symbolicSelector(sel) {
		if err := sel.Check(); err != nil {
			return fmt.Errorf("%s: %w", src, err)
		}
	}
	unpack := k.cmd.Add
	if k.cmd.Unpack != nil {
		unpack = *k.cmd.Unpack
	}
	k.add("path", source, sel, unpack, required)
	return nil
}

// inline adds a here-document: a file made on nothing and copied from there.
func (k *copying) inline(file dockerfile.InlineFile) {
	made := cleanPath("/", file.Name, false)
	op, fresh := k.r.op(OpFile, k.line, Recipe{
		{Label: LabelKind, Value: "mkfile on nothing"},
		{Label: LabelDest, Value: made, Line: k.line},
		{Label: LabelData, Value: file.Data, Line: k.line, Secret: k.r.holdsSecret(file.Data)},
	}, nil, "")
	if fresh {
		op.files = (*Op)(nil).tree().mkfile(op, made, file.Data)
	}
	k.add("inline", op, buildcontext.Selector{Path: cleanPath("/", file.Name, false)}, false, nil)
}

// add appends an action to the recipe and its input to the inputs
// (FileOp.CacheMap): the directory of the source is no part of the key.
func (k *copying) add(kind string, source *Op, sel buildcontext.Selector, unpack bool, required []string) {
	name := sel.Path
	if source != nil {
		name = path.Base(sel.Path)
	}
	field := func(label, value string) {
		k.recipe = append(k.recipe, Field{Label: label, Value: value, Line: k.line})
	}
	k.recipe = append(k.recipe, Field{Label: LabelKind, Value: fmt.Sprintf("%s from %d", kind, k.input(source, sel)), Line: k.line})
	field(LabelSource, name)
	field(LabelDest, k.dest)
	field(LabelOwner, k.owner.String())
	field(LabelMode, k.mode)
	field(LabelUnpack, strconv.FormatBool(unpack))
	for _, p := range sel.Include {
		field(LabelInclude, p)
	}
	for _, p := range required {
		field(LabelInclude, "required "+p)
	}
	for _, p := range sel.Exclude {
		field(LabelExclude, p)
	}
	k.takes = append(k.takes, taking{input: source, sel: sel, base: path.Base(sel.Path), unpack: unpack})
}

// input gives the index of the input that a source is read from, -1 for an
// empty filesystem. One that is the root as well is matched as a root only.
func (k *copying) input(source *Op, sel buildcontext.Selector) int {
	if source == nil {
		return -1
	}
	for i := range k.inputs {
		in := &k.inputs[i]
		if in.Op == source {
			if in.Role != RoleRoot {
				in.Selectors = append(in.Selectors, sel)
			}
			return i
		}
	}
	k.inputs = append(k.inputs, Input{
		Op: source, Role: RoleCopy, Name: k.cmd.From, Selectors: []buildcontext.Selector{sel}, ByContent: true,
	})
	return len(k.inputs) - 1
}

// selections fills in what a match by definition compares of each input.
func (k *copying) selections() {
	for i := range k.inputs {
		if in := &k.inputs[i]; in.Role != RoleRoot {
			in.Selection = selection(in.Selectors)
		}
	}
}

// selection is what a match by definition compares of the selectors.
func selection(sels []buildcontext.Selector) string {
	paths := make([]string, len(sels))
	for i, sel := range sels {
		paths[i] = sel.Path
	}
	slices.Sort(paths)
	return strings.Join(paths, "\x00")
}

// context is the operation that sends the build context.
func (r *replayer) context() *Op {
	if r.local == nil {
		var fresh bool
		r.local, fresh = r.op(OpContext, 0, Recipe{{Label: LabelKind, Value: "context"}}, nil, "")
		if fresh {
			r.local.files = contextFiles(r.graph.Context)
		}
	}
	return r.local
}
