package predict_test

import (
	"context"
	"fmt"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/dockerignore"
	"github.com/whybust/whybust/predict"
)

const digest = "@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

func TestHazards(t *testing.T) {
	pinned := "FROM alpine:3" + digest + "\n"
	node := fstest.MapFS{"package.json": {Data: []byte("{}")}, "package-lock.json": {Data: []byte("{}")}, "src/index.js": {}}
	for _, tt := range []struct {
		reason, dockerfile string
		files              fstest.MapFS
		ignore             string
		want               []string // kind line subject
	}{
		{reason: "a tag", dockerfile: "FROM alpine:3\nRUN a\n", want: []string{"unpinned-base 1 alpine:3"}},
		{reason: "a digest", dockerfile: pinned + "RUN a\n"},
		{reason: "a tag that a build argument hides", dockerfile: "ARG V=3\nFROM alpine:$V\nRUN a\n", want: []string{"unpinned-base 2 alpine:3"}},
		{reason: "one image in two stages is one step", dockerfile: "FROM alpine:3 AS a\nRUN a\nFROM alpine:3\nRUN b\nCOPY --from=a /x /\n",
			want: []string{"unpinned-base 1 alpine:3"}},
		{reason: "a stage that is not built", dockerfile: "FROM alpine:3 AS a\nRUN a\n" + pinned + "RUN b\n"},
		{reason: "a URL", dockerfile: pinned + "ADD https://example.org/a /a\n", want: []string{"unpinned-remote 2 ADD https://example.org/a /a"}},
		{reason: "a URL with its checksum", dockerfile: pinned + "ADD --checksum=sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb https://example.org/a /a\n"},
		{reason: "a repository at a commit", dockerfile: pinned + "ADD https://github.com/a/b.git#aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa /a\n"},
		{reason: "a repository at a branch", dockerfile: pinned + "ADD https://github.com/a/b.git#main /a\n",
			want: []string{"unpinned-remote 2 ADD https://github.com/a/b.git#main /a"}},
		{reason: ".git in a copy of all", dockerfile: pinned + "COPY . .\n", want: []string{"git-dir 2 COPY . ."}},
		{reason: ".git, ignored", dockerfile: pinned + "COPY . .\n", ignore: ".git\n"},
		{reason: ".git, which the build asks", dockerfile: pinned + "COPY . .\nRUN git describe --tags\n"},
		{reason: ".git is not in what is copied", dockerfile: pinned + "COPY src src\n", files: node},
		{reason: ".git, left out by the copy", dockerfile: pinned + "COPY --exclude=.git . .\n"},
		{reason: ".git through a wildcard", dockerfile: pinned + "COPY * ./\n", want: []string{"git-dir 2 COPY * ./"}},
		{reason: ".git through a mount: a tool may ask git", dockerfile: pinned + "RUN --mount=target=/s make\n"},
		{reason: "a copy of what is not there", dockerfile: pinned + "COPY bin/ bin/\n"},
		{reason: ".git without what is in it", dockerfile: pinned + "COPY . .\n", ignore: ".git/*\n"},
		{reason: "ARGs in one instruction", dockerfile: pinned + "ARG A=1 B=\"two words\" C\nRUN a\nRUN $A $words $C\n",
			want: []string{"early-arg 2 ARG A", "early-arg 2 ARG C"}},
		{reason: "a value over several lines", dockerfile: pinned + "ARG P=\"\\\n  curl \\\n  git\"\nRUN curl\nRUN git\nRUN $P\n", want: []string{"early-arg 2 ARG P"}},
		{reason: "an ARG that is used at once", dockerfile: pinned + "ARG V=1\nRUN echo $V\n"},
		{reason: "an ARG above another step", dockerfile: pinned + "ARG V=1\nRUN a\nWORKDIR /x\nRUN b\nRUN echo $V\n", want: []string{"early-arg 2 ARG V"}},
		{reason: "an ARG that nothing names and that does not pass", dockerfile: pinned + "ARG DEBIAN_FRONTEND=noninteractive\nRUN apt-get install -y x\n"},
		{reason: "an ARG that nothing names, of a commit", dockerfile: pinned + "ARG GIT_SHA\nRUN a\n", want: []string{"early-arg 2 ARG GIT_SHA"}},
		{reason: "an ARG that a label uses", dockerfile: pinned + "ARG GIT_SHA\nLABEL rev=$GIT_SHA\nRUN a\n"},
		{reason: "a proxy, which is in no key", dockerfile: pinned + "ARG HTTP_PROXY\nRUN a\nRUN echo $HTTP_PROXY\n"},
		{reason: "the platform", dockerfile: pinned + "ARG TARGETARCH\nRUN a\nRUN echo $TARGETARCH\n"},
		{reason: "an ARG of another stage", dockerfile: pinned + "ARG V=1\nFROM alpine:3" + digest + "\nRUN a\nRUN echo $V\n"},
		{reason: "all sources before an install", dockerfile: pinned + "WORKDIR /app\nCOPY . .\nRUN npm ci\n", files: node, ignore: ".git\n",
			want: []string{"copy-too-early 3 COPY . ."}},
		{reason: "the manifests first", dockerfile: pinned + "WORKDIR /app\nCOPY package*.json ./\nRUN npm ci\nCOPY . .\n", files: node, ignore: ".git\n"},
		{reason: "sources that the install reads", dockerfile: pinned + "WORKDIR /app\nCOPY . .\nRUN npm ci\n", ignore: ".git\n",
			files: fstest.MapFS{"package.json": {Data: []byte(`{"scripts": {"postinstall": "x"}}`)}}},
	} {
		if diff := cmp.Diff(tt.want, hazards(t, tt.dockerfile, tt.files, tt.ignore)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.reason, diff)
		}
	}
}

// hazards replays a Dockerfile over files with a .git beside them.
func hazards(t *testing.T, dockerfile string, files fstest.MapFS, ignore string) (got []string) {
	t.Helper()
	if files == nil {
		files = fstest.MapFS{"a": {}}
	}
	rules, err := dockerignore.Parse(".dockerignore", []byte(ignore))
	if err != nil {
		t.Fatal(err)
	}
	view := &buildcontext.View{Tree: buildcontext.WithGitDir(buildcontext.FS(files), "0123"), Rules: rules}
	g, err := cachekey.Replay(context.Background(), "Dockerfile", []byte(dockerfile), view, nil)
	if err != nil {
		t.Fatal(err)
	}
	found, err := predict.FindHazards(context.Background(), g)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range found {
		got = append(got, fmt.Sprintf("%s %d %s", h.Kind, h.Line, h.Subject))
		if h.File != "Dockerfile" || h.EndLine < h.Line || h.Text == "" {
			t.Errorf("%+v", h)
		}
	}
	return got
}
