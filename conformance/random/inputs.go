package random

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// inputs gives a third of the cases something besides the context: named contexts, images that are known by
// their digests, overlays.
func (g *generator) inputs() {
	if !g.chance(33) {
		return
	}
	for range 1 + g.rand.IntN(2) {
		switch g.rand.IntN(8) {
		case 0, 1:
			g.directory()
		case 2:
			g.context(g.imageName(), func() string { return "docker-image://" + g.pick(images) })
		case 3:
			g.context("s0", func() string { return g.pick([]string{"docker-image://" + g.pick(images), g.anyDir()}) })
		case 4:
			g.target()
		case 5:
			g.overlay()
		case 6:
			g.known()
		default:
			g.layout()
		}
	}
}

// imageName is an image as a Dockerfile may name it, or a name for a platform alone.
func (g *generator) imageName() string {
	return g.pick([]string{"alpine:3.20", "debian:12", "golang", "ghcr.io/o/tool:1", "debian:12::linux/amd64", "golang::linux/arm64"})
}

// context adds a named context, which is another one on the new side at times.
func (g *generator) context(name string, value func() string) {
	flag := func() string { return "--build-context " + name + "=" + value() }
	p := Part{Old: flag()}
	switch n := g.rand.IntN(10); {
	case n < 3:
		p.New = flag()
	case n > 3:
		p.New = p.Old
	}
	if slices.ContainsFunc(g.c.Args, func(q Part) bool { return strings.HasPrefix(q.Old+q.New, "--build-context "+name+"=") }) {
		return
	}
	g.c.Args = append(g.c.Args, p)
}

// directory adds a named directory and instructions that read it.
func (g *generator) directory() {
	dir := g.anyDir()
	flag := "--build-context lib=" + dir
	if len(g.c.Args) > 0 && slices.ContainsFunc(g.c.Args, func(p Part) bool { return strings.HasPrefix(p.Old, "--build-context lib=") }) {
		return
	}
	g.c.Args = append(g.c.Args, Part{Old: flag, New: flag})
	if g.chance(40) {
		line := g.pick([]string{"*.log", "**/*.txt", "*.md", "!a.txt"})
		g.addFile(path.Join(dir, ".dockerignore"), &Content{Data: line + "\n"})
	}
	sources := []string{".", "*.txt", "nothing*"}
	for _, f := range g.c.Files {
		if rest, ok := strings.CutPrefix(f.Path, dir+"/"); ok && !strings.ContainsAny(rest, " ") {
			sources = append(sources, rest, rest)
		}
	}
	for range 1 + g.rand.IntN(3) {
		line := "COPY " + g.pick([]string{"", "", "--link ", "--chmod=755 ", "--exclude=*.md ", "--parents "}) + "--from=lib " + g.pick(sources) + " /lib/"
		switch g.rand.IntN(5) {
		case 0:
			line = fmt.Sprintf("RUN --mount=from=lib,target=/lib%d true", g.rand.IntN(2))
		case 1:
			line = "FROM lib\nCOPY . /from/"
		}
		g.insert(line)
	}
}

// insert puts a line somewhere behind the first FROM.
func (g *generator) insert(line string) {
	first := slices.IndexFunc(g.c.Dockerfile, func(p Part) bool { return strings.HasPrefix(p.Old, "FROM ") })
	at := first + 1 + g.rand.IntN(len(g.c.Dockerfile)-first)
	if strings.HasPrefix(line, "FROM ") {
		at = len(g.c.Dockerfile)
	}
	g.c.Dockerfile = slices.Insert(g.c.Dockerfile, at, Part{Old: line, New: line})
}

// target adds a target that an image's name stands for. Its names and its image are no others', so that its
// steps can be told from the build's.
func (g *generator) target() {
	dockerfile := func() *Content {
		return &Content{Data: fmt.Sprintf("FROM fedora:40 AS t0\nARG A=%s\nENV T=%s\nWORKDIR %s\nCOPY %s /t/\n%s\nFROM t0 AS t1\n%s\n",
			g.pick(values), g.pick(values), g.pick([]string{"/t", "/w"}), g.pick([]string{".", "*.txt", g.anyDir()}),
			g.pick([]string{"RUN make", "USER 1000", "ONBUILD COPY *.md /onb/"}), g.pick([]string{"RUN true", "ENV U=1", "COPY *.md /md/"}))}
	}
	if !g.addFile("t.Dockerfile", dockerfile()) {
		return
	}
	if f := &g.c.Files[len(g.c.Files)-1]; g.chance(40) {
		f.New = dockerfile()
	}
	flag := "--build-context " + g.pick([]string{"golang", "alpine:3.20", "tgt"}) + "=target:t.Dockerfile"
	g.c.Args = append(g.c.Args, Part{Old: flag, New: flag})
	if g.chance(60) {
		g.insert(g.pick([]string{"COPY --from=tgt /t/ /u/", "RUN --mount=from=tgt,source=/t,target=/t true", "FROM tgt\nCOPY . /z/\nRUN true"}))
	}
}

// overlay lays files over the context.
func (g *generator) overlay() {
	for range 1 + g.rand.IntN(3) {
		name := "ov/" + g.pick([]string{g.anyPath(), g.pick(fileNames), path.Join(g.anyDir(), "new.txt"), ".dockerignore"})
		if !g.addFile(name, g.content()) {
			continue
		}
		if f := &g.c.Files[len(g.c.Files)-1]; g.chance(30) {
			f.New = g.content()
		}
	}
	p := Part{Old: "--overlay ov", New: "--overlay ov"}
	if g.chance(25) {
		p.Old = ""
	}
	if !slices.ContainsFunc(g.c.Files, func(f File) bool { return strings.HasPrefix(f.Path, "ov/") }) {
		return
	}
	g.c.Args = append(g.c.Args, p)
}

// known tells the digests of some images, of one side or both.
func (g *generator) known() {
	if slices.ContainsFunc(g.c.Images, func(line string) bool { return !strings.Contains(line, " layout:1 ") }) {
		return
	}
	for _, image := range slices.Compact(slices.Sorted(slices.Values(images))) {
		switch g.rand.IntN(5) {
		case 0, 1:
			g.c.Images = append(g.c.Images, "both "+image+" "+g.config())
		case 2:
			g.c.Images = append(g.c.Images, "old "+image+" "+g.config(), "new "+image+" "+g.config())
		}
	}
}

// layout gives an image of an OCI layout in the place of another one.
func (g *generator) layout() {
	if slices.ContainsFunc(g.c.Images, func(line string) bool { return strings.Contains(line, " layout:1 ") }) {
		return
	}
	g.c.Images = append(g.c.Images, "old layout:1 "+g.config(), "new layout:1 "+g.config())
	flag := "--build-context " + g.imageName() + "=oci-layout://layout:1"
	g.c.Args = append(g.c.Args, Part{Old: flag, New: flag})
}
