package gitrepo

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"sync"
)

// batch is one `git cat-file --batch`: a line with an object's name goes in,
// a header line, the content and a newline come out. --batch, not
// --batch-command (git 2.36), because one round trip then brings both what an
// object is and what it holds.
//
// A batch belongs to one request at a time. After an error it is out of step
// and must be stopped.
type batch struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
	stderr tail
	once   sync.Once
	died   error // set by stop
}

const batchBuffer = 64 << 10

// startBatch starts the process. It ends with stop, or by itself if the
// parent dies, since its standard input then ends.
func startBatch(dir string) (*batch, error) {
	b := &batch{cmd: command(context.Background(), dir, "cat-file", "--batch")}
	b.cmd.Stderr = &b.stderr
	in, err := b.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := b.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := b.cmd.Start(); err != nil {
		return nil, gitError(err, "")
	}
	b.in, b.out = in, bufio.NewReaderSize(out, batchBuffer)
	return b, nil
}

// kill makes a request that waits on the process fail at once.
func (b *batch) kill() { b.cmd.Process.Kill() }

// stop ends the process and frees what belongs to it.
func (b *batch) stop() {
	b.once.Do(func() {
		b.in.Close()
		b.kill()
		b.died = b.cmd.Wait()
	})
}

// failed stops a process that did not answer and says what it died of.
func (b *batch) failed(err error) error {
	// Its standard output has ended or is out of step. When it ended by itself
	// the message is on its way, so let it die its own death.
	b.once.Do(func() {
		b.in.Close()
		if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			b.kill()
		}
		b.died = b.cmd.Wait()
	})
	if message := oneLine(b.stderr.String()); message != "" {
		return gitError(b.died, message)
	}
	return fmt.Errorf("git cat-file ended unexpectedly: %w", errors.Join(err, b.died))
}

// ask sends one name, which must not hold a newline, and reads the answer's header.
func (b *batch) ask(name string) (header, error) {
	if _, err := io.WriteString(b.in, name+"\n"); err != nil {
		// A broken pipe: the reason is at the other end.
		return header{}, b.failed(io.EOF)
	}
	line, err := b.out.ReadString('\n')
	if err != nil {
		return header{}, b.failed(err)
	}
	h, err := parseHeader(strings.TrimSuffix(line, "\n"))
	if err != nil {
		return header{}, b.failed(err)
	}
	return h, nil
}

// content reads what follows the header of an object.
func (b *batch) content(h header) ([]byte, error) {
	buf := make([]byte, h.Size+1)
	if _, err := io.ReadFull(b.out, buf); err != nil {
		return nil, b.failed(err)
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
	if !ok || typ == "" || size < 0 || err != nil {
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
