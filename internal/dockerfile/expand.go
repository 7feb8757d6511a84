package dockerfile

import (
	"fmt"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
)

// Environment answers what a variable holds. It is BuildKit's shell.EnvGetter.
type Environment interface {
	Get(name string) (value string, ok bool)
	Keys() []string
}

// Expander replaces variables the way the escape directive of one file asks
// for. It is not safe for concurrent use.
type Expander struct {
	lex    *shell.Lex
	escape byte
	limit  int
	// Spent adds up the bytes of all that was expanded, at most.
	Spent int
	// After, if set, may replace the result of expanding a word.
	After func(word, result string, env Environment) string
}

// Expander returns a new expander for the file.
func (f *File) Expander() *Expander {
	return &Expander{lex: shell.NewLex(f.escape), escape: byte(f.escape), limit: f.limits.Expansion}
}

// Admit returns an error if a text would grow beyond the limit, or take too long,
// when its variables are replaced.
func (x *Expander) Admit(text string, env Environment) error {
	return x.admit(text, env, x.escape, true)
}

func (x *Expander) admit(text string, env Environment, escape byte, quotes bool) error {
	if !strings.Contains(text, "$") {
		return nil
	}
	b := bound{text: text, env: env, escape: escape, quotes: quotes}
	size, err := b.run()
	if err == nil && size > 3*float64(len(text))+float64(x.limit) {
		err = fmt.Errorf("a text grows by more than %d bytes when its variables are replaced, which is the limit", x.limit)
	}
	if err == nil {
		x.Spent += int(size + b.work/64)
	}
	return err
}

// Word expands one word: variables, quotes and escapes.
func (x *Expander) Word(word string, env Environment) (string, error) {
	if err := x.Admit(word, env); err != nil {
		return "", err
	}
	res, err := x.lex.ProcessWordWithMatches(word, env)
	return x.after(word, res.Result, env), err
}

func (x *Expander) after(word, result string, env Environment) string {
	if x.After == nil {
		return result
	}
	return x.After(word, result, env)
}

// Display expands an instruction's text for its display name. RUN keeps quotes,
// escapes and unset variables (dispatchRun); text that cannot be expanded
// stays as it is (processCmdEnv).
func (x *Expander) Display(text string, run bool, env Environment) string {
	lex := *x.lex
	if run {
		lex.RawQuotes, lex.RawEscapes, lex.SkipUnsetEnv = true, true, true
	}
	if x.Admit(text, env) == nil {
		if out, _, err := lex.ProcessWord(text, env); err == nil {
			text = out
		}
	}
	keyword, rest, found := strings.Cut(text, " ")
	if !found {
		return strings.ToUpper(keyword)
	}
	return strings.ToUpper(keyword) + " " + rest
}

// Expand replaces the variables of an instruction. It may be called once for an
// Instruction: the parser's own data is changed in place.
func (in *Instruction) Expand(x *Expander, env Environment) (any, error) {
	cmd, err := in.expand(x, env)
	if err != nil {
		return nil, &Error{File: in.file, Line: in.Line, Err: fmt.Errorf("%s", oneLine(err.Error()))}
	}
	return cmd, nil
}

func (in *Instruction) expand(x *Expander, env Environment) (any, error) {
	written := in.variableNames()
	if e, ok := in.cmd.(instructions.SupportsSingleWordExpansion); ok && in.Keyword != "ARG" {
		err := e.Expand(func(word string) (string, error) { return x.Word(word, env) })
		if err != nil {
			return nil, err
		}
	}
	if e, ok := in.cmd.(instructions.SupportsSingleWordExpansionRaw); ok {
		raw := shell.NewLex('\\') // here-documents: quotes stay
		raw.SkipProcessQuotes = true
		err := e.ExpandRaw(func(word string) (string, error) {
			if err := x.admit(word, env, '\\', false); err != nil {
				return "", err
			}
			out, _, err := raw.ProcessWord(word, env)
			return x.after(word, out, env), err
		})
		if err != nil {
			return nil, err
		}
	}
	cmd, err := in.convert()
	if env, ok := cmd.(*Env); ok {
		for i := range env.Vars {
			env.Vars[i].Written = written[i]
		}
	}
	return cmd, err
}

// variableNames are those of ENV.
func (in *Instruction) variableNames() (names []string) {
	if c, ok := in.cmd.(*instructions.EnvCommand); ok {
		for _, kv := range c.Env {
			names = append(names, kv.Key)
		}
	}
	return names
}

// convert gives the plain form of an expanded command.
func (in *Instruction) convert() (any, error) {
	switch c := in.cmd.(type) {
	case *instructions.EnvCommand:
		env := &Env{}
		for _, kv := range c.Env {
			env.Vars = append(env.Vars, Var{Name: kv.Key, Value: kv.Value})
		}
		return env, nil
	case *instructions.ArgCommand:
		arg := &Arg{}
		for _, kv := range c.Args {
			arg.Args = append(arg.Args, ArgDecl{kv.Key, kv.Value})
		}
		return arg, nil
	case *instructions.WorkdirCommand:
		return &Workdir{c.Path}, nil
	case *instructions.UserCommand:
		return &User{c.User}, nil
	case *instructions.ShellCommand:
		return &Shell{c.Shell}, nil
	case *instructions.OnbuildCommand:
		return &Onbuild{c.Expression}, nil
	case *instructions.CopyCommand:
		return convertCopy(c), nil
	case *instructions.AddCommand:
		return convertAdd(c), nil
	case *instructions.RunCommand:
		return convertRun(c)
	default:
		return &Metadata{}, nil
	}
}

func convertCopy(c *instructions.CopyCommand) *Copy {
	return &Copy{
		Sources: c.SourcePaths, Files: inlineFiles(c.SourceContents), Dest: c.DestPath, From: c.From,
		Chown: c.Chown, Chmod: c.Chmod, Link: c.Link, Parents: c.Parents, Exclude: c.ExcludePatterns,
	}
}

func convertAdd(c *instructions.AddCommand) *Copy {
	return &Copy{
		Add: true, Sources: c.SourcePaths, Files: inlineFiles(c.SourceContents), Dest: c.DestPath,
		Chown: c.Chown, Chmod: c.Chmod, Link: c.Link, Exclude: c.ExcludePatterns,
		Checksum: c.Checksum, KeepGitDir: c.KeepGitDir, Unpack: c.Unpack,
	}
}

func inlineFiles(contents []instructions.SourceContent) []InlineFile {
	var files []InlineFile
	for _, c := range contents {
		files = append(files, InlineFile{Name: c.Path, Data: c.Data})
	}
	return files
}

func convertRun(c *instructions.RunCommand) (*Run, error) {
	r := &Run{
		PrependShell: c.PrependShell,
		Network:      string(instructions.GetNetwork(c)),
		Security:     string(instructions.GetSecurity(c)),
	}
	for _, f := range c.Files {
		r.Files = append(r.Files, InlineFile{Name: f.Name, Data: f.Data, Chomp: f.Chomp})
	}
	r.Args = append(r.Args, c.CmdLine...)
	if len(r.Files) > 0 && (len(r.Args) != 1 || !r.PrependShell) {
		return nil, fmt.Errorf("a RUN with a here-document has one command in shell form")
	}
	for _, m := range instructions.GetMounts(c) {
		r.Mounts = append(r.Mounts, Mount{
			Type: string(m.Type), From: m.From, Source: m.Source, Target: m.Target, ReadOnly: m.ReadOnly,
			Size: m.SizeLimit, ID: m.CacheID, Sharing: string(m.CacheSharing), Required: m.Required,
			Env: m.Env, Mode: m.Mode, UID: m.UID, GID: m.GID,
		})
	}
	for _, d := range instructions.GetDevices(c) {
		r.Devices = append(r.Devices, Device{Name: d.Name, Required: d.Required})
	}
	return r, nil
}

// Sources names the stages or images that an instruction reads besides its
// root filesystem: COPY --from, and the from= of each mount ("" for a mount
// without one). It is nil for other instructions, and known before expansion:
// neither takes variables.
func (in *Instruction) Sources() []string {
	switch c := in.cmd.(type) {
	case *instructions.CopyCommand:
		if c.From != "" {
			return []string{c.From}
		}
	case *instructions.RunCommand:
		var from []string
		for _, m := range instructions.GetMounts(c) {
			from = append(from, m.From)
		}
		return from
	}
	return nil
}

// ArgDecls gives the declarations of an ARG instruction, nil for others.
func (in *Instruction) ArgDecls() []ArgDecl {
	c, ok := in.cmd.(*instructions.ArgCommand)
	if !ok {
		return nil
	}
	var out []ArgDecl
	for _, kv := range c.Args {
		out = append(out, ArgDecl{kv.Key, kv.Value})
	}
	return out
}

// OnbuildText gives the trigger of an ONBUILD instruction.
func (in *Instruction) OnbuildText() (string, bool) {
	c, ok := in.cmd.(*instructions.OnbuildCommand)
	if !ok {
		return "", false
	}
	return c.Expression, true
}

// HereDocument reports whether a shell-form RUN command is nothing but one
// here-document ("RUN <<EOF"), whose content is then the command itself.
func HereDocument(word string) bool { return parser.MustParseHeredoc(word) != nil }

// Chomp removes the leading tabs of a <<- here-document.
func Chomp(data string) string { return parser.ChompHeredocContent(data) }
