package random

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path"
	"strings"
)

// generator makes one case.
type generator struct {
	rand   *rand.Rand
	c      *Case
	stages []stage
}

// stage is what later stages need to know of one.
type stage struct {
	name string
	// runs says that a RUN can start: the stage is not built on scratch.
	runs bool
	// made are absolute paths that it holds.
	made []string
	args []string
}

func (g *generator) chance(percent int) bool { return g.rand.IntN(100) < percent }

func (g *generator) pick(list []string) string { return list[g.rand.IntN(len(list))] }

var (
	images   = []string{"alpine:3.20", "debian:12", "golang", "ghcr.io/o/tool:1", "alpine:3.20"}
	vars     = []string{"A", "B", "VERSION", "DIR"}
	values   = []string{"1", "2", "x", "y", "/opt"}
	dirs     = []string{"/app", "/w", "/w/", "sub", "/opt/x", ".", "/", "${DIR:-/d}", "../up", "/app/sub"} // see workdir
	users    = []string{"0", "root", "bob", "1000", "bob:staff", "1000:1000"}
	commands = []string{"make", "make all", "echo  two", "touch /out", "echo $A", "go build -o /out/app .", "true"}
	dests    = []string{"./", "/x/", "/app/", "sub/", "/c/", ".", "/y/${A}/", "/w"}
)

func (g *generator) dockerfile() {
	if g.chance(25) {
		g.line("ARG BASE=alpine:3.20")
	}
	if g.chance(10) {
		g.line("# check=skip=all")
	}
	for i := range 1 + g.rand.IntN(3) {
		g.stage(i)
	}
}

func (g *generator) line(text string) {
	g.c.Dockerfile = append(g.c.Dockerfile, Part{Old: text, New: text})
}

func (g *generator) stage(i int) {
	s := stage{runs: true}
	from := ""
	switch n := g.rand.IntN(10); {
	case n == 0:
		from, s.runs = "scratch", false
	case n == 1 && strings.HasPrefix(g.firstLine(), "ARG BASE"):
		from = "${BASE}"
	case n < 5 && len(g.stages) > 0:
		parent := g.stages[g.rand.IntN(len(g.stages))]
		from, s.runs = parent.name, parent.runs
		s.made = append(s.made, parent.made...)
	default:
		from = g.pick(images)
	}
	if s.runs && from != "scratch" && g.chance(5) {
		from = "--platform=$BUILDPLATFORM " + from
	}
	s.name = fmt.Sprintf("s%d", i)
	if g.chance(10) {
		// A stage without a name goes by its number.
		s.name = fmt.Sprint(i)
		g.line("FROM " + from)
	} else {
		g.line("FROM " + from + g.pick([]string{" AS ", " as "}) + s.name)
	}
	for range 1 + g.rand.IntN(7) {
		g.line(g.instruction(&s))
	}
	if i > 0 && g.chance(70) {
		g.line(g.copyFrom(&s))
	}
	g.stages = append(g.stages, s)
}

func (g *generator) firstLine() string {
	if len(g.c.Dockerfile) == 0 {
		return ""
	}
	return g.c.Dockerfile[0].Old
}

func (g *generator) instruction(s *stage) string {
	switch n := g.rand.IntN(100); {
	case n < 30:
		return g.copy(s)
	case n < 50:
		return g.run(s)
	case n < 58:
		return g.arg(s)
	case n < 66:
		return g.env()
	case n < 73:
		return "WORKDIR " + g.workdir()
	case n < 77:
		return "USER " + g.pick(users)
	case n < 80:
		return g.pick([]string{`SHELL ["/bin/bash","-c"]`, `SHELL ["/bin/sh","-c"]`, `SHELL ["/bin/sh","-ec"]`})
	case n < 86 && len(g.stages) > 0:
		return g.copyFrom(s)
	case n < 89:
		return g.hereDocument(s)
	case n < 91 && s.runs:
		return "ONBUILD " + g.pick([]string{"RUN make", "WORKDIR /onb", "ENV ONB=1", "COPY . /onb/"})
	default:
		return g.metadata()
	}
}

// workdir avoids what may come out as "/", which is no step, if nobody knows where the base image is.
func (g *generator) workdir() string {
	if len(g.c.Config) == 0 {
		return g.pick(dirs[:5])
	}
	return g.pick(dirs)
}

func (g *generator) metadata() string {
	return g.pick([]string{
		"LABEL a=1", `CMD ["x"]`, "ENTRYPOINT run", "EXPOSE 80", "VOLUME /v", "STOPSIGNAL 9", "HEALTHCHECK NONE",
		"# comment", "LABEL a=$A", "MAINTAINER me",
	})
}

func (g *generator) env() string {
	v := g.pick(vars)
	return g.pick([]string{
		fmt.Sprintf("ENV %s=%s", v, g.pick(values)),
		fmt.Sprintf("ENV %s %s", v, g.pick(values)),
		fmt.Sprintf("ENV %s=$%s", v, g.pick(vars)),
		fmt.Sprintf("ENV %s=%s %s=${%s}", v, g.pick(values), g.pick(vars), v),
		fmt.Sprintf("ENV PATH=/opt/bin:$PATH %s=%q", v, g.pick(values)),
	})
}

func (g *generator) arg(s *stage) string {
	v := g.pick(vars)
	s.args = append(s.args, v)
	return g.pick([]string{
		"ARG " + v, fmt.Sprintf("ARG %s=%s", v, g.pick(values)), fmt.Sprintf("ARG %s=${%s:-z}", v, g.pick(vars)), "ARG TARGETARCH",
		fmt.Sprintf("ARG %s=%s %s", v, g.pick(values), g.pick(vars)), "ARG BASE",
	})
}

func (g *generator) run(s *stage) string {
	if !s.runs {
		return g.copy(s)
	}
	flags := ""
	for g.chance(30) {
		flags += g.mount() + " "
	}
	if g.chance(5) {
		flags += "--network=" + g.pick([]string{"none", "default"}) + " "
	}
	s.made = append(s.made, "/out/app", "/out", "/app")
	cmd := g.pick(commands)
	switch g.rand.IntN(8) {
	case 0:
		return fmt.Sprintf("RUN %s[\"%s\"]", flags, strings.Join(strings.Fields(cmd), `", "`))
	case 1:
		return fmt.Sprintf("RUN %s%s && \\\n    %s", flags, cmd, g.pick(commands))
	case 2:
		return fmt.Sprintf("RUN %s<<EOF\n%s\n%s\nEOF", flags, cmd, g.pick(commands))
	case 3:
		return fmt.Sprintf("RUN %s<<X\n#!/usr/bin/env python\n%s\nX", flags, cmd)
	default:
		return "RUN " + flags + cmd
	}
}

func (g *generator) mount() string {
	switch g.rand.IntN(9) {
	case 0:
		return "--mount=type=bind,target=/m"
	case 1:
		return "--mount=type=bind,source=" + g.bindSource() + ",target=/m1"
	case 2:
		return "--mount=source=" + g.bindSource() + ",target=/m2,rw"
	case 3:
		return "--mount=type=cache,target=/cache" + g.pick([]string{"", ",id=c", ",id=/cache", ",sharing=locked", ",sharing=shared", ",uid=1000"})
	case 4:
		return "--mount=type=tmpfs,target=/tmp" + g.pick([]string{"", ",size=1m"})
	case 5:
		return "--mount=type=secret,id=" + g.pick([]string{"s", "t"})
	case 6:
		return "--mount=type=ssh"
	default:
		if len(g.stages) == 0 {
			return "--mount=type=cache,target=/root/.cache"
		}
		from := g.stages[g.rand.IntN(len(g.stages))]
		source := ""
		if len(from.made) > 0 && g.chance(60) {
			source = ",source=" + path.Clean(g.pick(from.made))
		}
		return "--mount=from=" + from.name + source + ",target=/from" + g.pick([]string{"", ",type=bind", ",type=cache"})
	}
}

// bindSource has no blank, which a mount could not hold without quotes.
func (g *generator) bindSource() string {
	for range 5 {
		if p := g.anyPath(); !strings.ContainsAny(p, " ,") && g.chance(70) {
			return p
		}
	}
	return g.anyDir()
}

func (g *generator) copy(s *stage) string {
	keyword := "COPY"
	if g.chance(12) {
		keyword = "ADD"
	}
	flags := g.copyFlags(keyword)
	sources := []string{g.source()}
	for g.chance(20) {
		sources = append(sources, g.source())
	}
	dest := g.pick(dests)
	if len(sources) == 1 && g.chance(15) {
		dest = "/named"
	} else if !strings.HasSuffix(dest, "/") && dest != "." {
		dest += "/"
	}
	if path.IsAbs(dest) && !strings.Contains(dest, "$") {
		s.made = append(s.made, path.Clean(dest))
	}
	if strings.Contains(strings.Join(sources, ""), " ") || g.chance(8) {
		return keyword + " " + flags + jsonList(append(sources, dest))
	}
	return keyword + " " + flags + strings.Join(append(sources, dest), " ")
}

func (g *generator) copyFlags(keyword string) string {
	flags := ""
	add := func(percent int, choices ...string) {
		if g.chance(percent) {
			flags += g.pick(choices) + " "
		}
	}
	add(10, "--chown=0:0", "--chown=1000:1000", "--chown=bob", "--chown=root:root", "--chown=1000")
	add(10, "--chmod=755", "--chmod=0644", "--chmod=u+x")
	add(10, "--link")
	add(10, "--exclude=*.log", "--exclude=*.none", "--exclude=**/*.txt", "--exclude=!a.txt")
	if keyword == "COPY" {
		add(7, "--parents")
	}
	if strings.Contains(flags, "--link") && strings.Contains(flags, "bob") {
		return "--link "
	}
	return flags
}

func (g *generator) source() string {
	switch g.rand.IntN(14) {
	case 0, 1, 2:
		return "."
	case 3, 4, 5:
		return g.anyDir() + g.pick([]string{"", "/", "/."})
	case 6:
		return "*.txt"
	case 7:
		return g.anyDir() + "/*"
	case 8:
		return "[m-z]*"
	case 9:
		return "./" + g.anyPath()
	case 10:
		return "**/*.go"
	default:
		return g.anyPath()
	}
}

func (g *generator) copyFrom(s *stage) string {
	from, sources := "", []string{}
	if len(g.stages) == 0 || g.chance(12) {
		from, sources = g.pick([]string{"busybox:1", "busybox:2", "alpine:3.20"}), []string{"/bin/tool"}
	} else {
		other := g.stages[g.rand.IntN(len(g.stages))]
		from, sources = other.name, append(sources, other.made...)
		if len(sources) == 0 {
			return g.copy(s)
		}
	}
	flags := "--from=" + from + " "
	if g.chance(20) {
		flags += g.pick([]string{"--link", "--chown=1000:1000", "--chmod=755", "--exclude=*.log"}) + " "
	}
	source := g.pick(sources)
	if g.chance(10) {
		source += "/*"
	}
	dest := g.pick([]string{"/from/", "./", "/x/", "/app/"})
	s.made = append(s.made, path.Clean("/"+strings.TrimPrefix(dest, ".")))
	return "COPY " + flags + source + " " + dest
}

func (g *generator) hereDocument(s *stage) string {
	s.made = append(s.made, "/h")
	return fmt.Sprintf("COPY %s<<%s /h/\nline %s\nEOF", g.pick([]string{"", "--link ", "--chmod=755 "}), g.pick([]string{"EOF", `"EOF"`}), g.pick([]string{"1", "$A"}))
}

func jsonList(words []string) string {
	data, err := json.Marshal(words)
	if err != nil {
		panic(err) // strings always marshal
	}
	return string(data)
}
