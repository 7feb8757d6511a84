// Package dockerfile reads Dockerfiles with BuildKit's own parser, instruction
// and shell packages, and keeps BuildKit's types to itself: what comes out is
// plain data.
//
// Parse gives the stages with their instructions as they are written;
// Instruction.Expand gives one instruction with its variables replaced, as the
// frontend's dispatch does (frontend/dockerfile/dockerfile2llb/convert.go,
// BuildKit v0.34.2). When an instruction is expanded, and in which
// environment, is the caller's business (package cachekey).
package dockerfile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// File is a parsed Dockerfile.
type File struct {
	Name string
	// Syntax is the value of the "# syntax=" directive, empty without one, and
	// SyntaxLine where it stands.
	Syntax     string
	SyntaxLine int
	// Args are the ARG instructions before the first FROM.
	Args   []*Instruction
	Stages []Stage
	escape rune
	limits Limits
}

// Stage is a FROM instruction and what follows it, unexpanded.
type Stage struct {
	Name          string // "" without AS
	Base          string
	Platform      string
	Text          string // the FROM instruction
	Line, EndLine int
	Instructions  []*Instruction
}

// Instruction is one instruction as it is written.
type Instruction struct {
	Keyword       string // upper case: "COPY"
	Text          string // continuation lines joined, as `docker build` prints it
	Line, EndLine int    // from 1; a here-document's last line counts
	file          string
	cmd           instructions.Command
}

// Parse reads a Dockerfile within the default limits; name is used in errors.
// Every fault is an *Error.
func Parse(name string, data []byte) (*File, error) {
	return new(Parsed).Parse(context.Background(), Limits{}, name, data)
}

// Parsed remembers what Dockerfiles say, by their content. Instructions are made anew each time, as
// expanding one changes it (Instruction.Expand). The zero Parsed is ready for use, by one goroutine at a
// time.
type Parsed struct {
	trees map[string]*parser.Result
	size  int // of their contents
}

// maxParsed is how many bytes of Dockerfiles are remembered: a history has any number of them.
const maxParsed = 1 << 20

// Parse is the function Parse within other limits. It ends early when the context does, with its
// error.
func (p *Parsed) Parse(ctx context.Context, l Limits, name string, data []byte) (*File, error) {
	l = l.filled()
	if err := l.check(name, data); err != nil {
		return nil, err
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, &Error{File: name, Err: errors.New("the Dockerfile is empty")}
	}
	res, err := p.tree(ctx, data)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, located(name, err)
	}
	if n := l.Instructions; len(res.AST.Children) > n {
		return nil, &Error{File: name, Line: res.AST.Children[n].StartLine, Err: fmt.Errorf("there are more than %d instructions, which is the limit", n)}
	}
	stages, args, err := instructions.Parse(res.AST, quiet())
	if err != nil {
		return nil, located(name, err)
	}
	if len(stages) == 0 {
		return nil, &Error{File: name, Err: errors.New("no build stage: there is no FROM")}
	}
	f := &File{Name: name, escape: res.EscapeToken, limits: l}
	f.Syntax, f.SyntaxLine = syntax(data)
	for i := range args {
		f.Args = append(f.Args, newInstruction(name, &args[i]))
	}
	for i := range stages {
		f.Stages = append(f.Stages, newStage(name, &stages[i]))
	}
	return f, nil
}

func (p *Parsed) tree(ctx context.Context, data []byte) (*parser.Result, error) {
	if res, ok := p.trees[string(data)]; ok {
		return res, nil
	}
	res, err := parser.Parse(stoppable{ctx, bytes.NewReader(data)})
	if err == nil {
		if p.size += len(data); p.trees == nil || p.size > maxParsed {
			p.trees, p.size = map[string]*parser.Result{}, len(data)
		}
		p.trees[string(data)] = res
	}
	return res, err
}

// Trigger parses the instruction that an ONBUILD holds. It is placed at the
// FROM that runs it, as BuildKit does (initOnBuildTriggers).
func (f *File) Trigger(text string, line, endLine int) (*Instruction, error) {
	at := func(err error) error { return &Error{File: f.Name, Line: line, Err: plain(err)} }
	res, err := parser.Parse(strings.NewReader(text))
	if err != nil {
		return nil, at(err)
	}
	if len(res.AST.Children) != 1 {
		return nil, at(errors.New("an ONBUILD trigger should be a single instruction"))
	}
	parsed, err := instructions.ParseInstructionWithLinter(res.AST.Children[0], quiet())
	if err != nil {
		return nil, at(err)
	}
	cmd, ok := parsed.(instructions.Command)
	if !ok {
		return nil, at(errors.New("an ONBUILD trigger cannot be a FROM"))
	}
	in := newInstruction(f.Name, cmd)
	in.Line, in.EndLine = line, endLine
	return in, nil
}

// quiet is a linter that warns nobody. The parser cannot do without one: a
// "# check=" above an instruction makes it a nil pointer (v0.34.2).
func quiet() *linter.Linter { return linter.New(&linter.Config{}) }

func syntax(data []byte) (string, int) {
	ref, _, where, ok := parser.DetectSyntax(data)
	if !ok {
		return "", 0
	}
	line, _ := lines(where)
	return ref, line
}

func newStage(file string, st *instructions.Stage) Stage {
	s := Stage{Name: st.Name, Base: st.BaseName, Platform: st.Platform, Text: st.SourceCode}
	s.Line, s.EndLine = lines(st.Location)
	for _, cmd := range st.Commands {
		s.Instructions = append(s.Instructions, newInstruction(file, cmd))
	}
	return s
}

func newInstruction(file string, cmd instructions.Command) *Instruction {
	in := &Instruction{Keyword: strings.ToUpper(cmd.Name()), file: file, cmd: cmd}
	if s, ok := cmd.(fmt.Stringer); ok {
		in.Text = s.String()
	}
	in.Line, in.EndLine = lines(cmd.Location())
	return in
}

// lines gives the first and last line of a list of ranges.
func lines(ranges []parser.Range) (first, last int) {
	for i, r := range ranges {
		if i == 0 || r.Start.Line < first {
			first = r.Start.Line
		}
		last = max(last, r.End.Line)
	}
	return first, last
}
