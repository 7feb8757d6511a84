// Package lazyregexp has regular expressions as package variables that cost
// nothing until they are used, like the internal package of this name in Go: a
// prediction uses few of them, and compiling them all would take a third of its time
// in a small repository.
package lazyregexp

import (
	"os"
	"regexp"
	"strings"
	"sync"
)

// Regexp is a regular expression that is compiled when a text is met that it
// may match. It is safe for concurrent use. The methods are those of regexp.Regexp.
type Regexp struct {
	text     string
	begin    sync.Once
	prefixes []string
	once     sync.Once
	re       *regexp.Regexp
}

// New is regexp.MustCompile, put off. In tests it is not, so that a wrong
// expression fails at once.
func New(text string) *Regexp {
	r := &Regexp{text: text}
	if inTest {
		r.get()
	}
	return r
}

// inTest recognises the program of a test without importing package testing.
var inTest = len(os.Args) > 0 && strings.HasSuffix(strings.TrimSuffix(os.Args[0], ".exe"), ".test")

func (r *Regexp) get() *regexp.Regexp {
	r.once.Do(func() { r.re = regexp.MustCompile(r.text) })
	return r.re
}

// may reports whether a text may match.
func (r *Regexp) may(s string) bool {
	r.begin.Do(func() { r.prefixes = prefixes(r.text) })
	return mayMatch(r.prefixes, s)
}

func (r *Regexp) Match(b []byte) bool { return r.get().Match(b) }

func (r *Regexp) MatchString(s string) bool { return r.may(s) && r.get().MatchString(s) }

func (r *Regexp) FindStringSubmatch(s string) []string {
	if !r.may(s) {
		return nil
	}
	return r.get().FindStringSubmatch(s)
}

func (r *Regexp) FindStringSubmatchIndex(s string) []int {
	if !r.may(s) {
		return nil
	}
	return r.get().FindStringSubmatchIndex(s)
}

func (r *Regexp) FindString(s string) string { return r.get().FindString(s) }

func (r *Regexp) FindAllString(s string, n int) []string { return r.get().FindAllString(s, n) }

func (r *Regexp) FindAllStringSubmatch(s string, n int) [][]string {
	return r.get().FindAllStringSubmatch(s, n)
}

func (r *Regexp) FindAllStringSubmatchIndex(s string, n int) [][]int {
	if !r.may(s) {
		return nil
	}
	return r.get().FindAllStringSubmatchIndex(s, n)
}

func (r *Regexp) ExpandString(dst []byte, template, src string, match []int) []byte {
	return r.get().ExpandString(dst, template, src, match)
}

func (r *Regexp) ReplaceAll(src, with []byte) []byte { return r.get().ReplaceAll(src, with) }

func (r *Regexp) ReplaceAllString(src, with string) string {
	if !r.may(src) {
		return src
	}
	return r.get().ReplaceAllString(src, with)
}

func (r *Regexp) ReplaceAllStringFunc(src string, with func(string) string) string {
	return r.get().ReplaceAllStringFunc(src, with)
}

func (r *Regexp) Split(s string, n int) []string { return r.get().Split(s, n) }
