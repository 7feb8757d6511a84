package cachekey

import (
	_ "crypto/sha256" // the digests that an image reference may hold
	_ "crypto/sha512"
	"strings"
	"testing"

	"github.com/distribution/reference"
)

// normalizeByLibrary is normalizeImage as BuildKit does it.
func normalizeByLibrary(name string) (full, digest string, err error) {
	ref, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		return "", "", err
	}
	if d, ok := ref.(reference.Digested); ok {
		digest = d.Digest().String()
	}
	return reference.TagNameOnly(ref).String(), digest, nil
}

func checkNormalize(t *testing.T, name string) {
	t.Helper()
	full, digest, err := normalizeImage(name)
	wantFull, wantDigest, wantErr := normalizeByLibrary(name)
	if full != wantFull || digest != wantDigest || (err == nil) != (wantErr == nil) {
		t.Errorf("%q: got %q, %q, %v; the library has %q, %q, %v", name, full, digest, err, wantFull, wantDigest, wantErr)
	}
}

// checkContextName compares with what docker buildx and BuildKit do with the name of a context.
func checkContextName(t *testing.T, name string) {
	t.Helper()
	want := ""
	if ref, err := reference.ParseNormalizedNamed(name); err == nil {
		want = strings.TrimSuffix(reference.FamiliarString(ref), ":latest")
	}
	if got, err := ContextName(name); got != want && (err == nil || want != "") && !strings.Contains(name, "::") {
		t.Errorf("%q: got %q, %v; the library has %q", name, got, err, want)
	}
	if got, _ := contextName(name); got != want {
		t.Errorf("%q: got %q; the library has %q", name, got, want)
	}
}

var sha = "sha256:" + strings.Repeat("0a", 32)

// imageNames are the corners of the grammar.
var imageNames = []string{
	"node", "node:20", "node@" + sha, "node:20@" + sha, "library/node", "docker.io/node", "index.docker.io/node",
	"index.docker.io/a/b", "docker.io/a/b:c", "localhost/a", "localhost:5000/a", "LOCALHOST/a", "a.b/c", "a.b:1/c:2", "Foo/bar",
	"foo/Bar", "Foo", "[::1]:80/a", "[::1]/a", "[::1]a/b", "[]/a", "[::g]/a", "a_b.c/d", "a__b.c/d", "a___b.c/d", "a--b.c/d", "a..b/c", "a-.b/c",
	"-a.b/c", "a.b-/c", ".a/b", "a./b", "a.b:/c", "a.b:x/c", "", ":", "@", "/", "a/", "a.b/", "a//b", "a:b:c", "a:-b", "a:.b", "a:_b", "a@b", "a@",
	"a:", "a@" + sha[:40], "a@" + strings.ToUpper(sha), "a@sha256:" + strings.Repeat("A", 64), "a@sha384:" + strings.Repeat("1", 96),
	"a@sha512:" + strings.Repeat("1", 128), "a@md5:" + strings.Repeat("1", 32), "a@" + sha + "@" + sha, "a@" + sha + ":b",
	strings.Repeat("a", 64), strings.Repeat("z", 64), strings.Repeat("a", 63), "b/" + strings.Repeat("a", 253), "b/" + strings.Repeat("a", 254),
	"x.y/" + strings.Repeat("a", 255), "x.y/" + strings.Repeat("a", 256), "x_y.z/" + strings.Repeat("a", 249), "x_y.z/" + strings.Repeat("a", 250),
	"a:" + strings.Repeat("b", 128), "a:" + strings.Repeat("b", 129), "é/a", "a\n", "a:b\n", "a/\xff", "a b", "a\x00b",
	"index.docker.io/library/a", "docker.io/", "docker.io", "a.b", "localhost", "1.2.3.4:5/a",
}

func TestNormalizeImageIsTheLibrarys(t *testing.T) {
	valid := 0
	for _, name := range imageNames {
		checkNormalize(t, name)
		checkContextName(t, name)
		if _, _, err := normalizeImage(name); err == nil {
			valid++
		}
	}
	if valid < 25 || valid > len(imageNames)-25 {
		t.Errorf("%d of %d names are valid: one side is hardly tested", valid, len(imageNames))
	}
}

func FuzzNormalizeImage(f *testing.F) {
	for _, name := range imageNames {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		checkNormalize(t, name)
		checkContextName(t, name)
	})
}
