// Package buildkit runs a real buildkitd, builds Dockerfiles with it, and
// says of every step whether it was taken from the cache.
package buildkit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/moby/buildkit/client"
)

// Daemon is a running buildkitd with its own state. Its methods may be called
// from several goroutines, but a Reset must not overlap a Build.
type Daemon struct {
	opts   Options
	client *client.Client
	cmd    *exec.Cmd
	done   chan struct{} // closed when the process has ended
	root   string
	log    string
	debug  string
}

// Options say how to start a daemon.
type Options struct {
	// Binary is buildkitd itself; see Binary.
	Binary string
	// Registry is the host:port of the registry that serves all images, over plain HTTP.
	Registry string
	// Snapshotter is native if empty.
	Snapshotter string
	// State is the directory in which the daemon makes its own, to be removed at the end. If
	// empty, it is /dev/shm, in memory, where a build takes half the time, or else os.TempDir().
	State string
	// CacheDebug makes the daemon record what its cache keys hashed.
	CacheDebug bool
}

// rootPrefix and the number of the process that made it begin the name of a daemon's directory.
const rootPrefix = "whybust-buildkit-"

// sweep removes the directories of processes that were killed and could not do it.
func sweep(dir string) {
	if dir == "" {
		dir = os.TempDir()
	}
	roots, _ := filepath.Glob(filepath.Join(dir, rootPrefix+"*-*"))
	for _, root := range roots {
		pid, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(root), rootPrefix), "-")
		if n, err := strconv.Atoi(pid); err == nil && errors.Is(syscall.Kill(n, 0), syscall.ESRCH) {
			unmountBelow(root)
			_ = os.RemoveAll(root)
		}
	}
}

func stateDir(dir string) string {
	const memory = "/dev/shm"
	if dir == "" && syscall.Access(memory, 2 /* W_OK */) == nil {
		return memory
	}
	return dir
}

// startTimeout bounds how long a daemon may take to answer.
const startTimeout = 60 * time.Second

// Start starts a daemon with an empty cache. It fails, and does not skip, if runc is missing.
func Start(ctx context.Context, opts Options) (*Daemon, error) {
	if _, err := exec.LookPath("runc"); err != nil {
		return nil, fmt.Errorf("buildkitd needs runc (apt-get install runc): %w", err)
	}
	if os.Geteuid() != 0 {
		return nil, errors.New("buildkitd needs to be run as root")
	}
	dir := stateDir(opts.State)
	sweep(dir)
	root, err := os.MkdirTemp(dir, fmt.Sprintf("%s%d-", rootPrefix, os.Getpid()))
	if err != nil {
		return nil, err
	}
	d := &Daemon{opts: opts, root: root, log: filepath.Join(root, "log"), done: make(chan struct{})}
	if err := d.start(ctx); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

func (d *Daemon) start(ctx context.Context) error {
	opts := d.opts
	config := filepath.Join(d.root, "buildkitd.toml")
	text := fmt.Sprintf("[registry.%q]\n  http = true\n", opts.Registry)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return err
	}
	socket := "unix://" + filepath.Join(d.root, "sock")
	snapshotter := opts.Snapshotter
	if snapshotter == "" {
		snapshotter = "native"
	}
	args := []string{
		"--config", config, "--root", filepath.Join(d.root, "state"), "--addr", socket,
		// The default is one path for the whole machine, which daemons that start or end at once take from
		// each other, and fail.
		"--otel-socket-path", filepath.Join(d.root, "otel.sock"),
		"--containerd-worker=false", "--oci-worker=true", "--oci-worker-snapshotter", snapshotter,
		"--oci-worker-net", "host", "--oci-worker-gc=false",
		"--allow-insecure-entitlement", "network.host", "--allow-insecure-entitlement", "security.insecure",
	}
	if opts.CacheDebug {
		d.debug = filepath.Join(d.root, "debug.sock")
		args = append(args, "--save-cache-debug", "--debugaddr", "unix://"+d.debug)
	}
	log, err := os.Create(d.log)
	if err != nil {
		return err
	}
	defer log.Close()
	d.cmd = exec.Command(opts.Binary, args...)
	d.cmd.Stdout, d.cmd.Stderr = log, log
	if err := d.spawn(); err != nil {
		return err
	}
	return d.connect(ctx, socket)
}

// spawn starts the process, in a group of its own, so that what it leaves
// running can be ended with it, and such that it ends when this process dies. The kernel ties
// the latter to the thread that started it, so that thread waits for it.
func (d *Daemon) spawn() error {
	d.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := d.cmd.Start()
		started <- err
		if err == nil {
			_ = d.cmd.Wait()
			close(d.done)
		}
	}()
	return <-started
}

// connect waits until the daemon answers.
func (d *Daemon) connect(ctx context.Context, socket string) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	c, err := client.New(ctx, socket)
	if err != nil {
		return err
	}
	d.client = c
	for {
		_, err := c.ListWorkers(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-d.done:
			return fmt.Errorf("buildkitd ended at its start: %s", d.logTail())
		case <-ctx.Done():
			return fmt.Errorf("buildkitd does not answer: %w: %s", err, d.logTail())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// logTail is the end of the daemon's log, for errors: all of what it died of, whose reason stands before a
// long stack, or else the last lines.
func (d *Daemon) logTail() string {
	data, err := os.ReadFile(d.log)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	begin := max(0, len(lines)-5)
	if died := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "buildkitd: ") }); died >= 0 {
		begin = died
	}
	return strings.Join(lines[begin:], "\n")
}

// resetTimeout bounds how long a daemon may hold on to what its builds made.
const resetTimeout = 5 * time.Second

// Reset empties the cache. BuildKit v0.34.2 now and then never lets go of what a build made that failed;
// then another daemon takes this one's place.
func (d *Daemon) Reset(ctx context.Context) error {
	empty, err := d.prune(ctx)
	if err != nil || empty {
		return err
	}
	if err := d.Close(); err != nil {
		return err
	}
	fresh, err := Start(ctx, d.opts)
	if err != nil {
		return err
	}
	*d = *fresh
	return nil
}

// prune tells whether the cache could be emptied. One Prune need not do it: the daemon lets go of what a
// build made a moment after it has answered, and what is in use is not pruned.
func (d *Daemon) prune(ctx context.Context) (empty bool, err error) {
	for end := time.Now().Add(resetTimeout); ; {
		if err := d.client.Prune(ctx, nil, client.PruneAll); err != nil {
			return false, err
		}
		left, err := d.client.DiskUsage(ctx)
		if err != nil || len(left) == 0 {
			return err == nil, err
		}
		if time.Now().After(end) {
			return false, nil
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
}

// Close stops the daemon and removes its state. It may be called twice.
func (d *Daemon) Close() error {
	if d.client != nil {
		_ = d.client.Close()
	}
	if d.cmd != nil && d.cmd.Process != nil {
		_ = d.cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-d.done:
		case <-time.After(10 * time.Second):
			_ = syscall.Kill(-d.cmd.Process.Pid, syscall.SIGKILL)
			<-d.done
		}
	}
	unmountBelow(d.root)
	return os.RemoveAll(d.root)
}

// unmountBelow unmounts what a killed daemon or runc left mounted, so that
// removing the state cannot reach through a mount.
func unmountBelow(root string) {
	data, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return
	}
	for line := range strings.Lines(string(data)) {
		fields := strings.Fields(line)
		if len(fields) > 1 && strings.HasPrefix(fields[1], root+"/") {
			_ = syscall.Unmount(fields[1], syscall.MNT_DETACH)
		}
	}
}
