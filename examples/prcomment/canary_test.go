package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestCanary: values of build arguments are in no comment, nor in what is printed, nor in an error.
func TestCanary(t *testing.T) {
	const canary, rest = "canaryvalue", "aryvalue"
	for _, dockerfile := range []string{
		"ARG TAG\nFROM node:$TAG\nARG TOKEN\nENV T=${TOKEN#can}\nCOPY . /$TOKEN/${TOKEN#can}\nRUN npm ci && echo $TOKEN\n",
		"FROM node\nARG TOKEN\nCOPY . .\nRUN npm ci && npm run $TOKEN\n",
		"FROM node\nARG TOKEN\nCOPY ${TOKEN#can} /x\n",
		"FROM scratch\nARG TOKEN\nENV A=${U:?$TOKEN}\n",
		"ARG TAG\nFROM $TAG:a:b\n",
	} {
		dir := t.TempDir()
		git := func(args ...string) string {
			cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=t", "-c", "user.email=t@example.org"}, args...)...)
			cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_SYSTEM="+os.DevNull)
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("git %q: %v\n%s", args, err, out)
			}
			return strings.TrimSpace(string(out))
		}
		git("init", "-q", "-b", "main")
		var commits []string
		for _, content := range []string{"1", "2"} {
			for name, text := range map[string]string{"Dockerfile": dockerfile, "package.json": "{}", "src": content} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			git("add", ".")
			git("commit", "-q", "-m", content)
			commits = append(commits, git("rev-parse", "HEAD"))
		}
		h := play(t)
		for _, all := range []string{"", "--all"} {
			for _, posts := range []bool{true, false} {
				env := gitHubEnv(t, commits[0], commits[1])
				env["TOKEN"], env["AWS_SECRET_ACCESS_KEY"] = canary+"-a", canary
				args := []string{"-C", dir, "--api", h.URL, "--build-arg", "TOKEN", "--build-arg", "TAG=" + canary + "-b", "--suggest"}
				if all != "" {
					args[len(args)-1] = all
				}
				if !posts {
					delete(env, "GITHUB_TOKEN")
				}
				_, stdout, stderr, _ := run(t, env, args...)
				shown := stdout + stderr
				for _, c := range h.comments {
					shown += c["body"].(string)
				}
				if i := strings.Index(shown, rest); i >= 0 {
					t.Errorf("%q %s shows a value: %q", dockerfile, all, shown[max(0, i-100):min(len(shown), i+50)])
				}
			}
		}
	}
}
