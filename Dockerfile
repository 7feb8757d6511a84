# The command in an image of its own, with the git that it asks about revisions:
#   docker build -t whybust .
#   docker run --rm -u "$(id -u):$(id -g)" -v "$PWD:/repo:ro" whybust HEAD~1 HEAD
FROM --platform=$BUILDPLATFORM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
ARG TARGETOS TARGETARCH
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -ldflags=-s -o /out/whybust ./examples/whybust

FROM alpine:3.22
RUN apk add --no-cache git
COPY --link --from=build /out/whybust /usr/local/bin/whybust
WORKDIR /repo
ENTRYPOINT ["whybust"]
