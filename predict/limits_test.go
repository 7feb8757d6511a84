package predict_test

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/dockerignore"
	"github.com/whybust/whybust/predict"
)

// times joins n texts.
func times(n int, text func(i int) string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(text(i))
	}
	return b.String()
}

// numbered is a text in which % is the number.
func numbered(text string) func(i int) string {
	return func(i int) string { return strings.ReplaceAll(text, "%", fmt.Sprint(i)) + "\n" }
}

// hostile are Dockerfiles that somebody wrote to do harm, and the error with
// which each ends; "" is an answer.
var hostile = []struct{ reason, text, err string }{
	{"50,000 RUNs that miss", "FROM a\nCOPY a .\n" + times(manyRuns, numbered("RUN %")), ""},
	{"5,000 equal RUNs", "FROM a\n" + strings.Repeat("RUN a\n", 5_000), ""},
	{"10,000 ENVs", "FROM a\n" + times(10_000, numbered("ENV a%=b")) + "RUN a\n", ""},
	{"an ENV set 10,000 times", "FROM a\n" + times(10_000, numbered("ENV a=%$b")) + "RUN a\n", ""},
	{"10,000 LABELs that all change", "FROM a\n" + times(10_000, numbered("LABEL a%=@")) + "RUN a\n", ""},
	{"2,000 files copied to one directory and on", "FROM scratch\n" + times(2_000, numbered("COPY a /b/%")) + "FROM scratch\nCOPY --from=0 /b /c\n", ""},
	{"a directory copied over itself", "FROM scratch\n" + strings.Repeat("COPY src /b/\n", 2000) + "FROM scratch\nCOPY --from=0 /b /c\n", ""},
	{"copies between RUNs", "FROM a\n" + times(1000, numbered("COPY a /b/c%\nRUN a%")) + "FROM scratch\nCOPY --from=0 /b /c\n", ""},
	{"100,001 instructions", "FROM a\n" + strings.Repeat("RUN a\n", 100_000), "Dockerfile:100001: there are more than 100000 instructions, which is the limit"},
	{"1,000 stages in a chain", "FROM scratch AS s0\n" + times(1000, func(i int) string { return fmt.Sprintf("FROM s%d AS s%d\nCOPY a /a%[1]d\n", i, i+1) }), ""},
	{"1,000 stages that copy from each other", "FROM scratch AS s0\nCOPY src /x/\n" + times(1000, func(i int) string {
		return fmt.Sprintf("FROM scratch AS s%d\nCOPY --from=s%d /x /x%[1]d\nCOPY --from=s%[2]d /x%[2]d /x\n", i+1, i)
	}), ""},
	{"1,000 stages in a fan", "FROM scratch AS s\nCOPY . .\n" + times(1000, numbered("FROM s AS s%\nRUN x%\n")) + "FROM scratch\n" + times(1000, numbered("COPY --from=s% /x /x%")), ""},
	{"files that double 40 times", "FROM scratch AS s0\nCOPY . /x/\n" + times(40, func(i int) string {
		return fmt.Sprintf("FROM scratch AS s%d\nCOPY --from=s%d /x /x/a\nCOPY --from=s%[2]d /x /x/b\n", i+1, i)
	}), "limit"},
	{"ARGs before FROM that double 40 times", "ARG a0=xxxxxxxxxx\n" + times(40, func(i int) string { return fmt.Sprintf("ARG a%d=$a%d$a%[2]d\n", i+1, i) }) + "FROM $a40\n",
		"Dockerfile:18: a text grows by more than 1048576 bytes when its variables are replaced, which is the limit"},
	{"ENVs that double 40 times", "FROM a\nENV a0=xxxxxxxxxx\n" + times(40, func(i int) string { return fmt.Sprintf("ENV a%d=$a%d$a%[2]d\n", i+1, i) }),
		"Dockerfile:19: a text grows by more than 1048576 bytes when its variables are replaced, which is the limit"},
	{"a replacement that multiplies", "FROM a\nENV a=" + strings.Repeat("x", 50_000) + "\nENV b=${a//x/$a}\n",
		"Dockerfile:3: a text grows by more than 1048576 bytes when its variables are replaced, which is the limit"},
	{"a pattern that takes long", "FROM a\nENV a=" + strings.Repeat("x", 50_000) + "\nENV b=${a#" + strings.Repeat("*x", 20_000) + "y}\n",
		"Dockerfile:3: matching the patterns of its variables would take too long"},
	{"variables in variables", "FROM a\nENV b=" + strings.Repeat("${a:-", 10_000) + strings.Repeat("}", 10_000) + "\n", "Dockerfile:2: variables are nested more than 200 deep"},
	{"a large value used everywhere", "FROM a\nENV a=" + strings.Repeat("x", 60_000) + "\n" + times(10_000, numbered("RUN %")), "which is the limit"},
	{"ONBUILD in ONBUILD", "FROM a\n" + strings.Repeat("ONBUILD \\\n", 100_000) + "RUN a\n", "Dockerfile:102: Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed"},
	{"triggers that multiply", "FROM a AS b\n" + strings.Repeat("ONBUILD RUN a\n", 1000) + times(1000, numbered("FROM b AS b%")) + "FROM scratch\n" + times(1000, numbered("COPY --from=b% / /")), "ONBUILD makes more than 100000 instructions, which is the limit"},
	{"a path of 10,000 directories", "FROM scratch\nWORKDIR /" + strings.Repeat("a/", 10_000) + "\nCOPY a b\nFROM scratch\nCOPY --from=0 / /\n", ""},
	{"a path that grows", "FROM a\n" + strings.Repeat("WORKDIR a\n", 1000), ""},
	{"5,000 sources", "FROM a\nCOPY " + times(5_000, numbered(`a% \`)) + " /x/\n", ""},
	{"sources times patterns", "FROM a\nCOPY " + times(5000, numbered(`--exclude=a% \`)) + times(5000, numbered(`b% \`)) + " /x/\n", "which is the limit"},
	{"5,000 mounts", "FROM a\nRUN " + times(5_000, numbered(`--mount=target=/x%,source=/s% \`)) + " a\n", ""},
	{"5,000 here-documents", "FROM scratch\n" + times(5_000, numbered("COPY <<E /b%\nx\nE")) + "FROM scratch\nCOPY --from=0 / /c\n", ""},
	{"a line of 70,000 bytes", "FROM a\nRUN " + strings.Repeat("a", 70_000), "Dockerfile:1: dockerfile line greater than max allowed size of 65535"},
	{"200 MB", strings.Repeat("RUN aaa\n", 25<<20), "Dockerfile: the file is larger than 16777216 bytes, which is the limit"},
}

// patience is how long one of them may take on a slow and busy machine: no measure, only
// less than for ever.
const patience = 5 * time.Minute

// TestHostileDockerfiles: each ends with an answer or with one error.
func TestHostileDockerfiles(t *testing.T) {
	for _, tt := range hostile {
		t.Run(tt.reason, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			err := predictHostile(buildcontext.WithBudget(ctx, 1<<20), tt.text)
			if got := fmt.Sprint(err); tt.err == "" && err != nil || tt.err != "" && !strings.Contains(got, tt.err) {
				t.Errorf("got %.300s\nwant %s", got, tt.err)
			}
			if err != nil && (strings.Contains(err.Error(), "\n") || len(err.Error()) > 300) {
				t.Errorf("the error is no line: %.400s", err)
			}
		})
	}
}

func predictHostile(ctx context.Context, text string) error {
	tree := fstest.MapFS{}
	for _, name := range strings.Fields("a a.txt b.txt src/a.txt src/lib/c.txt go.mod") {
		tree[name] = &fstest.MapFile{Data: []byte(name)}
	}
	old, err := cachekey.Replay(ctx, "Dockerfile", []byte(text), &buildcontext.View{Tree: buildcontext.FS(tree)}, nil)
	if err != nil {
		return err
	}
	changed := maps.Clone(tree)
	changed["a"], changed["src/a.txt"] = &fstest.MapFile{Data: []byte("changed")}, &fstest.MapFile{Data: []byte("changed")}
	text = strings.ReplaceAll(text, "@", "changed")
	new, err := cachekey.Replay(ctx, "Dockerfile", []byte(text), &buildcontext.View{Tree: buildcontext.FS(changed)}, nil)
	if err != nil {
		return err
	}
	_, err = predict.Compare(ctx, old, new)
	return err
}

// TestHostileIgnoreFiles: the same for ignore files.
func TestHostileIgnoreFiles(t *testing.T) {
	tree := buildcontext.FS(fstest.MapFS{"a/b/c": {}, strings.Repeat("a/", 200) + "a": {}, strings.Repeat("ab", 100): {}})
	for _, tt := range []struct{ reason, text, err string }{
		{"100,000 patterns", times(100_000, numbered("x/a%")), "f:20001: pattern \"x/a20000\": there are more than 20000 patterns, which is the limit"},
		{"20,000 patterns", times(20_000, numbered("x/a%")), ""},
		{"patterns made to be slow", times(1000, numbered("**/a*a*a*a*a*a*a*a*a*a*b%")), ""},
		{"a pattern of many parts", strings.Repeat("**/", 10_000) + "a", ""},
		{"20 MB", strings.Repeat("#", 20<<20), "f: the file is larger than 16777216 bytes, which is the limit"},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		rules, err := dockerignore.Limits{}.Parse(ctx, "f", []byte(tt.text))
		if err == nil {
			_, err = buildcontext.Digest(ctx, &buildcontext.View{Tree: tree, Rules: rules}, nil)
		}
		if got := fmt.Sprint(err); got != tt.err && (err != nil || tt.err != "") {
			t.Errorf("%s: got %.300s, want %s", tt.reason, got, tt.err)
		}
	}
}
