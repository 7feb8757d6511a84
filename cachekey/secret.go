package cachekey

import (
	"cmp"
	"errors"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/whybust/whybust/internal/dockerfile"
)

// Values of --build-arg are never shown. What they can get into is what is
// expanded: the words of an instruction that names such a variable, and the
// working directory and user that such an instruction set. While an instruction is replayed,
// the replayer keeps these variables; fields that hold one of the values are
// marked, and messages say the variable instead.

// secretsOf finds the variables with secret values that an instruction names, and what it makes of them. A value that is
// empty stands for any text.
func (r *replayer) secretsOf(text string, env environ) (list []variable) {
	if len(r.args) == 0 {
		return nil
	}
	for _, m := range names.FindAllStringSubmatch(text, -1) {
		if v, ok := env.lookup(m[1]); ok && v.secret && v.value != "" {
			list = append(list, v)
		}
	}
	for _, m := range r.modifiers(text, env) {
		if m.open || m.made.value != "" {
			list = append(list, m.made)
		}
	}
	return list
}

// expanded is the part of an instruction in which variables are replaced: of RUN,
// its flags.
func expanded(c *command) string {
	if c.Keyword != "RUN" {
		return c.Text
	}
	words := strings.Fields(c.Text)
	end := 1
	for end < len(words) && strings.HasPrefix(words[end], "--") {
		end++
	}
	return strings.Join(words[:min(end, len(words))], " ")
}

// conceal notes what is not to be shown of an instruction that is replayed next.
func (r *replayer) conceal(s *stage, c *command) {
	own := r.secretsOf(expanded(c), s.state.env)
	r.keep(slices.Concat(s.state.secrets, own))
	if len(own) > 0 && (c.Keyword == "WORKDIR" || c.Keyword == "USER") {
		s.state.secrets = r.secrets
	}
}

// keep sets what is not to be shown. Longer values come first: one may hold another.
func (r *replayer) keep(secrets []variable) {
	slices.SortStableFunc(secrets, func(a, b variable) int {
		return cmp.Or(cmp.Compare(len(b.value), len(a.value)), cmp.Compare(a.value, b.value))
	})
	r.secrets = slices.CompactFunc(secrets, func(a, b variable) bool { return a.value == b.value })
}

// globally does with the scope of the FROM instructions what concerns one text in it: in its errors nothing is shown
// that is not to be.
func (r *replayer) globally(line int, text string, do func() error) error {
	r.keep(r.secretsOf(text, r.global))
	defer r.keep(nil)
	if err := do(); err != nil {
		return &positionError{line, r.hideError(err)}
	}
	return nil
}

// mark marks the fields that hold a secret.
func (r *replayer) mark(recipe Recipe) {
	for i := range recipe {
		f := &recipe[i]
		for _, v := range r.secrets {
			f.Secret = f.Secret || v.in(f.Value) || v.in(f.Name)
		}
	}
}

// inSelectors reports whether a secret is in the paths that are read.
func (r *replayer) inSelectors(inputs []Input) bool {
	for _, in := range inputs {
		for _, s := range in.Selectors {
			text := strings.Join(slices.Concat([]string{s.Path}, s.Include, s.Exclude), "\n")
			if slices.ContainsFunc(r.secrets, func(v variable) bool { return v.in(text) }) {
				return true
			}
		}
	}
	return false
}

// in reports whether a text holds the value, or a part of it: what becomes a path is
// cleaned.
func (v variable) in(text string) bool {
	return strings.Contains(text, v.value) || slices.ContainsFunc(strings.Split(v.value, "/"), func(part string) bool {
		return strings.Trim(part, ".") != "" && part != v.value && strings.Contains(text, part)
	})
}

// hide replaces secret values by their variables. What several of them cover together is replaced by the first.
func (r *replayer) hide(text string) string {
	var covers []covered
	for _, v := range r.secrets {
		if v.value == "" {
			return "this holds a value of $" + v.name
		}
		quoted := strconv.Quote(v.value)
		for _, form := range []string{v.value, quoted[1 : len(quoted)-1], path.Clean(v.value)} {
			if strings.Trim(form, "./") == "" && form != v.value {
				continue
			}
			for end := 0; ; {
				i := strings.Index(text[end:], form)
				if i < 0 {
					break
				}
				covers = append(covers, covered{end + i, end + i + len(form), v.name})
				end += i + len(form)
			}
		}
	}
	slices.SortStableFunc(covers, func(a, b covered) int { return cmp.Compare(a.start, b.start) })
	var b strings.Builder
	end := 0
	for _, c := range covers {
		if c.start >= end {
			b.WriteString(text[end:c.start] + "$" + c.name)
		}
		end = max(end, c.end)
	}
	return b.String() + text[end:]
}

// covered is a part of a text that holds the value of a variable.
type covered struct {
	start, end int
	name       string
}

// hideError does the same to an error, whose type is lost if it holds any.
func (r *replayer) hideError(err error) error {
	if err == nil || r.hide(err.Error()) == err.Error() {
		return err
	}
	var at *dockerfile.Error
	if errors.As(err, &at) {
		return &dockerfile.Error{File: at.File, Line: at.Line, Err: errors.New(r.hide(at.Err.Error()))}
	}
	return errors.New(r.hide(err.Error()))
}
