package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// The repository under analysis may be hostile, so git is started in a way
// that leaves nothing of it to execute or obey:
//
//   - Every GIT_* variable of the environment is dropped. They can point git at
//     another repository (GIT_DIR), inject settings (GIT_CONFIG_*), write
//     files (GIT_TRACE) and start programs (GIT_SSH_COMMAND).
//   - The commands are cat-file and rev-parse, merge-base for A...B, for-each-ref
//     for what is remembered, version, and log and rev-list for a history. None of the others runs hooks, filters, textconv,
//     aliases or a pager, and log is told not to (logArgs); the settings
//     below switch off what a later git might run all the same. A -c beats
//     every configuration file.
//   - The one thing that cat-file would start is the fetch of an object that a
//     partial clone lacks. GIT_NO_LAZY_FETCH forbids it (git 2.45, and 2.39.4
//     and other security releases); an older git starts `git fetch`, which then finds
//     every transport forbidden by GIT_ALLOW_PROTOCOL.
//   - No shell is between: arguments are a list, and revisions and paths travel over standard
//     input, where nothing is an option.
//
// System and user configuration stay in force: safe.directory lives
// there. So do replace refs (refs/replace), because a checkout obeys them
// too.

// neutral are the settings that every command gets.
var neutral = []string{
	"core.fsmonitor=false",
	"core.hooksPath=" + os.DevNull,
	"core.untrackedCache=false",
	"core.alternateRefsCommand=",
	"core.sshCommand=false",
	"core.gitProxy=",
	"core.askPass=",
	"credential.helper=",
	"protocol.allow=never",
	"gc.auto=0",
	"maintenance.auto=false",
	"submodule.recurse=false",
}

// environment returns the caller's environment without what git would obey,
// and with what keeps it quiet and offline.
func environment() []string {
	var env []string
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		name = strings.ToUpper(name)
		if strings.HasPrefix(name, "GIT_") || name == "LC_ALL" || name == "LANGUAGE" {
			continue
		}
		env = append(env, kv)
	}
	return append(env,
		"LC_ALL=C",
		"GIT_OPTIONAL_LOCKS=0",
		"GIT_TERMINAL_PROMPT=0",
		"GIT_NO_LAZY_FETCH=1",
		"GIT_ALLOW_PROTOCOL=none",
		"GIT_PAGER=cat",
	)
}

// command prepares one git command in dir.
func command(ctx context.Context, dir string, args ...string) *exec.Cmd {
	full := []string{"--no-pager"}
	for _, setting := range neutral {
		full = append(full, "-c", setting)
	}
	cmd := exec.CommandContext(ctx, "git", append(full, args...)...)
	cmd.Dir = dir
	cmd.Env = environment()
	ownGroup(cmd)
	cmd.Cancel = func() error { return killGroup(cmd) }
	// A grandchild that keeps the pipes open must not keep us waiting.
	cmd.WaitDelay = time.Second
	return cmd
}

// run runs a command with a short answer and returns its standard output, also when it fails.
func run(ctx context.Context, dir string, args ...string) (string, error) {
	return runUpTo(ctx, headSize, dir, args...)
}

// runUpTo is run for an answer of at most so many bytes.
func runUpTo(ctx context.Context, size int, dir string, args ...string) (string, error) {
	stalled := fmt.Errorf("git %s did not answer within %v", args[0], patience)
	ctx, cancel := context.WithTimeoutCause(ctx, patience, stalled)
	defer cancel()
	stdout := head{size: size}
	var stderr tail
	cmd := command(ctx, dir, args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	switch {
	case err == nil:
		return stdout.String(), nil
	case ctx.Err() != nil:
		return "", context.Cause(ctx)
	case errors.Is(err, errTooMuch):
		return "", fmt.Errorf("git %s: %w", args[0], err)
	}
	return stdout.String(), gitError(err, stderr.String())
}

// gitError makes one line of how git failed: its own words if it said any.
func gitError(err error, stderr string) error {
	switch message := oneLine(stderr); {
	case errors.Is(err, exec.ErrNotFound):
		return fmt.Errorf("no git in PATH: git %s or newer is needed", MinVersion)
	case strings.Contains(message, "fatal: not a git repository"):
		return fmt.Errorf("%w: git says: %s", ErrNotRepository, message)
	case message != "":
		return &saidError{message}
	}
	return fmt.Errorf("git: %w", err)
}

// saidError is how git itself explained its end, in one line.
type saidError struct{ message string }

func (e *saidError) Error() string { return "git says: " + e.message }

// oneLine joins the lines of a message.
func oneLine(s string) string {
	return strings.Join(strings.Fields(strings.ToValidUTF8(s, "�")), " ")
}

// head keeps what is written to it, which must be no longer than size bytes.
type head struct {
	strings.Builder
	size int
}

// headSize is room for a few paths of any length that systems allow.
const headSize = 1 << 20

var errTooMuch = errors.New("the answer does not end")

func (h *head) Write(p []byte) (int, error) {
	if h.Len()+len(p) > h.size {
		return 0, errTooMuch
	}
	return h.Builder.Write(p)
}

// tail keeps the last bytes written to it: the end of what git says is what it died of.
type tail struct{ buf []byte }

const tailSize = 4096

func (t *tail) Write(p []byte) (int, error) {
	t.buf = append(t.buf, p...)
	if extra := len(t.buf) - tailSize; extra > 0 {
		t.buf = append(t.buf[:0], t.buf[extra:]...)
	}
	return len(p), nil
}

func (t *tail) String() string { return string(t.buf) }
