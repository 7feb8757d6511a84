package predict

import (
	"slices"
	"strings"

	"github.com/whybust/whybust/cachekey"
)

// The verdict knows no positions; its explanation needs them: a step that misses
// is explained by how it differs from its counterpart in the old file. Stages are
// paired by name, then by order; within a pair, steps with the same text are
// paired by a longest common subsequence, and what is left between two such
// pairs by instruction, in order.

// pairSteps gives, for each step of new, the index of its counterpart in old,
// or -1.
func pairSteps(old, new *cachekey.Graph) []int {
	al := newAligner(old, new)
	oldStages, newStages := byStage(old), byStage(new)
	for n, o := range al.pairStages(oldStages, newStages) {
		al.pairWithin(oldStages[o], newStages[n])
	}
	taken := map[int]bool{}
	for _, o := range al.pairs {
		taken[o] = true
	}
	at := map[int][]int{} // steps of old that are not taken, by text
	for j, text := range al.olds {
		if !taken[j] {
			at[text] = append(at[text], j)
		}
	}
	for i, text := range al.news {
		if left := at[text]; al.pairs[i] < 0 && len(left) > 0 { // a step that moved to another stage
			al.pairs[i], at[text] = left[0], left[1:]
		}
	}
	return al.pairs
}

// aligner pairs the steps of two graphs.
type aligner struct {
	old, new   *cachekey.Graph
	olds, news []int // numbers for instruction and text of each step: equal for equal ones
	pairs      []int // by index of the new step
}

func newAligner(old, new *cachekey.Graph) *aligner {
	numbers := map[[2]string]int{}
	number := func(steps []*cachekey.Step) []int {
		list := make([]int, len(steps))
		for i, st := range steps {
			key := [2]string{st.Instruction, st.Text}
			n, ok := numbers[key]
			if !ok {
				n = len(numbers)
				numbers[key] = n
			}
			list[i] = n
		}
		return list
	}
	al := &aligner{old: old, new: new, olds: number(old.Steps), news: number(new.Steps), pairs: make([]int, len(new.Steps))}
	for i := range al.pairs {
		al.pairs[i] = -1
	}
	return al
}

func (al *aligner) same(o, n int) bool { return al.olds[o] == al.news[n] }

// byStage lists the steps of each stage.
func byStage(g *cachekey.Graph) map[int][]int {
	stages := map[int][]int{}
	for i, st := range g.Steps {
		stages[st.StageIndex] = append(stages[st.StageIndex], i)
	}
	return stages
}

// stageNames gives the indexes of the stages that have steps, in order, and
// their names.
func stageNames(g *cachekey.Graph) (order []int, name map[int]string) {
	name = map[int]string{}
	for _, st := range g.Steps {
		if _, ok := name[st.StageIndex]; !ok {
			order = append(order, st.StageIndex)
			name[st.StageIndex] = strings.ToLower(st.Stage)
		}
	}
	return order, name
}

func unnamed(name string) bool { return name == "" || strings.HasPrefix(name, "stage-") }

// pairStages pairs stages of equal name, then those left over in their order.
func (al *aligner) pairStages(oldStages, newStages map[int][]int) map[int]int {
	oldOrder, oldName := stageNames(al.old)
	newOrder, newName := stageNames(al.new)
	pairs, taken := map[int]int{}, map[int]bool{}
	byName := map[string][]int{}
	for _, o := range oldOrder {
		byName[oldName[o]] = append(byName[oldName[o]], o)
	}
	for _, n := range newOrder {
		if same := byName[newName[n]]; len(same) > 0 && !unnamed(newName[n]) {
			pairs[n], taken[same[0]] = same[0], true
			byName[newName[n]] = same[1:]
		}
	}
	// From the end: the last stage is the image itself on both sides. One that
	// has another name must have something in common.
	left := newLeftStages(al, oldOrder, oldName, oldStages, taken)
	for _, n := range slices.Backward(newOrder) {
		if _, ok := pairs[n]; ok {
			continue
		}
		if at := left.last(unnamed(newName[n]), newStages[n]); at >= 0 {
			pairs[n], taken[oldOrder[at]] = oldOrder[at], true
		}
	}
	return pairs
}

// leftStages are the old stages that are not paired yet, as lists of places in
// their order, each of which only ever gets shorter.
type leftStages struct {
	al        *aligner
	order     []int
	taken     map[int]bool
	all, bare []int         // all, and those without a name
	byText    map[int][]int // those that have a step of this number
}

func newLeftStages(al *aligner, order []int, name map[int]string, stages map[int][]int, taken map[int]bool) *leftStages {
	l := &leftStages{al: al, order: order, taken: taken, byText: map[int][]int{}}
	for at, o := range order {
		l.all = append(l.all, at)
		if unnamed(name[o]) {
			l.bare = append(l.bare, at)
		}
		for _, step := range stages[o] {
			l.byText[al.olds[step]] = append(l.byText[al.olds[step]], at)
		}
	}
	return l
}

// last finds the last place left: of all, or else of those without a name or
// with one of the steps.
func (l *leftStages) last(any bool, steps []int) int {
	if any {
		return l.trim(&l.all)
	}
	best := l.trim(&l.bare)
	for _, step := range steps {
		list := l.byText[l.al.news[step]]
		best = max(best, l.trim(&list))
		l.byText[l.al.news[step]] = list
	}
	return best
}

// trim takes what is paired off the end of a list and gives its last place, -1 if
// there is none.
func (l *leftStages) trim(list *[]int) int {
	for n := len(*list); n > 0; n-- {
		if at := (*list)[n-1]; !l.taken[l.order[at]] {
			return at
		}
		*list = (*list)[:n-1]
	}
	return -1
}

// maxTable bounds the work of the longest common subsequence; above it only
// the common ends of two stages are paired by text.
const maxTable = 1 << 22

// pairWithin pairs the steps of two stages.
func (al *aligner) pairWithin(olds, news []int) {
	for len(olds) > 0 && len(news) > 0 && al.same(olds[0], news[0]) {
		al.pairs[news[0]] = olds[0]
		olds, news = olds[1:], news[1:]
	}
	for len(olds) > 0 && len(news) > 0 && al.same(olds[len(olds)-1], news[len(news)-1]) {
		al.pairs[news[len(news)-1]] = olds[len(olds)-1]
		olds, news = olds[:len(olds)-1], news[:len(news)-1]
	}
	o, n := 0, 0
	for _, anchor := range commonSubsequence(olds, news, al.same) {
		al.pairGap(olds[o:anchor[0]], news[n:anchor[1]])
		al.pairs[news[anchor[1]]] = olds[anchor[0]]
		o, n = anchor[0]+1, anchor[1]+1
	}
	al.pairGap(olds[o:], news[n:])
}

// pairGap pairs steps of the same instruction in their order.
func (al *aligner) pairGap(olds, news []int) {
	if len(olds) == 1 && len(news) == 1 {
		al.pairs[news[0]] = olds[0]
		return
	}
	left := map[string][]int{} // places in olds, by instruction
	for i, o := range olds {
		left[al.old.Steps[o].Instruction] = append(left[al.old.Steps[o].Instruction], i)
	}
	next := 0 // what comes before is paired or passed over
	for _, n := range news {
		list := left[al.new.Steps[n].Instruction]
		for len(list) > 0 && list[0] < next {
			list = list[1:]
		}
		if len(list) > 0 {
			al.pairs[n], next = olds[list[0]], list[0]+1
		}
		left[al.new.Steps[n].Instruction] = list
	}
}

// commonSubsequence gives the pairs of positions of a longest common
// subsequence.
func commonSubsequence(olds, news []int, same func(o, n int) bool) (anchors [][2]int) {
	if len(olds)*len(news) > maxTable {
		return nil
	}
	width := len(news) + 1
	table := make([]int32, (len(olds)+1)*width)
	for i := len(olds) - 1; i >= 0; i-- {
		for j := len(news) - 1; j >= 0; j-- {
			if same(olds[i], news[j]) {
				table[i*width+j] = table[(i+1)*width+j+1] + 1
			} else {
				table[i*width+j] = max(table[(i+1)*width+j], table[i*width+j+1])
			}
		}
	}
	for i, j := 0, 0; i < len(olds) && j < len(news); {
		switch {
		case same(olds[i], news[j]):
			anchors = append(anchors, [2]int{i, j})
			i++
			j++
		case table[(i+1)*width+j] >= table[i*width+j+1]:
			i++
		default:
			j++
		}
	}
	return anchors
}

// configChanges lists the instructions without a step that changed, in the
// order of the new file, then what was removed.
func configChanges(old, new *cachekey.Graph) []ConfigChange {
	changes := []ConfigChange{}
	left := map[string][]cachekey.ConfigInstruction{}
	key := func(c cachekey.ConfigInstruction) string { return c.Keyword + "\x00" + c.Text }
	for _, c := range old.Config {
		left[key(c)] = append(left[key(c)], c)
	}
	var fresh []cachekey.ConfigInstruction
	for _, c := range new.Config {
		if same := left[key(c)]; len(same) > 0 {
			left[key(c)] = same[1:]
		} else {
			fresh = append(fresh, c)
		}
	}
	gone := map[string][]cachekey.ConfigInstruction{} // by keyword
	for _, c := range old.Config {
		if same := left[key(c)]; len(same) > 0 && same[0] == c {
			left[key(c)] = same[1:]
			gone[c.Keyword] = append(gone[c.Keyword], c)
		}
	}
	for _, c := range fresh {
		change := Added
		if olds := gone[c.Keyword]; len(olds) > 0 {
			change, gone[c.Keyword] = Modified, olds[1:]
		}
		changes = append(changes, ConfigChange{Line: c.Line, Text: c.Text, Change: change})
	}
	for _, c := range old.Config {
		if olds := gone[c.Keyword]; len(olds) > 0 && olds[0] == c {
			changes = append(changes, ConfigChange{Line: c.Line, Text: c.Text, Change: Removed})
			gone[c.Keyword] = olds[1:]
		}
	}
	return changes
}
