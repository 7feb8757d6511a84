package gitrepo

import (
	"bufio"
	"context"
	"fmt"
	"iter"
	"time"
)

// What is read of a log before it is asked for. git goes on meanwhile, and whoever reads the log can
// see what comes.
const (
	aheadEntries = 64
	aheadChanges = 1 << 12
)

// Log lists a commit and its first parents, the oldest first, with what each
// changed. It costs one process, whatever the number of commits. A history that
// ends in a shallow clone ends there.
//
// Entries come several at a time: those that were there when they were asked for, at least one.
func (r *Repo) Log(ctx context.Context, tip OID, o LogOptions) iter.Seq2[[]*LogEntry, error] {
	return func(yield func([]*LogEntry, error) bool) {
		caller := ctx
		ctx, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		var stderr tail
		cmd := command(ctx, r.dir, logArgs(tip, o)...)
		cmd.Env = append(cmd.Env, "GIT_FLUSH=0") // not after each commit
		cmd.Stderr = &stderr
		out, err := cmd.StdoutPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			yield(nil, gitError(err, ""))
			return
		}
		stalled := time.AfterFunc(patience, func() { cancel(fmt.Errorf("git log did not answer within %v", patience)) })
		defer stalled.Stop()
		p := &logParser{in: bufio.NewReaderSize(&watched{out, stalled}, maxToken)}
		l := &logReader{ctx: ctx, parts: make(chan []*LogEntry, 1)}
		go l.read(p)
		more := true
		for part := range l.parts {
			if more = yield(part, nil); !more {
				break
			}
		}
		if !more {
			cancel(nil)
		} else if l.err != nil {
			cancel(l.err)
		}
		died := cmd.Wait()
		for range l.parts { // until the reader has ended
		}
		switch {
		case !more:
		case caller.Err() != nil:
			yield(nil, context.Cause(caller))
		case ctx.Err() != nil:
			yield(nil, context.Cause(ctx))
		case died != nil:
			yield(nil, logError(died, stderr.String()))
		}
	}
}

// logError is gitError, but for a tree that a partial clone lacks.
func logError(died error, stderr string) error {
	err := gitError(died, stderr)
	if missing := unfetched(err); missing != nil {
		return missing
	}
	return err
}

// logReader reads ahead.
type logReader struct {
	ctx     context.Context
	parts   chan []*LogEntry
	err     error // once parts is closed
	part    []*LogEntry
	changes int // in it
}

func (l *logReader) read(p *logParser) {
	defer close(l.parts)
	more, err := p.each(func(e *LogEntry) bool {
		l.part, l.changes = append(l.part, e), l.changes+len(e.Changes)
		if len(l.part) < aheadEntries && l.changes < aheadChanges {
			select {
			case l.parts <- l.part:
				l.part, l.changes = nil, 0
			default: // there is no hurry
			}
			return true
		}
		return l.send()
	})
	if more && len(l.part) > 0 {
		l.send()
	}
	l.err = err
}

// send waits until the part is wanted. It is false if that will never be.
func (l *logReader) send() bool {
	select {
	case l.parts <- l.part:
		l.part, l.changes = nil, 0
		return true
	case <-l.ctx.Done():
		return false
	}
}
