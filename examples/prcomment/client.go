package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/whybust/whybust/examples/internal/cli"
)

// The bounds of what a host may ask for.
const (
	maxResponse = 16 << 20         // bytes of one answer
	maxWait     = 90 * time.Second // until a limit is lifted
	maxTries    = 4
	maxPages    = 200
	perPage     = 30
)

// client talks to an API with a token. It follows no redirect to another host, so that
// the token goes nowhere else.
type client struct {
	base   *url.URL
	header string // that carries the token
	prefix string
	token  string
	http   *http.Client
	sleep  func(context.Context, time.Duration) error
	now    func() time.Time
}

func newClient(api, header, prefix, token string, sleep func(context.Context, time.Duration) error) (*client, error) {
	base, err := url.Parse(strings.TrimSuffix(api, "/"))
	if err != nil || base.Host == "" || base.Scheme != "https" && base.Scheme != "http" || base.User != nil {
		return nil, errors.New("the API's address is no URL of http or https")
	}
	c := &client{base: base, header: header, prefix: prefix, token: token, sleep: sleep, now: time.Now}
	c.http = &http.Client{Timeout: 30 * time.Second, CheckRedirect: func(r *http.Request, via []*http.Request) error {
		if r.URL.Host != base.Host || r.URL.Scheme != base.Scheme || r.Method != via[0].Method || len(via) > 3 {
			return errors.New("the API redirects to where the token must not go")
		}
		return nil
	}}
	return c, nil
}

// call sends in as JSON, unless it is nil, and reads the answer into out, unless
// that is nil. It waits and tries again where the host says so, and, unless something might be
// done twice, after an error of the server.
func (c *client) call(ctx context.Context, method, path string, in, out any) error {
	for try := 1; ; try++ {
		status, header, body, err := c.send(ctx, method, path, in)
		if err != nil {
			return err
		}
		if status/100 == 2 {
			if out == nil {
				return nil
			}
			if err := json.Unmarshal(body, out); err != nil {
				return fmt.Errorf("%s %s: %w", method, path, err)
			}
			return nil
		}
		wait, again := c.wait(status, header, method, try)
		if !again || try == maxTries {
			return c.failure(method, path, status, body)
		}
		if wait > maxWait {
			return fmt.Errorf("%s %s: the host asks to wait for %s", method, path, wait.Round(time.Second))
		}
		if err := c.sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// send makes one request.
func (c *client) send(ctx context.Context, method, path string, in any) (int, http.Header, []byte, error) {
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return 0, nil, nil, err
		}
		body = bytes.NewReader(raw)
	}
	r, err := http.NewRequestWithContext(ctx, method, c.base.String()+path, body)
	if err != nil {
		return 0, nil, nil, err
	}
	r.Header.Set(c.header, c.prefix+c.token)
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", "whybust-prcomment")
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return 0, nil, nil, c.hide(err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(answer.Body, maxResponse+1))
	if err != nil {
		return 0, nil, nil, c.hide(err)
	}
	if len(raw) > maxResponse {
		return 0, nil, nil, fmt.Errorf("%s %s: the answer is larger than %d bytes", method, path, maxResponse)
	}
	return answer.StatusCode, answer.Header, raw, nil
}

// wait says whether to try again, and after how long.
func (c *client) wait(status int, h http.Header, method string, try int) (time.Duration, bool) {
	limited := status == http.StatusTooManyRequests || status == http.StatusForbidden
	if seconds, err := strconv.Atoi(h.Get("Retry-After")); err == nil && seconds >= 0 && (limited || status == http.StatusServiceUnavailable) {
		return time.Duration(min(seconds, 1<<20)) * time.Second, true
	}
	if limited && h.Get("X-RateLimit-Remaining") == "0" {
		reset, err := strconv.ParseInt(h.Get("X-RateLimit-Reset"), 10, 64)
		return max(time.Unix(reset, 0).Sub(c.now()), time.Second), err == nil
	}
	twice := status >= 500 && method != http.MethodPost
	return time.Duration(try) * time.Second, twice || status == http.StatusTooManyRequests
}

// failure says what the host says, without the token, should that be in it.
func (c *client) failure(method, path string, status int, body []byte) error {
	var said struct{ Message any }
	text := ""
	if json.Unmarshal(body, &said) == nil && said.Message != nil {
		text = ": " + cli.Cut(cli.OneLine(fmt.Sprint(said.Message)), 200)
	}
	return c.hide(fmt.Errorf("%s %s: %d %s%s", method, path, status, http.StatusText(status), text))
}

// hide takes the token out of an error.
func (c *client) hide(err error) error {
	if s := err.Error(); strings.Contains(s, c.token) {
		return errors.New(strings.ReplaceAll(s, c.token, "***"))
	}
	return err
}
