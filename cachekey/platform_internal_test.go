package cachekey

import "testing"

func TestPlatform(t *testing.T) {
	for _, tc := range []struct{ reason, text, parsed, normal string }{
		{"a pair", "linux/amd64", "linux/amd64", "linux/amd64"},
		{"another name of the architecture", "linux/x86_64", "linux/amd64", "linux/amd64"},
		{"an architecture alone", "arm64", "linux/arm64", "linux/arm64"},
		{"a system alone", "linux", "linux/amd64", "linux/amd64"},
		{"arm without a variant has none until it is normalized", "linux/arm", "linux/arm", "linux/arm/v7"},
		{"arm with one keeps it", "linux/arm/v7", "linux/arm/v7", "linux/arm/v7"},
		{"a bare number is a variant", "linux/arm/6", "linux/arm/v6", "linux/arm/v6"},
		{"v8 is what arm64 is, but is kept where it is written", "linux/arm64/v8", "linux/arm64/v8", "linux/arm64"},
		{"the first amd64 is no variant", "linux/amd64/v1", "linux/amd64", "linux/amd64"},
		{"upper case", "Linux/AMD64", "linux/amd64", "linux/amd64"},
	} {
		p, err := parsePlatform(tc.text)
		if err != nil || p.String() != tc.parsed || p.normalized().String() != tc.normal {
			t.Errorf("%s: %s is %s, normally %s, want %s and %s (%v)", tc.reason, tc.text, p, p.normalized(), tc.parsed, tc.normal, err)
		}
	}
	for _, text := range []string{"", "/", "linux/", "a/b/c/d", "linux/am d64"} {
		if p, err := parsePlatform(text); err == nil {
			t.Errorf("%q is %s", text, p)
		}
	}
}
