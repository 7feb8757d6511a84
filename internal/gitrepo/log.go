package gitrepo

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
)

// LogEntry is one commit of a history.
type LogEntry struct {
	Commit, Tree OID
	// Time is when it was committed.
	Time time.Time
	// Subject is the first line of its message, as git folds it. Bytes that are not UTF-8 are question marks, which are
	// no longer than what they stand for: what an entry holds is bounded by what git wrote.
	Subject string
	// Changes are what it changed of its first parent, in git's order.
	Changes []RawChange
}

// RawChange is what a commit made of one path. A path at which a file became a directory
// is deleted, beside what is added below it.
type RawChange struct {
	Path string
	// Mode is 0 if the path was deleted.
	Mode uint32
	OID  OID
	// Content is set if it was a plain file, and is one of the same mode: nothing changed but what it holds.
	Content bool
}

// LogOptions say which commits of a history are listed.
type LogOptions struct {
	// Limit is how many at most, the newest ones; 0 is all.
	Limit int
	// Since leaves out what was committed before it, unless it is zero.
	Since time.Time
}

const (
	maxSubject = 1 << 10  // what is kept of a subject
	maxToken   = 64 << 10 // the longest path, and header with its subject
)

// logArgs are the arguments of a log that shows what every commit did to its first parent, and that
// no setting of the repository can make do anything else.
func logArgs(tip OID, o LogOptions) []string {
	args := []string{"log", "--first-parent", "--diff-merges=first-parent", "--reverse", "--raw", "-z", "--no-abbrev", "--no-renames", "-O" + os.DevNull,
		"--no-ext-diff", "--no-textconv", "--no-show-signature", "--no-relative", "--no-color", "--no-mailmap",
		"--no-notes", "--no-decorate", "--ignore-submodules=none", "--encoding=UTF-8", "--format=%H %T %ct %s"}
	if o.Limit > 0 {
		args = append(args, "--max-count="+strconv.Itoa(o.Limit))
	}
	if !o.Since.IsZero() {
		args = append(args, "--since="+strconv.FormatInt(o.Since.Unix(), 10))
	}
	return append(args, "--end-of-options", tip.Hex(), "--")
}

// watched is a reader that has its process killed if it waits for too long.
type watched struct {
	io.Reader
	watchdog *time.Timer
}

func (w *watched) Read(p []byte) (int, error) {
	w.watchdog.Reset(patience)
	defer w.watchdog.Stop()
	return w.Reader.Read(p)
}

// logParser reads what Log has git write: for each commit a header, and for each path two
// tokens, all ended by NUL. The first of a path's begins with a colon.
type logParser struct {
	in    *bufio.Reader
	entry *LogEntry
	text  []byte // of its changes: the raw id and the path of each
	ends  []int  // where they end in it
}

// each calls fn for each commit until it returns false.
func (p *logParser) each(fn func(*LogEntry) bool) (more bool, err error) {
	for {
		token, err := p.token()
		if err == io.EOF {
			return p.entry == nil || fn(p.finish()), nil
		}
		if err != nil {
			return true, err
		}
		if token[0] == ':' {
			err = p.change(token)
		} else {
			if p.entry != nil && !fn(p.finish()) {
				return false, nil
			}
			p.entry, err = parseLogHeader(string(token))
		}
		if err != nil {
			return true, err
		}
	}
}

// token reads to the next NUL. It is valid until the next call, and not empty.
func (p *logParser) token() ([]byte, error) {
	token, err := p.in.ReadSlice(0)
	switch {
	case err == io.EOF && len(token) > 0:
		return nil, fmt.Errorf("git log: %w", io.ErrUnexpectedEOF)
	case err == bufio.ErrBufferFull && token[0] != ':' && token[0] != '\n':
		return p.cutToken(token)
	case err == bufio.ErrBufferFull:
		return nil, fmt.Errorf("git log answered %.100q and more, longer than %d bytes", token, maxToken)
	case err != nil:
		return nil, err
	}
	token = bytes.TrimPrefix(token[:len(token)-1], []byte("\n"))
	if len(token) == 0 {
		return nil, fmt.Errorf("git log answered nothing where something was expected")
	}
	return token, nil
}

// cutToken is the beginning of a token that does not fit: that of a header, whose subject is too long.
func (p *logParser) cutToken(token []byte) ([]byte, error) {
	token = bytes.TrimPrefix(bytes.Clone(token), []byte("\n"))
	for {
		switch _, err := p.in.ReadSlice(0); err {
		case nil:
			return token, nil
		case bufio.ErrBufferFull:
		case io.EOF:
			return nil, fmt.Errorf("git log: %w", io.ErrUnexpectedEOF)
		default:
			return nil, err
		}
	}
}

// change reads a path and what became of it: ":MODE MODE ID ID STATUS" comes first.
func (p *logParser) change(meta []byte) error {
	before, after, id, ok := cutChange(meta)
	if !ok || p.entry == nil {
		return badAnswer(string(meta))
	}
	p.text = append(p.text, id...) // before the next read takes its place
	p.ends = append(p.ends, len(p.text))
	path, err := p.in.ReadSlice(0)
	if err != nil || len(path) == 1 {
		return badAnswer("nothing after a change")
	}
	p.text = append(p.text, path[:len(path)-1]...)
	p.ends = append(p.ends, len(p.text))
	p.entry.Changes = append(p.entry.Changes, RawChange{Mode: after, Content: before == after && after&ModeType == ModeFile})
	return nil
}

// finish gives the changes of an entry their texts, all of which share one string.
func (p *logParser) finish() *LogEntry {
	text, start := string(p.text), 0
	for i := range p.entry.Changes {
		c, mid, end := &p.entry.Changes[i], p.ends[2*i], p.ends[2*i+1]
		c.OID, c.Path = OID(text[start:mid]), text[mid:end]
		start = end
	}
	p.text, p.ends = p.text[:0], p.ends[:0]
	return p.entry
}

// cutChange takes what stands before a path apart: two modes, the raw bytes of the second id, and that there is a status. id
// takes the place of its hex.
func cutChange(meta []byte) (before, after uint32, id []byte, ok bool) {
	var f [4][]byte
	rest := meta[1:]
	for i := range f {
		if f[i], rest, ok = bytes.Cut(rest, []byte(" ")); !ok {
			return 0, 0, nil, false
		}
	}
	id = f[3]
	if len(rest) == 0 || bytes.IndexByte(rest, ' ') >= 0 || len(id) != 2*sha1Len && len(id) != 2*sha256Len {
		return 0, 0, nil, false
	}
	before, okBefore := parseMode(f[0])
	after, okAfter := parseMode(f[1])
	n, err := hex.Decode(id, id)
	return before, after, id[:n], okBefore && okAfter && err == nil
}

// parseMode parses the mode of a tree entry, in octal.
func parseMode(text []byte) (mode uint32, ok bool) {
	for _, c := range text {
		if c < '0' || c > '7' {
			return 0, false
		}
		mode = mode<<3 | uint32(c-'0')
	}
	return mode, len(text) > 0 && len(text) <= 7
}

func parseLogHeader(line string) (*LogEntry, error) {
	f := strings.SplitN(line, " ", 4)
	if len(f) < 3 {
		return nil, badAnswer(line)
	}
	commit, okCommit := ParseOID(f[0])
	tree, okTree := ParseOID(f[1])
	seconds, err := strconv.ParseInt(f[2], 10, 64)
	if !okCommit || !okTree || err != nil {
		return nil, badAnswer(line)
	}
	e := &LogEntry{Commit: commit, Tree: tree, Time: time.Unix(seconds, 0).UTC()}
	if len(f) == 4 {
		e.Subject = strings.ToValidUTF8(f[3][:min(len(f[3]), maxSubject)], "?")
	}
	return e, nil
}

func badAnswer(line string) error { return fmt.Errorf("git log answered %.100q", line) }
