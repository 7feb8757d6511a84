// Package sample holds predictions made by hand, for the golden files of the
// renderings and for the tests of their parts.
package sample

import (
	"fmt"

	"github.com/whybust/whybust/predict"
)

// Sample is a prediction made by hand, and why it is worth a look.
type Sample struct {
	Name, Reason string
	Prediction   *predict.Prediction
}

// All are what the golden files in testdata show. Their predictions also
// go through the JSON schema, so every kind of cause, change, note and hint
// should stand in one of them.
func All() []Sample {
	return []Sample{
		{"single-stage", "a file of one stage has no stage name", Prediction(
			Hit("", 1, 6, "FROM docker.io/library/node:20@sha256:5f4d", 1),
			Hit("", 2, 6, "WORKDIR /app", 2),
			Hit("", 3, 6, "COPY package.json package-lock.json ./", 3),
			Hit("", 4, 6, "RUN npm ci", 4),
			Miss("", 5, 6, "COPY . .", 5, File(predict.Modified, "src/index.js")),
			Miss("", 6, 6, "RUN npm run build", 6, Parent(4)),
		)},
		{"multi-stage", "the cascade crosses stages and stays one line; config, hints and notes come last", MultiStage()},
		{"many-files", "ten files at most, and a count", Prediction(
			Hit("", 1, 3, "FROM docker.io/library/alpine:3", 1),
			Miss("", 2, 3, "COPY . /srv", 2, manyFiles()...),
			Miss("", 3, 3, "RUN find /srv", 3, Parent(1)),
		)},
		{"all-hit", "one clear line", Prediction(
			Hit("", 1, 2, "FROM docker.io/library/alpine:3", 1),
			Hit("", 2, 2, "RUN true", 2),
		)},
		{"no-steps", "FROM scratch with metadata alone has no steps", Prediction()},
		{"may-hit", "nothing misses for sure", MayHit()},
		{"miss-and-may-hit", "a stage that re-runs, and a copy from it", missAndMayHit()},
		{"git-dir", ".git makes every commit a miss, and the real change stands beside it", Prediction(
			Hit("", 1, 2, "FROM docker.io/library/golang:1.26", 1),
			Miss("", 2, 2, "COPY . .", 2, predict.Cause{Kind: predict.CauseGitDir, Change: predict.Modified, Path: ".git"},
				File(predict.Modified, "main.go")),
		)},
		{"hidden", "a follower that would have missed anyway says so", Prediction(
			Hit("builder", 1, 5, "FROM docker.io/library/node:20", 1),
			Miss("builder", 2, 5, "COPY package.json ./", 2, File(predict.Modified, "package.json")),
			Miss("builder", 3, 5, "RUN npm install", 3, Parent(1)),
			Miss("builder", 4, 5, "COPY . .", 4, File(predict.Modified, "package.json"), File(predict.Added, "src/a.js"),
				File(predict.Added, "src/b.js"), File(predict.Removed, "src/c.js"), File(predict.Modified, "src/d.js"), Parent(2)),
			Miss("builder", 5, 5, "RUN npm run build -- --mode $MODE", 6,
				predict.Cause{Kind: predict.CauseArg, Change: predict.Modified, Name: "MODE", Before: "dev", After: "production", File: "Dockerfile", Line: 5}, Parent(3)),
		)},
		{"two-busts", "two stages miss by themselves", Prediction(
			Hit("api", 1, 3, "FROM docker.io/library/golang:1.26", 1),
			Miss("api", 2, 3, "COPY api ./api", 2, File(predict.Modified, "api/main.go")),
			Miss("api", 3, 3, "RUN go build ./api", 3, Parent(1)),
			Hit("web", 1, 3, "FROM docker.io/library/node:20", 5),
			Miss("web", 2, 3, "COPY web ./web", 6, File(predict.Modified, "web/index.html")),
			Miss("web", 3, 3, "RUN npm run build", 7, Parent(4)),
		)},
		{"instruction", "a long instruction is cut around the difference", Prediction(
			Hit("", 1, 2, "FROM docker.io/library/debian:13", 1),
			Miss("", 2, 2, longRUN("cmake"), 2, predict.Cause{Kind: predict.CauseInstruction, Change: predict.Modified,
				Before: longRUN("make"), After: longRUN("cmake"), File: "Dockerfile", Line: 2}),
		)},
		{"every-cause", "the words for each kind of cause", everyCause()},
		{"cost", "what is rebuilt takes time, and a patch would have saved some of it", cost()},
		{"cache-min", "a runner that imports a cache has keys without results", cacheMin()},
		{"hostile", "what a repository can put into names never reaches the terminal as it is", hostile()},
	}
}

func cacheMin() *predict.Prediction {
	notExported := func(mode predict.CacheMode, step int) predict.Cause {
		return predict.Cause{Kind: predict.CauseNotExported, Name: string(mode), Step: &step}
	}
	maybe := func(n int, text string, causes ...predict.Cause) predict.Step {
		s := Miss("other", n, 4, text, 10+n, causes...)
		s.Status = predict.MayHit
		return s
	}
	p := Prediction(
		Hit("build", 1, 4, "FROM docker.io/library/node:20", 1),
		Miss("build", 2, 4, "COPY package.json ./", 2, notExported(predict.CacheMin, 3)),
		Miss("build", 3, 4, "RUN npm ci", 3, notExported(predict.CacheMin, 3)),
		Miss("build", 4, 4, "COPY . .", 4, File(predict.Modified, "src/a.js")),
		Hit("other", 1, 4, "FROM docker.io/library/node:20", 10),
		maybe(2, "RUN one", notExported(predict.CacheMin, 6)),
		maybe(3, "RUN two", predict.Cause{Kind: predict.CauseImports}, predict.Cause{Kind: predict.CauseRehash, File: "Dockerfile", Line: 4}),
		Miss("other", 4, 4, "RUN three", 14, predict.Cause{Kind: predict.CauseNoCache}),
	)
	for i := range 5 {
		p.Cached = append(p.Cached, predict.Revision{Revision: "v" + string(rune('1'+i))})
	}
	one := 1
	p.Steps[1].Build = &one
	return p
}

// Prediction is one of the given steps, with the verdict that follows from them.
func Prediction(steps ...predict.Step) *predict.Prediction {
	p := &predict.Prediction{
		Schema:     predict.Schema,
		Before:     predict.Revision{Revision: "HEAD~1", Commit: "3f0c1d2e4b5a69788796a5b4c3d2e1f00f1e2d3c"},
		After:      predict.Revision{Revision: "HEAD", Commit: "90ab12cd34ef56789a0bc1d2e3f405162738495a"},
		Dockerfile: "Dockerfile",
		IgnoreFile: ".dockerignore",
		Platform:   "linux/amd64",
		Verdict:    predict.Hit,
		Steps:      steps,
		Config:     []predict.ConfigChange{},
		Notes:      []predict.Note{},
		Hints:      []predict.Hint{},
	}
	if steps == nil {
		p.Steps = []predict.Step{}
	}
	for i, s := range steps {
		switch {
		case s.Status == predict.Miss:
			p.Verdict = predict.Miss
			if p.First == nil {
				p.First = &i
			}
		case s.Status == predict.MayHit && p.Verdict == predict.Hit:
			p.Verdict = predict.MayHit
		}
	}
	return p
}

// Step is one step; stage is empty in a file of one stage.
func Step(status predict.Status, stage string, n, of int, text string, line int, causes ...predict.Cause) predict.Step {
	name := fmt.Sprintf("[%d/%d] %s", n, of, text)
	if stage != "" {
		name = "[" + stage + " " + name[1:]
	}
	var instruction string
	fmt.Sscan(text, &instruction)
	if causes == nil {
		causes = []predict.Cause{}
	}
	return predict.Step{Stage: stage, Step: n, Of: of, Name: name, Instruction: instruction,
		Line: line, EndLine: line, Status: status, Causes: causes}
}

// Hit is a cached step.
func Hit(stage string, n, of int, text string, line int) predict.Step {
	return Step(predict.Hit, stage, n, of, text, line)
}

// Miss is a step that runs again.
func Miss(stage string, n, of int, text string, line int, causes ...predict.Cause) predict.Step {
	return Step(predict.Miss, stage, n, of, text, line, causes...)
}

// File is a changed file as a cause.
func File(change predict.Change, path string) predict.Cause {
	return predict.Cause{Kind: predict.CauseFile, Change: change, Path: path}
}

// Parent is a step that missed before this one, as a cause.
func Parent(step int) predict.Cause { return predict.Cause{Kind: predict.CauseParent, Step: &step} }

// Output is a stage that is re-run at a step, as a cause.
func Output(stage string, step int) predict.Cause {
	return predict.Cause{Kind: predict.CauseStageOutput, Change: predict.Unknown, Name: stage, Step: &step}
}

// MultiStage is a cascade across two stages, with all that stands below one.
func MultiStage() *predict.Prediction {
	p := Prediction(
		Hit("builder", 1, 6, "FROM docker.io/library/node:20", 1),
		Hit("builder", 2, 6, "WORKDIR /app", 2),
		Hit("builder", 3, 6, "COPY package.json package-lock.json ./", 3),
		Miss("builder", 4, 6, "COPY . .", 5, File(predict.Modified, "README.md"), File(predict.Modified, "src/index.js"), File(predict.Added, "src/util.js")),
		Miss("builder", 5, 6, "RUN npm ci", 6, Parent(3)),
		Miss("builder", 6, 6, "RUN npm run build", 7, Parent(4)),
		Hit("stage-1", 1, 4, "FROM docker.io/library/nginx:1.29", 9),
		Hit("stage-1", 2, 4, "RUN adduser -D web", 10),
		Miss("stage-1", 3, 4, "COPY --from=builder /app/dist /usr/share/nginx/html", 11, Output("builder", 5)),
		Miss("stage-1", 4, 4, "RUN nginx -t", 12, Parent(8)),
	)
	p.Config = []predict.ConfigChange{
		{Line: 13, Text: "LABEL version=2", Change: predict.Modified},
		{Line: 14, Text: "EXPOSE 8080", Change: predict.Added},
		{Line: 0, Text: "HEALTHCHECK NONE", Change: predict.Removed},
	}
	p.Hints = []predict.Hint{
		{Kind: "copy-too-early", Step: 4, File: "Dockerfile", Line: 5,
			Text: "npm ci reads only package.json and package-lock.json, which did not change: put COPY . . after it"},
		{Kind: "ignore-file", Step: 3, File: ".dockerignore",
			Text: "README.md is not needed by the build: a line README.md keeps it out of the context"},
	}
	p.Notes = []predict.Note{
		{Kind: "floating-tag", File: "Dockerfile", Line: 1, Text: "node:20 is a tag: if it was moved since the old build, every step of builder misses"},
		{Kind: "base-config", File: "Dockerfile", Line: 9, Text: "the configuration of nginx:1.29 is not known"},
	}
	return p
}

// MayHit is a prediction in which nothing misses for sure.
func MayHit() *predict.Prediction {
	p := Prediction(
		Hit("", 1, 3, "FROM docker.io/library/alpine:3", 1),
		Step(predict.MayHit, "", 2, 3, "ADD https://example.org/latest.tar.gz /opt/", 2,
			predict.Cause{Kind: predict.CauseRemote, Change: predict.Unknown, Name: "https://example.org/latest.tar.gz", File: "Dockerfile", Line: 2}),
		Step(predict.MayHit, "", 3, 3, "RUN tar -xf /opt/latest.tar.gz", 3, Parent(1)),
	)
	p.After = predict.Revision{}
	p.Notes = []predict.Note{{Kind: "remote-source", File: "Dockerfile", Line: 2, Text: "the bytes behind the URL are not in the repository"}}
	return p
}

func missAndMayHit() *predict.Prediction {
	return Prediction(
		Hit("builder", 1, 3, "FROM docker.io/library/golang:1.26", 1),
		Miss("builder", 2, 3, "COPY *.go ./", 2, File(predict.Modified, "main.go")),
		Miss("builder", 3, 3, "RUN go build -o /out/app .", 3, Parent(1)),
		Step(predict.MayHit, "stage-1", 1, 2, "COPY --from=builder /out/app /app", 6, Output("builder", 2)),
		Step(predict.MayHit, "stage-1", 2, 2, "RUN /app --selftest", 7, Parent(3)),
	)
}

func manyFiles() []predict.Cause {
	var causes []predict.Cause
	for i := range 24 {
		causes = append(causes, File([]predict.Change{predict.Modified, predict.Modified, predict.Added}[i%3], fmt.Sprintf("docs/chapter-%02d.md", i+1)))
	}
	return append(causes, File(predict.Mode, "run.sh"))
}

func longRUN(tool string) string {
	return "RUN apt-get update && apt-get install -y --no-install-recommends build-essential ca-certificates curl git " +
		tool + " pkg-config libssl-dev && rm -rf /var/lib/apt/lists/*"
}

func everyCause() *predict.Prediction {
	at := func(c predict.Cause, line int) predict.Cause {
		c.File, c.Line = "Dockerfile", line
		return c
	}
	p := Prediction(
		Miss("", 1, 2, "RUN make", 10,
			File(predict.Added, "a.c"), File(predict.Removed, "b.c"), File(predict.Modified, "c.c"),
			predict.Cause{Kind: predict.CauseFile, Change: predict.Mode, Path: "d.sh", Before: "0644", After: "0755"},
			predict.Cause{Kind: predict.CauseFile, Change: predict.Type, Path: "e", Before: "file", After: "directory"},
			predict.Cause{Kind: predict.CauseFile, Change: predict.Link, Path: "f", Before: "a.c", After: "c.c"},
			predict.Cause{Kind: predict.CauseIgnoreRule, Change: predict.Added, Path: "g.log", File: ".dockerignore", Line: 3},
			predict.Cause{Kind: predict.CauseIgnoreRule, Change: predict.Removed, Path: "h.log", File: ".dockerignore", Line: 4},
			at(predict.Cause{Kind: predict.CauseInstruction, Change: predict.Modified, Before: "make  all", After: "make all"}, 10),
			at(predict.Cause{Kind: predict.CauseArg, Change: predict.Modified, Name: "GIT_SHA"}, 4),
			at(predict.Cause{Kind: predict.CauseArg, Change: predict.Added, Name: "MODE", After: "dev"}, 5),
			predict.Cause{Kind: predict.CauseArg, Change: predict.Removed, Name: "OLD", Before: "1"},
			at(predict.Cause{Kind: predict.CauseEnv, Change: predict.Modified, Name: "PATH", Before: "/bin", After: "/sbin:/bin"}, 6),
			at(predict.Cause{Kind: predict.CauseEnv, Change: predict.Moved, Name: "HOME"}, 7),
			at(predict.Cause{Kind: predict.CauseWorkdir, Change: predict.Modified, Before: "/a", After: "/b"}, 8),
			at(predict.Cause{Kind: predict.CauseUser, Change: predict.Modified, Before: "root", After: "app"}, 9),
			predict.Cause{Kind: predict.CauseShell, Change: predict.Modified, Before: "/bin/sh -c", After: "/bin/bash -c"},
			at(predict.Cause{Kind: predict.CauseBase, Change: predict.Modified, Before: "alpine:3", After: "alpine:edge"}, 1),
			predict.Cause{Kind: predict.CauseMount, Change: predict.Added, Name: "/root/.cache"},
			predict.Cause{Kind: predict.CauseOption, Change: predict.Modified, Name: "--network", Before: "default", After: "none"},
			predict.Cause{Kind: predict.CausePlatform, Change: predict.Modified, Before: "linux/amd64", After: "linux/arm64"},
			predict.Cause{Kind: predict.CauseGitDir, Change: predict.Modified, Path: ".git"},
			predict.Cause{Kind: predict.CauseRemote, Change: predict.Modified, Name: "https://example.org/a", Before: "sha256:1", After: "sha256:2"},
			predict.Cause{Kind: predict.CauseFrontend, Change: predict.Modified, Before: "docker/dockerfile:1", After: "docker/dockerfile:1.20"},
			predict.Cause{Kind: predict.CauseFile, Change: predict.Owner, Path: "i"},
		),
		Miss("", 2, 2, "RUN make check", 11, predict.Cause{Kind: predict.CauseNewStep, Change: predict.Added}, Parent(0)),
	)
	for _, kind := range []string{"remote-source", "missing-source", "git-dir", "syntax", "platform", "submodule", "attributes", "sparse", "unpinned"} {
		p.Notes = append(p.Notes, predict.Note{Kind: kind, Text: "a note of kind " + kind})
	}
	for _, kind := range []string{"instruction-text", "heavy-directory", "unpinned-base", "volatile-arg"} {
		p.Hints = append(p.Hints, predict.Hint{Kind: kind, Text: "a hint of kind " + kind})
	}
	return p
}

// Nasty holds an escape sequence, a newline, a bidirectional override, characters that show as
// nothing, and a byte that is no UTF-8.
const Nasty = "\x1b[2J\n\u202egnp\u2066\u200b\ufe0f\u3164\x7f\u009b\xff"

func hostile() *predict.Prediction {
	p := Prediction(Miss(Nasty, 1, 1, "COPY "+Nasty+" .", 1,
		File(predict.Added, Nasty), File(predict.Added, " outer blanks "), File(predict.Added, `back\slash "quoted" 日本語 é 🎉`),
		predict.Cause{Kind: predict.CauseArg, Name: Nasty, Before: Nasty, After: "b" + Nasty},
		predict.Cause{Kind: predict.CauseInstruction, Before: Nasty, After: "b" + Nasty, File: Nasty, Line: 1},
		predict.Cause{Kind: predict.CauseRemote, Name: Nasty},
		predict.Cause{Kind: predict.CauseStageOutput, Name: Nasty}))
	p.Before.Revision, p.Dockerfile, p.Target = Nasty, Nasty, Nasty
	p.Config = []predict.ConfigChange{{Line: 1, Text: Nasty, Change: predict.Added}}
	p.Notes = []predict.Note{{Kind: "syntax", File: Nasty, Text: Nasty}}
	p.Hints = []predict.Hint{{Kind: "ignore-file", File: Nasty, Text: Nasty}}
	return p
}

// cost is a prediction with measured steps, one of which was never measured, and with patches.
func cost() *predict.Prediction {
	p := Prediction(
		Hit("build", 1, 4, "FROM docker.io/library/node:20", 1),
		Miss("build", 2, 4, "COPY . .", 2, File(predict.Modified, "src/index.js")),
		Miss("build", 3, 4, "RUN npm ci", 3, Parent(1)),
		Miss("build", 4, 4, "RUN npm run build", 4, Parent(2)),
		Hit("docs", 1, 2, "RUN mkdocs build", 6),
		Step(predict.MayHit, "stage-2", 2, 2, "COPY --from=build /app/dist /dist", 9, Output("build", 3)),
	)
	for i, ms := range map[int]int64{0: 3000, 1: 1500, 2: 192400, 3: 58000, 4: 46000} {
		p.Steps[i].Duration = &ms
	}
	p.Cost = &predict.Cost{
		Runs: 3, Total: 300900, Rebuilt: 251900, RebuiltAtMost: 251900, CriticalTotal: 254900, Critical: 251900, CriticalAtMost: 251900,
		CriticalSteps: []int{1, 2, 3}, Unmeasured: []int{5},
	}
	text := "copy package.json before `npm ci` (line 3) and the rest after it: this change does not touch it"
	p.Hints = append(p.Hints, predict.Hint{Kind: "copy-too-early", Step: 2, File: "Dockerfile", Line: 2, Text: text})
	saved := int64(192400)
	p.Suggestions = []predict.Suggestion{{
		Kind: "copy-too-early", Step: 2, Text: text,
		Diff: "diff --git a/Dockerfile b/Dockerfile\n--- a/Dockerfile\n+++ b/Dockerfile\n@@ -1,4 +1,5 @@\n FROM node:20 AS build\n-COPY . .\n" +
			"+COPY package.json ./\n RUN npm ci\n+COPY . .\n RUN npm run build\n",
		Saves:     predict.Saves{Cached: []string{"[build 2/5] COPY package.json ./", "[build 3/5] RUN npm ci"}, Rebuilt: 3, RebuiltWith: 2, Time: &saved},
		DependsOn: []string{"`npm ci` reads nothing of the project but package.json"},
	}, {
		Kind: "unpinned-base", Step: 0, Text: "node:20 can come to mean another image without an edit here, and the 3 steps on it miss: node:20@sha256:... pins it",
		Saves: predict.Saves{Cached: []string{}}, DependsOn: []string{}, Missing: "the digest of node:20: give the log of a build that loaded it with --timings",
	}}
	return p
}

// Filled is a prediction in which a and b stand in every place that a repository can
// fill, and n in every number.
func Filled(a, b string, n int) *predict.Prediction {
	p := Prediction(
		Step(predict.MayHit, a, n, n, b, n, predict.Cause{Kind: predict.CauseKind(b), Name: a, Path: b, Step: &n}),
		Miss(a, n, n, b, n, predict.Cause{Kind: predict.CauseInstruction, Before: a, After: b, File: a, Line: n}),
		Miss(a, n, n, b, n, File(predict.Change(a), b), predict.Cause{Kind: predict.CauseIgnoreRule, Path: a, File: b, Context: b},
			predict.Cause{Kind: predict.CauseContext, Context: a}, predict.Cause{Kind: predict.CauseRemote, Context: a}, predict.Cause{Kind: predict.CauseBase, Context: b},
			predict.Cause{Kind: predict.CauseArg, Name: b, Before: a, After: b}, Parent(n), Output(a, n)),
	)
	p.Steps[0].Name = a
	p.Before = predict.Revision{Revision: a, Commit: b}
	p.Dockerfile = b
	p.Config = []predict.ConfigChange{{Line: n, Text: a, Change: predict.Change(b)}}
	p.Notes = []predict.Note{{File: a, Line: n, Text: b}, {Text: "words before `" + a + "` and " + b + ", after"}}
	p.Hints = []predict.Hint{{File: b, Line: n, Text: a}}
	p.Cost = &predict.Cost{Runs: 1, Total: 5000, Rebuilt: 3000, RebuiltAtMost: 4000, Unmeasured: []int{0, n}}
	p.Suggestions = []predict.Suggestion{
		{Kind: a, Text: b, Diff: "--- a\n-" + a + "\n+" + b, Saves: predict.Saves{Cached: []string{a}, When: b}, DependsOn: []string{a, b}},
		{Text: a, Missing: b},
	}
	return p
}

// Hazards are one of each kind, two alike, and one from a file with a telling name.
func Hazards() []predict.Hazard {
	const file = "services/a b#1/Dockerfile"
	return []predict.Hazard{
		{Kind: predict.HazardUnpinnedBase, File: file, Line: 1, EndLine: 1, Stage: "builder", Subject: "node:20", Text: "node:20 is a tag: when it comes to mean another image, the 5 steps on it miss; node:20@sha256:... pins it"},
		{Kind: predict.HazardEarlyArg, File: file, Line: 2, EndLine: 2, Stage: "builder", Subject: "ARG GIT_SHA", Text: "ARG GIT_SHA is part of the key of 3 RUNs that do not use it: below line 9 it would cost them nothing"},
		{Kind: predict.HazardGitDir, File: file, Line: 4, EndLine: 5, Stage: "builder", Subject: "COPY . .", Text: "`COPY . .` takes in .git, which differs with every commit: a line .git in .dockerignore keeps it out"},
		{Kind: predict.HazardCopyTooEarly, File: file, Line: 4, EndLine: 5, Stage: "builder", Subject: "COPY . .", Text: "`COPY . .` makes `npm ci` (line 6) run again for every changed file, though it reads only package.json"},
		{Kind: predict.HazardUnpinnedRemote, File: file, Line: 8, EndLine: 8, Stage: "builder", Subject: "ADD " + Nasty, Text: "`ADD " + Nasty + "` fetches what may change without an edit here"},
		{Kind: predict.HazardUnpinnedRemote, File: file, Line: 9, EndLine: 9, Stage: "builder", Subject: "ADD " + Nasty, Text: "`ADD " + Nasty + "` fetches what may change without an edit here"},
	}
}
