package whatif_test

import (
	"fmt"
	"testing"

	"github.com/whybust/whybust/internal/gittest"
)

// repository makes a repository of commits, each of which writes files over those before.
func repository(t *testing.T, commits []map[string]string) (dir string) {
	t.Helper()
	dir, _ = gittest.Init(t)
	for i, files := range commits {
		gittest.Commit(t, dir, fmt.Sprint(i), files)
	}
	return dir
}

// early is a Dockerfile that copies everything before it installs.
const early = `FROM node:20
WORKDIR /app
COPY . .
RUN apt-get update && apt-get install -y make
RUN npm ci
RUN npm run build
`

// project has n builds after the first: every tenth changes the lock file, the others a source.
func project(n int) []map[string]string {
	commits := []map[string]string{{
		"Dockerfile": early, ".dockerignore": ".git\nDockerfile\n.dockerignore\n", "package.json": "{}", "package-lock.json": "0", "src/a.js": "0",
	}}
	for i := 1; i <= n; i++ {
		if i%10 == 0 {
			commits = append(commits, map[string]string{"package-lock.json": fmt.Sprint(i)})
		} else {
			commits = append(commits, map[string]string{"src/a.js": fmt.Sprint(i)})
		}
	}
	return commits
}
