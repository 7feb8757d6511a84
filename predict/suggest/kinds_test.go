package suggest_test

import (
	"testing"
)

func lines(list ...string) string {
	out := "-- Dockerfile --\n"
	for _, l := range list {
		out += l + "\n"
	}
	return out
}

func TestIgnoreLines(t *testing.T) {
	testSuggestions(t, []suggestTest{
		{reason: "an ignore file that exists, without a last line end",
			project: lines("FROM x:1@sha256:"+digest, "COPY . /app", "RUN make") + "-- .dockerignore --\n# why\nDockerfile<EOF>\n-- README.md --\n1\n",
			change:  "-- README.md --\n2\n",
		},
		{reason: "one that has to be made", project: lines("FROM x:1@sha256:"+digest, "COPY . /app", "RUN make") + "-- README.md --\n1\n", change: "-- README.md --\n2\n"},
		{reason: "something that is needed", project: lines("FROM x:1@sha256:"+digest, "COPY . /app", "RUN make") + "-- main.c --\n1\n", change: "-- main.c --\n2\n"},
	})
}

const digest = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func TestManifestsFirst(t *testing.T) {
	npm := "-- package.json --\n{}\n-- package-lock.json --\n{}\n-- index.js --\n1\n"
	testSuggestions(t, []suggestTest{
		{reason: "an install of its own, with comments, a continuation and CR LF",
			project: lines("FROM node:20@sha256:"+digest+"<CR>", "WORKDIR /app<CR>", "# all of it<CR>", "COPY . .<CR>", "# install<CR>", "RUN npm ci \\<CR>", "  --omit=dev<CR>", "RUN npm run build<CR>") + npm,
			change:  "-- index.js --\n2\n", timings: "#1 [4/5] RUN npm ci   --omit=dev\n#1 DONE 40.5s\n#2 [5/5] RUN npm run build\n#2 DONE 2.0s\n",
		},
		{reason: "an install before a build in one RUN", project: lines("FROM node:20@sha256:"+digest, "WORKDIR /app", "COPY . .", "RUN npm ci && \\", "    # then build", "    npm run build") + npm, change: "-- index.js --\n2\n"},
		{reason: "a fetch for a compiler", project: lines("FROM golang:1@sha256:"+digest, "WORKDIR /src", "COPY . .", "RUN go build -o /x .") + "-- go.mod --\nmodule x\n-- go.sum --\n\n-- main.go --\n1\n", change: "-- main.go --\n2\n"},
		{reason: "a copy between that may count", project: lines("FROM node:20@sha256:"+digest, "WORKDIR /app", "COPY . .", "COPY index.js /app/other.js", "RUN npm ci") + npm, change: "-- style.css --\n2\n"},
		{reason: "node_modules in the context", project: lines("FROM node:20@sha256:"+digest, "WORKDIR /app", "COPY . .", "RUN npm ci") + npm + "-- node_modules/x --\n", change: "-- index.js --\n2\n"},
		{reason: "a directory below, and flags", project: lines("FROM node:20@sha256:"+digest, "COPY --chown=1000:1000 . /srv", "WORKDIR /srv/web", "RUN npm ci") + "-- web/package.json --\n{}\n-- web/package-lock.json --\n{}\n-- index.js --\n1\n", change: "-- index.js --\n2\n"},
	})
}

func TestVariableLater(t *testing.T) {
	a, b := "0123456789abcdef0123456789abcdef01234567", "123456789abcdef0123456789abcdef012345678"
	testSuggestions(t, []suggestTest{
		{reason: "a build argument", project: lines("FROM x:1@sha256:"+digest, "ARG SHA", "ENV SHA=$SHA", "RUN make", "WORKDIR /a", "LABEL sha=$SHA"), oldArgs: map[string]string{"SHA": a}, newArgs: map[string]string{"SHA": b}},
		{reason: "a value in the file", project: lines("FROM x:1@sha256:"+digest, "ENV VERSION=1", "RUN apt-get install make", "RUN get $VERSION"), change: lines("FROM x:1@sha256:"+digest, "ENV VERSION=2", "RUN apt-get install make", "RUN get $VERSION")},
		{reason: "a value that an install heeds", project: lines("FROM x:1@sha256:"+digest, "ENV NODE_ENV=production", "RUN npm ci"), change: lines("FROM x:1@sha256:"+digest, "ENV NODE_ENV=development", "RUN npm ci")},
		{reason: "the last line has no end", project: lines("FROM x:1@sha256:"+digest, "ARG V=1", "RUN apk add make<EOF>"), change: lines("FROM x:1@sha256:"+digest, "ARG V=2", "RUN apk add make<EOF>")},
	})
}

func TestLink(t *testing.T) {
	testSuggestions(t, []suggestTest{
		{reason: "above a base that changed", project: lines("FROM go:1@sha256:"+digest+" AS build", "RUN make", "FROM x:1@sha256:"+digest, "COPY --from=build /out/app /usr/local/bin/app", "COPY conf /etc/app/", "RUN end") + "-- conf --\n",
			change: lines("FROM go:1@sha256:"+digest+" AS build", "RUN make", "FROM x:2", "COPY --from=build /out/app /usr/local/bin/app", "COPY conf /etc/app/", "RUN end")},
		{reason: "owners and modes", project: lines("FROM x:1@sha256:"+digest, "USER app", "COPY a /a/") + "-- a --\n", change: lines("FROM x:2@sha256:"+digest[1:]+"0", "USER app", "COPY a /a/")},
		{reason: "a named owner", project: lines("FROM x:1@sha256:"+digest, "COPY --chown=app a /a/") + "-- a --\n", change: lines("FROM x:2@sha256:"+digest[1:]+"0", "COPY --chown=app a /a/")},
	})
}

func TestMount(t *testing.T) {
	project := lines("FROM go:1@sha256:"+digest+" AS build", "WORKDIR /src", "COPY . .", "RUN make -C /src out=/out", "FROM scratch", "COPY --from=build /out /")
	testSuggestions(t, []suggestTest{
		{reason: "many files", project: project + "-- main.c --\n1\n", change: "-- main.c --\n2\n", many: 200},
		{reason: "few files", project: project + "-- main.c --\n1\n", change: "-- main.c --\n2\n"},
		{reason: "few files that took long", project: project + "-- main.c --\n1\n", change: "-- main.c --\n2\n", timings: "#1 [build 3/4] COPY . .\n#1 DONE 3.0s\n"},
		{reason: "somebody else than root", project: lines("FROM go:1@sha256:"+digest+" AS build", "USER me", "WORKDIR /src", "COPY . .", "RUN make -C /src out=/out", "FROM scratch", "COPY --from=build /out /") + "-- main.c --\n1\n", change: "-- main.c --\n2\n", many: 200},
		{reason: "the result stands in the mount", project: lines("FROM go:1@sha256:"+digest+" AS build", "WORKDIR /src", "COPY . .", "RUN make", "FROM scratch", "COPY --from=build /src/out /") + "-- main.c --\n1\n", change: "-- main.c --\n2\n", many: 200},
		{reason: "an install before it leaves something there", project: lines("FROM go:1@sha256:"+digest+" AS build", "WORKDIR /src", "COPY package.json .", "RUN npm ci", "COPY . .", "RUN make", "FROM scratch", "COPY --from=build /out /") + "-- package.json --\n-- main.c --\n1\n", change: "-- main.c --\n2\n", many: 200},
	})
}

func TestSplitRun(t *testing.T) {
	testSuggestions(t, []suggestTest{
		{reason: "the end of a chain changed", project: lines("FROM x:1@sha256:"+digest, "RUN --network=host apt-get install -y make && \\", "    # build", "    make one"), change: lines("FROM x:1@sha256:"+digest, "RUN --network=host apt-get install -y make && \\", "    # build", "    make two")},
	})
}

func TestPin(t *testing.T) {
	project, change := lines("FROM node:20", "RUN a", "RUN b"), lines("FROM  node:22\tAS x", "RUN a", "RUN b")
	testSuggestions(t, []suggestTest{
		{reason: "nobody knows the digest", project: project, change: change},
		{reason: "a log knows it", project: project, change: change, timings: "#1 [x 1/3] FROM docker.io/library/node:22@sha256:" + digest + "\n#1 DONE 3.0s\n#2 [x 2/3] RUN a\n#2 DONE 5.0s\n"},
	})
}
