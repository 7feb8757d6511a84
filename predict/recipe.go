package predict

import (
	"slices"
	"strings"

	"github.com/whybust/whybust/cachekey"
)

// recipeCauses compares what defines two steps, label by label.
func recipeCauses(e *explainer, st, old *cachekey.Step) []Cause {
	if st.Op.RecipeKey() == old.Op.RecipeKey() {
		return nil
	}
	d := &recipeDiff{e: e, st: st, old: old, n: byLabel(st.Op.Recipe), o: byLabel(old.Op.Recipe)}
	if st.Instruction != old.Instruction {
		d.text()
		return d.causes
	}
	d.command()
	d.env()
	d.value(cachekey.LabelCwd, Cause{Kind: CauseWorkdir})
	d.value(cachekey.LabelUser, Cause{Kind: CauseUser})
	d.value(cachekey.LabelImage, Cause{Kind: CauseBase})
	d.value(cachekey.LabelPlatform, Cause{Kind: CausePlatform})
	d.value(cachekey.LabelRemote, Cause{Kind: CauseRemote})
	d.value(cachekey.LabelData, Cause{Kind: CauseInstruction})
	d.value(cachekey.LabelTime, Cause{Kind: CauseArg, Name: "SOURCE_DATE_EPOCH"})
	owner := Cause{Kind: CauseOption, Name: "--chown"}
	if st.Instruction == "WORKDIR" {
		owner = Cause{Kind: CauseUser}
	}
	d.value(cachekey.LabelOwner, owner)
	parents := len(d.n[cachekey.LabelInclude]) > 0
	if parents != (len(d.o[cachekey.LabelInclude]) > 0) { // paths are read in another way: no other source is named
		delete(d.n, cachekey.LabelSource)
		delete(d.o, cachekey.LabelSource)
	}
	for _, option := range options {
		d.value(option.label, Cause{Kind: CauseOption, Name: option.name})
	}
	d.mounts()
	if len(d.causes) == 0 {
		d.shape()
	}
	return d.causes
}

// options are the labels that a flag or a part of an instruction decides.
var options = []struct{ label, name string }{
	{cachekey.LabelNetwork, "--network"}, {cachekey.LabelSecurity, "--security"},
	{cachekey.LabelHostname, "BUILDKIT_SANDBOX_HOSTNAME"}, {cachekey.LabelHost, "--add-host"},
	{cachekey.LabelUlimit, "--ulimit"}, {cachekey.LabelDevice, "--device"},
	{cachekey.LabelSource, "sources"}, {cachekey.LabelDest, "destination"},
	{cachekey.LabelMode, "--chmod"}, {cachekey.LabelUnpack, "--unpack"},
	{cachekey.LabelInclude, "--parents"}, {cachekey.LabelExclude, "--exclude"},
}

type recipeDiff struct {
	e       *explainer
	st, old *cachekey.Step
	n, o    map[string][]cachekey.Field
	causes  []Cause
}

func byLabel(r cachekey.Recipe) map[string][]cachekey.Field {
	m := map[string][]cachekey.Field{}
	for _, f := range r {
		m[f.Label] = append(m[f.Label], f)
	}
	return m
}

// sameField compares two fields for their explanation: what another base image
// may define is explained by the base.
func sameField(a, b cachekey.Field) bool {
	return a.Name == b.Name && cachekey.SameButForBase(a.Value, b.Value)
}

// add appends a cause with its place.
func (d *recipeDiff) add(c Cause, line int) {
	if line > 0 {
		c.File, c.Line = d.e.new.Dockerfile, line
	}
	d.causes = append(d.causes, c)
}

// text says that the instruction itself changed.
func (d *recipeDiff) text() {
	d.add(Cause{Kind: CauseInstruction, Change: Modified, Before: d.old.Text, After: d.st.Text}, d.st.Line)
}

// value compares all fields of a label as a whole.
func (d *recipeDiff) value(label string, c Cause) {
	n, o := d.n[label], d.o[label]
	if label != cachekey.LabelSource {
		n, o = distinct(n), distinct(o) // a copy has one for each of its sources
	}
	if slices.EqualFunc(n, o, sameField) {
		return
	}
	line := 0
	show := func(fields []cachekey.Field) string {
		var values []string
		for _, f := range fields {
			if f.Secret {
				return ""
			}
			if f.Value != "" && !(label == cachekey.LabelOwner && f.Value == ":") {
				values = append(values, cachekey.Readable(f.Value))
			}
		}
		return strings.Join(slices.Compact(values), " ")
	}
	for _, f := range n {
		line = max(line, f.Line)
	}
	c.Before, c.After = show(o), show(n)
	flag := strings.HasPrefix(c.Name, "--")
	inNew, inOld := strings.Contains(d.st.Text, c.Name), strings.Contains(d.old.Text, c.Name)
	switch {
	case flag && inNew && !inOld:
		c.Change = Added
	case flag && inOld && !inNew:
		c.Change = Removed
	case c.Before == "" && c.After != "":
		c.Change = Added
	case c.Before != "" && c.After == "":
		c.Change = Removed
	default:
		c.Change = Modified
	}
	if label == cachekey.LabelData {
		c.Before, c.After, c.Change = d.old.Text, d.st.Text, Modified
	}
	d.add(c, line)
}

// distinct drops repeated fields.
func distinct(fields []cachekey.Field) (list []cachekey.Field) {
	for _, f := range fields {
		if !slices.ContainsFunc(list, func(g cachekey.Field) bool { return sameField(f, g) }) {
			list = append(list, f)
		}
	}
	return list
}

// command compares what RUN executes: the shell in front, or the text.
func (d *recipeDiff) command() {
	n, o := d.n[cachekey.LabelCommand], d.o[cachekey.LabelCommand]
	if len(n) != 1 || len(o) != 1 || sameField(n[0], o[0]) {
		return
	}
	nArgs, oArgs := cachekey.SplitArgs(n[0].Value), cachekey.SplitArgs(o[0].Value)
	last := len(nArgs) - 1
	if last > 0 && len(oArgs) > 1 && nArgs[last] == oArgs[len(oArgs)-1] && d.st.Text == d.old.Text {
		d.add(Cause{
			Kind: CauseShell, Change: Modified,
			Before: cachekey.Readable(strings.Join(oArgs[:len(oArgs)-1], " ")), After: cachekey.Readable(strings.Join(nArgs[:last], " ")),
		}, d.st.Line)
		return
	}
	d.text()
}

// env compares variables: values first; if all are equal, their order.
func (d *recipeDiff) env() {
	n, o := d.n[cachekey.LabelEnv], d.o[cachekey.LabelEnv]
	if slices.EqualFunc(n, o, sameField) {
		return
	}
	find := func(fields []cachekey.Field, name string) int {
		return slices.IndexFunc(fields, func(f cachekey.Field) bool { return f.Name == name })
	}
	before := len(d.causes)
	for _, f := range n {
		i := find(o, f.Name)
		switch {
		case i < 0:
			d.variable(f, Added, cachekey.Field{}, f)
		case !sameField(o[i], f):
			d.variable(f, Modified, o[i], f)
		}
	}
	for _, f := range o {
		if find(n, f.Name) < 0 {
			d.variable(f, Removed, f, cachekey.Field{})
		}
	}
	if len(d.causes) > before {
		return
	}
	d.order(n, o)
}

// order names the variables that were set again later, and so moved back.
func (d *recipeDiff) order(n, o []cachekey.Field) {
	same := func(x, y int) bool { return n[y].Name == o[x].Name }
	count := func(k int) []int {
		list := make([]int, k)
		for i := range list {
			list[i] = i
		}
		return list
	}
	kept := map[int]bool{}
	for _, anchor := range commonSubsequence(count(len(o)), count(len(n)), same) {
		kept[anchor[1]] = true
	}
	for i, f := range n {
		if !kept[i] {
			d.variable(f, Moved, f, f)
		}
	}
}

func (d *recipeDiff) variable(f cachekey.Field, change Change, old, new cachekey.Field) {
	c := Cause{Kind: CauseEnv, Change: change, Name: f.Name}
	if f.Origin == cachekey.OriginArg {
		c.Kind = CauseArg
	}
	if f.Name == "" { // all that the base image defines
		c = Cause{Kind: CauseBase, Change: Modified}
	} else if !old.Secret && !new.Secret && change != Moved {
		c.Before, c.After = cachekey.Readable(old.Value), cachekey.Readable(new.Value)
	}
	if f.SecretName {
		c.Name = ""
	}
	line := new.Line
	if change == Removed {
		line = 0
	}
	d.add(c, line)
}

// mounts compares --mount flags by target.
func (d *recipeDiff) mounts() {
	plain := func(fields []cachekey.Field) (targets []string, value map[string]string) {
		value = map[string]string{}
		for _, f := range fields {
			var words []string
			for _, w := range strings.Fields(f.Value) {
				if !strings.HasPrefix(w, "input=") || w == "input=-1" {
					words = append(words, w)
				}
			}
			if _, ok := value[f.Name]; !ok {
				targets = append(targets, f.Name)
			}
			value[f.Name] += strings.Join(words, " ")
		}
		return targets, value
	}
	nTargets, n := plain(d.n[cachekey.LabelMount])
	oTargets, o := plain(d.o[cachekey.LabelMount])
	for _, t := range nTargets {
		if old, ok := o[t]; !ok {
			d.mount(Added, t)
		} else if old != n[t] {
			d.mount(Modified, t)
		}
	}
	for _, t := range oTargets {
		if _, ok := n[t]; !ok {
			d.mount(Removed, t)
		}
	}
}

// mount explains one mount. The size of /dev/shm is one when no instruction
// names it.
func (d *recipeDiff) mount(change Change, target string) {
	isTarget := func(f cachekey.Field) bool { return f.Name == target && f.Line == 0 }
	switch {
	case target == scriptTarget:
		d.text()
	case target == "/dev/shm" && slices.ContainsFunc(slices.Concat(d.n[cachekey.LabelMount], d.o[cachekey.LabelMount]), isTarget):
		d.add(Cause{Kind: CauseOption, Change: change, Name: "--shm-size"}, 0)
	default:
		d.add(Cause{Kind: CauseMount, Change: change, Name: d.target(target)}, d.st.Line)
	}
}

// target is a mount's target unless a build argument is in it.
func (d *recipeDiff) target(t string) string {
	for _, f := range slices.Concat(d.n[cachekey.LabelMount], d.o[cachekey.LabelMount]) {
		if f.Name == t && f.Secret {
			return ""
		}
	}
	return t
}

// shape explains recipes that differ only in what their inputs are: with or
// without a root filesystem, mounts that share one or not.
func (d *recipeDiff) shape() {
	linked := func(st *cachekey.Step) bool {
		return st.Instruction != "RUN" && (len(st.Op.Inputs) == 0 || st.Op.Inputs[0].Role != cachekey.RoleRoot)
	}
	switch {
	case linked(d.st) != linked(d.old) && strings.Contains(d.st.Text+d.old.Text, "--link"):
		change := Added
		if !linked(d.st) {
			change = Removed
		}
		d.add(Cause{Kind: CauseOption, Change: change, Name: "--link"}, d.st.Line)
	case linked(d.st) != linked(d.old):
		d.add(Cause{Kind: CauseBase, Change: Modified}, d.st.Line)
	case !slices.EqualFunc(d.st.Op.Recipe, d.old.Op.Recipe, func(a, b cachekey.Field) bool {
		return a.Label == b.Label && sameField(a, b)
	}):
		d.text()
	}
}
