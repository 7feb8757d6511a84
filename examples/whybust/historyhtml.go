package main

import (
	"bytes"
	"context"
	"maps"
	"slices"

	"github.com/whybust/whybust/examples/internal/explorer"
	"github.com/whybust/whybust/predict"
	"github.com/whybust/whybust/predict/history"
	"github.com/whybust/whybust/predict/whatif"
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
	c.addPages(ctx, &inv.request, h.Wanted(), nil, h.AddPage)
	page, err := h.Page(s)
	if err != nil {
		return err
	}
	return explorer.WriteHistory(out, page)
}

// addPages predicts builds once more, for pages of their own. laid is what lies over a commit besides; it may be nil.
func (c *command) addPages(ctx context.Context, r *predict.HistoryRequest, builds []explorer.HistoryRef, laid func(string) (map[string][]byte, bool),
	add func(string, *predict.Prediction, *predict.Details) error) {
	for _, build := range builds {
		if ctx.Err() != nil {
			return
		}
		request, ok := buildRequest(r, build, laid)
		if !ok {
			continue
		}
		p, d, err := c.details(ctx, request, nil)
		if err != nil {
			continue // the history said what it is; only its own page is missing
		}
		_ = add(build.Commit, p, d) // as is one that cannot be drawn
	}
}

// writeWhatIfPage is writeHistoryPage with a change.
func (c *command) writeWhatIfPage(ctx context.Context, out *bytes.Buffer, inv *historyInvocation, w *explorer.WhatIfBuilder, r *whatif.Result) error {
	c.addPages(ctx, &inv.request, w.Wanted(), nil, w.AddPage)
	c.addPages(ctx, &inv.request, w.WantedWith(), w.Files, w.AddPageWith)
	page, err := w.Page(r)
	if err != nil {
		return err
	}
	return explorer.WriteHistory(out, page)
}

// buildRequest asks for one build of a history. ok is false if it is not known any more what was laid over its commits.
func buildRequest(r *predict.HistoryRequest, build explorer.HistoryRef, laid func(string) (map[string][]byte, bool)) (request *predict.Request, ok bool) {
	ok = true
	at := func(commit string) predict.Side {
		side := r.Side
		side.Revision = commit
		if laid != nil {
			files, held := laid(commit)
			ok = ok && held
			side.Replace = maps.Clone(side.Replace)
			if side.Replace == nil {
				side.Replace = map[string][]byte{}
			}
			maps.Copy(side.Replace, files)
		}
		return side
	}
	out := &predict.Request{
		Dir: r.Dir, Context: r.Context, Before: at(build.Before[0]), After: at(build.Commit), CacheMode: r.CacheMode,
		NoGitDir: r.NoGitDir, AddHosts: r.AddHosts, Ulimits: r.Ulimits, Network: r.Network, ShmSize: r.ShmSize,
	}
	for _, commit := range build.Before[1:] {
		out.Cached = append(out.Cached, at(commit))
	}
	return out, ok
}
