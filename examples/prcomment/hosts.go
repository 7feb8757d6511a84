package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// newHost connects to where the pull request is.
func newHost(j *job, o *options, sleep func(context.Context, time.Duration) error) (host, error) {
	api := j.api
	if o.api != "" {
		api = o.api
	}
	if j.gitlab {
		c, err := newClient(api, "PRIVATE-TOKEN", "", j.token, sleep)
		return &gitLab{client: c, path: fmt.Sprintf("/projects/%s/merge_requests/%d/notes", j.repository, j.number)}, err
	}
	c, err := newClient(api, "Authorization", "Bearer ", j.token, sleep)
	return &gitHub{client: c, repo: "/repos/" + j.repository, number: j.number, author: o.author}, err
}

// pages calls page with 1, 2, ... until it says that there are no more.
func pages(page func(n int) (more bool, err error)) error {
	for n := 1; n <= maxPages; n++ {
		if more, err := page(n); err != nil || !more {
			return err
		}
	}
	return errors.New("the pull request has too many comments")
}

// gitHub is GitHub's REST API: comments of a pull request are those of its issue.
type gitHub struct {
	*client
	repo, author string
	number       int
}

func (g *gitHub) notes(ctx context.Context, see func(note)) error {
	return pages(func(n int) (bool, error) {
		var found []struct {
			ID   int64
			Body string
			User struct{ Login string }
		}
		path := fmt.Sprintf("%s/issues/%d/comments?per_page=%d&page=%d", g.repo, g.number, perPage, n)
		if err := g.call(ctx, http.MethodGet, path, nil, &found); err != nil {
			return false, err
		}
		for _, f := range found {
			see(note{f.ID, f.User.Login == g.author, f.Body})
		}
		return len(found) == perPage, nil
	})
}

// text is what both hosts take for a comment.
type text struct {
	Body string `json:"body"`
}

func (g *gitHub) create(ctx context.Context, body string) error {
	return g.call(ctx, http.MethodPost, fmt.Sprintf("%s/issues/%d/comments", g.repo, g.number), text{body}, nil)
}

func (g *gitHub) update(ctx context.Context, id int64, body string) error {
	return g.call(ctx, http.MethodPatch, fmt.Sprintf("%s/issues/comments/%d", g.repo, id), text{body}, nil)
}

// gitLab is GitLab's REST API: comments are the notes of a merge request.
type gitLab struct {
	*client
	path string
}

func (g *gitLab) notes(ctx context.Context, see func(note)) error {
	var me struct{ ID int64 }
	if err := g.call(ctx, http.MethodGet, "/user", nil, &me); err != nil {
		return err
	}
	return pages(func(n int) (bool, error) {
		var found []struct {
			ID     int64
			Body   string
			System bool
			Author struct{ ID int64 }
		}
		path := fmt.Sprintf("%s?sort=asc&order_by=created_at&per_page=%d&page=%d", g.path, perPage, n)
		if err := g.call(ctx, http.MethodGet, path, nil, &found); err != nil {
			return false, err
		}
		for _, f := range found {
			see(note{f.ID, f.Author.ID == me.ID && me.ID != 0 && !f.System, f.Body})
		}
		return len(found) == perPage, nil
	})
}

func (g *gitLab) create(ctx context.Context, body string) error {
	return g.call(ctx, http.MethodPost, g.path, text{body}, nil)
}

func (g *gitLab) update(ctx context.Context, id int64, body string) error {
	return g.call(ctx, http.MethodPut, fmt.Sprintf("%s/%d", g.path, id), text{body}, nil)
}
