package timings

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/whybust/whybust/internal/lazyregexp"
)

// Bounds of what is read. A stream of BuildKit's holds the output of all programs, so that
// real ones can be long; their lines are not, for output is sent in pieces.
const (
	maxLine   = 16 << 20 // bytes
	maxInput  = 1 << 30  // bytes
	maxSteps  = 100_000  // of all builds in one log
	maxWork   = 10_000   // pieces of work on one step
	maxName   = 64 << 10 // bytes
	maxPrefix = 1 << 10  // bytes that CI puts before a line
	maxTook   = 720 * time.Hour
)

// Error is a fault of a log.
type Error struct {
	File string // as given to Read
	Line int    // from 1; 0 if it is of the whole
	Err  error
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %v", e.File, e.Err)
	}
	return fmt.Sprintf("%s:%d: %v", e.File, e.Line, e.Err)
}

// Unwrap returns the fault without its place.
func (e *Error) Unwrap() error { return e.Err }

// ErrNoProgress is the fault of a log in which no build is.
var ErrNoProgress = errors.New("no BuildKit progress in it: neither --progress=rawjson nor --progress=plain")

// Read reads one log, which may hold several builds one after the other, in either form. Lines that are neither
// are passed over; what CI puts before each line, and colours, are taken off. name is used in
// errors, which are *Error but for those of r.
func Read(name string, r io.Reader) (*Durations, error) {
	c := &collector{out: newDurations()}
	lines := bufio.NewReaderSize(r, 64<<10)
	read := 0
	for n := 1; ; n++ {
		line, whole, err := readLine(lines)
		read += len(line)
		switch {
		case err == io.EOF && len(line) == 0:
			c.flush()
			if !c.seen {
				return nil, &Error{File: name, Err: ErrNoProgress}
			}
			return c.out, nil
		case err == errTooLong || read > maxInput:
			return nil, &Error{File: name, Line: n, Err: errTooLong}
		case err != nil && err != io.EOF:
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if err := c.line(line, whole); err != nil {
			return nil, &Error{File: name, Line: n, Err: err}
		}
	}
}

var (
	errTooLong  = fmt.Errorf("a line of more than %d MiB, or %d MiB in all", maxLine>>20, maxInput>>20)
	errTooMany  = fmt.Errorf("more than %d steps", maxSteps)
	errNotJSON  = errors.New("not an object of --progress=rawjson")
	errLongName = fmt.Errorf("a step's name of more than %d KiB", maxName>>10)
)

// readLine reads a line without its end; whole is false for a last one that has none.
func readLine(r *bufio.Reader) (line []byte, whole bool, err error) {
	for {
		part, err := r.ReadSlice('\n')
		if line = append(line, part...); len(line) > maxLine {
			return nil, false, errTooLong
		}
		if err == bufio.ErrBufferFull {
			continue
		}
		if err == nil {
			line, whole = line[:len(line)-1], true
		}
		return line, whole, err
	}
}

// collector gathers the builds of one log.
type collector struct {
	out   *Durations
	raw   rawBuild
	plain plainBuild
	seen  bool // anything of BuildKit's
	steps int
}

var (
	colors = lazyregexp.New("\x1b\\[[0-9;]*[A-Za-z]")
	// ciPrefix is what GitHub and GitLab put before a line: job and step between tabs, the time.
	ciPrefix = lazyregexp.New(`^(?:[^\t#{]*\t){0,3}(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z (?:\d\d[OE][ +])?)?`)
	bom      = []byte("\ufeff")
)

func (c *collector) line(line []byte, whole bool) error {
	if bytes.IndexByte(line, '\x1b') >= 0 {
		line = []byte(colors.ReplaceAllString(string(line), ""))
	}
	if line = bytes.TrimPrefix(bytes.TrimSpace(line), bom); len(line) == 0 {
		return nil
	}
	if line[0] != '{' && line[0] != '#' {
		line = bytes.TrimPrefix(line[len(ciPrefix.FindString(string(line[:min(len(line), maxPrefix)]))):], bom)
	}
	switch {
	case len(line) == 0:
		return nil
	case line[0] == '{':
		return c.rawLine(line, whole)
	case line[0] == '#':
		return c.plainLine(string(line))
	}
	return nil
}

// flush ends the builds that are being read.
func (c *collector) flush() {
	c.flushRaw()
	c.flushPlain()
}

// add takes in what a build says of its vertices.
func (c *collector) add(vertices []vertex) {
	any := false
	for _, v := range vertices {
		p, text, ok := parseName(v.name)
		if !ok {
			continue
		}
		any = true
		c.out.labels[p.label] = true
		c.image(v.name)
		if v.measured {
			c.measure(measurement{p, c.out.runs, min(max(v.took, 0), maxTook)}, text)
		}
	}
	if any {
		c.out.runs++
	}
}

// measure adds to what the same step took: the download of an ADD and the ADD have one name.
func (c *collector) measure(m measurement, text string) {
	list := c.out.steps[text]
	for i := range list {
		if list[i].place == m.place && list[i].run == m.run {
			list[i].took += m.took
			return
		}
	}
	c.out.steps[text] = append(list, m)
}

var pinned = lazyregexp.New(`\] FROM (\S+?)@(sha256:[0-9a-f]{64})$`)

// image keeps the digest that BuildKit found for an image.
func (c *collector) image(name string) {
	if m := pinned.FindStringSubmatch(name); m != nil {
		c.out.digests[m[1]] = m[2]
	}
}

// vertex is a node of a build's graph as it ended.
type vertex struct {
	name     string
	measured bool // it ran, to its end
	took     time.Duration
}

// count bounds the vertices.
func (c *collector) count(name string) error {
	c.seen = true
	if c.steps++; c.steps > maxSteps {
		return errTooMany
	}
	if len(name) > maxName {
		return errLongName
	}
	return nil
}
