package predict

import (
	"strings"

	"github.com/whybust/whybust/cachekey"
)

// keyFields lays two recipes beside each other: fields of one label and name, in
// the order of the new side; what only the old one has comes last.
func keyFields(old, new cachekey.Recipe) []KeyField {
	old, new = cachekey.Recipe(distinct(old)), cachekey.Recipe(distinct(new))
	moved := movedVariables(old, new)
	taken := make([]bool, len(old))
	fields := []KeyField{}
	for _, f := range new {
		at := partner(old, taken, f)
		if at < 0 {
			fields = append(fields, keyField(Added, nil, &f))
			continue
		}
		taken[at] = true
		change := Change("")
		switch {
		case old[at].Value != f.Value:
			change = Modified
		case f.Label == cachekey.LabelEnv && moved[f.Name]:
			change = Moved
		}
		fields = append(fields, keyField(change, &old[at], &f))
	}
	for i := range old {
		if !taken[i] {
			fields = append(fields, keyField(Removed, &old[i], nil))
		}
	}
	return fields
}

// partner is the field of the old recipe to compare with, -1 if there is none:
// the same one if it is there, else the next of its label and name.
func partner(old cachekey.Recipe, taken []bool, f cachekey.Field) int {
	next := -1
	for i, g := range old {
		if taken[i] || g.Label != f.Label || g.Name != f.Name {
			continue
		}
		if g.Value == f.Value {
			return i
		}
		if next < 0 {
			next = i
		}
	}
	return next
}

// movedVariables names the variables that are not where they were among those that both
// sides have.
func movedVariables(old, new cachekey.Recipe) map[string]bool {
	names := func(r, other cachekey.Recipe) (list []string) {
		for _, f := range r {
			if f.Label == cachekey.LabelEnv && partner(other, make([]bool, len(other)), f) >= 0 {
				list = append(list, f.Name)
			}
		}
		return list
	}
	o, n := names(old, new), names(new, old)
	count := func(k int) []int {
		list := make([]int, k)
		for i := range list {
			list[i] = i
		}
		return list
	}
	moved := map[string]bool{}
	for _, name := range n {
		moved[name] = true
	}
	for _, anchor := range commonSubsequence(count(len(o)), count(len(n)), func(x, y int) bool { return o[x] == n[y] }) {
		delete(moved, n[anchor[1]])
	}
	return moved
}

func keyField(change Change, old, new *cachekey.Field) KeyField {
	f := new
	if f == nil {
		f = old
	}
	k := KeyField{Label: f.Label, Name: f.Name, Change: change, Line: f.Line}
	if old != nil && old.Secret || new != nil && new.Secret {
		k.Hidden = true
		if f.Label != cachekey.LabelEnv || f.SecretName {
			k.Name = ""
		}
		return k
	}
	if old != nil {
		k.Before = fieldText(old)
	}
	if new != nil {
		k.After = fieldText(new)
	}
	return k
}

func fieldText(f *cachekey.Field) string {
	value := f.Value
	if f.Label == cachekey.LabelCommand {
		value = strings.Join(cachekey.SplitArgs(value), " ")
	}
	return cachekey.Readable(value)
}
