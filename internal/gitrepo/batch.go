package gitrepo

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// batch is one `git cat-file`: a line with an object's name goes in, a header
// line, the content and a newline come out. Names may be sent ahead; answers come in the order
// of the names, and those that nobody waits for yet are kept.
//
// A batch belongs to one request at a time. After an error it is out of step
// and must be stopped.
type batch struct {
	process
	dialect  dialect
	in       io.WriteCloser
	out      *bufio.Reader
	stderr   tail
	once     sync.Once
	died     error             // set by stop
	sent     []string          // names without an answer yet, in order
	kept     map[string]answer // to names that were sent ahead
	size     int64             // of what is kept
	watchdog *time.Timer       // kills a process that does not get on
	stalled  atomic.Bool       // the watchdog did so
}

// process is what a batch needs of a child process beside its pipes.
type process interface {
	kill()
	wait() error
}

// child is a process of the operating system.
type child struct {
	*exec.Cmd
	out io.Closer // its standard output
}

// kill also ends a read that waits for the output: what the child has started
// may hold the other end of the pipe, and go on.
func (c child) kill() {
	killGroup(c.Cmd)
	c.out.Close()
}

func (c child) wait() error { return c.Wait() }

// dialect is how a process is asked.
type dialect struct {
	args          []string
	before, after string // around a name, and at the end of a list of names
}

// buffered has git write an answer, or many, at once. With --batch each
// takes three writes, which wake the reader three times.
var buffered = dialect{[]string{"cat-file", "--batch-command", "--buffer"}, "contents ", "flush\n"}

// unbuffered is for a git before 2.36, which does not know --batch-command.
var unbuffered = dialect{[]string{"cat-file", "--batch"}, "", ""}

const batchBuffer = 64 << 10

// startBatch starts the process. It ends with stop, or by itself if the
// parent dies, since its standard input then ends.
func startBatch(dir string, d dialect) (*batch, error) {
	b := newBatch(d)
	cmd := command(context.Background(), dir, d.args...)
	cmd.Stderr = &b.stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		in.Close()
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, gitError(err, "")
	}
	b.connect(child{cmd, out}, in, out)
	return b, nil
}

func newBatch(d dialect) *batch { return &batch{dialect: d, kept: map[string]answer{}} }

// connect gives a batch the process that answers it.
func (b *batch) connect(p process, in io.WriteCloser, out io.Reader) {
	b.process, b.in, b.out = p, in, bufio.NewReaderSize(out, batchBuffer)
	b.watchdog = time.AfterFunc(time.Hour, func() {
		b.stalled.Store(true)
		b.kill()
	})
	b.watchdog.Stop()
}

// stop ends the process and frees what belongs to it.
func (b *batch) stop() {
	b.once.Do(func() {
		b.watchdog.Stop()
		b.in.Close()
		b.kill()
		b.died = b.wait()
	})
}

// failed stops a process that did not answer and says what it died of.
func (b *batch) failed(err error) error {
	// Its standard output has ended or is out of step. When it ended by itself
	// the message is on its way, so let it die its own death, if it does so soon.
	b.once.Do(func() {
		b.in.Close()
		grace := lastWords
		if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			grace = 0
		}
		b.watchdog.Stop()
		late := time.AfterFunc(grace, b.kill)
		b.died = b.wait()
		late.Stop()
	})
	switch message := oneLine(b.stderr.String()); {
	case b.stalled.Load():
		return fmt.Errorf("git cat-file did not answer within %v", patience)
	case message != "":
		return gitError(b.died, message)
	}
	if b.died == nil {
		return fmt.Errorf("git cat-file ended unexpectedly: %w", err)
	}
	return fmt.Errorf("git cat-file ended unexpectedly (%w): %w", b.died, err)
}

// answer is what came for a name.
type answer struct {
	header
	// read is set when the content has been read already, into content.
	read    bool
	content []byte
}

// maxSent bounds the bytes of the names that are on their way: less than a pipe
// holds on any system, so that a write cannot wait for git while git waits for its answers to be read.
const maxSent = 12 << 10

// send sends names, without waiting for the answers. Names must not hold newlines.
func (b *batch) send(names ...string) error {
	var lines strings.Builder
	for _, name := range names {
		lines.WriteString(b.dialect.before)
		lines.WriteString(name)
		lines.WriteByte('\n')
	}
	lines.WriteString(b.dialect.after)
	if _, err := io.WriteString(b.in, lines.String()); err != nil {
		// A broken pipe: the reason is at the other end.
		return b.failed(io.EOF)
	}
	b.sent = append(b.sent, names...)
	return nil
}

// ahead sends as many of the names as there is room for.
func (b *batch) ahead(names []string) error {
	room := maxSent - len(b.dialect.after)
	for _, name := range b.sent {
		room -= b.dialect.cost(name)
	}
	var send []string
	for _, name := range names {
		if _, ok := b.kept[name]; ok || slices.Contains(b.sent, name) {
			continue
		}
		if room -= b.dialect.cost(name); room < 0 {
			break
		}
		send = append(send, name)
	}
	if len(send) == 0 {
		return nil
	}
	return b.send(send...)
}

// cost is the number of bytes of one name.
func (d dialect) cost(name string) int { return len(d.before) + len(name) + 1 }

// ask returns the answer to a name, which is sent unless it was sent ahead. What is not read of the
// answer must be read before anything else is asked.
func (b *batch) ask(name string) (answer, error) {
	defer b.watch()()
	if a, ok := b.kept[name]; ok {
		delete(b.kept, name)
		b.size -= a.Size
		return a, nil
	}
	if !slices.Contains(b.sent, name) {
		if err := b.send(name); err != nil {
			return answer{}, err
		}
	}
	for {
		next := b.sent[0]
		b.sent = b.sent[1:]
		h, err := b.header(next)
		if err != nil || next == name {
			return answer{header: h}, err
		}
		if err := b.keep(next, h); err != nil {
			return answer{}, err
		}
	}
}

// maxKept bounds the bytes that are kept. What was kept for nothing makes way
// for the rest, and what is too large is asked for again.
const maxKept = 4 << 20

// keep reads an answer that nobody waits for yet.
func (b *batch) keep(name string, h header) error {
	a := answer{header: h, read: true}
	switch {
	case h.Problem != "":
	case h.Size > maxKept/4:
		if _, err := io.CopyN(io.Discard, b.out, h.Size+1); err != nil {
			return b.failed(err)
		}
		return nil
	default:
		var err error
		if a.content, err = b.content(h); err != nil {
			return err
		}
	}
	if h.Type == "tree" {
		name = h.OID.Hex() // "HEAD^{tree}" was asked for on behalf of whoever learns its id
	}
	if b.size += h.Size; b.size > maxKept {
		clear(b.kept)
		b.size = h.Size
	}
	b.kept[name] = a
	return nil
}

// header reads the first line of the answer to a name.
func (b *batch) header(name string) (header, error) {
	line, err := b.line(len(name) + maxHeader)
	if err != nil {
		return header{}, b.failed(err)
	}
	h, err := parseHeader(line)
	if err != nil {
		return header{}, b.failed(err)
	}
	return h, nil
}

// maxHeader bounds what a header line has beside the name: an id, a type and a size.
const maxHeader = 1 << 10

// line reads a line of at most limit bytes.
func (b *batch) line(limit int) (string, error) {
	var line []byte
	for {
		part, err := b.out.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case err == nil && len(line) <= limit+1:
			return string(line[:len(line)-1]), nil
		case len(line) > limit:
			return "", fmt.Errorf("git cat-file answered %.100q and more without an end", line)
		case err != bufio.ErrBufferFull:
			return "", err
		}
	}
}

// content reads what follows the header of an object.
func (b *batch) content(h header) ([]byte, error) {
	buf := make([]byte, h.Size+1)
	if _, err := io.ReadFull(b.out, buf); err != nil {
		return nil, b.failed(err)
	}
	if buf[h.Size] != '\n' {
		return nil, b.failed(errors.New("git cat-file sent an object of another size than it said"))
	}
	return buf[:h.Size], nil
}

// header is the first line of an answer: an object that follows, or the
// reason why none does.
type header struct {
	OID     OID
	Type    string // blob, tree, commit, tag
	Size    int64
	Problem string // missing, ambiguous, ...; empty if an object follows
}

// parseHeader parses a header line without its newline. A line without an object echoes the name that was
// asked for, so it may look like anything but ends in a word, where an object's ends in its size.
func parseHeader(line string) (header, error) {
	rest, last, ok := cutLast(line)
	if !ok {
		return header{}, fmt.Errorf("git cat-file answered %.100q", line)
	}
	size, err := strconv.ParseInt(last, 10, 64)
	if err != nil && last != "" {
		return header{Problem: last}, nil
	}
	hexID, typ, _ := strings.Cut(rest, " ")
	id, ok := ParseOID(hexID)
	if !ok || typ == "" || size < 0 || size == math.MaxInt64 || err != nil {
		return header{}, fmt.Errorf("git cat-file answered %.100q", line)
	}
	return header{OID: id, Type: typ, Size: size}, nil
}

// cutLast splits a line at its last space.
func cutLast(line string) (before, after string, ok bool) {
	i := strings.LastIndexByte(line, ' ')
	if i < 0 {
		return "", "", false
	}
	return line[:i], line[i+1:], true
}
