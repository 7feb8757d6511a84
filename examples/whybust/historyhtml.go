package main

import (
	"bytes"
	"context"
	"maps"
	"slices"

	"github.com/whybust/whybust/examples/internal/explorer"
	"github.com/whybust/whybust/predict"
	"github.com/whybust/whybust/predict/history"
)

// newHistoryPage is the builder of the page of a history.
func newHistoryPage(inv *historyInvocation) *explorer.HistoryBuilder {
	r := &inv.request
	h := &explorer.HistoryBuilder{Title: historyTitle(r), Command: []string{"whybust"}, Depth: r.CacheSize}
	add := func(flag, value string) {
		if value != "" {
			h.Command = append(h.Command, flag, value)
		}
	}
	add("-C", r.Dir)
	add("--file", r.File)
	add("--target", r.Target)
	add("--platform", r.Platform)
	for _, name := range slices.Sorted(maps.Keys(r.BuildArgs)) {
		add("--build-arg", name) // its value is that of the environment then, and is not shown
	}
	if r.NoGitDir {
		h.Command = append(h.Command, "--no-git-dir")
	}
	if r.CacheMode != predict.CacheLocal {
		add("--cache-mode", string(r.CacheMode))
	}
	add("--format", "html")
	if r.Context != "" {
		h.Context = []string{r.Context}
	}
	return h
}

// historyTitle says what was built.
func historyTitle(r *predict.HistoryRequest) string {
	title := r.Revision
	if title == "" {
		title = "HEAD"
	}
	if r.Context != "" {
		title += " " + r.Context
	}
	if r.Target != "" {
		title += ", target " + r.Target
	}
	return title
}

// writeHistoryPage writes the page, with those of single builds that are worth it. An interrupt leaves
// these out.
func (c *command) writeHistoryPage(ctx context.Context, out *bytes.Buffer, inv *historyInvocation, h *explorer.HistoryBuilder, s *history.Summary) error {
	for _, build := range h.Wanted() {
		if ctx.Err() != nil {
			break
		}
		p, d, err := c.details(ctx, buildRequest(&inv.request, build), nil)
		if err != nil {
			continue // the history said what it is; only its own page is missing
		}
		_ = h.AddPage(build.Commit, p, d) // as is one that cannot be drawn
	}
	page, err := h.Page(s)
	if err != nil {
		return err
	}
	return explorer.WriteHistory(out, page)
}

// buildRequest asks for one build of a history.
func buildRequest(r *predict.HistoryRequest, build explorer.HistoryRef) *predict.Request {
	at := func(commit string) predict.Side {
		side := r.Side
		side.Revision = commit
		return side
	}
	out := &predict.Request{
		Dir: r.Dir, Context: r.Context, Before: at(build.Before[0]), After: at(build.Commit), CacheMode: r.CacheMode,
		NoGitDir: r.NoGitDir, AddHosts: r.AddHosts, Ulimits: r.Ulimits, Network: r.Network, ShmSize: r.ShmSize,
	}
	for _, commit := range build.Before[1:] {
		out.Cached = append(out.Cached, at(commit))
	}
	return out
}
