package report

import (
	"strings"

	"github.com/whybust/whybust/examples/internal/cli"
	"github.com/whybust/whybust/internal/lazyregexp"
)

// What comes from a repository must not become Markdown: no markup, no HTML, no
// mention of a person, no link to an issue or commit, no emoji, no formula, and no command that
// GitLab finds at the beginning of a line. Within a code span neither CommonMark nor
// the filters of the two hosts look at anything, so all of it is put into code
// spans; backslashes would not do, for the filters run after them.

// maxPiece bounds one piece in Markdown, in runes: a path can have 4,096 bytes.
const maxPiece = 200

// codeSpan puts one line of visible characters into a code span.
func codeSpan(s string) string {
	s = cli.Cut(s, maxPiece)
	fence := strings.Repeat("`", longestRun(s, '`')+1)
	blank := strings.Trim(s, " ") == ""
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") || !blank && s[0] == ' ' && s[len(s)-1] == ' ' {
		s = " " + s + " " // CommonMark takes one space off either end
	}
	return fence + s + fence
}

// longestRun is the length of the longest run of c in s.
func longestRun(s string, c byte) (longest int) {
	run := 0
	for i := range len(s) {
		if run++; s[i] != c {
			run = 0
		}
		longest = max(longest, run)
	}
	return longest
}

// cell makes Markdown of one line fit for a cell of a table, which ends at a |
// even within a code span unless an odd number of backslashes stands before it.
func cell(s string) string {
	var b strings.Builder
	slashes := 0
	for i := range len(s) {
		if s[i] == '|' {
			b.WriteString(`\`)
			if slashes%2 == 1 {
				b.WriteString(`\`)
			}
		}
		if slashes++; s[i] != '\\' {
			slashes = 0
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

var (
	// plainWord is a word, a number or a time that no Markdown and no filter of the hosts makes anything of.
	plainWord = lazyregexp.New(`^([A-Za-z]+(['-][A-Za-z]+)*|[0-9]{1,6}|[0-9.]{1,5}[hms]([0-9]{2}[ms])?)$`)
	// likeCommit is a word that may be taken for the id of a commit.
	likeCommit = lazyregexp.New(`^[0-9a-fA-F]{7,}$`)
)

// prose makes Markdown of a hint or a note: words stay as they are, and whatever
// is more than a word becomes a code span, as what stands in backquotes is one already.
func prose(s string) string {
	parts := strings.Split(cli.OneLine(s), "`")
	var words []string
	for i, part := range parts {
		if i%2 == 1 && i < len(parts)-1 && part != "" { // quoted
			words = append(words, codeSpan(part))
			continue
		}
		for n, word := range strings.Fields(part) {
			glued := n == 0 && i > 0 && !strings.HasPrefix(part, " ")
			word = proseWord(word)
			if glued && len(words) > 0 && strings.Trim(word, ".,:;)") == "" {
				words[len(words)-1] += word
				continue
			}
			words = append(words, word)
		}
	}
	return strings.Join(words, " ")
}

// proseWord keeps a word and the punctuation around it.
func proseWord(s string) string {
	front := s[:len(s)-len(strings.TrimLeft(s, "("))]
	core := strings.TrimRight(s[len(front):], ".,:;)")
	if core == "" {
		if strings.Trim(s, ".,:;)(") == "" && len(s) < 3 {
			return s
		}
		return codeSpan(s)
	}
	back := s[len(front)+len(core):]
	if len(front)+len(back) > 3 {
		return codeSpan(s)
	}
	if !plainWord.MatchString(core) || likeCommit.MatchString(core) {
		core = codeSpan(core)
	}
	return front + core + back
}

// fenced puts lines into a fenced code block.
func fenced(language string, lines ...string) string {
	run := 2
	for _, line := range lines {
		run = max(run, longestRun(line, '`'))
	}
	fence := strings.Repeat("`", run+1)
	return fence + language + "\n" + strings.Join(lines, "\n") + "\n" + fence
}
