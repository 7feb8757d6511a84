package random

import (
	"slices"
	"strings"
)

// Shrink makes a case smaller as long as wrong says that it still shows what it showed.
// It returns the smallest that it found, after at most tries calls of wrong.
func Shrink(c *Case, tries int, wrong func(*Case) bool) *Case {
	for again := true; again; {
		again = false
		// By index from the end, because dropping a part moves only those after it.
		for _, smaller := range reductions {
			for i := smaller.count(c) - 1; i >= 0 && tries > 0; i-- {
				if i >= smaller.count(c) {
					continue
				}
				d := c.Clone()
				if !smaller.apply(d, i) {
					continue
				}
				tries--
				if wrong(d) {
					c, again = d, true
				}
			}
		}
	}
	return c
}

// reduction is one way to make the i-th of some parts smaller. apply says whether it changed anything.
type reduction struct {
	count func(*Case) int
	apply func(*Case, int) bool
}

var reductions = []reduction{
	{func(c *Case) int { return len(c.Files) }, func(c *Case, i int) bool {
		c.Files = slices.Delete(c.Files, i, i+1)
		return true
	}},
	{stages, dropStage},
	{func(c *Case) int { return len(c.Dockerfile) }, func(c *Case, i int) bool {
		c.Dockerfile = slices.Delete(c.Dockerfile, i, i+1)
		return true
	}},
	{func(c *Case) int { return len(c.Ignore) }, func(c *Case, i int) bool {
		c.Ignore = slices.Delete(c.Ignore, i, i+1)
		return true
	}},
	{func(c *Case) int { return len(c.Args) }, func(c *Case, i int) bool {
		c.Args = slices.Delete(c.Args, i, i+1)
		return true
	}},
	{func(c *Case) int { return len(c.Config) }, func(c *Case, i int) bool {
		c.Config = slices.Delete(c.Config, i, i+1)
		return true
	}},
	{func(c *Case) int { return len(c.Images) }, func(c *Case, i int) bool {
		c.Images = slices.Delete(c.Images, i, i+1)
		return true
	}},
	{func(c *Case) int { return len(c.Dockerfile) }, func(c *Case, i int) bool { return level(&c.Dockerfile[i]) }},
	{func(c *Case) int { return len(c.Ignore) }, func(c *Case, i int) bool { return level(&c.Ignore[i]) }},
	{func(c *Case) int { return len(c.Args) }, func(c *Case, i int) bool { return level(&c.Args[i]) }},
	{func(c *Case) int { return len(c.Files) }, func(c *Case, i int) bool {
		f := &c.Files[i]
		if f.Old == nil || f.New == nil || *f.Old == *f.New {
			return false
		}
		f.New = f.Old
		return true
	}},
	{func(*Case) int { return 1 }, func(c *Case, _ int) bool {
		was := c.Cached
		c.Cached = false
		return was
	}},
	{func(*Case) int { return 1 }, func(c *Case, _ int) bool {
		was := c.Mode
		c.Mode = ""
		return was != ""
	}},
	{func(c *Case) int { return len(c.Dockerfile) }, dropFlag},
	{func(c *Case) int { return len(c.Dockerfile) }, dropWord},
}

// level takes an edit back.
func level(p *Part) bool {
	if p.Old == p.New || p.Old == "" {
		return false
	}
	p.New = p.Old
	return true
}

// stages counts the FROM lines.
func stages(c *Case) int { return len(starts(c)) }

func starts(c *Case) []int {
	var at []int
	for i, p := range c.Dockerfile {
		if strings.HasPrefix(p.Old, "FROM ") || strings.HasPrefix(p.New, "FROM ") {
			at = append(at, i)
		}
	}
	return at
}

// dropStage drops a FROM with its instructions.
func dropStage(c *Case, i int) bool {
	at := append(starts(c), len(c.Dockerfile))
	c.Dockerfile = slices.Delete(c.Dockerfile, at[i], at[i+1])
	return true
}

// dropFlag drops the first flag of an instruction on the sides that have it.
func dropFlag(c *Case, i int) bool {
	return both(&c.Dockerfile[i], func(line string) string { return flagPattern.ReplaceAllString(line, "$1 ") })
}

// dropWord drops the first operand of a COPY or ADD with several, and what follows the first word of a RUN.
func dropWord(c *Case, i int) bool {
	return both(&c.Dockerfile[i], func(line string) string {
		words := strings.Fields(line)
		if strings.ContainsAny(line, "\n[") || len(words) < 4 || strings.HasPrefix(words[1], "--") {
			return line
		}
		switch words[0] {
		case "COPY", "ADD":
			return strings.Join(slices.Delete(words, 1, 2), " ")
		}
		return line
	})
}

func both(p *Part, f func(string) string) bool {
	q := Part{f(p.Old), f(p.New), p.Third}
	changed := q != *p
	*p = q
	return changed
}
