package buildcontext

import (
	"context"
	"time"

	"github.com/whybust/whybust/internal/gitrepo"
)

// CommitParents is a commit of a line of first parents.
type CommitParents struct {
	ID      string   // in hex
	Parents []string // in hex; none where a shallow clone ends
}

// FirstParentOptions say which commits of a line of first parents are listed.
type FirstParentOptions struct {
	// Not leaves out what this commit can reach, by any parent; nil leaves out nothing.
	Not *Commit
	// Merges leaves out what has fewer than two parents.
	Merges bool
	// Limit and Since are as in LogOptions.
	Limit int
	Since time.Time
}

// FirstParents lists a commit and its first parents, the newest first, from one git process.
// There may be no more than 100,000.
func (r *Repository) FirstParents(ctx context.Context, tip Commit, o FirstParentOptions) ([]CommitParents, error) {
	id, ok := gitrepo.ParseOID(tip.ID)
	if !ok {
		return nil, &RevisionError{Revision: tip.ID, Reason: "no commit"}
	}
	options := gitrepo.FirstParentOptions{Merges: o.Merges, Limit: o.Limit, Since: o.Since}
	if o.Not != nil {
		if options.Not, ok = gitrepo.ParseOID(o.Not.ID); !ok {
			return nil, &RevisionError{Revision: o.Not.ID, Reason: "no commit"}
		}
	}
	found, err := r.git.FirstParents(ctx, id, options)
	var list []CommitParents
	for _, ids := range found {
		c := CommitParents{ID: ids[0].Hex()}
		for _, parent := range ids[1:] {
			c.Parents = append(c.Parents, parent.Hex())
		}
		list = append(list, c)
	}
	return list, err
}
