package cachekey

import (
	"fmt"
	"strings"
)

// The grammar of image references is that of github.com/distribution/reference
// v0.6.0 (normalize.go, regexp.go), which BuildKit uses. It is written out here
// because that package compiles a dozen regular expressions when a program
// starts, a fifth of what a prediction in a small repository takes. The tests ask the package.

// ImageReference is the full form of an image's name, as Options.Image is asked for it: with its
// registry, and with a tag unless it has a digest.
func ImageReference(name string) (string, error) {
	full, _, err := normalizeImage(name)
	return full, err
}

// normalizeImage gives an image reference in full, as
// docker.io/library/node:20, and its digest if it has one.
func normalizeImage(name string) (full, digest string, err error) {
	domain, rest := splitDomain(name)
	rest, digest, pinned := strings.Cut(rest, "@")
	repository, tag, tagged := strings.Cut(rest, ":")
	switch {
	case isHex(name) && len(name) == sha256Digits:
		err = fmt.Errorf("an image is not named by 64 hexadecimal digits alone")
	case strings.ToLower(repository) != repository:
		err = fmt.Errorf("invalid reference format: repository name (%s) must be lowercase", repository)
	case !isRepository(domain, repository):
		err = fmt.Errorf("invalid repository name %q", domain+"/"+repository)
	case tagged && !isTag(tag):
		err = fmt.Errorf("invalid tag %q", tag)
	case pinned && !isDigest(digest):
		err = fmt.Errorf("invalid digest %q", digest)
	case !tagged && !pinned:
		rest += ":latest"
	case pinned:
		rest += "@" + digest
	}
	if err != nil {
		return "", "", fmt.Errorf("%q is no image reference: %w", name, err)
	}
	return domain + "/" + rest, digest, nil
}

const (
	hub       = "docker.io"
	hubOld    = "index.docker.io"
	hubNamed  = "library/" // where the images of one word are
	localhost = "localhost"
)

// splitDomain is splitDockerDomain: the registry of a reference, and what
// follows it.
func splitDomain(name string) (domain, rest string) {
	first, after, ok := strings.Cut(name, "/")
	switch {
	case !ok:
		return hub, hubNamed + name
	case first == hubOld:
		domain, rest = hub, after
	case first == localhost, strings.ContainsAny(first, ".:"), strings.ToLower(first) != first:
		domain, rest = first, after
	default:
		domain, rest = hub, name
	}
	if domain == hub && !strings.Contains(rest, "/") {
		rest = hubNamed + rest
	}
	return domain, rest
}

// maxRepository is the greatest length of a repository name, without the domain.
const maxRepository = 255

// isRepository reports whether a domain and a path make a repository name. What
// is no domain may still be the first component of a longer path.
func isRepository(domain, path string) bool {
	if !isPath(path) {
		return false
	}
	if isDomain(domain) {
		return len(path) <= maxRepository
	}
	return isPath(domain) && len(domain)+1+len(path) <= maxRepository
}

// isDomain matches a host name or an IPv6 address in brackets, and a port.
func isDomain(s string) bool {
	host, port, hasPort := s, "", false
	if end := strings.LastIndexByte(s, ']'); strings.HasPrefix(s, "[") && end > 0 {
		host, port, hasPort = s[1:end], s[end+1:], end+1 < len(s)
		if host == "" || !all(host, func(c byte) bool { return hexDigit(c) || 'A' <= c && c <= 'F' || c == ':' }) {
			return false
		}
		return !hasPort || port[0] == ':' && isNumber(port[1:])
	}
	host, port, hasPort = strings.Cut(s, ":")
	for part := range strings.SplitSeq(host, ".") {
		if part == "" || part[0] == '-' || part[len(part)-1] == '-' || !all(part, func(c byte) bool { return letterOrDigit(c) || c == '-' }) {
			return false
		}
	}
	return !hasPort || isNumber(port)
}

func isNumber(s string) bool { return s != "" && all(s, digit) }

func isPath(s string) bool {
	for part := range strings.SplitSeq(s, "/") {
		if !isPathComponent(part) {
			return false
		}
	}
	return true
}

// isPathComponent matches words of lower-case letters and digits, between which are one
// period, one or two underscores, or dashes.
func isPathComponent(s string) bool {
	for word := true; ; word = !word {
		n := 0
		for n < len(s) && lowerOrDigit(s[n]) == word {
			n++
		}
		separator := s[:n]
		switch {
		case n == 0:
			return false
		case !word && separator != "." && separator != "_" && separator != "__" && strings.Trim(separator, "-") != "":
			return false
		case n == len(s):
			return word
		}
		s = s[n:]
	}
}

// maxTag is the greatest length of a tag.
const maxTag = 128

func isTag(s string) bool {
	return s != "" && len(s) <= maxTag && s[0] != '.' && s[0] != '-' &&
		all(s, func(c byte) bool { return letterOrDigit(c) || c == '_' || c == '.' || c == '-' })
}

// sha256Digits is the length of a SHA-256 digest in hexadecimal.
const sha256Digits = 64

// isDigest knows the algorithms that BuildKit has linked.
func isDigest(s string) bool {
	algorithm, encoded, _ := strings.Cut(s, ":")
	digits := map[string]int{"sha256": sha256Digits, "sha384": 96, "sha512": 128}[algorithm]
	return digits > 0 && len(encoded) == digits && isHex(encoded)
}

func isHex(s string) bool { return all(s, hexDigit) }

func all(s string, is func(c byte) bool) bool {
	for i := range len(s) {
		if !is(s[i]) {
			return false
		}
	}
	return true
}

func digit(c byte) bool         { return '0' <= c && c <= '9' }
func hexDigit(c byte) bool      { return digit(c) || 'a' <= c && c <= 'f' }
func lowerOrDigit(c byte) bool  { return digit(c) || 'a' <= c && c <= 'z' }
func letterOrDigit(c byte) bool { return lowerOrDigit(c) || 'A' <= c && c <= 'Z' }
