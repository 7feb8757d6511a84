package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/whybust/whybust/predict"
)

// TestCanary: values of build arguments are in no output, no error and no file of the cache.
func TestCanary(t *testing.T) {
	const canary, rest = "canaryvalue", "aryvalue"
	for _, tt := range []struct {
		dockerfile string
		fails      bool
	}{
		{"ARG TAG\nFROM node:$TAG\nARG TOKEN\nENV T=${TOKEN#can}\nCOPY . /$TOKEN/${TOKEN#can}\nRUN npm ci && echo $TOKEN\n", false},
		{"FROM node\nARG TOKEN\nCOPY ${TOKEN#can} /x\n", true},
		{"FROM scratch\nARG TOKEN\nENV A=${U:?$TOKEN}\n", true},
		{"ARG TAG\nFROM $TAG:a:b\n", true},
	} {
		dir, cache := t.TempDir(), t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "Dockerfile"), []byte(tt.dockerfile), 0o644); err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{{"init", "-q"}, {"add", "."}, {"commit", "-q", "-m", "x"}} {
			cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=t", "-c", "user.email=t@example.org"}, args...)...)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("git %q: %v\n%s", args, err, out)
			}
		}
		env := func(name string) (string, bool) { return canary + "-a", name == "TOKEN" }
		for _, format := range []string{"text", "json"} {
			var out bytes.Buffer
			args := []string{"-C", dir, "--cache-dir", cache, "--format", format, "--build-arg", "TOKEN", "--build-arg", "TAG=" + canary + "-b", "--no-git-dir", "HEAD"}
			err := run(context.Background(), &out, args, env, predict.Keys)
			if (err != nil) != tt.fails {
				t.Errorf("%q: %v", tt.dockerfile, err)
			}
			shown := out.String()
			if err != nil {
				shown = err.Error()
			}
			if strings.Contains(shown, rest) {
				t.Errorf("%q as %s shows a value: %q", tt.dockerfile, format, shown)
			}
		}
		files, err := filepath.Glob(cache + "/*")
		if err != nil || !tt.fails && len(files) == 0 {
			t.Errorf("no cache was written: %v", err)
		}
		for _, file := range files {
			if data, err := os.ReadFile(file); err != nil || bytes.Contains(data, []byte(rest)) {
				t.Errorf("%s holds a value (%v)", file, err)
			}
		}
	}
}
