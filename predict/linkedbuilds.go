package predict

import (
	"context"

	buildcontext "github.com/whybust/whybust/context"
)

// linkedBuilds replays with each commit of a history the builds that a target is made from (Build.Linked). Targets that are
// made from the same share its replay. Nil is a target that is made from none.
type linkedBuilds struct {
	build *Build
	all   *replayedLinks
}

// replayedLinks are those of all targets of a history.
type replayedLinks struct {
	*batch
	sides map[string]*batchSide // by commit, until all turn to another
}

// forget lets go of what was replayed. Nil has nothing.
func (l *replayedLinks) forget() {
	if l != nil {
		clear(l.sides)
	}
}

// into gives a side with what its target is made from.
func (l *linkedBuilds) into(ctx context.Context, s Side, c buildcontext.Commit) (Side, error) {
	if l == nil {
		return s, nil
	}
	side := l.all.sides[c.ID]
	if side == nil {
		side = newBatchSide(l.all.batch, c.ID, c, l.all.AfterArgs, l.all.AfterImage)
		l.all.sides[c.ID] = side
	}
	var err error
	s.Targets, err = side.linked(ctx, l.build)
	return s, err
}

// drop forgets the replays of the builds that a target is made from.
func (l *linkedBuilds) drop() {
	if l != nil {
		l.all.forget()
	}
}

// remember has the last replay of each build that another is made from remembered.
func (l *replayedLinks) remember(b *Build) {
	for _, from := range b.Linked {
		if _, ok := l.lasts[from]; ok {
			continue
		}
		l.lasts[from] = nil
		if s := from.sideOf("", l.AfterArgs, nil); !s.namesCommit() {
			l.lasts[from] = new(lastReplay)
		}
		l.remember(from)
	}
}
