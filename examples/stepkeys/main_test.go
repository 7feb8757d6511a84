package main

import (
	"bytes"
	"context"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/predict"
)

func TestRun(t *testing.T) {
	var got predict.KeysRequest
	keys := func(_ context.Context, r *predict.KeysRequest) ([]predict.StepKey, error) {
		got = *r
		return []predict.StepKey{{Stage: "a", Step: 1, Of: 1, Name: "[a 1/1] RUN x ##[error] \x1b[2J", Key: "12ab"}}, nil
	}
	env := func(string) (string, bool) { return "from env", true }
	for _, tt := range []struct{ format, want string }{
		{"text", "12ab  [a 1/1] RUN x #\\x23[error] \\x1b[2J\n"},
		{"json", "[\n  {\n    \"stage\": \"a\",\n    \"step\": 1,\n    \"of\": 1,\n    \"name\": \"[a 1/1] RUN x #\\u0023[error] \\u001b[2J\",\n    \"key\": \"12ab\"\n  }\n]\n"},
	} {
		var out bytes.Buffer
		args := []string{"-C", "d", "-f", "F", "--target", "t", "--platform", "p", "--build-arg", "A=1", "--build-arg", "B",
			"--no-git-dir", "--add-host", "h:1.2.3.4", "--network", "none", "--shm-size", "64m", "--ulimit", "nofile=1:2", "--cache-dir", "c", "--format", tt.format, "v1", "app"}
		if err := run(context.Background(), &out, args, env, keys); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, out.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.format, diff)
		}
		want := predict.KeysRequest{Dir: "d", Context: "app", NoGitDir: true, AddHosts: []string{"h:1.2.3.4"}, Network: "none",
			CacheDir: "c", ShmSize: "64m", Ulimits: []string{"nofile=1:2"}, Side: predict.Side{Revision: "v1", File: "F", Target: "t", Platform: "p",
				BuildArgs: map[string]string{"A": "1", "B": "from env"}}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("request (-want +got):\n%s", diff)
		}
	}
	t.Setenv("XDG_CACHE_HOME", "/home/of/caches")
	for want, args := range map[string][]string{"/home/of/caches/whybust": {"v1"}, "": {"--no-cache", "v1"}} {
		if err := run(context.Background(), new(bytes.Buffer), args, env, keys); err != nil || runtime.GOOS == "linux" && got.CacheDir != want {
			t.Errorf("%q: the cache is in %q, want %q (%v)", args, got.CacheDir, want, err)
		}
	}
	for _, args := range [][]string{{}, {"a", "b", "c"}, {"--nope"}, {"--format", "xml", "v1"}, {"--build-arg", "=x", "v1"}} {
		var out bytes.Buffer
		if err := run(context.Background(), &out, args, env, keys); err == nil || out.Len() > 0 {
			t.Errorf("%q: error %v, output %q", args, err, &out)
		}
	}
}
