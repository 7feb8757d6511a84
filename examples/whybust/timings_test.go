package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/whybust/whybust/internal/gittest"
	"github.com/whybust/whybust/predict"
)

// TestTimingsAndSuggest: a log and a repository in, the costs and a patch out.
func TestTimingsAndSuggest(t *testing.T) {
	dir, git := gittest.Init(t)
	write := func(name, text string) { gittest.Write(t, dir, map[string]string{name: text}) }
	write("Dockerfile", "FROM node:20\nWORKDIR /app\nCOPY . .\nRUN npm ci\n")
	write(".dockerignore", ".git\n*.log\n")
	write("package.json", "{}")
	write("index.js", "1")
	git("add", "-A")
	git("commit", "-q", "-m", "1")
	write("index.js", "2")
	git("commit", "-q", "-a", "-m", "2")
	log := "#1 [3/4] COPY . .\n#1 DONE 2.0s\n#2 [4/4] RUN npm ci\n#2 DONE 61.5s\n"
	write("build.log", log)
	write("other.log", "hello\n")
	for _, tt := range []struct {
		args   string
		want   []string
		status int
	}{
		{"--timings build.log HEAD~1 HEAD", []string{"rebuilds 1m04s of 1m04s, by 1 measured build\n", "hint: "}, exitOK},
		{"--timings - --timings build.log HEAD~1 HEAD", []string{"by 2 measured builds\n"}, exitOK},
		{"--suggest --timings - HEAD~1 HEAD", []string{"\nsuggestion: copy package.json before", "\n+COPY package.json ./\n", "saves 1m02s: "}, exitOK},
		{"--suggest --format json HEAD~1 HEAD", []string{`"diff": "diff --git a/Dockerfile b/Dockerfile\n`}, exitOK},
		{"--suggest --timings - --format html HEAD~1 HEAD", []string{"rebuilds 1m04s of 1m04s", `"cost":"1m02s"`, `+COPY package.json ./`}, exitOK},
		{"--timings none.log HEAD~1 HEAD", []string{"none.log: no such file"}, exitError},
		{"--timings other.log HEAD~1 HEAD", []string{"other.log: no BuildKit progress in it"}, exitError},
		{"--timings . HEAD~1 HEAD", []string{"invalid argument"}, exitError},
		{"--timings - --timings - HEAD~1 HEAD", []string{"standard input can be read once"}, exitError},
		{"--suggest --all HEAD~1 HEAD", []string{"--suggest is about one image"}, exitError},
	} {
		var out, errs bytes.Buffer
		c := &command{stdin: strings.NewReader(log), stdout: &out, stderr: &errs, lookup: environment(nil), predict: predict.Run, details: predict.RunDetails}
		status := c.run(context.Background(), append([]string{"-C", dir}, strings.Fields(tt.args)...))
		if status != tt.status {
			t.Errorf("%s: status %d: %s", tt.args, status, errs.String())
		}
		for _, want := range tt.want {
			if !strings.Contains(out.String()+errs.String(), want) {
				t.Errorf("%s: no %q in\n%s%s", tt.args, want, out.String(), errs.String())
			}
		}
	}
}
