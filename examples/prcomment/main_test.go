package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/whybust/whybust/examples/internal/report"
	"github.com/whybust/whybust/internal/gittest"
)

const token = "t0k3n-s3cr3t"

// playedHost plays GitHub or GitLab, as far as comments go.
type playedHost struct {
	*httptest.Server
	t        *testing.T
	mu       sync.Mutex
	comments []map[string]any
	log      []string
	// before may answer a request in the host's place.
	before func(w http.ResponseWriter, r *http.Request) bool
}

const gitHubPath, gitLabPath = "/repos/o/r/issues/7/comments", "/projects/42/merge_requests/7/notes"

func play(t *testing.T) *playedHost {
	h := &playedHost{t: t}
	h.Server = httptest.NewServer(h)
	t.Cleanup(h.Close)
	return h
}

// says adds a comment.
func (h *playedHost) says(login string, id int, body string) {
	h.comments = append(h.comments, map[string]any{
		"id": 100 + len(h.comments), "body": body, "user": map[string]any{"login": login}, "author": map[string]any{"id": id},
	})
}

func (h *playedHost) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.log = append(h.log, r.Method+" "+r.URL.Path)
	if r.Header.Get("Authorization") != "Bearer "+token && r.Header.Get("PRIVATE-TOKEN") != token {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if h.before != nil && h.before(w, r) {
		return
	}
	var in struct{ Body string }
	if r.Method != http.MethodGet {
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			h.t.Error(err)
		}
	}
	list := r.URL.Path == gitHubPath || r.URL.Path == gitLabPath
	id, idErr := strconv.Atoi(r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:])
	one := idErr == nil && (r.Method == http.MethodPatch && strings.HasPrefix(r.URL.Path, "/repos/o/r/issues/comments/") ||
		r.Method == http.MethodPut && strings.HasPrefix(r.URL.Path, gitLabPath+"/"))
	switch {
	case r.URL.Path == "/user":
		io.WriteString(w, `{"id": 5}`)
	case list && r.Method == http.MethodGet:
		page, _ := strconv.Atoi(r.URL.Query().Get("page"))
		size, _ := strconv.Atoi(r.URL.Query().Get("per_page"))
		from := min((page-1)*size, len(h.comments))
		json.NewEncoder(w).Encode(append([]map[string]any{}, h.comments[from:min(from+size, len(h.comments))]...))
	case list && r.Method == http.MethodPost:
		h.says("github-actions[bot]", 5, in.Body)
		w.WriteHeader(http.StatusCreated)
	case one:
		h.comments[id-100]["body"] = in.Body
	default:
		w.WriteHeader(http.StatusNotFound)
		io.WriteString(w, `{"message": "Not Found"}`)
	}
}

// repository has a base, a branch that busts a step, and one that busts nothing.
type checkout struct{ dir, base, busts, quiet string }

func makeRepository(t *testing.T) checkout {
	t.Helper()
	r := checkout{dir: t.TempDir()}
	write := func(name, text string) { gittest.Write(t, r.dir, map[string]string{name: text}) }
	git := gittest.In(t, r.dir)
	write("Dockerfile", "FROM busybox:1\nCOPY src.txt ./\nRUN make\n")
	write("src.txt", "1\n")
	git("init", "-q", "-b", "main")
	git("add", ".")
	git("commit", "-q", "-m", "base")
	base := git("rev-parse", "HEAD")
	git("checkout", "-q", "-b", "busts")
	write("src.txt", "2\n")
	git("commit", "-q", "-a", "-m", "busts")
	r.busts = git("rev-parse", "HEAD")
	git("checkout", "-q", "-b", "quiet", base)
	write("README", "x\n")
	git("add", ".")
	git("commit", "-q", "-m", "quiet")
	r.quiet = git("rev-parse", "HEAD")
	git("checkout", "-q", "main")
	write("Dockerfile", "FROM busybox:2\n") // on main since: none of the pull request's doing
	git("commit", "-q", "-a", "-m", "later")
	r.base = git("rev-parse", "HEAD")
	return r
}

// gitHubEnv is the environment of a job of GitHub Actions.
func gitHubEnv(t *testing.T, base, head string) map[string]string {
	t.Helper()
	event := filepath.Join(t.TempDir(), "event.json")
	text := fmt.Sprintf(`{"action": "synchronize", "pull_request": {"number": 7, "base": {"sha": %q}, "head": {"sha": %q}}}`, base, head)
	if err := os.WriteFile(event, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return map[string]string{"CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": event, "GITHUB_REPOSITORY": "o/r", "GITHUB_TOKEN": token}
}

// gitLabEnv is the environment of a pipeline for a merge request.
func gitLabEnv(base, head string) map[string]string {
	return map[string]string{"CI": "true", "GITLAB_CI": "true", "CI_MERGE_REQUEST_IID": "7", "CI_MERGE_REQUEST_PROJECT_ID": "42",
		"CI_MERGE_REQUEST_DIFF_BASE_SHA": base, "CI_COMMIT_SHA": head, "GITLAB_TOKEN": token}
}

// run runs the command; waits collects how long it slept.
func run(t *testing.T, env map[string]string, args ...string) (status int, stdout, stderr string, waits []time.Duration) {
	t.Helper()
	var out, errs bytes.Buffer
	c := &command{
		stdout: &out, stderr: &errs,
		lookup: func(name string) (string, bool) { v, ok := env[name]; return v, ok },
		sleep:  func(_ context.Context, d time.Duration) error { waits = append(waits, d); return nil },
	}
	status = c.run(context.Background(), args)
	if strings.Contains(out.String()+errs.String(), token) {
		t.Errorf("the token is printed: %s%s", &out, &errs)
	}
	if (status != 0) != (errs.Len() > 0) || status != 0 && out.Len() > 0 {
		t.Errorf("status %d, stdout %q, stderr %q", status, &out, &errs)
	}
	return status, out.String(), errs.String(), waits
}

func TestPrintsWithoutAToken(t *testing.T) {
	r := makeRepository(t)
	env := gitHubEnv(t, r.base, r.busts)
	delete(env, "GITHUB_TOKEN")
	status, stdout, stderr, _ := run(t, env, "-C", r.dir)
	if _, _, ok := report.Marker(stdout); !ok || status != 0 || !strings.Contains(stdout, "\n### cache busts at step 2/3: `COPY src.txt ./`\n") {
		t.Errorf("status %d, %s\n%s", status, stderr, stdout)
	}
}

func TestComments(t *testing.T) {
	r := makeRepository(t)
	other := "<!-- whybust comment v1 id= verdict=0123456789abcdef -->\n### something else"
	for _, tt := range []struct {
		reason, head string
		given        func(h *playedHost)
		args         []string
		want         string // printed
		comments     int    // afterwards
		last         string // of our own, a part
	}{
		{reason: "a bust is worth a comment", head: r.busts, want: "commented", comments: 1, last: "cache busts at step 2/3"},
		{reason: "nothing busts: nothing said", head: r.quiet, want: "nothing busts", comments: 0},
		{reason: "other verdict", head: r.busts, given: func(h *playedHost) { h.says("github-actions[bot]", 5, other) },
			want: "updated comment 100", comments: 1, last: "cache busts at step 2/3"},
		{reason: "what busted is well again", head: r.quiet, given: func(h *playedHost) { h.says("github-actions[bot]", 5, other) },
			want: "updated comment 100", comments: 1, last: "every step is cached"},
		{reason: "a marker in somebody else's comment", head: r.busts, given: func(h *playedHost) { h.says("mallory", 6, other) },
			want: "commented", comments: 2, last: "cache busts"},
		{reason: "a marker further down", head: r.busts, given: func(h *playedHost) { h.says("github-actions[bot]", 5, "hello\n"+other) },
			want: "commented", comments: 2, last: "cache busts"},
		{reason: "the comment of another job", head: r.busts, args: []string{"--id", "api"}, given: func(h *playedHost) { h.says("github-actions[bot]", 5, other) },
			want: "commented", comments: 2, last: "id=api"},
		{reason: "on the fourth page", head: r.busts, want: "updated comment 195", comments: 100, last: "cache busts", given: func(h *playedHost) {
			for i := range 100 {
				if i == 95 {
					h.says("github-actions[bot]", 5, other)
				} else {
					h.says("somebody", 9, "hello")
				}
			}
		}},
		{reason: "a full page that is the last", head: r.busts, want: "commented", comments: 31, last: "cache busts", given: func(h *playedHost) {
			for range 30 {
				h.says("somebody", 9, "hello")
			}
		}},
	} {
		for _, hosted := range []string{"GitHub", "GitLab"} {
			h := play(t)
			if tt.given != nil {
				tt.given(h)
			}
			env := gitHubEnv(t, r.base, tt.head)
			if hosted == "GitLab" {
				env = gitLabEnv(r.base, tt.head)
			}
			status, stdout, stderr, _ := run(t, env, append([]string{"-C", r.dir, "--api", h.URL}, tt.args...)...)
			if status != 0 || !strings.HasPrefix(stdout, tt.want) || len(h.comments) != tt.comments {
				t.Errorf("%s, %s: status %d, %q %q, %d comments", tt.reason, hosted, status, stdout, stderr, len(h.comments))
				continue
			}
			found := tt.last == ""
			for _, c := range h.comments {
				found = found || strings.Contains(c["body"].(string), tt.last)
			}
			if !found {
				t.Errorf("%s, %s: no %q in %v", tt.reason, hosted, tt.last, h.comments)
			}
		}
	}
}

// TestSaysItOnce runs three times: the same verdict is no news, unless a costly step busts.
func TestSaysItOnce(t *testing.T) {
	r := makeRepository(t)
	h := play(t)
	env := gitHubEnv(t, r.base, r.busts)
	args := []string{"-C", r.dir, "--api", h.URL}
	for i, want := range []string{"commented\n", "the comment says so already\n"} {
		if _, stdout, _, _ := run(t, env, args...); stdout != want {
			t.Errorf("run %d: %q", i, stdout)
		}
	}
	body := h.comments[0]["body"].(string)
	h.comments[0]["body"] = strings.ReplaceAll(body, "\n", "\r\n") + "\r\nof another push"
	if _, stdout, _, _ := run(t, env, args...); stdout != "the verdict is what the comment says already\n" {
		t.Errorf("the same verdict: %q", stdout)
	}
	if _, stdout, _, _ := run(t, env, append(args, "--costly", "RUN make")...); stdout != "updated comment 100\n" || h.comments[0]["body"] != body {
		t.Errorf("a costly step: %q", stdout)
	}
	h.comments[0]["body"] = body + "of another push"
	log := filepath.Join(t.TempDir(), "build.log")
	if err := os.WriteFile(log, []byte("#7 [3/3] RUN make\n#7 DONE 61.0s\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ after, want string }{{"2m", "the verdict is"}, {"1m", "updated comment 100"}} {
		if _, stdout, stderr, _ := run(t, env, append(args, "--timings", log, "--costly-after", tt.after)...); !strings.HasPrefix(stdout, tt.want) {
			t.Errorf("after %s: %q %q", tt.after, stdout, stderr)
		}
	}
	if now := h.comments[0]["body"].(string); !strings.Contains(now, "\n**Cost** rebuilds 1m01s of 1m01s, by 1 measured build\n") {
		t.Errorf("no cost: %s", now)
	}
}

func TestLimits(t *testing.T) {
	r := makeRepository(t)
	env := gitHubEnv(t, r.base, r.busts)
	for _, tt := range []struct {
		reason string
		answer func(w http.ResponseWriter, n int) bool // n counts requests from 1
		waits  []time.Duration
		fails  string
	}{
		{"Retry-After", func(w http.ResponseWriter, n int) bool {
			if n != 2 {
				return false
			}
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusForbidden)
			return true
		}, []time.Duration{7 * time.Second}, ""},
		{"429 to the end", func(w http.ResponseWriter, n int) bool {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
			return true
		}, []time.Duration{time.Second, time.Second, time.Second}, "429"},
		{"a limit for an hour", func(w http.ResponseWriter, n int) bool {
			w.Header().Set("Retry-After", "3600")
			w.WriteHeader(http.StatusTooManyRequests)
			return true
		}, nil, "asks to wait for 1h0m0s"},
		{"a limit that ended long ago", func(w http.ResponseWriter, n int) bool {
			if n > 1 {
				return false
			}
			w.Header().Set("X-RateLimit-Remaining", "0")
			w.Header().Set("X-RateLimit-Reset", "1")
			w.WriteHeader(http.StatusForbidden)
			return true
		}, []time.Duration{time.Second}, ""},
		{"no permission", func(w http.ResponseWriter, n int) bool {
			w.WriteHeader(http.StatusForbidden)
			io.WriteString(w, `{"message": "Resource not accessible by `+token+`\u001b[2J"}`)
			return true
		}, nil, `403 Forbidden: Resource not accessible by ***\x1b[2J`},
		{"a server that is down for a moment", func(w http.ResponseWriter, n int) bool {
			if n > 1 {
				return false
			}
			w.WriteHeader(http.StatusBadGateway)
			return true
		}, []time.Duration{time.Second}, ""},
		{"a comment is not posted twice", func(w http.ResponseWriter, n int) bool {
			if n == 2 {
				w.WriteHeader(http.StatusBadGateway)
			}
			return n == 2
		}, nil, "502"},
		{"no JSON", func(w http.ResponseWriter, n int) bool { io.WriteString(w, "<html>"); return true }, nil, "invalid character"},
		{"an answer without end", func(w http.ResponseWriter, n int) bool {
			for range 300 {
				w.Write(make([]byte, 64<<10))
			}
			return true
		}, nil, "larger than"},
	} {
		h := play(t)
		h.before = func(w http.ResponseWriter, r *http.Request) bool { return tt.answer(w, len(h.log)) }
		status, _, stderr, waits := run(t, env, "-C", r.dir, "--api", h.URL)
		if (status != 0) != (tt.fails != "") || !strings.Contains(stderr, tt.fails) || fmt.Sprint(waits) != fmt.Sprint(tt.waits) {
			t.Errorf("%s: status %d, %q, waits %v", tt.reason, status, stderr, waits)
		}
	}
}

func TestTokenGoesNowhereElse(t *testing.T) {
	r := makeRepository(t)
	asked := false
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = true
		io.WriteString(w, "[]")
	}))
	defer other.Close()
	for _, env := range []map[string]string{gitHubEnv(t, r.base, r.busts), gitLabEnv(r.base, r.busts)} {
		h := play(t)
		h.before = func(w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, other.URL+r.URL.Path, http.StatusTemporaryRedirect)
			return true
		}
		status, _, stderr, _ := run(t, env, "-C", r.dir, "--api", h.URL)
		if status != 2 || asked || !strings.Contains(stderr, "redirects to where the token must not go") {
			t.Errorf("status %d, asked %v, %q", status, asked, stderr)
		}
	}
}

func TestEnvironments(t *testing.T) {
	r := makeRepository(t)
	with := func(env map[string]string, name, value string) map[string]string { env[name] = value; return env }
	push := filepath.Join(t.TempDir(), "push.json")
	if err := os.WriteFile(push, []byte(`{"ref": "refs/heads/main"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		reason string
		env    map[string]string
		args   []string
		want   string
	}{
		{"no CI", nil, nil, "neither GITHUB_ACTIONS nor GITLAB_CI is set"},
		{"no pull request", with(gitHubEnv(t, r.base, r.busts), "GITHUB_EVENT_PATH", push), nil, "about no pull request"},
		{"no event", with(gitHubEnv(t, r.base, r.busts), "GITHUB_EVENT_PATH", "/nonexistent"), nil, "GITHUB_EVENT_PATH"},
		{"a commit that is an option", gitHubEnv(t, "--upload-pack=x", r.busts), nil, "does not tell the commits"},
		{"a repository with a path in it", with(gitHubEnv(t, r.base, r.busts), "GITHUB_REPOSITORY", "o/r/../../x"), nil, "not owner/name"},
		{"no merge request", with(gitLabEnv(r.base, r.busts), "CI_MERGE_REQUEST_IID", ""), nil, "no merge request"},
		{"a project that is a path", with(gitLabEnv(r.base, r.busts), "CI_MERGE_REQUEST_PROJECT_ID", "../x"), nil, "no number"},
		{"an API that is no URL", gitHubEnv(t, r.base, r.busts), []string{"--api", "file:///etc/passwd"}, "no URL"},
		{"an id that ends the marker", gitHubEnv(t, r.base, r.busts), []string{"--id", "x-->"}, "--id"},
		{"one image of all", gitHubEnv(t, r.base, r.busts), []string{"--all", "--file", "x"}, "about one image"},
		{"a commit that is not there", gitHubEnv(t, strings.Repeat("a", 40), r.busts), nil, strings.Repeat("a", 40)},
	} {
		status, _, stderr, _ := run(t, tt.env, append([]string{"-C", r.dir}, tt.args...)...)
		if status != 2 || !strings.Contains(stderr, tt.want) {
			t.Errorf("%s: status %d, %q", tt.reason, status, stderr)
		}
	}
}

func TestAllTargets(t *testing.T) {
	r := makeRepository(t)
	env := gitHubEnv(t, r.base, r.busts)
	delete(env, "GITHUB_TOKEN")
	_, stdout, _, _ := run(t, env, "-C", r.dir, "--all")
	if !strings.Contains(stdout, "| busts | step 2/3: `COPY src.txt ./` | 1 of 3 |") {
		t.Errorf("got %s", stdout)
	}
}
