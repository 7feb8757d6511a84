package whatif_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// repository makes a repository of commits, each of which writes files over those before.
func repository(t *testing.T, commits []map[string]string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	git := func(args ...string) {
		t.Helper()
		cmd := exec.Command("git", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null",
			"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.org", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.org")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %q: %v: %s", args, err, out)
		}
	}
	git("init", "-q", "-b", "main")
	for i, files := range commits {
		for name, text := range files {
			file := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		git("add", "-A")
		git("commit", "-q", "--allow-empty", "-m", fmt.Sprint(i))
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
