// Package gitrepo reads git repositories by way of the git command: two child
// processes for any number of objects, no shell, nothing of the repository
// executed (command.go says how).
//
// Revisions are resolved by git, and objects are read by git, so alternates,
// packs, partial clones, replace refs, worktrees and ownership checks are
// what they are for git. Only the index file is parsed here (index.go), because it alone says which
// files of a working tree are known to be unchanged.
package gitrepo

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
)

// Repo is an open repository. It is safe for concurrent use; requests are
// answered one after another. Close ends its child process.
type Repo struct {
	// WorkTree is the absolute path of the root of the working tree; empty in
	// a bare repository and inside a .git directory.
	WorkTree string
	// Prefix is the place of the opened directory in the working tree: slash-separated, empty for its root.
	Prefix string
	// GitDir is the absolute path of the .git directory, of a linked worktree its own one.
	GitDir string
	// IndexFile is the absolute path of the index, which need not exist.
	IndexFile string
	// Bare and Shallow are as git rev-parse says.
	Bare, Shallow bool
	// ObjectFormat is sha1 or sha256.
	ObjectFormat string
	// Head is the commit of HEAD; empty if there is none yet.
	Head OID

	dir     string
	dialect dialect
	sem     chan struct{} // held while a request talks to the idle process

	mu        sync.Mutex
	idle      *batch // nil if lent to a stream, or not running
	all       map[*batch]struct{}
	broken    error // why the process died by itself: not started again
	closed    bool
	lastIndex readIndex

	trees, blobs atomic.Int64
}

// headCommit is how the commit of HEAD is asked for.
const headCommit = "HEAD^{commit}"

// Open finds the repository that dir is in. ctx bounds the opening only. Names
// are asked for at once, as by Ahead.
func Open(ctx context.Context, dir string, names ...string) (*Repo, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	r := &Repo{dir: dir, dialect: buffered, sem: make(chan struct{}, 1), all: map[*batch]struct{}{}}
	if err := r.open(ctx, append([]string{headCommit}, names...)); err != nil {
		r.Close()
		return nil, fmt.Errorf("open git repository at %s: %w", dir, err)
	}
	return r, nil
}

// open starts the process and learns where the repository lies. Most of what
// a small repository costs is the start of processes, so a second one is
// avoided where the layout is plain, and runs beside the first otherwise.
func (r *Repo) open(ctx context.Context, names []string) error {
	if err := r.start(); err != nil {
		return err
	}
	err := r.Ahead(ctx, names...)
	if !r.plainLayout() {
		if err := r.discover(ctx); err != nil {
			return err
		}
	}
	// The answer to any question says that git accepts the repository.
	var h header
	if err == nil {
		h, _, err = r.object(ctx, headCommit)
	}
	if err != nil && strings.Contains(err.Error(), "unknown option") {
		if err := checkVersion(ctx, r.dir); err != nil {
			return err
		}
		r.dialect = unbuffered
		if err := r.start(); err != nil {
			return err
		}
		h, _, err = r.object(ctx, headCommit)
	}
	if h.Type == "commit" {
		r.Head = h.OID
	}
	return err
}

// start starts a process in place of one that did not get on.
func (r *Repo) start() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	b, err := startBatch(r.dir, r.dialect)
	if err == nil {
		r.idle, r.broken = b, nil
		r.all[b] = struct{}{}
	}
	return err
}

// mark is no option of git rev-parse, which therefore prints it as it stands.
const mark = "--whybust-mark"

// discover asks all that there is to know about a repository in one command.
// Paths may hold newlines, hence the marks around them.
func (r *Repo) discover(ctx context.Context) error {
	out, err := run(ctx, r.dir, "rev-parse", "--is-bare-repository",
		"--is-shallow-repository", "--show-object-format", "--path-format=absolute",
		mark, "--git-dir", mark, "--git-path", "index", mark, "--show-prefix",
		// The last one fails without a working tree.
		mark, "--show-toplevel")
	parts := strings.Split(out, "\n"+mark+"\n")
	if err != nil && len(parts) < 5 {
		return err
	}
	if len(parts) != 5 {
		return fmt.Errorf("git rev-parse answered %.200q", out)
	}
	facts := strings.Split(parts[0], "\n")
	// An old git prints a question that it does not know.
	if len(facts) != 3 || !strings.HasPrefix(facts[2], "sha") {
		if err := checkVersion(ctx, r.dir); err != nil {
			return err
		}
		return fmt.Errorf("git rev-parse answered %.200q", out)
	}
	r.Bare, r.Shallow, r.ObjectFormat = facts[0] == "true", facts[1] == "true", facts[2]
	r.GitDir, r.IndexFile = parts[1], parts[2]
	r.Prefix = strings.TrimSuffix(parts[3], "/")
	r.WorkTree = strings.TrimSuffix(parts[4], "\n")
	return nil
}

// Trees returns how many tree objects were read.
func (r *Repo) Trees() int { return int(r.trees.Load()) }

// Blobs returns how many blobs were read.
func (r *Repo) Blobs() int { return int(r.blobs.Load()) }

// Close ends the child processes. Requests and streams that are under way fail.
func (r *Repo) Close() error {
	r.mu.Lock()
	r.closed, r.idle = true, nil
	all := r.all
	r.all = nil
	r.mu.Unlock()
	for b := range all {
		b.stop()
	}
	return nil
}

// acquire returns a process for one request, which must be given to release.
func (r *Repo) acquire(ctx context.Context) (*batch, error) {
	select {
	case r.sem <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	b, err := r.take(ctx)
	if err != nil {
		<-r.sem
	}
	return b, err
}

// take takes the idle process. There is none when a stream has it or when a
// cancelled request has left none; then a new one is started.
func (r *Repo) take(ctx context.Context) (*batch, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch b := r.idle; {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case r.closed:
		return nil, errClosed
	case r.broken != nil:
		return nil, r.broken
	case b != nil:
		r.idle = nil
		return b, nil
	}
	b, err := startBatch(r.dir, r.dialect)
	if err == nil {
		r.all[b] = struct{}{}
	}
	return b, err
}

// giveBack makes a process idle that is in step, unless another one is idle already.
func (r *Repo) giveBack(b *batch) {
	r.mu.Lock()
	keep := !r.closed && r.idle == nil
	if keep {
		r.idle = b
	}
	r.mu.Unlock()
	if !keep {
		r.discard(b)
	}
}

// discard ends a process that is out of step or not needed.
func (r *Repo) discard(b *batch) {
	b.stop()
	r.mu.Lock()
	delete(r.all, b)
	r.mu.Unlock()
}

// fail discards a process after an error of it and returns the error
// that the caller should see: a cancellation or Close come before what they
// brought about. A process that died by itself is not replaced, since it
// would die again on the next damaged object.
func (r *Repo) fail(ctx context.Context, b *batch, err error) error {
	r.discard(b)
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.closed:
		return errClosed
	case ctx.Err() != nil:
		return context.Cause(ctx)
	}
	if missing := unfetched(err); missing != nil {
		return missing
	}
	r.broken = err
	return err
}

// unfetched recognises the death of git over an object that it may not fetch,
// which is the fault of that object alone.
func unfetched(err error) error {
	_, rest, _ := strings.Cut(err.Error(), "could not fetch ")
	word, rest, _ := strings.Cut(rest, " ")
	id, ok := ParseOID(word)
	if !ok || !strings.HasPrefix(rest, "from promisor remote") {
		return nil
	}
	return notFetched(id)
}
