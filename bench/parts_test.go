package bench_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/whybust/whybust/cachekey"
	"github.com/whybust/whybust/dockerignore"
	"github.com/whybust/whybust/internal/gitrepo"
	"github.com/whybust/whybust/internal/synth"
)

// ignoreFiles are of the kinds that cost differently: names alone, patterns
// for any directory, and exceptions, which forbid to pass over a directory.
var ignoreFiles = map[string]string{
	"names":      ".git\nnode_modules\ndist\nREADME.md\n",
	"anywhere":   "**/*_test.go\n**/testdata\n**/.*\n*.md\n",
	"exceptions": "*\n!module00*/**\n**/*_test.go\n!**/keep_test.go\n",
}

// BenchmarkRules decides about every path of a tree, as a walk does.
func BenchmarkRules(b *testing.B) {
	var paths [][]string
	for i := range 2000 {
		paths = append(paths, strings.Split(synth.Path(i), "/"))
	}
	for name, text := range ignoreFiles {
		rules, err := dockerignore.Parse(name, []byte(text))
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				for _, parts := range paths {
					dir := rules.Root()
					for i, part := range parts {
						_, dir, _ = dir.Child(part, i < len(parts)-1)
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(paths)), "ns/path")
		})
	}
}

func BenchmarkParseIgnoreFile(b *testing.B) {
	text := []byte(strings.Repeat(ignoreFiles["anywhere"], 5))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := dockerignore.Parse("f", text); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseTree(b *testing.B) {
	var data []byte
	for i := range 1000 {
		data = fmt.Appendf(data, "100644 file_%04d.go\x00%020d", i, i)
	}
	b.ReportAllocs()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := gitrepo.ParseTree(data, 20); err != nil {
			b.Fatal(err)
		}
	}
}

const dockerfile = `FROM golang:1.26 AS build
ARG VERSION=dev
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
RUN --mount=type=cache,target=/go/pkg/mod CGO_ENABLED=0 go build -ldflags "-X main.version=${VERSION}" -o /out/app ./cmd/app
FROM alpine:3.22
RUN apk add --no-cache ca-certificates
COPY --from=build /out/app /usr/local/bin/app
USER 1000:1000
ENTRYPOINT ["app"]
`

func BenchmarkReplay(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := cachekey.Replay(b.Context(), "Dockerfile", []byte(dockerfile), nil, nil); err != nil {
			b.Fatal(err)
		}
	}
}
