package predict

import (
	"fmt"
	"slices"

	"github.com/whybust/whybust/cachekey"
	"github.com/whybust/whybust/internal/lazyregexp"
)

var (
	// shellState is what a command leaves to those after it in one shell, and not
	// to another RUN.
	shellState = lazyregexp.New(`^(cd|export|source|\.|pushd|umask|alias|shopt|trap|eval|exec|read|[A-Za-z_]\w*=\S*$)(\s|$)`)
	// undoes are the commands that make a layer smaller only in the RUN that filled it.
	undoes = lazyregexp.New(`\brm -\w*r|\b(apt-get|apt|apk|dnf|microdnf|yum|zypper) (-\S+ )*(purge|remove|autoremove|del|clean)\b` +
		`|\b(npm|yarn|pip3?|conda|dnf|yum) (cache )?(clean|purge)\b`)
)

// instructionText: a RUN whose text changed behind commands that did not
// change, one of them expensive. Those could be a RUN of their own. It is said
// only if the rest does not lean on the shell that it shares with them, nor
// clean up after them.
func (h *hinter) instructionText(i int) (*Hint, error) {
	st, old := h.new.Steps[i], h.counterpart(i)
	own := ownCauses(h.p.Steps[i])
	if len(own) != 1 || own[0].Kind != CauseInstruction || own[0].Change != Modified || old == nil {
		return nil, nil
	}
	before, ok1 := commandsOf(old)
	after, ok2 := commandsOf(st)
	if !ok1 || !ok2 {
		return nil, nil
	}
	n := 0
	for n < min(len(before), len(after)) && before[n] == after[n] {
		n++
	}
	front, rest := after[:n], after[n:]
	costly := slices.IndexFunc(front, func(c string) bool { return expensive.MatchString(bare(c)) })
	if costly < 0 || len(rest) == 0 || slices.ContainsFunc(front, shellState.MatchString) || slices.ContainsFunc(rest, undoes.MatchString) {
		return nil, nil
	}
	text := fmt.Sprintf("the text changes from %s on: put %s before it in a RUN of their own, and %s stays cached",
		quote(rest[0]), fmt.Sprintf("the %s", counted(n, "command")), quote(front[costly]))
	if n == 1 {
		text = fmt.Sprintf("the text changes from %s on: put %s before it in a RUN of its own, and it stays cached", quote(rest[0]), quote(front[0]))
	}
	hint := &Hint{Kind: hintInstructionText, Step: i, File: h.p.Dockerfile, Line: st.Line, Text: text}
	return h.remedy(hint, Remedy{Commands: n}), nil
}

// commandsOf takes the script of a RUN apart.
func commandsOf(st *cachekey.Step) ([]string, bool) {
	script, ok := runScript(st)
	if !ok {
		return nil, false
	}
	return splitCommands(script)
}
