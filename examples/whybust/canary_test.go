//go:build !race

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// canary is in what is given from outside, and in nothing else. What is left of a value without its first
// letters is looked for.
const canary, canaryRest = "canaryvalue", "aryvalue"

// canaryDockerfile takes its arguments everywhere.
const canaryDockerfile = `ARG TAG
ARG REG=${TAG#can}
FROM busybox:$TAG AS tools
FROM alpine:${TAG#can} AS base
ARG TOKEN
ARG REST=${TOKEN#can}
ENV T=$TOKEN R=${REST%x}
LABEL l=$TOKEN
WORKDIR /$TOKEN/${REST}
COPY package.json /x/$TOKEN
COPY . /app/${TOKEN%value}
RUN npm ci && echo $TOKEN
RUN --mount=type=cache,target=/c/$TOKEN,id=$REST --mount=type=secret,id=$TOKEN make
ADD https://example.org/$TOKEN /y
COPY --chown=$TOKEN:$REST --from=tools /bin/sh /z$REST
COPY <<E /w/$TOKEN
$TOKEN
E
USER $TOKEN
SHELL ["$TOKEN"]
RUN ["x", "$HTTP_PROXY"]
ONBUILD RUN echo $TOKEN
CMD $TOKEN
FROM base
ARG LATE=$TOKEN
RUN late
COPY --from=one /x /c
RUN --mount=from=two,target=/t x
COPY --from=three / /u
`

// canaryAdvised is one for which there are patches.
const canaryAdvised = `ARG TAG
FROM node:$TAG
ARG TOKEN
ARG REST=${TOKEN#can}
ENV T=$REST
COPY . .
RUN npm ci && npm run build -- $TOKEN
RUN ls
WORKDIR /
`

// canaryFaults are Dockerfiles with errors that take a value in.
var canaryFaults = []string{
	"ARG TAG\nFROM $TAG:a:b", "ARG TAG\nFROM --platform=$TAG a", "ARG TAG\nARG X=${U:?$TAG}\nFROM a", "FROM a\nARG TOKEN\nCOPY --chmod=$TOKEN a b",
	"FROM a\nARG TOKEN\nADD --checksum=$TOKEN https://x/y b", "FROM a\nARG TOKEN\nCOPY $TOKEN b", "FROM a\nARG TOKEN\nCOPY ${TOKEN#can} b",
	"FROM scratch\nARG TOKEN\nENV A=${U:?$TOKEN}", "FROM a\nARG TOKEN\nENV A=${TOKEN/x", "FROM a\nARG TOKEN\nRUN --mount=type=$TOKEN a",
	"FROM a\nARG TOKEN\nRUN --mount=target=/$TOKEN,from=none$TOKEN a", "FROM a\nARG TOKEN\nRUN --mount=type=cache,target=/x,mode=$TOKEN a",
	"FROM a\nARG TOKEN\nRUN --mount=type=tmpfs,target=/x,size=$TOKEN a", "FROM a\nARG TOKEN\nCOPY --from=$TOKEN a b",
	"FROM scratch\nARG TOKEN\nWORKDIR $TOKEN\nWORKDIR ${U:?$TOKEN}", "FROM a\nARG TOKEN\nONBUILD COPY $TOKEN /x\nFROM a", "ARG TAG\nFROM $TAG\nARG TOKEN\nNOPE $TOKEN",
	"FROM scratch\nARG TOKEN\nCOPY <<E /${U:?$TOKEN}\nE", "FROM a\nARG TOKEN\nRUN --network=$TOKEN a", "FROM a\nARG TOKEN\nRUN --security=$TOKEN a",
	"FROM scratch\nARG TOKEN\nADD git@example.org:$TOKEN#${U:?$TOKEN} /x", "FROM a\nARG TOKEN\nADD https://u:$TOKEN@example.org:x/y /x", "FROM a\nARG TOKEN\nCOPY --exclude=[$TOKEN . /x",
	"FROM a\nARG TOKEN\nCOPY [$TOKEN /x", "FROM a\nARG TOKEN\nCOPY --parents ./[$TOKEN /x", "FROM a\nARG TOKEN\nUSER ${TOKEN:?x}\nRUN --mount=type=bind,source=../$TOKEN,target=x a",
}

// given is what is given from outside.
func given(flag string) (args []string) {
	for _, name := range []string{"TOKEN", "TAG", "SOURCE_DATE_EPOCH", "BUILDKIT_SYNTAX", "BUILDKIT_MULTI_PLATFORM", "UNUSED"} {
		args = append(args, flag, name+"="+canary+"-"+strings.ToLower(name[:1]))
	}
	return append(args, flag, "HTTP_PROXY=http://u:"+canary+"@proxy:1", flag, "FROM_ENVIRONMENT")
}

// withContexts adds named contexts whose addresses hold a password, where there may be any.
func withContexts(args []string) []string {
	if slices.ContainsFunc(args, func(arg string) bool { return arg == "--all" || arg == "--bake" || arg == "--compose" }) {
		return args
	}
	const url = "://u:" + canary + "@example.org/"
	return append(args, "--build-context", "one=https"+url+"a.git", "--build-context", "two=https"+url+"b?t="+canary, "--build-context", "three=ssh"+url+"c")
}

// canaryHistory has enough commits for advice; in each a file changes, in the last the Dockerfile too.
func canaryHistory(t *testing.T, dockerfile string, n int) string {
	t.Helper()
	var commits []importedCommit
	for i := range n {
		commits = append(commits, importedCommit{author: "t", subject: fmt.Sprint("commit ", i), files: map[string]string{
			"Dockerfile": dockerfile, "package.json": "{}", "README.md": fmt.Sprint(i), "src/a": fmt.Sprint(i / 2),
			"sub/Dockerfile": "FROM a\nARG TOKEN\nRUN x $TOKEN\nCOPY a b\n", "sub/a": fmt.Sprint(i),
		}})
	}
	commits[n-1].files["Dockerfile"] = strings.Replace(dockerfile, "WORKDIR /", "WORKDIR /n", 1)
	return importHistory(t, commits)
}

// TestCanaryInEveryForm: values that are given from outside are in no output of any format of any subcommand, in no
// error, and in no file.
func TestCanaryInEveryForm(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	for _, name := range []string{"GITHUB_TOKEN", "DOCKER_AUTH_CONFIG", "FROM_ENVIRONMENT"} {
		t.Setenv(name, canary)
	}
	all := everyForm(given("--build-arg")...)
	for _, f := range everyForm(append(given("--before-build-arg"), given("--after-build-arg")...)...) {
		if f.args[0] != historyCommand && f.args[0] != adviseCommand {
			all = append(all, f)
		}
	}
	quoted := `{"TOKEN": "` + canary + `", "TAG": "` + canary + `"}`
	for _, format := range []string{"text", "json", "markdown", "matrix", "sarif"} {
		all = append(all,
			form{args: []string{"--format", format, "--bake", "-", "main~1", "main"}, stdin: `{"target": {"a": {"context": ".", "args": ` + quoted + `}}}`},
			form{args: []string{"--format", format, "--compose", "-", "main~1", "main"}, stdin: `{"services": {"a": {"environment": ` + quoted + `, "build": {"context": ".", "args": ` + quoted + `}}}}`})
	}
	for _, text := range []string{canaryDockerfile, canaryAdvised} {
		repository := canaryHistory(t, text, 24)
		patches := 0
		for _, f := range all {
			f.environment()
			f.args = withContexts(f.args)
			s := f.run(t, repository)
			if s.status == exitError {
				t.Errorf("%q: %s", f.args, s.stderr)
			}
			s.hide(t, f)
			if strings.Contains(s.stdout, "@@ -") {
				patches++
			}
		}
		if text == canaryAdvised && patches < 10 {
			t.Errorf("%d outputs hold a patch: the test shows too little", patches)
		}
		noFileHolds(t, repository)
	}
	noFileHolds(t, os.Getenv("XDG_CACHE_HOME"))
}

// TestCanaryInErrors: the same of what goes wrong.
func TestCanaryInErrors(t *testing.T) {
	for _, text := range canaryFaults {
		repository := canaryHistory(t, text+"\n", 3)
		for _, args := range [][]string{
			{"--format", "json", "main~1", "main"}, {"--all", "main~1", "main"}, {"history", "--format", "json", "main"},
			{"history", "--with-ignorefile", "ignore", "main"}, {"advise", "main"},
		} {
			f := form{args: append(args, given("--build-arg")...)}
			f.environment()
			f.run(t, repository).hide(t, f)
		}
	}
	repository := canaryHistory(t, canaryDockerfile, 3)
	for _, f := range []form{
		{args: []string{"--build-arg", "=" + canary}},
		{args: []string{"--build-context", "https://u:" + canary + "@example.org/"}},
		{args: []string{"--build-context", "https://u:" + canary + "@example.org/?x=y"}},
		{args: []string{"--build-context", "one=https://u:" + canary + "@exa mple.org/"}},
		{name: "an answer", args: []string{"--bake", "-"}, stdin: `{"target": {"a": {"context": "https://u:` + canary + `@example.org/x.git"}}}`},
		{args: []string{"--before-build-arg", "=" + canary}},
		{args: []string{"--after-build-arg", "=" + canary}},
		{args: []string{"history", "--build-arg", "=" + canary}},
		{args: []string{"--bake", "-"}, stdin: `{"target": {"a": {"args": {"A": ["` + canary + `"]}}}}`},
		{args: []string{"--bake", "-"}, stdin: `{"target": {"a": {"args": {"A": "` + canary + `"`},
		{args: []string{"--bake", "-"}, stdin: `{"target": {"a": {"args": "` + canary + `"}}}`},
		{args: []string{"--bake", "-"}, stdin: canary},
		{args: []string{"--compose", "-"}, stdin: `{"services": {"a": {"build": {"context": ".", "args": {"A": {"b": "` + canary + `"}}}}}}`},
		{args: []string{"--compose", "-"}, stdin: `{"services": {"a": {"build": {"context": ".", "args": ["` + canary + `", 3]}}}}`},
		{args: []string{"--compose", "-"}, stdin: `{"services": {"a": {"environment": "` + canary},
		{args: []string{"--timings", "-"}, stdin: canary + "\n"},
		{args: []string{"--timings", "-"}, stdin: `{"vertexes": [{"name": "` + canary + `"`},
	} {
		f.environment()
		s := f.run(t, repository)
		if s.status != exitError && f.name == "" {
			t.Errorf("%.80q is no error: %s", f.args, s.stdout)
		}
		s.hide(t, f)
	}
}

// environment has the values that are asked for by name alone, and others.
func (f *form) environment() {
	env := map[string]string{"FROM_ENVIRONMENT": canary, "GITHUB_TOKEN": canary, "AWS_SECRET_ACCESS_KEY": canary}
	for name, value := range f.env {
		env[name] = value
	}
	f.env = env
}

// hide looks for a value.
func (s shown) hide(t *testing.T, f form) {
	t.Helper()
	for what, text := range map[string]string{"standard output": s.stdout, "standard error": s.stderr, "the summary": s.summary} {
		if i := strings.Index(text, canaryRest); i >= 0 {
			t.Errorf("%.8q: %s shows a value: %q", f.args[:min(3, len(f.args))], what, text[max(0, i-120):min(len(text), i+60)])
		}
	}
}

// noFileHolds looks for a value in all files below a directory.
func noFileHolds(t *testing.T, dir string) {
	t.Helper()
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err != nil || !info.Mode().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		if strings.Contains(string(data), canaryRest) {
			t.Errorf("%s holds a value", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
