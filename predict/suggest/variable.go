package suggest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/whybust/whybust/internal/lazyregexp"
	"github.com/whybust/whybust/predict"
)

// variableLater moves ARG and ENV instructions, in their order, below the last step that does
// without them.
func (s *suggester) variableLater(r *predict.Remedy) *attempt {
	if slices.ContainsFunc(r.Names, readByTools.MatchString) {
		return nil
	}
	a := &attempt{}
	if lines := s.runLines(r.Passed); lines != "" {
		a.dependsOn = []string{fmt.Sprintf("no program of the RUN on %s reads %s from its environment", lines, listed(slices.Compact(slices.Sorted(slices.Values(r.Names)))))}
	}
	last := r.Passed[len(r.Passed)-1]
	a.edit = func(d *document, find finder) bool {
		below, ok := find(s.step(last).Line, sameText)
		if !ok {
			return false
		}
		var moved []string
		for _, line := range r.Lines {
			in, ok := find(line, sameVariable)
			if !ok || in.stage != below.stage || in.line > below.line {
				return false
			}
			moved = append(moved, d.source(in)...)
			d.replace(in)
		}
		d.insertAfter(below, moved...)
		return true
	}
	return a
}

// readByTools are the variables that shells, compilers and package managers heed without a word of
// it in the Dockerfile.
var readByTools = lazyregexp.New(`^(PATH|HOME|SHELL|TERM|TZ|CI|LANG|LANGUAGE|LC_\w+|LD_\w+|\w*(?i:_proxy)|NODE_\w+|(?i:npm)_\w+|YARN_\w+|PNPM_\w+|COREPACK_\w+` +
	`|PYTHON\w*|PIP_\w+|PIPENV_\w+|UV_\w+|POETRY_\w+|VIRTUAL_ENV|GO[A-Z0-9]*|CGO_\w+|CC|CXX|AR|\w*FLAGS|RUST\w*|CARGO_\w+|JAVA_\w+|MAVEN_\w+|GRADLE_\w+` +
	`|DOTNET_\w+|NUGET_\w+|DEBIAN_FRONTEND|APT_\w+|BUNDLE_\w+|GEM_\w+|RUBY\w*|RAILS_\w+|RACK_ENV|COMPOSER_\w+|PHP_\w+|MIX_\w+|HEX_\w+|SOURCE_DATE_EPOCH)$`)

// sameVariable is for ARG and ENV that set the same variable, whatever its value.
func sameVariable(a, b instruction) bool {
	name := func(in instruction) string {
		fields := strings.Fields(in.text)
		if len(fields) < 2 {
			return in.text
		}
		name, _, _ := strings.Cut(fields[1], "=")
		return name
	}
	return a.keyword == b.keyword && name(a) == name(b)
}

// runLines names the lines of those steps that are RUNs.
func (s *suggester) runLines(steps []int) string {
	var lines []string
	for _, i := range steps {
		if st := s.step(i); st.Instruction == "RUN" {
			lines = append(lines, fmt.Sprint(st.Line))
		}
	}
	if len(lines) == 0 {
		return ""
	}
	if len(lines) == 1 {
		return "line " + lines[0]
	}
	return "lines " + listed(lines)
}
