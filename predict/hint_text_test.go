package predict_test

import (
	"context"
	"strings"
	"testing"

	"github.com/whybust/whybust/cachekey"
)

// dockerfile makes an archive of a Dockerfile.
func dockerfile(lines ...string) string {
	return "-- Dockerfile --\n" + strings.Join(lines, "\n") + "\n"
}

func TestInstructionText(t *testing.T) {
	from := "FROM debian:12"
	change := func(reason, before, after string, want ...string) hintTest {
		return hintTest{reason: reason, project: dockerfile(from, before), change: dockerfile(from, after), want: want}
	}
	hint := "instruction-text 1 Dockerfile:2 the text changes from "
	testHints(t, []hintTest{
		change("an install before what changed", "RUN apk add gcc && make all", "RUN apk add gcc && make dist",
			hint+"`make dist` on: put `apk add gcc` before it in a RUN of its own, and it stays cached"),
		change("several commands before what changed", "RUN apt-get update && apt-get install -y gcc && make all", "RUN apt-get update && apt-get install -y gcc && make dist",
			hint+"`make dist` on: put the 2 commands before it in a RUN of their own, and `apt-get install -y gcc` stays cached"),
		change("a command added at the end", "RUN npm ci", "RUN npm ci && npm cache verify",
			hint+"`npm cache verify` on: put `npm ci` before it in a RUN of its own, and it stays cached"),
		change("the install itself changed", "RUN apk add gcc && make", "RUN apk add gcc g++ && make"),
		change("part of a word only", "RUN pip install flask==1.0", "RUN pip install flask==1.1"),
		change("what stands before is cheap", "RUN mkdir -p /a && make all", "RUN mkdir -p /a && make dist"),
		change("an update without its install", "RUN apt-get update && apt-get install -y a", "RUN apt-get update && apt-get install -y b"),
		change("the rest cleans up", "RUN apt-get install -y gcc && make a && rm -rf /var/lib/apt/lists/*", "RUN apt-get install -y gcc && make b && rm -rf /var/lib/apt/lists/*"),
		change("the rest stands in a directory that was entered", "RUN cd /src && npm ci && make a", "RUN cd /src && npm ci && make b"),
		change("an exported variable", "RUN export A=1; npm ci; make a", "RUN export A=1; npm ci; make b"),
		change("a compound command", "RUN if true; then npm ci; make a; fi", "RUN if true; then npm ci; make b; fi"),
		change("a quoted && is none", "RUN sh -c 'npm ci && make a'", "RUN sh -c 'npm ci && make b'"),
		change("an unfinished quotation", "RUN npm ci && echo 'a", "RUN npm ci && echo 'b"),
		change("a list of arguments", `RUN ["npm", "ci && a"]`, `RUN ["npm", "ci && b"]`),
		change("substitutions and quotations are passed over", `RUN npm ci "--x=a&&b" $(echo "a && b") && make a`, `RUN npm ci "--x=a&&b" $(echo "a && b") && make b`,
			hint+"`make b` on: put `npm ci \"--x=a&&b\" $(echo \"a && b\")` before it in a RUN of its own, and it stays cached"),
		{reason: "there is another cause", project: dockerfile(from, "ENV A=1", "RUN npm ci && make a"), change: dockerfile(from, "ENV A=2", "RUN npm ci && make b")},
		{reason: "the step before misses", project: dockerfile(from, "RUN a", "RUN npm ci && make a"), change: dockerfile(from, "RUN b", "RUN npm ci && make b")},
	})
}

func TestUnpinnedBase(t *testing.T) {
	digest := "@sha256:" + strings.Repeat("0123456789abcdef", 4)
	testHints(t, []hintTest{
		{reason: "another tag", project: dockerfile("FROM node:20", "RUN a", "RUN b"), change: dockerfile("FROM node:22", "RUN a", "RUN b"),
			want: []string{"unpinned-base 0 Dockerfile:1 node:22 can come to mean another image without an edit here, and the 2 steps on it miss: node:22@sha256:... pins it"}},
		{reason: "another tag of another registry, one step", project: dockerfile("FROM ghcr.io/a/b:1", "RUN a"), change: dockerfile("FROM ghcr.io/a/b:2", "RUN a"),
			want: []string{"unpinned-base 0 Dockerfile:1 ghcr.io/a/b:2 can come to mean another image without an edit here, and the step on it misses: ghcr.io/a/b:2@sha256:... pins it"}},
		{reason: "in two stages", project: dockerfile("FROM node:20", "RUN a", "FROM node:20", "RUN b", "COPY --from=0 / /x"), change: dockerfile("FROM node:22", "RUN a", "FROM node:22", "RUN b", "COPY --from=0 / /x"),
			want: []string{"unpinned-base 0 Dockerfile:1 node:22 can come to mean another image without an edit here, and the 3 steps on it miss: node:22@sha256:... pins it"}},
		{reason: "a digest that went", project: dockerfile("FROM node:20"+digest, "RUN a"), change: dockerfile("FROM node:20", "RUN a"),
			want: []string{"unpinned-base 0 Dockerfile:1 the digest is gone: when node:20 comes to mean another image, the step on it misses; node:20@sha256:... pins it"}},
		{reason: "COPY --link does not care", project: dockerfile("FROM node:20", "COPY --link Dockerfile /"), change: dockerfile("FROM node:22", "COPY --link Dockerfile /")},
		{reason: "another platform of the same image", project: dockerfile("FROM node:20", "RUN a"), change: dockerfile("FROM --platform=linux/arm64 node:20", "RUN a")},
		{reason: "a digest that came", project: dockerfile("FROM node:20", "RUN a"), change: dockerfile("FROM node:20"+digest, "RUN a")},
		{reason: "nothing stands on it", project: dockerfile("FROM node:20"), change: dockerfile("FROM node:22")},
		{reason: "an edit elsewhere", project: dockerfile("FROM node:20", "RUN a"), change: dockerfile("FROM node:20", "RUN b")},
		{reason: "a build argument", project: dockerfile("ARG I", "FROM $I", "RUN b"), oldArgs: map[string]string{"I": "node:20"}, newArgs: map[string]string{"I": "node:22"}},
		{reason: "all cached, and no tag", project: dockerfile("FROM node", "RUN a"),
			want: []string{"unpinned-base 0 Dockerfile:1 all is cached only while node:latest is what it was: a digest would make sure of it"}},
		{reason: "all cached, and a tag", project: dockerfile("FROM node:20", "RUN a")},
		{reason: "no tag, but something else misses", project: dockerfile("FROM node", "RUN a"), change: dockerfile("FROM node", "RUN b")},
	})
}

func TestVolatileArg(t *testing.T) {
	const a, b = "0123456789abcdef0123456789abcdef01234567", "123456789abcdef0123456789abcdef012345678"
	shas := func(reason string, want []string, lines ...string) hintTest {
		return hintTest{reason: reason, project: dockerfile(lines...), oldArgs: map[string]string{"SHA": a}, newArgs: map[string]string{"SHA": b}, want: want}
	}
	hint := "volatile-arg 1 Dockerfile:2 ARG SHA (line 2) changes with every commit: move it below "
	tests := []hintTest{
		shas("a label uses it", []string{hint + "line 4, the last step that does not use it, and 2 steps stay cached"},
			"FROM x:1", "ARG SHA", "RUN make", "RUN make install", "LABEL sha=$SHA"),
		shas("a RUN uses it", []string{hint + "line 4, the last step that does not use it, and 2 steps stay cached"},
			"FROM x:1", "ARG SHA", "RUN make", "WORKDIR /a", "RUN echo ${SHA}", "RUN b"),
		shas("an ENV repeats it", []string{"volatile-arg 1 Dockerfile:2 ARG SHA (line 2) changes with every commit: move it, with the ENV on line 3, below line 4, the last step that does not use it, and that step stays cached"},
			"FROM x:1", "ARG SHA", "ENV REVISION=$SHA", "RUN make", "RUN echo $REVISION"),
		shas("a label between uses it", nil, "FROM x:1", "ARG SHA", "LABEL sha=$SHA", "RUN make"),
		shas("the first RUN uses it", nil, "FROM x:1", "ARG SHA", "RUN echo $SHA"),
		shas("nobody says that he uses it, and a program may", nil, "FROM x:1", "ARG SHA", "RUN make"),
		shas("nobody says that he uses it, and an install does not", []string{hint + "line 3, the last step that does not use it, and that step stays cached"},
			"FROM x:1", "ARG SHA", "RUN apk add make", "RUN make"),
		shas("an instruction that declares others too", nil, "FROM x:1", "ARG SHA OTHER", "RUN make", "LABEL sha=$SHA"),
		shas("no RUN below", nil, "FROM x:1", "ARG SHA", "COPY Dockerfile /"),
		{reason: "another value, of no known kind", project: dockerfile("FROM x:1", "ARG V", "RUN make", "LABEL v=$V"),
			oldArgs: map[string]string{"V": "one#"}, newArgs: map[string]string{"V": "two#"},
			want: []string{"volatile-arg 1 Dockerfile:2 ARG V (line 2) has another value: move it below line 3, the last step that does not use it, and that step stays cached"}},
		{reason: "two at once", project: dockerfile("FROM x:1", "ARG SHA", "ARG DATE", "RUN make", "LABEL v=$SHA d=$DATE"),
			oldArgs: map[string]string{"SHA": a, "DATE": "2024-01-01"}, newArgs: map[string]string{"SHA": b, "DATE": "2024-01-02"},
			want: []string{"volatile-arg 1 Dockerfile:2 ARG SHA (line 2) and ARG DATE (line 3) have other values: move them below line 4, the last step that does not use them, and that step stays cached"}},
		{reason: "the default in the file was edited", project: dockerfile("FROM x:1", "ARG V=1", "RUN make", "LABEL v=$V"), change: dockerfile("FROM x:1", "ARG V=2", "RUN make", "LABEL v=$V")},
	}
	other := shas("up to a step that misses anyway", []string{hint + "line 3, the last step that does not use it, and that step stays cached"},
		"FROM x:1", "ARG SHA", "RUN make", "COPY a /", "RUN c", "LABEL sha=$SHA")
	other.project += "-- a --\n1\n"
	other.change = "-- a --\n2\n"
	testHints(t, append(tests, other))
}

// FuzzRunText: no text of a RUN stops the search for hints, and none of them
// comes from a text that did not change.
func FuzzRunText(f *testing.F) {
	f.Add("npm ci && make a", "npm ci && make b")
	f.Add("cd /a && npm ci", "echo 'x")
	f.Add(`$(a "b) && c`, "a || b; (c) & d <<E")
	f.Fuzz(func(t *testing.T, before, after string) {
		var projects [2]string
		for i, s := range []string{before, after} {
			lines := []string{"FROM x:1", "COPY Dockerfile .", "RUN " + s}
			data := []byte(strings.Join(lines, "\n") + "\n")
			if _, err := cachekey.Replay(context.Background(), "Dockerfile", data, nil, nil); err != nil || strings.Contains(s, "\n") {
				return // no Dockerfile, or one that an archive cannot hold
			}
			projects[i] = dockerfile(lines...)
		}
		same := hintTest{project: projects[0]}
		if got := same.hints(t); len(got) > 0 {
			t.Errorf("%q for the same text", got)
		}
		other := hintTest{project: projects[0], change: projects[1]}
		other.hints(t)
	})
}
