package cachekey_test

import (
	"strings"
	"testing"

	"github.com/whybust/whybust/cachekey"
)

// TestRefused: what BuildKit's frontend refuses is an error with file and line,
// and what it takes is none (dispatchCopy in dockerfile2llb/convert_copy.go, v0.34.2).
func TestRefused(t *testing.T) {
	const sum = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	for _, tt := range []struct{ reason, text, want string }{
		{"a number", "COPY --chmod=0644 a.txt /", ""},
		{"all kinds of clauses", "COPY --chmod=u=rwX,go+r-w,a-st=u,+x,= a.txt /", ""},
		{"too large", "COPY --chmod=10000 a.txt /", "D:2: --chmod=10000 is no octal number between 0 and 07777"},
		{"no octal number", "COPY --chmod=0689 a.txt /", "D:2: --chmod=0689 is no octal number between 0 and 07777"},
		{"a number and more", "COPY --chmod=7u+x a.txt /", "D:2: --chmod=7u+x is no octal number between 0 and 07777"},
		{"nobody", "ADD --chmod=z+x a.txt /", "D:2: --chmod=z+x is no mode that chmod takes"},
		{"no operator", "COPY --chmod=rwx a.txt /", "D:2: --chmod=rwx is no mode that chmod takes"},
		{"an empty clause", "COPY --chmod=u+x, a.txt /", "D:2: --chmod=u+x, is no mode that chmod takes"},
		{"of an unknown variable", "COPY --chmod=$M a.txt /", ""},
		{"a digest", "ADD --checksum=" + sum + " http://x/y /", ""},
		{"another algorithm", "ADD --checksum=md5:d41d8cd98f00b204e9800998ecf8427e http://x/y /", "D:2: --checksum=md5:d41d8cd98f00b204e9800998ecf8427e is no digest of the form sha256:HEX"},
		{"a short digest", "ADD --checksum=sha256:e3b0 http://x/y /", "D:2: --checksum=sha256:e3b0 is no digest of the form sha256:HEX"},
		{"no digest", "ADD --checksum=e3b0 http://x/y /", "D:2: --checksum=e3b0 is no digest of the form sha256:HEX"},
		{"of a repository, a commit", "ADD --checksum=e3b0 https://x/y.git /", ""},
	} {
		_, err := cachekey.Replay(t.Context(), "D", []byte("FROM alpine\n"+tt.text), smallContext(), nil)
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s: %s\ngot  %q\nwant %q", tt.reason, tt.text, got, tt.want)
		}
	}
}

// TestLimits: each limit can be lowered, and then says what and where.
func TestLimits(t *testing.T) {
	for _, tt := range []struct {
		reason string
		limits cachekey.Limits
		text   string
		want   string
	}{
		{"size", cachekey.Limits{Dockerfile: 10}, "FROM a\nRUN b\n", "D: the file is larger than 10 bytes, which is the limit"},
		{"instructions", cachekey.Limits{Instructions: 2}, "FROM a\nRUN b\nRUN c\n", "D:3: there are more than 2 instructions, which is the limit"},
		{"triggers, each time that they run", cachekey.Limits{Instructions: 10},
			"FROM a AS b\n" + strings.Repeat("ONBUILD RUN c\n", 4) + "FROM b AS d\nFROM b AS e\nFROM b\nCOPY --from=d / /\nCOPY --from=e / /\n",
			"D:8: ONBUILD makes more than 10 instructions, which is the limit"},
		{"stages", cachekey.Limits{Stages: 2}, "FROM a\nFROM a\nFROM a\nFROM a\n", "D:3: there are more than 2 stages and images, which is the limit"},
		{"expansion", cachekey.Limits{Expansion: 100}, "FROM a\nENV b=" + strings.Repeat("b", 90) + "\nENV c=$b$b\n", "D:3: a text grows by more than 100 bytes when its variables are replaced, which is the limit"},
		{"what it all takes", cachekey.Limits{Graph: 2000}, "FROM a\nRUN b\nRUN c\nRUN d\n", "D:3: what the steps up to here are made of comes to more than 2000 bytes, which is the limit"},
	} {
		_, err := cachekey.Replay(t.Context(), "D", []byte(tt.text), nil, &cachekey.Options{Limits: tt.limits})
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.reason, got, tt.want)
		}
	}
}
