package timings_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/predict/timings"
)

// plain is a build as docker prints it: two stages, a cached step, one that failed, one of many lines.
const plain = `#0 building with "default" instance using docker driver

#1 [internal] load build definition from Dockerfile
#1 transferring dockerfile: 2B done
#1 DONE 0.1s

#2 [builder 1/4] FROM docker.io/library/golang:1.26@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
#2 resolve docker.io/library/golang:1.26 done
#2 DONE 2.5s

#3 [builder  2/4] COPY . .
#3 DONE 0.3s

#4 [builder 3/4] RUN make
#4 0.100 [1/4] Resolving packages...
#4 ...

#5 [stage-1 1/2] RUN make
#5 DONE 9.0s

#4 [builder 3/4] RUN make
#4 1.5 done
#4 DONE 12.5s

#6 [builder 4/4] RUN test
#6 CACHED

#7 [stage-1 2/2] RUN bad
#7 ERROR: process "/bin/sh -c bad" did not complete successfully: exit code: 1
`

func read(t *testing.T, log string) *timings.Durations {
	t.Helper()
	d, err := timings.Read("log", strings.NewReader(log))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// took is what is known of steps, "-" for nothing.
func took(d *timings.Durations, names ...string) (list []string) {
	for _, name := range names {
		if t, ok := d.Step(name); ok {
			list = append(list, t.String())
		} else {
			list = append(list, "-")
		}
	}
	return list
}

func TestPlain(t *testing.T) {
	logs := map[string]string{
		"as it is printed":     plain,
		"Windows line ends":    strings.ReplaceAll(plain, "\n", "\r\n"),
		"from GitHub's page":   prefixed(plain, "2026-11-23T10:00:00.1234567Z "),
		"from gh run view":     "\ufeff" + prefixed(plain, "build\tRun docker build\t2026-11-23T10:00:00.1234567Z "),
		"with colours":         prefixed(plain, "\x1b[36m"),
		"among other lines":    "+ docker build .\n" + plain + "{not of BuildKit}\nDone.\n",
		"without the last end": strings.TrimSuffix(plain, "\n"),
	}
	for reason, log := range logs {
		d := read(t, log)
		got := took(d, "[builder 1/4] FROM docker.io/library/golang:1.26", "[builder 2/4] COPY . .", "[builder 3/4] RUN make",
			"[stage-1 1/2] RUN make", "[builder 4/4] RUN test", "[stage-1 2/2] RUN bad", "[internal] load build definition from Dockerfile")
		if diff := cmp.Diff([]string{"2.5s", "300ms", "12.5s", "9s", "-", "-", "-"}, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", reason, diff)
		}
		if d.Runs() != 1 {
			t.Errorf("%s: %d builds", reason, d.Runs())
		}
	}
	d := read(t, plain)
	if got, _ := d.Digest("docker.io/library/golang:1.26"); got != "sha256:"+strings.Repeat("0123456789abcdef", 4) {
		t.Errorf("digest %q", got)
	}
	if got, ok := d.Digest("docker.io/library/golang:1.27"); ok {
		t.Errorf("digest %q of another image", got)
	}
}

func prefixed(log, prefix string) string {
	return prefix + strings.ReplaceAll(strings.TrimSuffix(log, "\n"), "\n", "\n"+prefix) + "\n"
}

// TestMatching: a step is known by its instruction and its stage.
func TestMatching(t *testing.T) {
	d := read(t, plain)
	for _, tt := range []struct{ reason, name, want string }{
		{"another number", "[builder 7/9] RUN make", "12.5s"},
		{"another stage that was built, of equal text", "[stage-1 1/2] RUN make", "9s"},
		{"a stage that was never built, and two that it could be", "[new 1/2] RUN make", "-"},
		{"a stage that was never built, and one that it can be", "[new 1/2] COPY . .", "300ms"},
		{"a stage that was built without it", "[stage-1 2/2] COPY . .", "-"},
		{"the same number, another text", "[builder 3/4] RUN make all", "-"},
		{"a platform before the stage", "[linux/arm64 builder 3/4] RUN make", "12.5s"},
		{"no step", "exporting to image", "-"},
	} {
		if got := took(d, tt.name)[0]; got != tt.want {
			t.Errorf("%s: %s, want %s", tt.reason, got, tt.want)
		}
	}
	if got, _ := d.Step("[x 1/2] RUN a", "[stage-1 1/2] RUN make"); got != 9*time.Second {
		t.Errorf("by its other name: %v", got)
	}
	twice := read(t, "#1 [1/3] RUN a\n#1 DONE 1.0s\n#2 [2/3] RUN b\n#2 DONE 5.0s\n#3 [3/3] RUN a\n#3 DONE 2.0s\n")
	if diff := cmp.Diff([]string{"1s", "2s"}, took(twice, "[1/3] RUN a", "[3/3] RUN a")); diff != "" {
		t.Errorf("equal instructions of one stage (-want +got)\n%s", diff)
	}
}

// TestRuns: several builds, in one log or in many, and their median.
func TestRuns(t *testing.T) {
	build := func(seconds string) string {
		return "#0 building with x\n#1 [internal] load build definition from Dockerfile\n#1 DONE 0.0s\n#2 [2/2] RUN a\n" + seconds + "\n"
	}
	one := build("#2 DONE 1.0s") + build("#2 DONE 4.0s") + build("#2 CACHED")
	var all []*timings.Durations
	for _, log := range []string{one, build("#2 DONE 2.0s")} {
		all = append(all, read(t, log))
	}
	d := timings.Merge(append(all, nil)...)
	if got := took(d, "[2/2] RUN a")[0]; got != "2s" || d.Runs() != 4 {
		t.Errorf("median %s of %d builds", got, d.Runs())
	}
	var none *timings.Durations
	if _, ok := none.Step("[2/2] RUN a"); ok || none.Runs() != 0 {
		t.Error("nil holds measurements")
	}
	if _, ok := new(timings.Durations).Step("[2/2] RUN a"); ok {
		t.Error("the zero value holds measurements")
	}
}

// raw is a line of rawjson for a vertex: its times are seconds, 0 for none.
func raw(digest, name string, start, end float64, more string) string {
	at := func(key string, s float64) string {
		if s == 0 {
			return ""
		}
		return fmt.Sprintf(`,%q:%q`, key, time.Unix(0, 0).UTC().Add(time.Duration(s*float64(time.Second))).Format(time.RFC3339Nano))
	}
	return fmt.Sprintf(`{"vertexes":[{"digest":%q,"name":%q%s%s%s}]}`, digest, name, at("started", start), at("completed", end), more) + "\n"
}

func TestRawJSON(t *testing.T) {
	const define = "[internal] load build definition from Dockerfile"
	log := raw("d1", define, 1, 2, "") + raw("a", "[2/4] RUN a", 0, 0, "") + raw("a", "[2/4] RUN a", 10, 0, "") +
		raw("a", "[2/4] RUN a", 10, 11, "") + // for its key
		raw("a", "[2/4] RUN a", 12, 14.5, "") + raw("a", "[2/4] RUN a", 14, 15, "") + // run, and overlapping
		raw("b", "[3/4] RUN b", 15, 16, `,"cached":true`) + raw("c", "[4/4] RUN c", 16, 17, `,"error":"exit code: 1"`) +
		raw("u", "[4/4] ADD http://x/y /", 16, 17, "") + raw("v", "[4/4] ADD http://x/y /", 17, 18, "")
	names := []string{"[2/4] RUN a", "[3/4] RUN b", "[4/4] RUN c", "[4/4] ADD http://x/y /"}
	d := read(t, log)
	if diff := cmp.Diff([]string{"4s", "-", "-", "2s"}, took(d, names...)); diff != "" || d.Runs() != 1 {
		t.Errorf("%d builds (-want +got)\n%s", d.Runs(), diff)
	}
	d = read(t, log+raw("d2", define, 101, 102, "")+raw("a", "[2/4] RUN a", 110, 120, "")+`{"vertexes":[{"dig`)
	if diff := cmp.Diff([]string{"10s", "-", "-", "2s"}, took(d, names...)); diff != "" || d.Runs() != 2 {
		t.Errorf("a second build: %d builds (-want +got)\n%s", d.Runs(), diff)
	}
}

func TestFaults(t *testing.T) {
	for _, tt := range []struct{ reason, log, want string }{
		{"empty", "", "log: " + timings.ErrNoProgress.Error()},
		{"something else", "hello\n#no\n", "log: " + timings.ErrNoProgress.Error()},
		{"broken JSON", raw("a", "[1/1] RUN a", 1, 2, "") + "{\"vertexes\":7}\n", "log:2: not an object of --progress=rawjson"},
		{"a long name", "#1 [1/1] RUN " + strings.Repeat("a", 70<<10) + "\n", "log:1: a step's name of more than 64 KiB"},
		{"a long line", strings.Repeat("a", 17<<20), "log:1: a line of more than 16 MiB, or 1024 MiB in all"},
	} {
		_, err := timings.Read("log", strings.NewReader(tt.log))
		var fault *timings.Error
		if !errors.As(err, &fault) || err.Error() != tt.want {
			t.Errorf("%s: %v, want %s", tt.reason, err, tt.want)
		}
	}
	broken := errors.New("broken pipe")
	if _, err := timings.Read("log", io.MultiReader(strings.NewReader(plain), failing{broken})); !errors.Is(err, broken) {
		t.Errorf("%v for a reader that fails", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// FuzzRead: no log stops the reader, and none makes a time that cannot be.
func FuzzRead(f *testing.F) {
	f.Add(plain)
	f.Add(raw("a", "[2/4] RUN a", 10, 11, "") + raw("a", "[2/4] RUN a", 9, 12, `,"cached":true`))
	f.Add("#1 [1/1] RUN a\n#1 DONE 99999999.9s\n#1 [1/1] RUN b\n")
	f.Add("a\tb\t2026-11-23T10:00:00Z {\"vertexes\":[{\"name\":\"[a 1/2] RUN b\"}]}")
	f.Fuzz(func(t *testing.T, log string) {
		d, err := timings.Read("log", strings.NewReader(log))
		if (d == nil) == (err == nil) {
			t.Fatalf("%v, %v", d, err)
		}
		for _, name := range []string{"[1/1] RUN a", "[builder 3/4] RUN make", "[2/4] RUN a"} {
			if took, ok := timings.Merge(d, d).Step(name); took < 0 || took > 0 && !ok {
				t.Errorf("%v", took)
			}
		}
	})
}
