package cachekey_test

import (
	"testing"

	"github.com/whybust/whybust/cachekey"
)

func TestShownURL(t *testing.T) {
	for value, want := range map[string]string{
		"https://example.org/x.git#main":      "https://example.org/x.git#main",
		"https://u:p@example.org/x.git#main":  "https://***@example.org/x.git#main",
		"https://token@example.org/x@y":       "https://***@example.org/x@y",
		"https://example.org/x?token=p&a=b#c": "https://example.org/x?***#c",
		"https://example.org?token=p":         "https://example.org?***",
		"https://u:p@example.org":             "https://***@example.org",
		"https://u:p@@example.org/":           "https://***@example.org/",
		"https://u:p/q@example.org/":          "https://***",
		"https://u:p@exam ple.org/":           "https://***",
		"ssh://git@example.org/x":             "ssh://git@example.org/x",
		"ssh://git:p@example.org/x":           "ssh://***@example.org/x",
		"git@example.org:x/y":                 "git@example.org:x/y",
		"docker-image://alpine:3.20":          "docker-image://alpine:3.20",
		"services/api":                        "services/api",
		"":                                    "",
	} {
		if got := cachekey.ShownURL(value); got != want {
			t.Errorf("%s: got %s, want %s", value, got, want)
		}
	}
}
