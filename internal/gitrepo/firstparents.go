package gitrepo

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// FirstParentOptions say which commits of a line of first parents are listed.
type FirstParentOptions struct {
	// Not leaves out what this commit can reach, by any parent; empty leaves out nothing.
	Not OID
	// Merges leaves out what has fewer than two parents.
	Merges bool
	// Limit and Since are as in LogOptions.
	Limit int
	Since time.Time
}

const (
	// maxListed bounds how many commits are listed.
	maxListed = 100_000
	// listedSize is room for that many, of two parents each, in bytes: ids of SHA-256 are 64 digits.
	listedSize = maxListed * 3 * 65
)

// FirstParents lists a commit and its first parents, the newest first: each with its own
// id and then those of all its parents. One at which a shallow clone ends has none. It costs a process.
func (r *Repo) FirstParents(ctx context.Context, tip OID, o FirstParentOptions) (list [][]OID, err error) {
	limit := maxListed + 1
	if o.Limit > 0 {
		limit = min(limit, o.Limit)
	}
	args := []string{"rev-list", "--first-parent", "--parents", "--max-count=" + strconv.Itoa(limit)}
	if o.Merges {
		args = append(args, "--min-parents=2")
	}
	if !o.Since.IsZero() {
		args = append(args, "--since="+strconv.FormatInt(o.Since.Unix(), 10))
	}
	args = append(args, "--end-of-options", tip.Hex())
	if o.Not != "" {
		args = append(args, "^"+o.Not.Hex())
	}
	out, err := runUpTo(ctx, listedSize, r.dir, append(args, "--")...)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(out) {
		var ids []OID
		for _, field := range strings.Fields(line) {
			id, ok := ParseOID(field)
			if !ok {
				return nil, fmt.Errorf("git rev-list answered %.100q", line)
			}
			ids = append(ids, id)
		}
		list = append(list, ids)
	}
	if len(list) > maxListed {
		return nil, fmt.Errorf("the history of %s has more than %d commits: a limit or a date is needed", tip.Hex(), maxListed)
	}
	return list, nil
}
