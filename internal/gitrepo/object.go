package gitrepo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxTree is the largest tree object or commit that is read into memory. One
// of a million entries has some 50 MB.
const maxTree = 256 << 20

// inMemory is the largest blob that is read at once; larger ones are streamed.
const inMemory = 1 << 20

// Resolve returns the commit that a revision names, and its tree. The error is
// a *RevisionError if there is none.
func (r *Repo) Resolve(ctx context.Context, revision string) (commit, tree OID, err error) {
	if revision == "" || strings.ContainsAny(revision, "\x00\n\r") {
		return "", "", &RevisionError{revision, "not a valid revision"}
	}
	name := revision + "^{commit}"
	if strings.HasPrefix(revision, ":/") {
		name = revision // a search for a commit, whose text goes on to the end
	}
	h, content, err := r.revision(ctx, name)
	var said *saidError
	if errors.As(err, &said) {
		return "", "", &RevisionError{revision, said.Error()}
	}
	if err != nil {
		return "", "", err
	}
	if h.Type != "commit" {
		return "", "", &RevisionError{revision, r.whyMissing(revision, h)}
	}
	line, _, _ := bytes.Cut(content, []byte("\n"))
	tree, ok := ParseOID(strings.TrimPrefix(string(line), "tree "))
	if !ok {
		return "", "", &ObjectError{h.OID, "not a valid commit"}
	}
	return h.OID, tree, nil
}

// revision is object for a name over which git may die, as it does over "@{u}" of
// a branch without an upstream. That is no reason not to start it again; and the name that it died of may
// be another one, which was sent ahead.
func (r *Repo) revision(ctx context.Context, name string) (h header, content []byte, err error) {
	for range 2 {
		h, content, err = r.object(ctx, name)
		var said *saidError
		if !errors.As(err, &said) {
			break
		}
		r.mu.Lock()
		r.broken = nil
		r.mu.Unlock()
	}
	return h, content, err
}

// whyMissing gives the reason why a revision names no commit.
func (r *Repo) whyMissing(revision string, h header) string {
	switch {
	case h.Problem == "ambiguous":
		return "several objects have ids that start like this"
	case h.Type != "":
		return "names a " + h.Type + ", not a commit"
	case revision == "HEAD":
		return "there is no commit yet"
	case r.Shallow:
		return "no such revision in this shallow clone: fetch more of the history (git fetch --unshallow; " +
			"with actions/checkout, fetch-depth: 0)"
	}
	return "no such revision"
}

// MergeBase returns the best common ancestor of two commits, as A...B means
// it. It costs a process.
func (r *Repo) MergeBase(ctx context.Context, a, b OID) (OID, error) {
	out, err := run(ctx, r.dir, "merge-base", "--end-of-options", a.Hex(), b.Hex())
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	if base, ok := ParseOID(strings.TrimSuffix(out, "\n")); ok && err == nil {
		return base, nil
	}
	reason := "the two commits have no common ancestor"
	if r.Shallow {
		reason += " in this shallow clone: fetch more of the history (git fetch --unshallow; " +
			"with actions/checkout, fetch-depth: 0)"
	}
	return "", &RevisionError{a.Hex() + "..." + b.Hex(), reason}
}

// Replaces reports whether there are replace refs, so that an object may hold something else than
// its id says. It costs a process.
func (r *Repo) Replaces(ctx context.Context) (bool, error) {
	out, err := run(ctx, r.dir, "for-each-ref", "--count=1", "refs/replace/")
	return out != "", err
}

// ReadTree returns the entries of a tree object, in git's order.
func (r *Repo) ReadTree(ctx context.Context, id OID) ([]TreeEntry, error) {
	h, content, err := r.object(ctx, id.Hex())
	if err != nil {
		return nil, err
	}
	if h.Type != "tree" {
		return nil, objectError(id, h, "tree")
	}
	r.trees.Add(1)
	entries, err := ParseTree(content, len(id))
	if err != nil {
		return nil, &ObjectError{id, err.Error()}
	}
	return entries, nil
}

// Blob opens the content of a blob and returns its size. A large one is
// streamed from a process that the stream keeps to itself until it is read to the end or
// closed: a request made meanwhile has a process started for it. ctx governs
// the stream until it is closed, and whoever opens must close.
func (r *Repo) Blob(ctx context.Context, id OID) (io.ReadCloser, int64, error) {
	b, stop, h, err := r.ask(ctx, id.Hex())
	if err != nil {
		return nil, 0, err
	}
	defer func() { <-r.sem }()
	if h.Type == "blob" && h.Size > inMemory && !h.read {
		r.blobs.Add(1)
		return &stream{ctx: ctx, repo: r, batch: b, stop: stop, left: h.Size}, h.Size, nil
	}
	content, err := r.rest(ctx, b, stop, h)
	if err != nil {
		return nil, 0, err
	}
	if h.Type != "blob" {
		return nil, 0, objectError(id, h.header, "blob")
	}
	r.blobs.Add(1)
	return io.NopCloser(bytes.NewReader(content)), h.Size, nil
}

// object reads an object of any type into memory. That there is none is said
// in the header.
func (r *Repo) object(ctx context.Context, name string) (header, []byte, error) {
	b, stop, h, err := r.ask(ctx, name)
	if err != nil {
		return header{}, nil, err
	}
	defer func() { <-r.sem }()
	content, err := r.rest(ctx, b, stop, h)
	return h.header, content, err
}

// ask asks for an object. Without an error the caller has a place in r.sem and the process, to
// be killed when ctx ends until stop is called.
func (r *Repo) ask(ctx context.Context, name string) (b *batch, stop func() bool, a answer, err error) {
	for again := false; ; again = true {
		b, err = r.acquire(ctx)
		if err != nil {
			return nil, nil, answer{}, err
		}
		stop = context.AfterFunc(ctx, b.kill)
		if a, err = b.ask(name); err == nil {
			return b, stop, a, nil
		}
		stop()
		err = r.fail(ctx, b, err)
		<-r.sem
		// Git may have died of something else that it was asked for ahead.
		var other *ObjectError
		if again || !errors.As(err, &other) || other.OID.Hex() == name {
			return nil, nil, answer{}, err
		}
	}
}

// Ahead asks for objects that will be needed soon, without waiting for them: git works while the
// caller does, and one round trip serves for all. A name is the id of an object in hex or what Resolve asks for. It
// does nothing if git is busy with a stream. An object that is not there is no error before somebody needs it.
func (r *Repo) Ahead(ctx context.Context, names ...string) error {
	if len(names) == 0 {
		return nil
	}
	b, err := r.acquire(ctx)
	if err != nil {
		return err
	}
	defer func() { <-r.sem }()
	if err := b.ahead(names); err != nil {
		var missing *ObjectError
		if err = r.fail(ctx, b, err); errors.As(err, &missing) {
			return nil // whoever needs it will be told
		}
		return err
	}
	r.giveBack(b)
	return nil
}

// rest ends a request whose header has come: it reads the content and gives
// the process back. Content that is too large to be right is not read.
func (r *Repo) rest(ctx context.Context, b *batch, stop func() bool, h answer) ([]byte, error) {
	content := h.content
	switch {
	case h.Problem != "" || h.read:
	case h.Type == "blob" && h.Size > inMemory:
		// Not asked for as a blob: the caller wants to know its type only.
		stop()
		r.discard(b)
		return nil, nil
	case h.Size > maxTree:
		stop()
		r.discard(b)
		return nil, &ObjectError{h.OID, fmt.Sprintf("a %s of %d bytes is too large", h.Type, h.Size)}
	default:
		done := b.watch()
		var err error
		content, err = b.content(h.header)
		done()
		if err != nil {
			stop()
			return nil, r.fail(ctx, b, err)
		}
	}
	if !stop() {
		// Cancelled too late to matter, but the process is being killed.
		r.discard(b)
		return nil, context.Cause(ctx)
	}
	r.giveBack(b)
	return content, nil
}

// notFetched is why an object that must be there is not.
func notFetched(id OID) error {
	return &ObjectError{id, "not in the repository, which is a partial clone or damaged; nothing is fetched here " +
		"(in a partial clone, git cat-file -e " + id.Hex() + " fetches it)"}
}

// objectError says what is wrong with an object that is not what it should be.
func objectError(id OID, h header, want string) error {
	if h.Problem == "missing" {
		return notFetched(id)
	}
	return &ObjectError{id, fmt.Sprintf("is a %s%s, not a %s", h.Type, h.Problem, want)}
}

// stream reads a large blob.
type stream struct {
	ctx   context.Context
	repo  *Repo
	batch *batch // nil once it was given back
	stop  func() bool
	left  int64
	err   error
}

func (s *stream) Read(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	if int64(len(p)) > s.left {
		p = p[:s.left]
	}
	done := s.batch.watch()
	n, err := s.batch.out.Read(p)
	done()
	s.left -= int64(n)
	if err == nil && s.left == 0 {
		err = s.finish()
	} else if err != nil {
		s.stop()
		err = s.repo.fail(s.ctx, s.batch, s.batch.failed(err))
		s.batch = nil
	}
	s.err = err
	return n, err
}

// finish gives the process back after the last byte and returns io.EOF.
func (s *stream) finish() error {
	b := s.batch
	s.batch = nil
	done := b.watch()
	_, err := b.out.Discard(1) // the newline after the content
	done()
	if !s.stop() || err != nil {
		s.repo.discard(b)
	} else {
		s.repo.giveBack(b)
	}
	return io.EOF
}

// Close ends the stream. A process with content left in its pipe is ended.
func (s *stream) Close() error {
	if s.batch != nil {
		s.stop()
		s.repo.discard(s.batch)
		s.batch, s.err = nil, errClosed
	}
	return nil
}
