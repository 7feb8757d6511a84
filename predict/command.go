package predict

import (
	"path"
	"strings"

	"github.com/whybust/whybust/cachekey"
	"github.com/whybust/whybust/internal/lazyregexp"
)

// runScript gives what a RUN in shell form hands to its shell.
func runScript(st *cachekey.Step) (script string, ok bool) {
	command, ok := field(st.Op.Recipe, cachekey.LabelCommand)
	if st.Instruction != "RUN" || !ok {
		return "", false
	}
	args := cachekey.SplitArgs(command)
	script = args[len(args)-1]
	// An exec form has no shell in front, and its text is no script.
	exec := !strings.HasSuffix(strings.TrimSpace(st.Text), strings.TrimSpace(script)) && !strings.Contains(script, "\n")
	return script, len(args) > 1 && !exec
}

// splitCommands takes a script apart at its `&&`, `;` and line ends. plain is
// false for anything but such a chain of simple commands and pipelines: compound
// commands, `||`, subshells, here-documents.
func splitCommands(script string) (commands []string, plain bool) {
	var word strings.Builder
	end := func() {
		if c := strings.TrimSpace(word.String()); c != "" {
			commands = append(commands, c)
		}
		word.Reset()
	}
	for i := 0; i < len(script); i++ {
		switch c := script[i]; {
		case c == '\\' && i+1 < len(script):
			word.WriteString(script[i : i+2])
			i++
		case c == '\'' || c == '"' || c == '`':
			n := closing(script[i+1:], c)
			if n < 0 {
				return nil, false
			}
			word.WriteString(script[i : i+n+2])
			i += n + 1
		case strings.HasPrefix(script[i:], "&&"):
			end()
			i++
		case c == ';' || c == '\n':
			end()
		case c == '&' && i > 0 && script[i-1] == '>': // 2>&1
			word.WriteByte(c)
		case strings.HasPrefix(script[i:], "$("):
			n := balanced(script[i+2:])
			if n < 0 {
				return nil, false
			}
			word.WriteString(script[i : i+n+3])
			i += n + 2
		case c == '&' || c == '(' || c == ')' || strings.HasPrefix(script[i:], "||") || strings.HasPrefix(script[i:], "<<"):
			return nil, false
		default:
			word.WriteByte(c)
		}
	}
	end()
	for _, c := range commands {
		if compound.MatchString(c) {
			return nil, false
		}
	}
	return commands, len(commands) > 0
}

var compound = lazyregexp.New(`^(if|then|else|elif|fi|for|while|until|do|done|case|esac|function|\{|\}|!|#)(\s|$)`)

// closing is the length of what a quotation mark encloses, -1 without an end.
func closing(s string, mark byte) int {
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && mark != '\'':
			i++
		case s[i] == mark:
			return i
		}
	}
	return -1
}

// balanced is the length up to the parenthesis that closes a substitution.
func balanced(s string) int {
	depth := 1
	for i := range len(s) {
		switch s[i] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

var (
	assignments = lazyregexp.New(`^([A-Za-z_]\w*=\S*\s+)+`)
	redirection = lazyregexp.New(`\s*[12]?>+\s*\S+`)
)

// bare is a command without assignments before it, and redirections.
func bare(command string) string {
	command = redirection.ReplaceAllString(assignments.ReplaceAllString(command, ""), "")
	return strings.Join(strings.Fields(command), " ")
}

// changeDir is the directory that `cd` leads to from dir.
func changeDir(command, dir string) (string, bool) {
	words := strings.Fields(command)
	if len(words) != 2 || words[0] != "cd" || strings.ContainsAny(words[1], "$~*'\"`") {
		return dir, false
	}
	if path.IsAbs(words[1]) {
		return path.Clean(words[1]), true
	}
	return path.Join(dir, words[1]), true
}

// expensive are the commands that fetch or compile.
var expensive = lazyregexp.New(`\b(apt-get|apt|apk|dnf|microdnf|yum|zypper) (-\S+ )*(install|add|upgrade|dist-upgrade)\b` +
	`|^(curl|wget|git clone)\b|^(make|cmake|ninja)\b|^go (build|install|mod download|generate)\b|^cargo \w+` +
	`|^(npm|pnpm|yarn|bun) \w+|^(pip3?|python3? -m pip|uv|poetry|pipenv|conda|mamba) |^(mvn|\./mvnw|gradle|\./gradlew) ` +
	`|^(bundle|gem) install|^composer |^dotnet |^mix |^\./configure\b`)

// Commands takes the script of a RUN apart into commands, without assignments before them and
// redirections. ok is false if it is no plain list of commands.
func Commands(st *cachekey.Step) (commands []string, ok bool) {
	commands, ok = commandsOf(st)
	for i := range commands {
		commands[i] = bare(commands[i])
	}
	return commands, ok
}

// Commands gives the commands that a RUN is made of, as its name shows them; one if it
// is no plain list of commands, and none for other instructions.
func (s *Step) Commands() []string {
	_, script, ok := strings.Cut(s.Name, "] RUN ")
	if s.Instruction != "RUN" || !ok {
		return nil
	}
	commands, ok := splitCommands(script)
	if !ok || len(commands) == 0 {
		return []string{script}
	}
	return commands
}
