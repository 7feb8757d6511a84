package predict_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"testing/fstest"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/predict"
)

// Two graphs are compared without a repository.
func ExampleCompare() {
	const dockerfile = "FROM node:20\nWORKDIR /app\nCOPY package.json .\nRUN npm install\nCOPY src src\n"
	replay := func(source string) *cachekey.Graph {
		files := fstest.MapFS{"package.json": {Data: []byte("{}")}, "src/index.js": {Data: []byte(source)}}
		view := &buildcontext.View{Tree: buildcontext.FS(files)}
		g, err := cachekey.Replay(context.Background(), "Dockerfile", []byte(dockerfile), view, nil)
		if err != nil {
			log.Fatal(err)
		}
		return g
	}
	p, err := predict.Compare(context.Background(), replay("one()"), replay("two()"))
	if err != nil {
		log.Fatal(err)
	}
	for _, step := range p.Steps {
		fmt.Println(step.Status, step.Name)
		for _, cause := range step.Causes {
			fmt.Println("    ", cause.Kind, cause.Change, cause.Path)
		}
	}
	// Output:
	// hit [1/5] FROM docker.io/library/node:20
	// hit [2/5] WORKDIR /app
	// hit [3/5] COPY package.json .
	// hit [4/5] RUN npm install
	// miss [5/5] COPY src src
	//      file modified src/index.js
}

// What changed between two commits is named with its place.
func ExampleRun() {
	dir := exampleRepository(
		map[string]string{"Dockerfile": "FROM alpine\nARG VERSION=1\nRUN make\n"},
		map[string]string{"Dockerfile": "FROM alpine\nARG VERSION=2\nRUN make\n"},
	)
	defer os.RemoveAll(dir)

	p, err := predict.Run(context.Background(), &predict.Request{
		Dir:    dir,
		Before: predict.Side{Revision: "HEAD~1"},
		After:  predict.Side{Revision: "HEAD"},
	})
	if err != nil {
		log.Fatal(err)
	}
	step := p.Steps[*p.First]
	fmt.Println(p.Verdict, "at", step.Name)
	for _, c := range step.Causes {
		fmt.Printf("%s:%d: %s %s %s: %s to %s\n", c.File, c.Line, c.Kind, c.Name, c.Change, c.Before, c.After)
	}
	// Output:
	// miss at [2/2] RUN make
	// Dockerfile:2: arg VERSION modified: 1 to 2
}

// The details say what a step's key is made of, and which files it takes.
func ExampleRunDetails() {
	dir := exampleRepository(
		map[string]string{"Dockerfile": "FROM alpine\nARG VERSION=1\nCOPY . .\nRUN make\n", "a.c": "1", "b.c": "1"},
		map[string]string{"Dockerfile": "FROM alpine\nARG VERSION=2\nCOPY . .\nRUN make\n", "b.c": "2"},
	)
	defer os.RemoveAll(dir)

	p, d, err := predict.RunDetails(context.Background(), &predict.Request{
		Dir: dir, NoGitDir: true,
		Before: predict.Side{Revision: "HEAD~1"},
		After:  predict.Side{Revision: "HEAD"},
	}, nil)
	if err != nil {
		log.Fatal(err)
	}
	for i, step := range d.Steps {
		fmt.Println(p.Steps[i].Status, step.Text)
		for _, f := range step.Fields {
			if f.Change != "" {
				fmt.Println("     key:", f.Label, f.Name, f.Before, "to", f.After)
			}
		}
		for _, in := range step.Inputs {
			if in.Files != nil {
				for _, f := range in.Files.Files {
					fmt.Printf("     takes: %s %q\n", f.Path, f.Change)
				}
			}
		}
	}
	// Output:
	// hit FROM alpine
	// miss COPY . .
	//      takes: Dockerfile "modified"
	//      takes: b.c "modified"
	//      takes: a.c ""
	// miss RUN make
	//      key: env VERSION 1 to 2
}

// A key stays as it is until something changes that the step depends on.
func ExampleKeys() {
	dir := exampleRepository(
		map[string]string{"Dockerfile": "FROM alpine\nCOPY a .\nCOPY b .\n", "a": "1", "b": "1", "README": "1"},
		map[string]string{"b": "2", "README": "2"},
	)
	defer os.RemoveAll(dir)

	keys := func(revision string) []predict.StepKey {
		keys, err := predict.Keys(context.Background(), &predict.KeysRequest{Dir: dir, Side: predict.Side{Revision: revision}})
		if err != nil {
			log.Fatal(err)
		}
		return keys
	}
	before, after := keys("HEAD~1"), keys("HEAD")
	for i, k := range after {
		fmt.Println(k.Key == before[i].Key, k.Name)
	}
	fmt.Println(after[1].Key)
	// Output:
	// true [1/3] FROM docker.io/library/alpine:latest
	// true [2/3] COPY a .
	// false [3/3] COPY b .
	// aa17a6a924ee53a2e9bc0454e70685256304d3067237b5716edc14007482004b
}

// exampleRepository makes a repository with a commit for each set of files.
func exampleRepository(commits ...map[string]string) string {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	git := func(args ...string) {
		cmd := exec.Command("git", append([]string{"-c", "user.name=a", "-c", "user.email=a@b"}, args...)...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			log.Fatalf("%v: %s", err, bytes.TrimSpace(out))
		}
	}
	git("init", "-q")
	for _, files := range commits {
		for name, content := range files {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
				log.Fatal(err)
			}
		}
		git("add", "-A")
		git("commit", "-q", "-m", "x")
	}
	return dir
}
