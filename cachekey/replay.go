package cachekey

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/zeebo/blake3"

	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/internal/dockerfile"
)

// Replay replays a Dockerfile over a build context. The name is used in
// errors, all of which say file and line where there is one; view may be nil
// for an empty context. The graph reads from the view only when it is compared or
// digested, but for archives that an ADD may unpack and for what a COPY
// --from takes of a stage whose files are known.
func Replay(ctx context.Context, name string, data []byte, view *buildcontext.View, opts *Options) (*Graph, error) {
	if opts == nil {
		opts = &Options{}
	}
	parsed := opts.Parsed
	if parsed == nil {
		parsed = new(Parsed)
	}
	file, err := parsed.files.Parse(ctx, opts.Limits.dockerfile(), name, data)
	if err != nil {
		return nil, err
	}
	r := &replayer{
		ctx: ctx, file: file, opts: opts, expand: file.Expander(), args: opts.BuildArgs,
		table: stages{byName: map[string]*stage{}}, ops: map[[32]byte]*Op{}, printed: map[*Op]*Step{},
		graph: &Graph{Dockerfile: name, Source: string(data), Context: view, Syntax: file.Syntax, SyntaxLine: file.SyntaxLine},
	}
	r.expand.After = symbolWord
	if err := r.run(); err != nil {
		var at *positionError
		var typed *dockerfile.Error
		if errors.As(err, &at) && !errors.As(err, &typed) {
			err = &dockerfile.Error{File: name, Line: at.line, Err: at.err}
		}
		return nil, err
	}
	options := *opts
	options.Parsed = nil // which is one goroutine's
	r.graph.again = func(ctx context.Context, view *buildcontext.View) (*Graph, error) {
		return Replay(ctx, name, data, view, &options)
	}
	return r.graph, nil
}

// Parsed remembers what Dockerfiles say, by their content: one that is replayed for several targets, or
// is the same on both sides, is parsed once. The zero Parsed is ready for use, by one goroutine at a time.
type Parsed struct{ files dockerfile.Parsed }

// replayer is one Replay under way.
type replayer struct {
	ctx     context.Context
	file    *dockerfile.File
	opts    *Options
	expand  *dockerfile.Expander
	args    map[string]string // build arguments
	table   stages
	ops     map[[32]byte]*Op // by the hash of their definition within one build: what BuildKit merges vertices by
	printed map[*Op]*Step
	graph   *Graph
	local   *Op // the build context, once something reads it

	build, target platform
	global        environ // platform arguments and those before FROM
	epoch         string  // SOURCE_DATE_EPOCH in seconds, "" if not set
	netmode       string
	hosts         []string
	ulimits       []string
	shm           int64
	noted         map[string]bool
	secrets       []variable // of the instruction that is replayed
	spent         int        // bytes of the graph, see Limits.Graph
	triggered     int        // instructions of triggers
}

func (r *replayer) run() error {
	if err := r.options(); err != nil {
		return err
	}
	if err := r.globalArgs(); err != nil {
		return err
	}
	if err := r.stages(); err != nil {
		return err
	}
	target, err := r.findTarget()
	if err != nil {
		return err
	}
	if err := r.connect(); err != nil {
		return err
	}
	reached, err := r.resolve(target)
	if err != nil {
		return err
	}
	for _, s := range r.table.all {
		if reached[s] {
			if err := r.dispatch(s); err != nil {
				return err
			}
		}
		if s.file && (s.replaced || !reached[s]) {
			r.unreached(s)
		}
	}
	r.graph.Final = target.state.root
	r.graph.result = target.result()
	r.graph.Target, r.graph.Platform = target.label(), target.state.platform.String()
	if target.state.platform.secret {
		r.graph.Platform = r.target.String()
	}
	return nil
}

func (r *replayer) options() (err error) {
	r.noted = map[string]bool{}
	r.build, err = parsePlatform(DefaultPlatform)
	if err != nil {
		return err
	}
	r.target = r.build
	if r.opts.Platform != "" {
		if r.target, err = parsePlatform(r.opts.Platform); err != nil {
			return err
		}
		r.target = r.target.normalized()
	}
	if r.hosts, err = r.opts.hosts(); err != nil {
		return err
	}
	if r.ulimits, err = r.opts.ulimits(); err != nil {
		return err
	}
	if r.shm, err = r.opts.shmSize(); err != nil {
		return err
	}
	r.netmode, err = r.opts.network()
	return err
}

// stages fills the table with the stages of the file (buildDispatchStates).
func (r *replayer) stages() error {
	for i, def := range r.file.Stages {
		base, visible, err := r.baseName(&def)
		if err != nil {
			return err
		}
		s := &stage{
			name: def.Name, display: def.Name, base: base, shownBase: visible, file: true,
			text: def.Text, line: def.Line, end: def.EndLine,
		}
		if def.Platform != "" {
			err := r.globally(def.Line, def.Platform, func() error {
				p, err := r.stagePlatform(def.Platform)
				s.platform = &p
				return err
			})
			if err != nil {
				return err
			}
		}
		if s.name == "" {
			s.display = fmt.Sprintf("stage-%d", i)
		}
		for _, in := range def.Instructions {
			s.commands = append(s.commands, &command{Instruction: in})
		}
		r.table.add(s)
		if err := r.roomForStages(def.Line); err != nil {
			return err
		}
		if err := r.replace(s); err != nil {
			return &positionError{def.Line, err}
		}
		if s.replaced {
			continue
		}
		if s.base != scratch && s.parent == nil {
			s.total++
		}
		for _, c := range s.commands {
			if numberedKeyword(c.Keyword) {
				s.total++
			}
		}
	}
	return nil
}

// baseName gives what FROM names, and the same as it may be shown.
func (r *replayer) baseName(def *dockerfile.Stage) (base, visible string, err error) {
	err = r.globally(def.Line, def.Base, func() (err error) {
		if base, err = r.expand.Word(def.Base, r.global); err != nil {
			return err
		}
		if base == "" {
			return fmt.Errorf("the base name %q is empty once its variables are replaced", def.Base)
		}
		visible, err = r.expand.Word(r.masked(def.Base, r.global), shown{environ: r.global})
		return err
	})
	return base, visible, err
}

func numberedKeyword(keyword string) bool {
	switch keyword {
	case "ADD", "COPY", "RUN", "WORKDIR":
		return true
	}
	return false
}

func (r *replayer) stagePlatform(text string) (platform, error) {
	value, err := r.expand.Word(text, r.global)
	if err != nil {
		return platform{}, err
	}
	if value == "" {
		return platform{}, fmt.Errorf("the platform %q is empty once its variables are replaced", text)
	}
	p, err := parsePlatform(value)
	if p.secret = len(r.secrets) > 0; p.secret && err != nil {
		err = fmt.Errorf("platform: %q is not OS/ARCH[/VARIANT]", text)
	}
	return p, err
}

func (r *replayer) findTarget() (*stage, error) {
	if r.opts.Target == "" {
		return r.table.all[len(r.table.all)-1], nil
	}
	if s, ok := r.table.find(r.opts.Target); ok {
		return s, nil
	}
	var names []string
	for _, s := range r.table.all {
		if s.name != "" {
			names = append(names, s.name)
		}
	}
	err := fmt.Errorf("there is no stage %q", r.opts.Target)
	if near := dockerfile.Suggest(r.opts.Target, names); near != "" {
		err = fmt.Errorf("%w; did you mean %q?", err, near)
	} else if len(names) > 0 {
		err = fmt.Errorf("%w; there are %s", err, strings.Join(names, ", "))
	}
	return nil, &positionError{0, err}
}

// connect resolves what the commands read (buildStageDependencyGraph).
func (r *replayer) connect() error {
	for i := 0; i < len(r.table.all); i++ {
		s := r.table.all[i]
		for _, c := range s.commands {
			if err := r.table.connect(s, c); err != nil {
				return &positionError{c.Line, err}
			}
			r.table.register(s, c)
			if err := r.roomForStages(c.Line); err != nil {
				return err
			}
		}
	}
	if err := r.table.checkCycles(); err != nil {
		return err
	}
	if len(r.table.all) == 1 {
		r.table.all[0].display = ""
	}
	return nil
}

// resolve finds the stages that the target needs. Triggers of a base can add
// to them, so it goes on until none does (resolveStages).
func (r *replayer) resolve(target *stage) (map[*stage]bool, error) {
	for {
		if err := r.ctx.Err(); err != nil {
			return nil, err
		}
		reached := reachable(target)
		grown := false
		for _, s := range r.table.all {
			if !reached[s] {
				if err := s.passOver(); err != nil {
					return nil, err
				}
				continue
			}
			if s.parent == nil && s.state.root == nil && !s.triggered {
				if err := r.from(s); err != nil {
					return nil, err
				}
			}
			if s.triggered {
				continue
			}
			s.triggered = true
			more, err := r.triggers(s)
			if err != nil {
				return nil, err
			}
			grown = grown || more
		}
		if !grown {
			return reached, nil
		}
	}
}

// dispatch replays one stage. Its parent and its sources are replayed before
// it, as far as they stand before it.
func (r *replayer) dispatch(s *stage) error {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	s.dispatched = true
	if !s.file || s.replaced {
		return nil
	}
	if s.parent != nil {
		s.state, s.last = s.parent.state, s.parent.last
		s.state.onbuild, s.state.unknownTrigger = nil, false
	}
	s.state.hostname = r.args["BUILDKIT_SANDBOX_HOSTNAME"]
	s.state.start()
	r.spend(fieldCost * s.state.imageEnv.live)
	if s.parent == nil && s.base != scratch && s.context == nil {
		r.imageStep(s)
	}
	for _, c := range s.commands {
		if err := r.ctx.Err(); err != nil {
			return err
		}
		r.conceal(s, c)
		err := r.hideError(r.instruction(s, c))
		if err == nil {
			err = r.room()
		}
		if err != nil {
			return &positionError{c.Line, err}
		}
	}
	r.secrets = nil
	return nil
}

// unreached notes what a stage holds that is not built.
func (r *replayer) unreached(s *stage) {
	for _, c := range s.commands {
		r.graph.Unreached = append(r.graph.Unreached, ConfigInstruction{
			StageIndex: s.index, Stage: s.display, Line: c.Line, EndLine: c.EndLine, Keyword: c.Keyword, Text: c.Text,
		})
	}
}

// instruction replays one instruction.
func (r *replayer) instruction(s *stage, c *command) error {
	cmd, err := c.Expand(r.expand, s.state.env)
	if err != nil {
		return err
	}
	if !numberedKeyword(c.Keyword) {
		r.graph.Config = append(r.graph.Config, ConfigInstruction{
			StageIndex: s.index, Stage: s.display, Line: c.Line, EndLine: c.EndLine, Keyword: c.Keyword, Text: c.Text,
		})
	}
	switch cmd := cmd.(type) {
	case *dockerfile.Env:
		r.env(s, c, cmd)
	case *dockerfile.Arg:
		return r.arg(s, c, cmd)
	case *dockerfile.User:
		s.state.user, s.state.userLine = cmd.User, c.Line
	case *dockerfile.Shell:
		s.state.shell, s.state.shellLine = cmd.Shell, c.Line
	case *dockerfile.Workdir:
		return r.workdir(s, c, cmd)
	case *dockerfile.Copy:
		return r.copy(s, c, cmd)
	case *dockerfile.Run:
		return r.exec(s, c, cmd)
	}
	return nil
}

// step adds a printed step to the graph (prefixCommand). What two stages begin
// with alike is one operation, which BuildKit prints once: as a step of the
// first of them.
func (r *replayer) step(s *stage, c *command, text string, op *Op) {
	s.count++
	if st, ok := r.printed[op]; ok {
		if name := r.prefix(s, c) + text; name != st.Name {
			st.Also, st.AlsoLines = append(st.Also, name), append(st.AlsoLines, [2]int{c.Line, c.EndLine})
		}
		st.named(s)
		s.last = st
		return
	}
	st := &Step{
		Stage: s.display, StageIndex: s.index, Number: s.count, Total: s.total,
		Instruction: c.Keyword, Text: c.Text, Onbuild: c.onbuild, Line: c.Line, EndLine: c.EndLine,
		Op: op, Previous: s.last,
	}
	st.Name = r.prefix(s, c) + text
	r.spend(fieldCost + len(st.Name))
	st.named(s)
	s.last = st
	r.printed[op] = st
	r.graph.Steps = append(r.graph.Steps, st)
}

// named notes that the step stands in a stage, if that has a name.
func (st *Step) named(s *stage) {
	if s.name != "" && !slices.Contains(st.StageNames, s.name) {
		st.StageNames = append(st.StageNames, s.name)
	}
}

// prefix is the part of a display name in brackets.
func (r *replayer) prefix(s *stage, c *command) string {
	prefix := ""
	if multi, _ := strconv.ParseBool(r.args["BUILDKIT_MULTI_PLATFORM"]); multi {
		prefix = s.state.platform.String() + " "
	}
	if s.display != "" {
		prefix += s.display + " "
	}
	width := int(1 + math.Log10(float64(s.total)))
	prefix = fmt.Sprintf("[%s%*d/%d] ", prefix, width, s.count, s.total)
	if c.onbuild {
		prefix += "ONBUILD "
	}
	return prefix
}

func selectorText(sels []buildcontext.Selector) []string {
	texts := make([]string, len(sels))
	for i, s := range sels {
		texts[i] = fmt.Sprintf("%q %t %t %q %q %q", s.Path, s.Wildcard, s.FollowLinks, s.Include, s.Exclude, s.Required)
	}
	return texts
}

// display is an instruction's text as it is printed, variables replaced, but
// for those whose value is not known or not to be shown.
func (r *replayer) display(s *stage, text string, run bool) string {
	if !run {
		text = r.masked(text, s.state.env)
	}
	return Readable(r.expand.Display(text, run, shown{s.state.env, run}))
}

// op interns an operation: within one build, equal definitions are one vertex.
// raw is what belongs to the definition but not to the key.
func (r *replayer) op(kind OpKind, line int, recipe Recipe, inputs []Input, raw string) (op *Op, fresh bool) {
	r.mark(recipe)
	o := &Op{Kind: kind, Recipe: recipe, Inputs: inputs, Line: line, secret: r.inSelectors(inputs)}
	o.key = fmt.Sprintf("%s %d\n%s", kind, len(inputs), recipe.key())
	o.unknown = recipe.unknown()
	var id strings.Builder
	fmt.Fprintf(&id, "%s\n%q", o.key, raw)
	for _, in := range inputs {
		fmt.Fprintf(&id, "\n%d %+q", in.Op.index, selectorText(in.Selectors))
	}
	sum := blake3.Sum256([]byte(id.String()))
	if same, ok := r.ops[sum]; ok {
		return same, false
	}
	r.ops[sum] = o
	r.spend(recipe.cost() + len(o.key) + fieldCost*len(inputs))
	o.index = len(r.graph.Ops)
	r.graph.Ops = append(r.graph.Ops, o)
	return o, true
}

func (r *replayer) note(kind string, line int, text string) {
	if key := kind + "\n" + text; !r.noted[key] {
		r.noted[key] = true
		r.graph.Notes = append(r.graph.Notes, Note{Kind: kind, Line: line, Text: text})
	}
}
