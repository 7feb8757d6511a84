package cachekey_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/cachekey"
	"github.com/whybust/whybust/internal/dockerfile"
)

// TestNames: steps have the names that docker build --progress=plain prints.
func TestNames(t *testing.T) {
	for _, tt := range []struct {
		reason string
		build  build
		want   []string
	}{
		{"a lone stage has no name", build{text: "FROM base AS b\nRUN a"}, []string{"[1/2] FROM docker.io/library/base:latest", "[2/2] RUN a"}},
		{"stages are named, those without a name by their number", build{text: "FROM base AS b\nRUN a\nFROM scratch\nCOPY --from=b /a /b"},
			[]string{"[b 1/2] FROM docker.io/library/base:latest", "[b 2/2] RUN a", "[stage-1 1/1] COPY --from=b /a /b"}},
		{"an image that is copied from makes the lone stage one of two", build{text: "FROM base\nCOPY --from=busybox /a /b"},
			[]string{"[stage-0 1/2] FROM docker.io/library/base:latest", "[stage-0 2/2] COPY --from=busybox /a /b"}},
		{"so does any mount", build{text: "FROM base\nRUN --mount=type=tmpfs,target=/t a"},
			[]string{"[stage-0 1/2] FROM docker.io/library/base:latest", "[stage-0 2/2] RUN --mount=type=tmpfs,target=/t a"}},
		{"what runs nothing has no number", build{text: "FROM base\nARG A=1\nENV B=2\nUSER u\nLABEL a=b\nRUN a"},
			[]string{"[1/2] FROM docker.io/library/base:latest", "[2/2] RUN a"}},
		{"WORKDIR / is numbered and is no step", build{text: "FROM base\nWORKDIR /\nRUN a"},
			[]string{"[1/3] FROM docker.io/library/base:latest", "[2/3] RUN a"}},
		{"numbers are as wide as the last one", build{text: "FROM base\n" + strings.Repeat("RUN a\n", 9)},
			[]string{"[ 1/10] FROM docker.io/library/base:latest", "[ 2/10] RUN a", "[ 3/10] RUN a", "[ 4/10] RUN a", "[ 5/10] RUN a",
				"[ 6/10] RUN a", "[ 7/10] RUN a", "[ 8/10] RUN a", "[ 9/10] RUN a", "[10/10] RUN a"}},
		{"variables are replaced, but for those of the shell", build{text: "FROM base\nARG A=1\nRUN $A $B \"$A\"\nCOPY a /$A$B"},
			[]string{"[1/3] FROM docker.io/library/base:latest", "[2/3] RUN 1 $B \"1\"", "[3/3] COPY a /1"}},
		{"a value of --build-arg is not shown", build{"ARG V\nFROM base:$V\nARG A=1\nRUN $A\nCOPY a /$A", cachekey.Options{BuildArgs: map[string]string{"A": "s3cret", "V": "2"}}},
			[]string{"[1/3] FROM base:$V", "[2/3] RUN $A", "[3/3] COPY a /$A"}},
		{"nor one of an unknown image", build{text: "FROM x\nCOPY a /$A"}, []string{"[1/2] FROM docker.io/library/x:latest", "[2/2] COPY a /$A"}},
		{"a trigger is marked", build{text: "FROM base AS p\nONBUILD COPY a b /\nFROM p\nRUN a"},
			[]string{"[p 1/1] FROM docker.io/library/base:latest", "[stage-1 1/2] ONBUILD COPY a b /", "[stage-1 2/2] RUN a"}},
		{"a here-document is summed up", build{text: "FROM base\nRUN <<E\na\nb\nE"}, []string{"[1/2] FROM docker.io/library/base:latest", "[2/2] RUN <<E (a...)"}},
		{"only what the target reaches", build{"FROM base AS a\nRUN a\nFROM base AS b\nRUN b\nFROM a\nRUN c", cachekey.Options{Target: "B"}},
			[]string{"[b 1/2] FROM docker.io/library/base:latest", "[b 2/2] RUN b"}},
		{"continuation lines are joined", build{text: "FROM base\nRUN a \\\n  # comment\n  b"}, []string{"[1/2] FROM docker.io/library/base:latest", "[2/2] RUN a   b"}},
	} {
		var got []string
		for _, st := range tt.build.graph(t).Steps {
			got = append(got, st.Name)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s\n(-want +got)\n%s", tt.reason, diff)
		}
	}
}

// TestPlaces: steps and configuration say where they stand.
func TestPlaces(t *testing.T) {
	g := build{text: "# syntax=docker/dockerfile:1\n\nFROM base AS p\nONBUILD RUN x\nFROM p\nLABEL a=b\nRUN a \\\n\n  b\nCOPY <<E /\nx\nE"}.graph(t)
	type place struct {
		Text          string
		Line, EndLine int
		Onbuild       bool
	}
	var steps, config []place
	for _, st := range g.Steps {
		steps = append(steps, place{st.Instruction, st.Line, st.EndLine, st.Onbuild})
	}
	for _, c := range g.Config {
		config = append(config, place{Text: c.Text, Line: c.Line, EndLine: c.EndLine})
	}
	if diff := cmp.Diff([]place{{"FROM", 3, 3, false}, {"RUN", 5, 5, true}, {"RUN", 7, 9, false}, {"COPY", 10, 12, false}}, steps); diff != "" {
		t.Errorf("steps (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]place{{"ONBUILD RUN x", 4, 4, false}, {"LABEL a=b", 6, 6, false}}, config); diff != "" {
		t.Errorf("configuration (-want +got)\n%s", diff)
	}
	if g.Syntax != "docker/dockerfile:1" || g.SyntaxLine != 1 {
		t.Errorf("syntax %q at %d", g.Syntax, g.SyntaxLine)
	}
}

// TestReplayErrors: a fault says file and line.
func TestReplayErrors(t *testing.T) {
	args := func(kv map[string]string) cachekey.Options { return cachekey.Options{BuildArgs: kv} }
	for _, tt := range []struct {
		reason, text string
		opts         cachekey.Options
		want         string
	}{
		{"no stage", "ARG A\n", cachekey.Options{}, "D: no build stage: there is no FROM"},
		{"unknown target", "FROM a AS build\nFROM b\n", cachekey.Options{Target: "biuld"}, `D: there is no stage "biuld"; did you mean "build"?`},
		{"nothing like it", "FROM a AS build\nFROM b AS run\n", cachekey.Options{Target: "test"}, `D: there is no stage "test"; there are build, run`},
		{"an empty base", "ARG A\n\nFROM $A\n", cachekey.Options{}, `D:3: the base name "$A" is empty once its variables are replaced`},
		{"no image reference", "FROM a\nFROM UPPER:tag:tag\n", cachekey.Options{}, `D:2: "UPPER:tag:tag" is no image reference: invalid reference format: repository name (library/UPPER) must be lowercase`},
		{"a value of --build-arg stays unsaid", "ARG A\nFROM x:$A\n", args(map[string]string{"A": "s3 cret"}), `D:2: "x:$A" is no image reference`},
		{"no platform", "FROM --platform=a/b/c/d x\n", cachekey.Options{}, `D:1: platform: "a/b/c/d" is not OS/ARCH[/VARIANT]`},
		{"a stage that needs itself", "FROM x AS a\nCOPY --from=b / /\nFROM a AS b\n", cachekey.Options{}, `D:1: stage "a" needs itself`},
		{"a stage that comes later", "FROM x AS a\nRUN --mount=from=b,target=/b x\nFROM y AS b\nFROM a\n", cachekey.Options{}, `D:2: stage "b" must be defined before it is mounted`},
		{"a number without a stage", "FROM x\n\nCOPY --from=3 / /\n", cachekey.Options{}, `D:3: --from=3: there is no stage of that index`},
		{"a variable in --from", "FROM x\nCOPY --from=$A / /\n", cachekey.Options{}, `D:2: --from=$A: variables are not expanded there; name a stage of its own`},
		{"names under --link", "FROM x\nCOPY --link --chown=u a /\n", cachekey.Options{}, `D:2: --chown=u: names cannot be looked up with --link, use numbers`},
		{"names on scratch", "FROM scratch\nCOPY --chown=u a /\n", cachekey.Options{}, `D:2: --chown=u: the stage has no /etc/passwd to look the name up in`},
		{"a user on scratch", "FROM scratch\nUSER u\nWORKDIR /w\n", cachekey.Options{}, `D:3: user "u" cannot be looked up: the stage has no /etc/passwd`},
		{"a mode out of range", "FROM x\nCOPY --chmod=77777 a /\n", cachekey.Options{}, `D:2: --chmod=77777 is no octal number between 0 and 07777`},
		{"COPY of a URL", "FROM x\nCOPY https://x/y /\n", cachekey.Options{}, `D:2: COPY cannot take "https://x/y": a URL or git repository needs ADD`},
		{"a mount on /", "FROM x\nRUN --mount=target=/ x\n", cachekey.Options{}, `D:2: a mount cannot have the target "/"`},
		{"a pattern that is none", "FROM x\nCOPY [ /\n", cachekey.Options{}, `D:2: [: syntax error in pattern`},
		{"a pattern of --exclude that is none", "FROM x\nCOPY --exclude=[ . /\n", cachekey.Options{}, `D:2: .: pattern 1 "[": syntax error in pattern`},
		{"a failing expansion", "FROM scratch\nENV A=${B:?unset}\n", cachekey.Options{}, `D:2: failed to process "${B:?unset}": B: unset`},
		{"the build's own options have no place", "FROM x\n", cachekey.Options{Platform: "/"}, `platform: "/" is not OS/ARCH[/VARIANT]`},
		{"add-host", "FROM x\n", cachekey.Options{AddHosts: []string{"x"}}, `add-host: "x" is not NAME:ADDRESS`},
		{"ulimit", "FROM x\n", cachekey.Options{Ulimits: []string{"x"}}, `ulimit: invalid ulimit argument: x`},
		{"shm-size", "FROM x\n", cachekey.Options{ShmSize: "x"}, `shm-size: invalid size: 'x'`},
		{"network", "FROM x\n", cachekey.Options{Network: "x"}, `network: "x" is not one of default, none, host`},
	} {
		_, err := cachekey.Replay(t.Context(), "D", []byte(tt.text), smallContext(), &tt.opts)
		if err == nil {
			t.Errorf("%s: no error", tt.reason)
			continue
		}
		if err.Error() != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.reason, err, tt.want)
		}
		var typed *dockerfile.Error
		if strings.HasPrefix(tt.want, "D:") != errors.As(err, &typed) {
			t.Errorf("%s: error of type %T", tt.reason, err)
		}
	}
}
