package gitrepo_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/whybust/whybust/internal/gitrepo"
)

// server answers as git cat-file does, as soon as it is asked.
type server struct {
	older   bool
	pending bytes.Buffer // a line that has not ended, or answers that were not flushed
	held    bytes.Buffer
	answers bytes.Buffer
	damage  func(answers []byte) []byte
}

const objects = 24

// objectID is the id of the n-th object.
func objectID(n int) string { return fmt.Sprintf("%040x", n+1) }

// object is what is behind a name: the id of the n-th object, or a revision with one of the
// suffixes that Resolve and Ahead use.
func object(name string) (id, typ, content string, ok bool) {
	for n := range objects {
		typ := []string{"blob", "tree", "commit"}[n%3]
		rev := fmt.Sprintf("r%d^{%s}", n, typ)
		if name != objectID(n) && name != rev || n%8 == 7 {
			continue
		}
		size := []int{0, 1, 50, 5000, 300_000}[n%5]
		if n == 12 {
			size = 2 << 20 // more than is kept
		}
		content = fmt.Sprintf("%d\n%s blob 3\nabc\n%s missing\n", n, objectID(n+1), objectID(n))
		return objectID(n), typ, content + strings.Repeat("x", size), true
	}
	return "", "", "", false
}

func (s *server) Close() error { return nil }

func (s *server) Write(p []byte) (int, error) {
	s.pending.Write(p)
	for {
		line, err := s.pending.ReadString('\n')
		if err != nil {
			s.pending.WriteString(line)
			return len(p), nil
		}
		s.command(strings.TrimSuffix(line, "\n"))
	}
}

func (s *server) command(line string) {
	name, contents := strings.CutPrefix(line, "contents ")
	switch {
	case !s.older && line == "flush":
		s.flush()
		return
	case s.older == contents:
		panic(fmt.Sprintf("asked %q", line))
	}
	if id, typ, content, ok := object(name); ok {
		fmt.Fprintf(&s.held, "%s %s %d\n%s\n", id, typ, len(content), content)
	} else {
		fmt.Fprintf(&s.held, "%s missing\n", name)
	}
	if s.older {
		s.flush()
	}
}

func (s *server) flush() {
	data := s.held.Bytes()
	if s.damage != nil {
		data = s.damage(data)
	}
	s.answers.Write(data)
	s.held.Reset()
}

// FuzzExchange asks a faithful server in any order, ahead or not: each answer is that of the
// name. One that damages its answers must not hang, crash or be waited for: the
// exchange ends in an error or with what it was sent.
func FuzzExchange(f *testing.F) {
	f.Add([]byte{0, 5, 1, 9, 1, 4, 2, 3}, false, []byte(nil))
	f.Add([]byte{0, 255, 1, 1, 1, 12, 1, 2, 0, 30, 1, 13}, true, []byte(nil))
	f.Add([]byte{1, 1, 1, 2}, false, []byte{40, 10})
	f.Add([]byte{1, 1, 1, 2}, false, []byte{3})
	f.Fuzz(func(t *testing.T, script []byte, older bool, damage []byte) {
		s := &server{older: older}
		if len(damage) > 0 {
			s.damage = func(answers []byte) []byte { return damaged(answers, damage) }
		}
		x := gitrepo.NewExchange(older, s, &s.answers)
		defer x.Close()
		for ; len(script) >= 2; script = script[2:] {
			if err := step(t, x, script[0], script[1], s.damage == nil); err != nil {
				if s.damage == nil {
					t.Fatal(err)
				}
				return // it is out of step, as it knows
			}
		}
	})
}

// damaged cuts answers short, or writes some bytes of damage over them.
func damaged(answers, damage []byte) []byte {
	at := int(damage[0]) * 7 % (len(answers) + 1)
	if len(damage) == 1 {
		return answers[:at]
	}
	out := bytes.Clone(answers)
	copy(out[at:], damage[1:])
	return out
}

// names are what the tests ask for.
func names(n int) string {
	n %= 3 * objects
	switch n / objects {
	case 0:
		return objectID(n)
	case 1:
		n -= objects
		return fmt.Sprintf("r%d^{%s}", n, []string{"blob", "tree", "commit"}[n%3])
	}
	return fmt.Sprintf("nowhere %d", n)
}

// step does what two bytes of a script say.
func step(t *testing.T, x *gitrepo.Exchange, op, n byte, faithful bool) error {
	if op%2 == 0 {
		var list []string
		for i := range int(n) {
			list = append(list, names(i*int(op|1)))
		}
		return x.Ahead(list...)
	}
	name := names(int(n))
	a, err := x.Ask(name, 1<<20)
	if err != nil || !faithful {
		return err
	}
	id, typ, content, ok := object(name)
	switch {
	case !ok && a.Problem != "missing", ok && a.Problem != "":
		t.Fatalf("%s: the problem is %q", name, a.Problem)
	case ok && (a.OID.Hex() != id || a.Type != typ):
		t.Fatalf("%s is the %s %s, want the %s %s", name, a.Type, a.OID.Hex(), typ, id)
	case ok && len(content) < 1<<20 && string(a.Content) != content:
		t.Fatalf("%s: %d bytes, want %d", name, len(a.Content), len(content))
	}
	return nil
}

// TestEndlessAnswer: a header without an end is not read for ever.
func TestEndlessAnswer(t *testing.T) {
	for _, answer := range []string{strings.Repeat("x", 1<<20), strings.Repeat("x ", 1<<20) + "\n"} {
		endless := io.MultiReader(strings.NewReader(answer), &neverEnding{t, 1 << 20})
		x := gitrepo.NewExchange(false, &server{}, endless)
		if _, err := x.Ask("HEAD", 1<<20); err == nil || len(err.Error()) > 1000 {
			t.Errorf("error = %.2000v", err)
		}
		x.Close()
	}
}

// neverEnding gives bytes, and fails the test if too many are read.
type neverEnding struct {
	t    *testing.T
	left int
}

func (r *neverEnding) Read(p []byte) (int, error) {
	if r.left -= len(p); r.left < 0 {
		r.t.Fatal("too much is read")
	}
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}
