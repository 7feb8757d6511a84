package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/whybust/whybust/examples/internal/gate"
	"github.com/whybust/whybust/examples/internal/report"
	"github.com/whybust/whybust/predict"
)

// note is a comment on a pull request.
type note struct {
	id   int64
	own  bool // the token's owner wrote it
	body string
}

// host is where comments are.
type host interface {
	// notes calls see with each comment, from the oldest.
	notes(ctx context.Context, see func(note)) error
	create(ctx context.Context, body string) error
	update(ctx context.Context, id int64, body string) error
}

// post creates or updates the comment if there is something new to say, and
// returns the line to print.
func post(ctx context.Context, h host, answers []report.Target, o *options, body string) (string, error) {
	old, said, err := find(ctx, h, o.id)
	if err != nil {
		return "", err
	}
	now := report.Fingerprint(answers)
	switch {
	case old == nil && !bustsAnything(answers):
		return "nothing busts: no comment\n", nil
	case old == nil:
		return "commented\n", h.create(ctx, body)
	case sameText(old.body, body):
		return "the comment says so already\n", nil
	case said == now && !bustsCostly(answers, o):
		return "the verdict is what the comment says already\n", nil
	}
	return fmt.Sprintf("updated comment %d\n", old.id), h.update(ctx, old.id, body)
}

// sameText compares as hosts keep a text: with other line ends, and trimmed.
func sameText(a, b string) bool {
	return strings.TrimSpace(strings.ReplaceAll(a, "\r\n", "\n")) == strings.TrimSpace(b)
}

// find looks for the comment that this program wrote last, and what it says. A comment
// of somebody else with a marker in it is none of it.
func find(ctx context.Context, h host, id string) (last *note, said string, err error) {
	err = h.notes(ctx, func(n note) {
		if got, fingerprint, ok := report.Marker(n.body); ok && n.own && got == id {
			last, said = &n, fingerprint
		}
	})
	return last, said, err
}

// bustsCostly reports whether a step that --costly names is not served from the cache, or
// what is rebuilt takes longer than --costly-after. A pattern that names no step is let
// pass: the step may be gone.
func bustsCostly(answers []report.Target, o *options) bool {
	for _, a := range answers {
		if a.Prediction == nil {
			continue
		}
		if c := a.Prediction.Cost; c != nil && o.costlyAfter > 0 && c.RebuiltAtMost > o.costlyAfter.Milliseconds() {
			return true
		}
		for _, pattern := range o.costly {
			for _, i := range gate.Match(a.Prediction, pattern) {
				if a.Prediction.Steps[i].Status != predict.Hit {
					return true
				}
			}
		}
	}
	return false
}
