package browser_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/examples/internal/explorer"
	"github.com/whybust/whybust/predict"
)

// build is one side of a fixture.
type build struct {
	dockerfile string
	files      map[string]string
	args       map[string]string
}

// writePage predicts between two builds and writes the page; it returns its address.
func writePage(t testing.TB, old, new build) string {
	t.Helper()
	return writeChanged(t, old, new, func(*predict.Prediction, *cachekey.Graph) {})
}

// writeChanged is writePage with something done to the prediction first.
func writeChanged(t testing.TB, old, new build, change func(p *predict.Prediction, new *cachekey.Graph)) string {
	t.Helper()
	g := replay(t, new)
	p, d, err := predict.CompareDetails(t.Context(), &predict.Cache{Builds: []*cachekey.Graph{replay(t, old)}}, g, nil)
	if err != nil {
		t.Fatal(err)
	}
	change(p, g)
	p.Before, p.After = predict.Revision{Revision: "v1.4.0", Commit: strings.Repeat("1", 40)}, predict.Revision{}
	page, err := explorer.New(p, d)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := explorer.Write(&out, page); err != nil {
		t.Fatal(err)
	}
	return save(t, out.Bytes())
}

// replay replays a build.
func replay(t testing.TB, b build) *cachekey.Graph {
	t.Helper()
	files := fstest.MapFS{}
	for name, data := range b.files {
		files[name] = &fstest.MapFile{Data: []byte(data)}
	}
	view := &buildcontext.View{Tree: buildcontext.FS(files)}
	g, err := cachekey.Replay(t.Context(), "Dockerfile", []byte(b.dockerfile), view, &cachekey.Options{BuildArgs: b.args})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// save makes a file of a page; it returns its address.
func save(t testing.TB, page []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(file, page, 0o666); err != nil {
		t.Fatal(err)
	}
	return "file://" + file
}

// shop is a service with a front end: seven stages, some sixty steps, and two thousand files.
func shop() (old, new build) {
	var d strings.Builder
	d.WriteString(`# syntax=docker/dockerfile:1
ARG NODE=22
FROM node:${NODE}-bookworm-slim AS node
ENV PNPM_HOME=/pnpm PATH=/pnpm:$PATH
RUN corepack enable
WORKDIR /src

FROM node AS manifests
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml ./
`)
	for i := range 12 {
		fmt.Fprintf(&d, "COPY packages/p%02d/package.json packages/p%02d/\n", i, i)
	}
	d.WriteString(`
FROM manifests AS deps
RUN --mount=type=cache,target=/pnpm/store \
    pnpm install --frozen-lockfile --prod

FROM manifests AS web
RUN --mount=type=cache,target=/pnpm/store pnpm install --frozen-lockfile
COPY . .
ARG GIT_SHA
ENV RELEASE=$GIT_SHA
`)
	for i := range 12 {
		fmt.Fprintf(&d, "RUN pnpm --filter p%02d build\n", i)
	}
	d.WriteString(`
FROM golang:1.26 AS api
WORKDIR /api
COPY api/go.mod api/go.sum ./
RUN go mod download
COPY api .
RUN go vet ./...
RUN go build -o /out/api ./cmd/api
RUN go build -o /out/worker ./cmd/worker

FROM scratch AS unused
COPY api /never

FROM debian:bookworm-slim AS fonts
RUN apt-get update && apt-get install -y --no-install-recommends fonts-dejavu fonts-noto && rm -rf /var/lib/apt/lists/*
COPY fonts /usr/share/fonts/shop

FROM node:22-bookworm-slim
LABEL org.opencontainers.image.title="shop"
RUN useradd --create-home shop
COPY --from=fonts /usr/share/fonts /usr/share/fonts
COPY --link --from=deps /src/node_modules /srv/node_modules
COPY --from=api /out/api /out/worker /srv/bin/
COPY --from=web /src/dist /srv/dist
RUN /srv/bin/api --selftest
USER shop
EXPOSE 8080
CMD ["/srv/bin/api"]
`)
	files := map[string]string{"package.json": "{}", "pnpm-lock.yaml": "1", "pnpm-workspace.yaml": "", "api/go.mod": "module api", "api/go.sum": "", "fonts/a.ttf": ""}
	for i := range 12 {
		files[fmt.Sprintf("packages/p%02d/package.json", i)] = "{}"
		for k := range 160 {
			files[fmt.Sprintf("packages/p%02d/src/module%03d.ts", i, k)] = "export {}"
		}
	}
	for k := range 60 {
		files[fmt.Sprintf("api/internal/part%02d/part.go", k)] = "package part"
	}
	changed := map[string]string{}
	for name, data := range files {
		changed[name] = data
	}
	changed["packages/p03/src/module007.ts"] = "export {x}"
	changed["packages/p03/src/added.ts"] = ""
	delete(changed, "packages/p11/src/module100.ts")
	old = build{d.String(), files, map[string]string{"GIT_SHA": "secret-old"}}
	new = build{strings.Replace(d.String(), "pnpm install --frozen-lockfile --prod", "pnpm install --frozen-lockfile --prod --ignore-scripts", 1), changed, map[string]string{"GIT_SHA": "secret-new"}}
	return old, new
}
