package random

import (
	"fmt"
	"math/rand/v2"
	"path"
	"regexp"
	"slices"
	"strings"
)

// New makes the case of that number.
func New(seed uint64, number int) *Case {
	g := &generator{
		rand: rand.New(rand.NewPCG(seed, uint64(number))),
		c:    &Case{Reason: fmt.Sprintf("found by random build %d of seed %d", number, seed)},
	}
	g.bases()
	g.tree()
	g.ignore()
	g.dockerfile()
	g.flags()
	g.inputs()
	for range 1 + g.rand.IntN(3) {
		g.edit()
	}
	return g.c
}

// NewCached makes the case of that number with another cache: one that is imported, that
// several builds filled, or that is left aside. The pair is that of New.
func NewCached(seed uint64, number int) *Case {
	c := New(seed, number)
	g := &generator{rand: rand.New(rand.NewPCG(^seed, uint64(number))), c: c}
	c.Mode = g.pick([]string{"", "", "max", "min", "min", "min", "inline", "inline"})
	c.Cached = g.chance(40)
	for i := range c.Dockerfile {
		c.Dockerfile[i].Third = g.chance(50)
	}
	for i := range c.Ignore {
		c.Ignore[i].Third = g.chance(50)
	}
	for i := range c.Args {
		c.Args[i].Third = g.chance(50)
	}
	for i := range c.Files {
		c.Files[i].Third = g.chance(50)
	}
	switch g.rand.IntN(8) {
	case 0:
		c.Args = append(c.Args, Part{New: "--no-cache"})
	case 1, 2:
		c.Args = append(c.Args, Part{New: "--no-cache-filter " + g.pick([]string{"s0", "S1", "s2", "s0,s1"})})
	}
	return c
}

// flags adds options of the build.
func (g *generator) flags() {
	if g.chance(25) {
		flag := fmt.Sprintf("--build-arg %s=%s", g.pick(vars), g.pick(values))
		g.c.Args = append(g.c.Args, Part{Old: flag, New: flag})
	}
	if g.chance(10) {
		// By name: BuildKit does not find a target by its number.
		if name := g.stages[g.rand.IntN(len(g.stages))].name; strings.HasPrefix(name, "s") {
			flag := "--target " + name
			g.c.Args = append(g.c.Args, Part{Old: flag, New: flag})
		}
	}
}

// bases gives the base images configurations that the prediction knows. The other half of
// the cases must do without.
func (g *generator) bases() {
	if g.chance(50) {
		for _, image := range slices.Compact(slices.Sorted(slices.Values(images))) {
			g.c.Config = append(g.c.Config, image+" "+g.config())
		}
	}
}

func (g *generator) config() string {
	if g.chance(70) {
		return "{}"
	}
	return g.pick([]string{
		`{"Env":["A=base","DIR=/base"]}`, `{"WorkingDir":"/base"}`, `{"User":"bob"}`, `{"OnBuild":["RUN make","COPY . /onb"]}`,
		`{"Shell":["/bin/bash","-c"]}`,
	})
}

// edit changes the new side in one way.
func (g *generator) edit() {
	switch n := g.rand.IntN(100); {
	case n < 30:
		g.editFile()
	case n < 44:
		g.moveFile()
	case n < 52:
		g.editIgnore()
	case n < 58:
		g.editArgs()
	case n < 78:
		g.editLine()
	case n < 86:
		g.insertLine()
	case n < 90:
		g.removeLine()
	case n < 96:
		g.swapLines()
	default:
		g.respell()
	}
}

func (g *generator) editFile() {
	if g.chance(20) {
		g.addNew(path.Join(g.anyDir(), g.pick(fileNames)), g.content())
		return
	}
	f := &g.c.Files[g.rand.IntN(len(g.c.Files))]
	if f.New == nil {
		return
	}
	changed := *f.New
	switch n := g.rand.IntN(10); {
	case n == 0:
		f.New = nil
		return
	case changed.Dir:
		return
	case changed.Link != "":
		changed.Link = g.linkTarget()
	case n < 3:
		changed.Exec = !changed.Exec
	case n == 3:
		changed = Content{Link: g.linkTarget()}
	default:
		changed.Data = g.pick(contents)
	}
	f.New = &changed
}

// addNew adds a path to the new side alone.
func (g *generator) addNew(p string, c *Content) {
	if g.addFile(p, c) {
		g.c.Files[len(g.c.Files)-1].Old = nil
	}
}

func (g *generator) moveFile() {
	i := g.rand.IntN(len(g.c.Files))
	// A file that an instruction names is worth more than one that only a directory takes.
	for range 20 {
		if g.named(g.c.Files[i].Path) {
			break
		}
		i = g.rand.IntN(len(g.c.Files))
	}
	f := g.c.Files[i]
	if f.New == nil {
		return
	}
	to := path.Join(g.anyDir(), path.Base(f.Path))
	if g.chance(40) {
		to = path.Join(path.Dir(f.Path), g.pick(fileNames))
	}
	if len(g.c.Files) > 0 && to != f.Path {
		g.addNew(to, f.New)
		if g.c.Files[len(g.c.Files)-1].Path == to {
			g.c.Files[i].New = nil
			if g.chance(75) {
				g.rewrite(f.Path, to)
			}
		}
	}
}

// named says whether an instruction names the path.
func (g *generator) named(file string) bool {
	return slices.ContainsFunc(g.c.Dockerfile, func(p Part) bool {
		return strings.Contains(p.New, " "+file+" ") || strings.Contains(p.New, `"`+file+`"`) || strings.Contains(p.New, "="+file+",")
	})
}

// rewrite names a moved file by its new path in every instruction that names it.
func (g *generator) rewrite(from, to string) {
	if strings.Contains(to, " ") {
		return
	}
	name := regexp.MustCompile(`( |"|=|/)` + regexp.QuoteMeta(from) + `( |"|,)`)
	for i := range g.c.Dockerfile {
		p := &g.c.Dockerfile[i]
		p.New = name.ReplaceAllString(p.New, "${1}"+to+"${2}")
	}
}

func (g *generator) editIgnore() {
	if len(g.c.Ignore) > 0 && g.chance(50) {
		i := g.rand.IntN(len(g.c.Ignore))
		if g.chance(50) {
			g.c.Ignore[i].New = ""
		} else {
			g.c.Ignore[i].New = g.ignoreLine()
		}
		return
	}
	at := g.rand.IntN(len(g.c.Ignore) + 1)
	g.c.Ignore = slices.Insert(g.c.Ignore, at, Part{New: g.ignoreLine()})
}

func (g *generator) editArgs() {
	if len(g.c.Args) > 0 && g.chance(60) {
		p := &g.c.Args[0]
		if strings.HasPrefix(p.New, "--build-arg") {
			p.New = g.pick([]string{"", p.New[:strings.Index(p.New, "=")+1] + g.pick(values)})
			return
		}
	}
	g.c.Args = append(g.c.Args, Part{New: g.pick([]string{
		fmt.Sprintf("--build-arg %s=%s", g.pick(vars), g.pick(values)),
		"--build-arg HTTP_PROXY=http://p", "--build-arg SOURCE_DATE_EPOCH=1", "--build-arg BUILDKIT_INLINE_CACHE=1",
		"--add-host h:1.2.3.4", "--ulimit nofile=1024:1024", "--shm-size 32m", "--build-arg BASE=debian:12",
		"--platform linux/arm64",
	})})
}

// body is a random line of the Dockerfile that is no FROM and that is on both sides.
func (g *generator) body() int {
	for range 10 {
		i := g.rand.IntN(len(g.c.Dockerfile))
		p := g.c.Dockerfile[i]
		if p.Old == p.New && !strings.HasPrefix(p.Old, "FROM") && !strings.HasPrefix(p.Old, "#") && i > 0 {
			return i
		}
	}
	return -1
}

var (
	flagPattern = regexp.MustCompile(`^(COPY|ADD|RUN) (--\S+ )`)
	wordPattern = regexp.MustCompile(`[A-Za-z0-9./_]+$`)
)

// editLine changes one instruction a little.
func (g *generator) editLine() {
	if g.chance(12) {
		g.editFrom()
		return
	}
	i := g.body()
	if i < 0 {
		return
	}
	p := &g.c.Dockerfile[i]
	keyword, _, _ := strings.Cut(p.New, " ")
	switch n := g.rand.IntN(6); {
	case n == 0 && flagPattern.MatchString(p.New):
		p.New = flagPattern.ReplaceAllString(p.New, "$1 ")
	case n == 1 && (keyword == "COPY" || keyword == "ADD") && !strings.Contains(p.New, "<<"):
		p.New = keyword + " " + g.copyFlags(keyword) + strings.TrimPrefix(p.New, keyword+" ")
	case n == 2 && keyword == "RUN":
		p.New = "RUN " + g.mount() + strings.TrimPrefix(p.New, "RUN")
	case n == 3 && keyword == "ENV":
		p.New = g.env()
	case n == 4 && keyword == "WORKDIR":
		p.New = "WORKDIR " + g.workdir()
	case keyword == "USER":
		p.New = "USER " + g.pick(users)
	case keyword == "RUN" && !strings.HasSuffix(p.New, "]"):
		p.New = wordPattern.ReplaceAllString(p.New, "other")
		if strings.Contains(p.Old, "<<") {
			p.New = strings.Replace(p.Old, "\n", "\nmore\n", 1)
		}
	case keyword == "ARG":
		p.New = g.arg(&stage{})
	case keyword == "COPY" && !strings.Contains(p.New, "<<") && !strings.HasSuffix(p.New, "]"):
		words := strings.Fields(p.New)
		words[len(words)-1] = "/other/"
		p.New = strings.Join(words, " ")
	}
}

// editFrom changes a base, the name of a base's tag, or a stage's name wherever it stands.
func (g *generator) editFrom() {
	if g.chance(50) {
		name := regexp.MustCompile(fmt.Sprintf(`( AS | as |FROM |from=)s%d\b`, g.rand.IntN(3)))
		for i := range g.c.Dockerfile {
			p := &g.c.Dockerfile[i]
			p.New = name.ReplaceAllString(p.New, "${1}renamed")
		}
		return
	}
	for i := range g.c.Dockerfile {
		p := &g.c.Dockerfile[i]
		if strings.HasPrefix(p.New, "FROM alpine:3.20") && g.chance(50) {
			p.New = strings.Replace(p.New, "alpine:3.20", g.pick([]string{"alpine:3.21", "debian:12", "docker.io/library/alpine:3.20"}), 1)
			return
		}
	}
}

func (g *generator) insertLine() {
	if i := g.body(); i > 0 {
		line := g.instruction(&stage{runs: true})
		if g.chance(20) {
			line = g.c.Dockerfile[i].Old
		}
		g.c.Dockerfile = slices.Insert(g.c.Dockerfile, i, Part{New: line})
	}
}

func (g *generator) removeLine() {
	if i := g.body(); i > 0 {
		g.c.Dockerfile[i].New = ""
	}
}

// swapLines exchanges two neighbours.
func (g *generator) swapLines() {
	i := g.body()
	// Two variables are the likeliest to change nothing but their order.
	for range 20 {
		if i >= 0 && i+1 < len(g.c.Dockerfile) && setsVariable(g.c.Dockerfile[i].New) && setsVariable(g.c.Dockerfile[i+1].New) {
			break
		}
		i = g.body()
	}
	if i < 0 || i+1 >= len(g.c.Dockerfile) || strings.HasPrefix(g.c.Dockerfile[i+1].Old, "FROM") {
		return
	}
	first, second := g.c.Dockerfile[i], g.c.Dockerfile[i+1]
	if first.Old != first.New || second.Old != second.New {
		return
	}
	g.c.Dockerfile[i].New = ""
	g.c.Dockerfile = slices.Insert(g.c.Dockerfile, i+2, Part{New: first.New})
}

func setsVariable(line string) bool {
	return strings.HasPrefix(line, "ENV ") || strings.HasPrefix(line, "ARG ")
}

// respell writes an instruction in another way that may or may not matter.
func (g *generator) respell() {
	i := g.body()
	if i < 0 {
		return
	}
	p := &g.c.Dockerfile[i]
	keyword, rest, ok := strings.Cut(p.New, " ")
	if !ok || strings.Contains(rest, "<<") {
		return
	}
	switch g.rand.IntN(5) {
	case 0:
		p.New = strings.ToLower(keyword) + " " + rest
	case 1:
		p.New = keyword + "   " + rest
	case 2:
		p.New = "# a comment\n" + p.New
	case 3:
		p.New = keyword + " \\\n  " + rest
	default:
		p.New = p.New + "  "
	}
}
