package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/whybust/whybust/examples/internal/gate"
	"github.com/whybust/whybust/predict"
)

func TestRevisions(t *testing.T) {
	for _, tt := range []struct {
		reason, args         string
		before, after, where string
		mergeBase            bool
	}{
		{reason: "nothing: HEAD against the working tree", args: "", before: "HEAD"},
		{reason: "no AFTER: the working tree", args: "v1", before: "v1"},
		{reason: "both", args: "v1 v2", before: "v1", after: "v2"},
		{reason: "all three", args: "v1 v2 app", before: "v1", after: "v2", where: "app"},
		{reason: "a context above", args: "v1 v2 ../app", before: "v1", after: "v2", where: "../app"},
		{reason: "a range", args: "v1..v2", before: "v1", after: "v2"},
		{reason: "a range and a context", args: "v1..v2 app", before: "v1", after: "v2", where: "app"},
		{reason: "an open range", args: "v1..", before: "v1", after: "HEAD"},
		{reason: "a range open below", args: "..v2", before: "HEAD", after: "v2"},
		{reason: "the merge base", args: "main...topic", before: "main", after: "topic", mergeBase: true},
		{reason: "the merge base with HEAD", args: "main... app", before: "main", after: "HEAD", where: "app", mergeBase: true},
		{reason: "flags may stand anywhere", args: "v1 --no-git-dir v2 --exit-code", before: "v1", after: "v2"},
		{reason: "after -- nothing is a flag", args: "-- -v1 --format", before: "-v1", after: "--format"},
		{reason: "an empty AFTER makes room for CONTEXT", args: "v1 '' app", before: "v1", where: "app"},
	} {
		inv, err := parseArgs(fields(tt.args), environment(nil))
		if err != nil {
			t.Errorf("%s: %v", tt.reason, err)
			continue
		}
		r := inv.request
		if r.Before.Revision != tt.before || r.After.Revision != tt.after || r.Context != tt.where || r.MergeBase != tt.mergeBase {
			t.Errorf("%s: got %q, %q, context %q, merge base %v", tt.reason, r.Before.Revision, r.After.Revision, r.Context, r.MergeBase)
		}
	}
}

// fields splits at blanks; ” is an empty argument.
func fields(s string) []string {
	var args []string
	for _, f := range strings.Fields(s) {
		args = append(args, strings.ReplaceAll(f, "''", ""))
	}
	return args
}

func TestFlagsReachTheRequest(t *testing.T) {
	inv, err := parseArgs([]string{"-C", "repo", "-f", "a/Dockerfile", "--target=app", "--platform", "linux/arm64",
		"--add-host", "a:1,b:2", "--add-host", "c:3", "--ulimit", "nofile=1:2", "--network", "none", "--shm-size", "1g",
		"--no-git-dir", "--format", "json", "--exit-code", "--before-file", "Dockerfile.old", "--before-platform", "linux/amd64", "v1"},
		environment(nil))
	if err != nil {
		t.Fatal(err)
	}
	want := &invocation{format: "json", gate: gate.Gate{FailOn: predict.Miss}, request: predict.Request{
		Dir:       "repo",
		Before:    predict.Side{Revision: "v1", File: "Dockerfile.old", Target: "app", Platform: "linux/amd64", BuildArgs: map[string]string{}},
		After:     predict.Side{File: "a/Dockerfile", Target: "app", Platform: "linux/arm64", BuildArgs: map[string]string{}},
		CacheMode: predict.CacheLocal,
		NoGitDir:  true,
		AddHosts:  []string{"a:1,b:2", "c:3"}, // a comma is part of a value
		Ulimits:   []string{"nofile=1:2"},
		Network:   "none",
		ShmSize:   "1g",
		MergeBase: false,
	}}
	if diff := cmp.Diff(want, inv, cmp.AllowUnexported(invocation{}, selection{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCacheFlags(t *testing.T) {
	inv, err := parseArgs([]string{"--cached", "main", "--cached=v1", "--cached-target", "test", "--cache-mode", "min",
		"--no-cache-filter", "a,b", "--no-cache-filter", "c", "--no-cache", "--target", "t", "--before-target", "app", "HEAD~1"}, environment(nil))
	if err != nil {
		t.Fatal(err)
	}
	side := func(rev, target string) predict.Side {
		return predict.Side{Revision: rev, Target: target, BuildArgs: map[string]string{}}
	}
	got := inv.request
	want := predict.Request{
		Before: side("HEAD~1", "app"), After: side("", "t"), CacheMode: predict.CacheMin, NoCache: true, NoCacheFilter: []string{"a", "b", "c"},
		Cached: []predict.Side{side("main", "app"), side("v1", "app"), side("HEAD~1", "test")},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, bad := range []string{"--cached=", "--cache-mode=maximal", "--cache-mode=", "--no-cache-filter="} {
		if _, err := parseArgs([]string{bad}, environment(nil)); err == nil {
			t.Errorf("%s: no error", bad)
		}
	}
}

func TestAnEmptyValueIsAValue(t *testing.T) {
	inv, err := parseArgs([]string{"-f", "f", "--target", "t", "--platform", "p", "--before-file=", "--before-target=", "--before-platform="}, environment(nil))
	if err != nil {
		t.Fatal(err)
	}
	if b := inv.request.Before; b.File != "" || b.Target != "" || b.Platform != "" {
		t.Errorf("before: %+v", b)
	}
	if a := inv.request.After; a.File != "f" || a.Target != "t" || a.Platform != "p" {
		t.Errorf("after: %+v", a)
	}
}

func TestBuildArgs(t *testing.T) {
	env := environment(map[string]string{"SET": "from env", "EMPTY": ""})
	for _, tt := range []struct {
		reason        string
		args          []string
		before, after map[string]string
	}{
		{"both sides", []string{"--build-arg", "A=1,2=3"},
			map[string]string{"A": "1,2=3"}, map[string]string{"A": "1,2=3"}},
		{"the last one counts", []string{"--build-arg", "A=1", "--build-arg", "A=2"},
			map[string]string{"A": "2"}, map[string]string{"A": "2"}},
		{"a name alone takes the environment's value, even an empty one", []string{"--build-arg=SET", "--build-arg=EMPTY", "--build-arg=UNSET"},
			map[string]string{"SET": "from env", "EMPTY": ""}, map[string]string{"SET": "from env", "EMPTY": ""}},
		{"the old side's own value", []string{"--build-arg", "A=1", "--before-build-arg", "A="},
			map[string]string{"A": ""}, map[string]string{"A": "1"}},
		{"not passed on the old side", []string{"--build-arg", "A=1", "--before-build-arg", "A"},
			map[string]string{}, map[string]string{"A": "1"}},
		{"the new side alone", []string{"--after-build-arg", "SHA={commit}"},
			map[string]string{}, map[string]string{"SHA": "{commit}"}},
	} {
		inv, err := parseArgs(tt.args, env)
		if err != nil {
			t.Errorf("%s: %v", tt.reason, err)
			continue
		}
		got := []map[string]string{inv.request.Before.BuildArgs, inv.request.After.BuildArgs}
		if diff := cmp.Diff([]map[string]string{tt.before, tt.after}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.reason, diff)
		}
	}
}

func TestUsageErrors(t *testing.T) {
	for _, tt := range []struct{ reason, args, want string }{
		{"an unknown flag", "--nope", "unknown flag: --nope"},
		{"a revision that looks like a flag", "-rf", "unknown shorthand flag"},
		{"a flag without its value", "--target", "flag needs an argument"},
		{"an unknown format", "--format xml", `not "xml"`},
		{"an unknown status", "--fail-on hit", `not "hit"`},
		{"an empty BEFORE", "''", "BEFORE is empty"},
		{"a range as AFTER", "v1 v2..v3", "no revision"},
		{"too many", "v1 v2 . x", "too many arguments"},
		{"too many after a range", "v1..v2 . x", "too many arguments"},
		{"a build-arg without a name", "--build-arg =s3cret", "--build-arg needs NAME"},
	} {
		_, err := parseArgs(fields(tt.args), environment(nil))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", tt.reason, err, tt.want)
		}
		if err != nil && strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: the error shows a value: %v", tt.reason, err)
		}
	}
}

// FuzzArgs wants every command line understood or refused, and no value of a
// build argument in a refusal.
func FuzzArgs(f *testing.F) {
	f.Add("v1...v2", "--target=", "A=1")
	f.Add("--", "-x", "=")
	f.Fuzz(func(t *testing.T, a, b, arg string) {
		const secret = "s3cr3t-v4lue"
		inv, err := parseArgs([]string{"--build-arg", arg + "=" + secret, a, b}, environment(nil))
		if err != nil {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("the error shows a value: %v", err)
			}
			return
		}
		if r := inv.request; !inv.version && r.Before.Revision == "" {
			t.Errorf("%q %q: no old revision", a, b)
		}
	})
}

func TestInputFlags(t *testing.T) {
	config := filepath.Join(t.TempDir(), "config.json")
	text := `{"os":"linux","architecture":"amd64","config":{"Env":["A=1"]},"rootfs":{}}`
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	inv, err := parseArgs([]string{"--build-context", "docker.io/library/node:latest=docker-image://alpine", "--build-context", "lib=../lib",
		"--overlay", "a", "--overlay", "b", "--before-overlay", "c", "--before-base", "node=" + config}, environment(nil))
	if err != nil {
		t.Fatal(err)
	}
	before, after := inv.request.Before, inv.request.After
	contexts := map[string]string{"node": "docker-image://alpine", "lib": "../lib"}
	for _, side := range []predict.Side{before, after} {
		if diff := cmp.Diff(contexts, side.Contexts); diff != "" {
			t.Errorf("contexts (-want +got):\n%s", diff)
		}
	}
	if diff := cmp.Diff([][]string{{"a", "b", "c"}, {"a", "b"}}, [][]string{before.Overlays, after.Overlays}); diff != "" {
		t.Errorf("overlays (-want +got):\n%s", diff)
	}
	image, err := before.Image("docker.io/library/node:latest", "linux/amd64")
	if err != nil || image == nil || image.Config.Env[0] != "A=1" || after.Image != nil {
		t.Errorf("before: %v, %v; after: %t", image, err, after.Image != nil)
	}
}

func TestBadInputFlags(t *testing.T) {
	for _, tt := range []struct{ reason, flag, value, want string }{
		{"a context without a value", "--build-context", "lib", "is not NAME=VALUE"},
		{"a context with a name that is none", "--build-context", "LIB=lib", "is no name for a build context"},
		{"a base without a path", "--base", "node", "is not REF=PATH"},
		{"a base that is not there", "--base", "node=/nothing/here", "--base node: /nothing/here"},
		{"a base of no image", "--before-base", "NODE=.", "is no image reference"},
	} {
		if _, err := parseArgs([]string{tt.flag, tt.value}, environment(nil)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want %s", tt.reason, err, tt.want)
		}
	}
}
