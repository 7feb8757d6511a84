package gitrepo

import (
	"bufio"
	"bytes"
	"io"
	"testing"
	"time"
)

// SetPatience has a test wait for a hanging child no longer than it must.
func SetPatience(t *testing.T, d time.Duration) {
	before := patience
	patience = d
	t.Cleanup(func() { patience = before })
}

// ParseHeader is for the fuzz test.
func ParseHeader(line string) (id OID, typ string, size int64, problem string, err error) {
	h, err := parseHeader(line)
	return h.OID, h.Type, h.Size, h.Problem, err
}

// TreeIDs returns the trees that the index knows, for the fuzz test.
func (x *Index) TreeIDs() []OID {
	var ids []OID
	for id := range x.trees {
		ids = append(ids, id)
	}
	return ids
}

// Exchange is a batch that is answered by a test.
type Exchange struct{ b *batch }

// Answer is what came for a name.
type Answer struct {
	OID           OID
	Type, Problem string
	Content       []byte // nil if it was not read, being larger than limit
}

// NewExchange begins an exchange. Requests are written to in and answers read from out.
func NewExchange(older bool, in io.WriteCloser, out io.Reader) *Exchange {
	d := buffered
	if older {
		d = unbuffered
	}
	b := newBatch(d)
	b.connect(nobody{}, in, out)
	return &Exchange{b}
}

// Ahead is Repo.Ahead.
func (e *Exchange) Ahead(names ...string) error { return e.b.ahead(names) }

// Ask asks for an object, and reads it.
func (e *Exchange) Ask(name string, limit int64) (Answer, error) {
	h, err := e.b.ask(name)
	if err != nil {
		return Answer{}, err
	}
	a := Answer{OID: h.OID, Type: h.Type, Problem: h.Problem, Content: h.content}
	switch {
	case h.Problem != "" || h.read:
	case h.Size > limit:
		_, err = io.CopyN(io.Discard, e.b.out, h.Size+1)
	default:
		a.Content, err = e.b.content(h.header)
	}
	return a, err
}

// Close ends the exchange.
func (e *Exchange) Close() { e.b.stop() }

type nobody struct{}

func (nobody) kill() {}

func (nobody) wait() error { return nil }

// ParseLog reads an answer of git log and gives the entries.
func ParseLog(data []byte) (entries []*LogEntry, err error) {
	p := &logParser{in: bufio.NewReaderSize(bytes.NewReader(data), maxToken)}
	_, err = p.each(func(e *LogEntry) bool { entries = append(entries, e); return true })
	return entries, err
}
