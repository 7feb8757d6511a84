package predict_test

import (
	"fmt"
	"strings"
	"testing"
)

const site = `-- Dockerfile --
FROM nginx:1
COPY . /srv
RUN ./configure.sh
-- index.html --
1
-- configure.sh --
true
-- README.md --
1
-- Makefile --
all:
`

func TestIgnoreFile(t *testing.T) {
	create, taken := "ignore-file 1 .dockerignore:0 create this file with ", ": nothing else that changed is taken by `COPY . /srv` (line 2)"
	add := "ignore-file 1 .dockerignore:0 add "
	testHints(t, []hintTest{
		{reason: "a README alone", project: site, change: "-- README.md --\n2\n", want: []string{create + "the line `README.md`" + taken}},
		{reason: "a README beside a source", project: site, change: "-- README.md --\n2\n-- index.html --\n2\n"},
		{reason: "in a context that is a directory", dir: "web", project: site, change: "-- README.md --\n2\n",
			want: []string{strings.Replace(create, ".dockerignore", "web/.dockerignore", 1) + "the line `README.md`" + taken}},
		{reason: "an ignore file that is there", project: site + "-- .dockerignore --\nnode_modules\n", change: "-- README.md --\n2\n-- .github/workflows/ci.yml --\n1\n",
			want: []string{add + "the lines `.github` and `README.md`" + taken}},
		{reason: "an exception asks for it", project: site + "-- .dockerignore --\n*.md\n!README.md\n", change: "-- README.md --\n2\n"},
		{reason: "another instruction copies it", project: site + "-- Dockerfile --\nFROM nginx:1\nCOPY . /srv\nCOPY README.md /\n", change: "-- README.md --\n2\n"},
		{reason: "a stage that is not built copies it", target: "web", project: site + "-- Dockerfile --\nFROM nginx:1 AS web\nCOPY . /srv\nFROM web\nCOPY README.md /\n", change: "-- README.md --\n2\n"},
		{reason: "a RUN reads it", project: site + "-- Dockerfile --\nFROM nginx:1\nCOPY . /srv\nRUN markdown /srv/README.md\n", change: "-- README.md --\n2\n"},
		{reason: "a script that a RUN starts reads it", project: site + "-- configure.sh --\nmarkdown README.md\n", change: "-- README.md --\n2\n"},
		{reason: "the package's description is it", project: site + "-- pyproject.toml --\nreadme = \"README.md\"\n", change: "-- README.md --\n2\n"},
		{reason: "the step's own directory, not the context", project: "-- Dockerfile --\nFROM nginx:1\nCOPY docs /srv\n-- docs/README.md --\n1\n", change: "-- docs/README.md --\n2\n"},
		{reason: "the step has another cause as well", project: site, change: "-- README.md --\n2\n-- Dockerfile --\nFROM nginx:1\nCOPY . /opt\n"},
		{reason: "documentation", project: site + "-- docs/a/b.md --\n1\n", change: "-- docs/a/b.md --\n2\n-- docs/a/c.md --\n1\n", want: []string{create + "the line `docs/**/*.md`" + taken}},
		{reason: "a new directory is sent although its files are ignored", project: site + "-- docs/a/b.md --\n1\n", change: "-- docs/new/c.md --\n1\n"},
		{reason: "documentation that the build renders", project: site + "-- docs/a.md --\n1\n-- Makefile --\nall:\n\tmkdocs build\n", change: "-- docs/a.md --\n2\n"},
		{reason: "Go's tests", project: site + "-- a/a_test.go --\n1\n", change: "-- a/a_test.go --\n2\n", want: []string{create + "the line `**/*_test.go`" + taken}},
		{reason: "tests that the build runs", project: site + "-- a/a_test.go --\n1\n-- Makefile --\nall:\n\tgo test ./...\n", change: "-- a/a_test.go --\n2\n"},
		{reason: "tests that another target runs", target: "web", project: site + "-- Dockerfile --\nFROM nginx:1 AS web\nCOPY . /srv\nFROM web\nRUN go test ./...\n-- a/a_test.go --\n1\n", change: "-- a/a_test.go --\n2\n"},
		{reason: "tests of JavaScript", project: site + "-- a/a.spec.ts --\n1\n", change: "-- a/a.spec.ts --\n2\n", want: []string{create + "the line `**/*.spec.ts`" + taken}},
		{reason: "a directory of tests", project: site + "-- app/tests/a.py --\n1\n", change: "-- app/tests/a.py --\n2\n", want: []string{create + "the line `app/tests`" + taken}},
		{reason: "the Dockerfile's own comment", project: site, change: "-- Dockerfile --\n# web\nFROM nginx:1\nCOPY . /srv\nRUN ./configure.sh\n",
			want: []string{create + "the line `Dockerfile`" + strings.Replace(taken, "2", "3", 1)}},
		{reason: "more lines than one would want to read", project: site, change: "-- README.md --\n2\n-- LICENSE --\n2\n-- CHANGELOG.md --\n2\n-- SECURITY.md --\n2\n"},
		{reason: ".git", project: site, commit: true, want: []string{create + "the line `.git`" + taken}},
		{reason: ".git and a README", project: site, commit: true, change: "-- README.md --\n2\n", want: []string{create + "the lines `.git` and `README.md`" + taken}},
		{reason: ".git that the build asks for the version", project: site + "-- Dockerfile --\nFROM nginx:1\nCOPY . /srv\nRUN git describe > /v\n", commit: true},
		{reason: ".git that a makefile asks", project: site + "-- Makefile --\nV := $(shell git rev-parse HEAD)\n", commit: true},
		{reason: ".git that is removed after all", project: site + "-- Dockerfile --\nFROM nginx:1\nCOPY . /srv\nRUN rm -rf /srv/.git && apk add git\n", commit: true,
			want: []string{create + "the line `.git`" + taken}},
	})
}

func TestHeavyDirectory(t *testing.T) {
	app := "-- Dockerfile --\nFROM node:20\nWORKDIR /app\nCOPY package.json .\nRUN npm ci\nCOPY . .\nRUN npm run build\n" +
		"-- package.json --\n{}\n-- src/a.js --\n1\n-- .dockerignore --\nDockerfile\n"
	var modules, caches strings.Builder
	for i := range 12 {
		fmt.Fprintf(&modules, "-- node_modules/m%d/package.json --\n{}\n", i)
		fmt.Fprintf(&caches, "-- pkg%d/__pycache__/m.pyc --\n1\n", i)
	}
	hint := "heavy-directory 4 .dockerignore:0 add "
	testHints(t, []hintTest{
		{reason: "node_modules that npm ci makes anew", project: app, change: modules.String(),
			want: []string{hint + "the line `node_modules`: `COPY . .` (line 5) takes in node_modules, where all that changed is (12 files)"}},
		{reason: "beside a source", project: app, change: modules.String() + "-- src/a.js --\n2\n",
			want: []string{hint + "the line `node_modules`: `COPY . .` (line 5) takes in node_modules, where 12 of the 13 changed files are"}},
		{reason: "node_modules that nothing installs", project: app + "-- Dockerfile --\nFROM node:20\nCOPY . .\n", change: modules.String()},
		{reason: "an exception asks for them", project: app + "-- .dockerignore --\nDockerfile\n*\n!node_modules\n", change: modules.String()},
		{reason: "another instruction copies them", project: app + "-- Dockerfile --\nFROM node:20\nRUN npm -v\nWORKDIR /app\nWORKDIR /b\nCOPY . .\nCOPY node_modules ./node_modules\n", change: modules.String()},
		{reason: "another target copies them", target: "a", project: app + "-- Dockerfile --\nFROM node:20 AS a\nRUN npm -v\nCOPY . .\nFROM a\nCOPY node_modules ./node_modules\n", change: modules.String()},
		{reason: "another target takes them from a stage", target: "a", project: app + "-- Dockerfile --\nFROM node:20 AS a\nRUN npm -v\nCOPY . .\nFROM a\nCOPY --from=a node_modules ./node_modules\n", change: modules.String(),
			want: []string{"heavy-directory 2 .dockerignore:0 add the line `node_modules`: `COPY . .` (line 3) takes in node_modules, where all that changed is (12 files)"}},
		{reason: "many directories of one name", project: app, change: caches.String(),
			want: []string{hint + "the line `**/__pycache__`: `COPY . .` (line 5) takes in 12 directories __pycache__, where all that changed is (12 files)"}},
		{reason: "dist that the build makes anew", project: app, change: "-- dist/a.js --\n1\n",
			want: []string{hint + "the line `dist`: `COPY . .` (line 5) takes in dist, where all that changed is (1 file)"}},
		{reason: "dist that nothing builds", project: app + "-- Dockerfile --\nFROM node:20\nRUN npm ci\nCOPY . .\n", change: "-- dist/a.js --\n1\n"},
		{reason: "a directory called target that is no tool's", project: app, change: "-- target/a.js --\n1\n"},
		{reason: "a file called dist", project: app, change: "-- dist --\n1\n"},
	})
}
