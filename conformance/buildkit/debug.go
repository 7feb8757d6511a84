package buildkit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
)

// CacheRecords returns what the daemon's cache keys hashed, one text for each digest, of all keys since it
// started. It needs Options.CacheDebug.
func (d *Daemon) CacheRecords(ctx context.Context) ([]string, error) {
	if d.debug == "" {
		return nil, errors.New("the daemon was started without CacheDebug")
	}
	c := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var dialer net.Dialer
			return dialer.DialContext(ctx, "unix", d.debug)
		},
	}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://buildkitd/debug/cache/all", nil)
	if err != nil {
		return nil, err
	}
	resp, err := c.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", resp.Status, text)
	}
	var records []string
	for _, record := range strings.Split(string(text), "\n\n") {
		if record = strings.TrimSpace(record); record != "" {
			records = append(records, record)
		}
	}
	return records, nil
}
