package explorer

import (
	"fmt"
	"slices"
	"strings"

	"github.com/whybust/whybust/cachekey"
	"github.com/whybust/whybust/examples/internal/cli"
	"github.com/whybust/whybust/examples/internal/report"
	"github.com/whybust/whybust/predict"
)

func (page *Page) addSteps(p *predict.Prediction, d *predict.Details) {
	page.Steps = []Step{}
	files := newFileTable()
	follows := followers(p)
	room := maxFieldBytes
	for i, s := range p.Steps {
		more := &d.Steps[i]
		step := Step{
			Stage: page.stageOf(i), Number: fmt.Sprintf("%d/%d", s.Step, s.Of), Place: report.StepPlace(s), Keyword: short(s.Instruction),
			Text: long(bare(s.Name)), Status: s.Status, Own: s.Status != predict.Hit && len(report.OwnCauses(s)) > 0,
			Lines: append([][2]int{{s.Line, s.EndLine}}, more.AlsoLines...), Previous: index(more.Previous), Follows: follows[i], Inputs: []Input{},
		}
		if more.Old != nil {
			step.OldLine = more.Old.Line
		}
		if at := index(s.Build) - 1; at >= 0 && at < len(p.Cached) { // Cached are the builds after the old side
			step.Against = report.RevisionText(p.Cached[at])
		}
		step.Causes, step.MoreFiles = causes(p, s)
		step.Fields, step.MoreFields = fields(more.Fields, &room)
		for _, in := range more.Inputs {
			step.Inputs = append(step.Inputs, input(p, in, files))
		}
		page.Steps = append(page.Steps, step)
	}
	page.Files = files.list()
}

func index(at *int) int {
	if at == nil {
		return -1
	}
	return *at
}

// bare is a display name without BuildKit's "[builder 4/6] ".
func bare(name string) string {
	if rest, ok := strings.CutPrefix(name, "["); ok {
		if _, text, ok := strings.Cut(rest, "] "); ok {
			return text
		}
	}
	return name
}

// followers lists for each step those that lose the cache with it, at any remove.
func followers(p *predict.Prediction) [][]int {
	list := make([][]int, len(p.Steps))
	roots := make([]map[int]bool, len(p.Steps)) // the steps that each one follows
	const maxPairs = 1 << 18
	pairs := 0
	for i, s := range p.Steps {
		list[i], roots[i] = []int{}, map[int]bool{}
		for _, c := range s.Causes {
			if at := index(c.Step); report.Follows(c) && at >= 0 && at < i {
				roots[i][at] = true
				for r := range roots[at] {
					roots[i][r] = true
				}
			}
		}
		if pairs += len(roots[i]); pairs > maxPairs {
			roots[i] = map[int]bool{}
		}
		for r := range roots[i] {
			list[r] = append(list[r], i)
		}
	}
	return list
}

// causes are the reasons of a step, files up to a number.
func causes(p *predict.Prediction, s predict.Step) ([]Cause, string) {
	list, files, more := []Cause{}, 0, map[predict.Change]int{}
	at := report.Place(p.Dockerfile, s.Line)
	for _, c := range s.Causes {
		if c.Kind == predict.CauseFile || c.Kind == predict.CauseIgnoreRule {
			if files++; files > maxCauses {
				more[c.Change]++
				continue
			}
		}
		lines := report.CauseLines(p, c, s.Status, at)
		step := -1
		if report.Follows(c) {
			step = index(c.Step)
		}
		list = append(list, Cause{Text: lines[0], More: lines[1:], Step: step})
	}
	if files > maxCauses {
		return list, "and " + report.MoreFiles(files-maxCauses, more)
	}
	return list, ""
}

// fieldNames are the labels in words. Others are themselves.
var fieldNames = map[string]string{
	cachekey.LabelEnv: "variable", cachekey.LabelCwd: "working directory", cachekey.LabelHost: "--add-host", cachekey.LabelOwner: "--chown",
	cachekey.LabelMode: "--chmod", cachekey.LabelUnpack: "unpack archives", cachekey.LabelInclude: "--parents", cachekey.LabelExclude: "--exclude",
	cachekey.LabelData: "here-document", cachekey.LabelTime: "SOURCE_DATE_EPOCH", cachekey.LabelPath: "directory", cachekey.LabelKind: "form",
}

// fields lays out a key, what changed first. Equal fields that say nothing, or
// for which there is no room, are left out; the number is that of the latter.
func fields(list []predict.KeyField, room *int) (out []Field, omitted int) {
	out = []Field{}
	add := func(f predict.KeyField) {
		name := f.Label
		if word, ok := fieldNames[f.Label]; ok {
			name = word
		}
		switch {
		case f.Name != "":
			name += " " + f.Name
		case f.Label == cachekey.LabelEnv && !f.Hidden:
			name = "variables of the base image" // all of them, not known
			f.Before, f.After = "as the image has them", "as the image has them"
		}
		field := Field{Name: short(name), Before: fieldText(f, f.Before), After: fieldText(f, f.After), Change: f.Change, Line: f.Line}
		if f.Hidden {
			field.Before, field.After = "(a build argument, not shown)", "(a build argument, not shown)"
			switch f.Change {
			case predict.Added:
				field.Before = ""
			case predict.Removed:
				field.After = ""
			}
		}
		size := len(field.Name) + len(field.Before) + len(field.After)
		if *room < size {
			omitted++
			return
		}
		*room -= size
		out = append(out, field)
	}
	for _, f := range list {
		if f.Change != "" {
			add(f)
		}
	}
	for _, f := range list {
		if f.Change == "" && (f.Hidden || says(f)) {
			add(f)
		}
	}
	return out, omitted
}

// says reports whether an unchanged field is worth a line: not a default that
// nobody wrote.
func says(f predict.KeyField) bool {
	switch f.Label {
	case cachekey.LabelKind:
		return false
	case cachekey.LabelUnpack:
		return f.After == "true"
	case cachekey.LabelOwner:
		return f.After != "" && f.After != ":"
	case cachekey.LabelSecurity:
		return f.After != "sandbox"
	case cachekey.LabelNetwork:
		return f.After != "" && f.After != "default"
	}
	return f.After != "" || f.Label == cachekey.LabelEnv
}

// fieldText is a value without what only the solver knows the meaning of.
func fieldText(f predict.KeyField, value string) string {
	if f.Label == cachekey.LabelMount {
		words := slices.DeleteFunc(strings.Fields(value), func(w string) bool { return strings.HasPrefix(w, "input=") })
		value = strings.Join(words, " ")
	}
	return long(strings.ReplaceAll(value, "\t", "    "))
}

// input says what is read in words.
func input(p *predict.Prediction, in predict.KeyInput, files *fileTable) Input {
	out := Input{What: sourceText(p, in), Status: in.Status, State: state(in), Step: index(in.Step), Paths: []string{}, Files: files.add(in.Files)}
	for _, path := range in.Paths[:min(len(in.Paths), 50)] {
		out.Paths = append(out.Paths, cli.Cut(cli.VisiblePath(path), maxName))
	}
	if in.Hidden {
		out.Paths = append(out.Paths, "(from a build argument, not shown)")
	}
	return out
}

func sourceText(p *predict.Prediction, in predict.KeyInput) string {
	verb := map[string]string{"root": "runs on ", "copy": "copies from ", "mount": "mounts "}[in.Role]
	switch in.Kind {
	case predict.InputContext:
		if in.Context != "" {
			return verb + "the context " + short(in.Context)
		}
		return verb + "the build context"
	case predict.InputStep:
		return verb + "what " + report.StepPlace(p.Steps[*in.Step]) + " leaves"
	case predict.InputImage:
		if in.Name != "" && in.Role == "copy" {
			return verb + "the image " + short(in.Name)
		}
		return verb + "an image"
	case predict.InputRemote:
		return verb + "a remote source"
	default:
		return verb + "what the instruction brings along"
	}
}

// state says what a status means for an input, and what decided.
func state(in predict.KeyInput) string {
	switch {
	case in.Status == predict.Hit && in.Kind == predict.InputContext:
		return "same content"
	case in.Status == predict.Hit:
		return "the same as before"
	case in.Status == predict.MayHit:
		return "the same if the bytes come out equal"
	case in.ByContent:
		return "other content than before"
	default:
		return "another one than before"
	}
}
