package suggest_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/whybust/whybust/predict"
	"github.com/whybust/whybust/predict/suggest"
)

// A commit that touches a source file loses an install.
func ExampleFor() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	commit := func(files map[string]string) {
		for name, text := range files {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
				log.Fatal(err)
			}
		}
		script := "git init -q; git add -A; git -c user.name=a -c user.email=a@example.org -c commit.gpgsign=false commit -q -m x"
		cmd := exec.Command("sh", "-c", script)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			log.Fatalf("%v: %s", err, out)
		}
	}
	commit(map[string]string{"Dockerfile": "FROM node:20\nWORKDIR /app\nCOPY . .\nRUN npm ci\n", "package.json": "{}", "index.js": "1"})
	commit(map[string]string{"index.js": "2"})

	list, err := suggest.For(context.Background(), &predict.Request{
		Dir: dir, NoGitDir: true, Before: predict.Side{Revision: "HEAD~1"}, After: predict.Side{Revision: "HEAD"},
	}, nil, nil)
	if err != nil {
		log.Fatal(err)
	}
	for _, s := range list {
		fmt.Print(s.Diff)
		fmt.Println("cached with it:", s.Saves.Cached)
		fmt.Println("if", s.DependsOn)
	}
	// Output:
	// diff --git a/Dockerfile b/Dockerfile
	// --- a/Dockerfile
	// +++ b/Dockerfile
	// @@ -1,4 +1,5 @@
	//  FROM node:20
	//  WORKDIR /app
	// -COPY . .
	// +COPY package.json ./
	//  RUN npm ci
	// +COPY . .
	// cached with it: [[3/5] COPY package.json ./ [4/5] RUN npm ci]
	// if [`npm ci` reads nothing of the project but package.json]
}
