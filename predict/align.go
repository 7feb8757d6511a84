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
	pairs := make([]int, len(new.Steps))
	for i := range pairs {
		pairs[i] = -1
	}
	oldStages, newStages := byStage(old), byStage(new)
	for n, o := range pairStages(old, new) {
		pairWithin(old, new, oldStages[o], newStages[n], pairs)
	}
	taken := map[int]bool{}
	for _, o := range pairs {
		taken[o] = true
	}
	for i, st := range new.Steps {
		if pairs[i] >= 0 {
			continue
		}
		// a step that moved to another stage
		for j, o := range old.Steps {
			if !taken[j] && o.Instruction == st.Instruction && o.Text == st.Text {
				pairs[i], taken[j] = j, true
				break
			}
		}
	}
	return pairs
}

// byStage lists the steps of each stage.
func byStage(g *cachekey.Graph) map[int][]int {
	stages := map[int][]int{}
	for i, st := range g.Steps {
		stages[st.StageIndex] = append(stages[st.StageIndex], i)
	}
	return stages
}

// pairStages pairs stages of equal name, then those left over in their order.
func pairStages(old, new *cachekey.Graph) map[int]int {
	names := func(g *cachekey.Graph) (order []int, name map[int]string) {
		name = map[int]string{}
		for _, st := range g.Steps {
			if _, ok := name[st.StageIndex]; !ok {
				order = append(order, st.StageIndex)
				name[st.StageIndex] = strings.ToLower(st.Stage)
			}
		}
		return order, name
	}
	oldOrder, oldName := names(old)
	newOrder, newName := names(new)
	pairs, taken := map[int]int{}, map[int]bool{}
	unnamed := func(name string) bool { return name == "" || strings.HasPrefix(name, "stage-") }
	for _, n := range newOrder {
		for _, o := range oldOrder {
			if !taken[o] && newName[n] == oldName[o] && !unnamed(newName[n]) {
				pairs[n], taken[o] = o, true
				break
			}
		}
	}
	// From the end: the last stage is the image itself on both sides. One that
	// has another name must have something in common.
	oldStages, newStages := byStage(old), byStage(new)
	for _, n := range slices.Backward(newOrder) {
		if _, ok := pairs[n]; ok {
			continue
		}
		for _, o := range slices.Backward(oldOrder) {
			if !taken[o] && (unnamed(newName[n]) || unnamed(oldName[o]) || alike(old, new, oldStages[o], newStages[n])) {
				pairs[n], taken[o] = o, true
				break
			}
		}
	}
	return pairs
}

// alike reports whether two stages share a step.
func alike(old, new *cachekey.Graph, olds, news []int) bool {
	texts := map[string]bool{}
	for _, o := range olds {
		texts[old.Steps[o].Text] = true
	}
	return slices.ContainsFunc(news, func(n int) bool { return texts[new.Steps[n].Text] })
}

// maxTable bounds the work of the longest common subsequence; above it only
// the common ends of two stages are paired by text.
const maxTable = 1 << 22

// pairWithin pairs the steps of two stages.
func pairWithin(old, new *cachekey.Graph, olds, news []int, pairs []int) {
	same := func(o, n int) bool {
		a, b := old.Steps[o], new.Steps[n]
		return a.Instruction == b.Instruction && a.Text == b.Text
	}
	for len(olds) > 0 && len(news) > 0 && same(olds[0], news[0]) {
		pairs[news[0]] = olds[0]
		olds, news = olds[1:], news[1:]
	}
	var tail [][2]int
	for len(olds) > 0 && len(news) > 0 && same(olds[len(olds)-1], news[len(news)-1]) {
		tail = append(tail, [2]int{olds[len(olds)-1], news[len(news)-1]})
		olds, news = olds[:len(olds)-1], news[:len(news)-1]
	}
	for _, t := range tail {
		pairs[t[1]] = t[0]
	}
	o, n := 0, 0
	for _, anchor := range commonSubsequence(olds, news, same) {
		pairGap(old, new, olds[o:anchor[0]], news[n:anchor[1]], pairs)
		pairs[news[anchor[1]]] = olds[anchor[0]]
		o, n = anchor[0]+1, anchor[1]+1
	}
	pairGap(old, new, olds[o:], news[n:], pairs)
}

// pairGap pairs steps of the same instruction in their order.
func pairGap(old, new *cachekey.Graph, olds, news []int, pairs []int) {
	for _, n := range news {
		for i, o := range olds {
			if old.Steps[o].Instruction == new.Steps[n].Instruction || len(olds) == 1 && len(news) == 1 {
				pairs[n] = o
				olds = olds[i+1:]
				break
			}
		}
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
	var gone []cachekey.ConfigInstruction
	for _, c := range old.Config {
		if same := left[key(c)]; len(same) > 0 && same[0] == c {
			left[key(c)] = same[1:]
			gone = append(gone, c)
		}
	}
	for _, c := range fresh {
		change := Added
		i := slices.IndexFunc(gone, func(o cachekey.ConfigInstruction) bool { return o.Keyword == c.Keyword })
		if i >= 0 {
			change, gone = Modified, slices.Delete(gone, i, i+1)
		}
		changes = append(changes, ConfigChange{Line: c.Line, Text: c.Text, Change: change})
	}
	for _, c := range gone {
		changes = append(changes, ConfigChange{Line: c.Line, Text: c.Text, Change: Removed})
	}
	return changes
}
