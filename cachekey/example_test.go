package cachekey_test

import (
	"context"
	"fmt"
	"log"
	"testing/fstest"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
)

const greeter = `FROM alpine:3.20 AS build
WORKDIR /src
COPY *.txt .
ARG GREETING=hello
RUN cat *.txt > /greeting

FROM scratch
COPY --from=build /greeting /
`

func ExampleReplay() {
	files := fstest.MapFS{"world.txt": {Data: []byte("world")}}
	view := &buildcontext.View{Tree: buildcontext.FS(files)}
	g, err := cachekey.Replay(context.Background(), "Dockerfile", []byte(greeter), view, nil)
	if err != nil {
		log.Fatal(err)
	}
	for _, st := range g.Steps {
		fmt.Printf("line %d: %s\n", st.Line, st.Name)
	}
	fmt.Println(g.Notes[0].Text)
	// Output:
	// line 1: [build 1/4] FROM docker.io/library/alpine:3.20
	// line 2: [build 2/4] WORKDIR /src
	// line 3: [build 3/4] COPY *.txt .
	// line 5: [build 4/4] RUN cat *.txt > /greeting
	// line 8: [stage-1 1/1] COPY --from=build /greeting /
	// docker.io/library/alpine:3.20 is a tag: what it points to is taken to stay the same; a digest would pin it
}

// A change of a file moves the keys of the step that takes it and of those that follow.
func ExampleKeys() {
	keys := func(content string) []cachekey.Key {
		files := fstest.MapFS{"world.txt": {Data: []byte(content)}}
		view := &buildcontext.View{Tree: buildcontext.FS(files)}
		g, err := cachekey.Replay(context.Background(), "Dockerfile", []byte(greeter), view, nil)
		if err != nil {
			log.Fatal(err)
		}
		keys, err := cachekey.Keys(context.Background(), g, nil)
		if err != nil {
			log.Fatal(err)
		}
		return keys
	}
	before, after := keys("world"), keys("World")
	for i := range after {
		fmt.Println(before[i].Sum == after[i].Sum, after[i].Step.Name)
	}
	// Output:
	// true [build 1/4] FROM docker.io/library/alpine:3.20
	// true [build 2/4] WORKDIR /src
	// false [build 3/4] COPY *.txt .
	// false [build 4/4] RUN cat *.txt > /greeting
	// false [stage-1 1/1] COPY --from=build /greeting /
}

// A key tells what it hashes. The values of build arguments are hashed too, and
// not shown.
func ExampleKey_Explain() {
	image := func(string, string) (*cachekey.Image, error) {
		return &cachekey.Image{Config: &cachekey.ImageConfig{}}, nil
	}
	g, err := cachekey.Replay(context.Background(), "Dockerfile", []byte(greeter), nil, &cachekey.Options{
		Target: "build", BuildArgs: map[string]string{"GREETING": "secret"}, Image: image,
	})
	if err != nil {
		log.Fatal(err)
	}
	keys, err := cachekey.Keys(context.Background(), g, nil)
	if err != nil {
		log.Fatal(err)
	}
	run := keys[len(keys)-1]
	fmt.Println(run.Sum)
	fmt.Print(run.Explain())
	// Output:
	// cf03528461df8947e7b98c5323677579f6812d08751a46ced7ca350ac094eda9
	// version: "whybust key v1"
	// operation: "exec"
	// command: "/bin/sh" "-c" "cat *.txt > /greeting" (line 5)
	// env PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
	// env GREETING: (not shown) (line 4)
	// cwd: "/src" (line 2)
	// user: ""
	// platform: "linux/amd64" (line 1)
	// hostname: ""
	// network: "" (line 5)
	// security: "sandbox" (line 5)
	// kind: "exec on root"
	// input root: "2468d0eb61dd854202820c6f30ef646155b82f7282fad8d2c18ac5350c9da5ab"
	// selection: "/"
}
