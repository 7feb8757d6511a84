package buildcontext

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
)

// gitID begins the IDs of git objects. Two different ones of files or links
// prove different content, which no other ID does.
const gitID = "git:"

// headerChange compares what a node has besides content.
func headerChange(a, b Entry) (ChangeKind, bool) {
	switch {
	case a.Since != b.Since, a.Since != "" && (a.Mode != b.Mode || a.Owner != b.Owner):
		return Maybe, true
	case a.Mode != b.Mode:
		return ModeOnly, true
	case a.Owner != b.Owner:
		return OwnerOnly, true
	case a.Doubt != b.Doubt:
		return Maybe, true
	}
	return "", false
}

// reader compares contents, one pair at a time.
type reader struct {
	bufs []byte // of two chunks, kept from one file to the next
}

// leafChange compares two nodes neither of which is a directory or unknown.
func (r *reader) leafChange(ctx context.Context, ta, tb Tree, a, b Node) (ChangeKind, bool, error) {
	switch {
	case a.Since != b.Since:
		return Maybe, true, nil
	case a.Kind != b.Kind && a.Since+a.Doubt+b.Doubt != "":
		return Maybe, true, nil
	case a.Kind != b.Kind:
		return TypeOnly, true, nil
	}
	same, err := r.sameContent(ctx, ta, tb, a, b)
	switch {
	case err != nil:
		return "", false, err
	case !same && a.Since != "":
		return Maybe, true, nil
	case !same && a.Kind == Symlink:
		return LinkOnly, true, nil
	case !same:
		return Modified, true, nil
	}
	kind, changed := headerChange(a.Entry, b.Entry)
	return kind, changed, nil
}

func (r *reader) sameContent(ctx context.Context, ta, tb Tree, a, b Node) (bool, error) {
	if a.ID != "" && a.ID == b.ID {
		return true, nil
	}
	if a.Kind == Opaque || strings.HasPrefix(a.ID, gitID) && strings.HasPrefix(b.ID, gitID) {
		return false, nil
	}
	if a.Kind == Symlink {
		return sameTarget(ctx, ta, tb, a, b)
	}
	if a.Size >= 0 && b.Size >= 0 && a.Size != b.Size {
		return false, nil
	}
	return r.sameBytes(ctx, ta, tb, a, b)
}

func sameTarget(ctx context.Context, ta, tb Tree, a, b Node) (bool, error) {
	x, err := ta.ReadLink(ctx, a.Path, a.Entry)
	if err != nil {
		return false, err
	}
	y, err := tb.ReadLink(ctx, b.Path, b.Entry)
	return x == y, err
}

// chunk is how much of a file is held at a time.
const chunk = 64 << 10

func (r *reader) sameBytes(ctx context.Context, ta, tb Tree, a, b Node) (bool, error) {
	if err := Spend(ctx, fileCost); err != nil {
		return false, err
	}
	x, err := ta.Open(ctx, a.Path, a.Entry)
	if err != nil {
		return false, err
	}
	defer x.Close()
	y, err := tb.Open(ctx, b.Path, b.Entry)
	if err != nil {
		return false, err
	}
	defer y.Close()
	if r.bufs == nil {
		r.bufs = make([]byte, 2*chunk)
	}
	for {
		p, errX := fill(x, r.bufs[:chunk])
		q, errY := fill(y, r.bufs[chunk:])
		if errX != nil || errY != nil {
			return false, fmt.Errorf("comparing %q with %q: %w", a.Path, b.Path, firstError(errX, errY))
		}
		if !bytes.Equal(p, q) {
			return false, nil
		}
		if len(p) < chunk {
			return true, nil
		}
		if err := firstError(ctx.Err(), Spend(ctx, fileCost)); err != nil {
			return false, err
		}
	}
}

// fill reads until the buffer is full or the input ends.
func fill(r io.Reader, buf []byte) ([]byte, error) {
	n, err := io.ReadFull(r, buf)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = nil
	}
	return buf[:n], err
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
