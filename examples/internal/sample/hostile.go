package sample

import (
	"bytes"
	"fmt"
	"os/exec"
	"slices"
	"strings"
)

// Names are file names that somebody chose to do harm where they are shown: to a terminal, in Markdown and HTML, in the log of
// a CI job, in a spreadsheet.
var Names = []string{
	"a\nb", "\r\n::error file=x,line=1::pwned", "::error::pwned", "%0A::warning::pwned", "\n##[error]pwned", "##vso[task.setvariable variable=x]pwned", "::add-mask::a",
	"\x1b[31mred\x1b]0;pwned\a", "tab\tx", "\u009b2J", "\u202egnp.exe", "\u2066x\u200b", "\xff\xfe", "quote\"'x", "back\\slash\\", "nul-like\\0",
	"<script>pwned()<", "<img src=x onerror=pwned()>", "<a href=javascript:pwned()>x<", "<!-- pwned", "<![CDATA[pwned]]>", "&lt;b&gt;", "<details open><summary>pwned",
	"](javascript:pwned())", "![x](http:pwned)", "[x](pwned)", "[x]: pwned", "`tick`", "``` pwned", "~~~", "|cell|", "a|b", "# pwned", "- pwned", "1. pwned", "> pwned", "***pwned***", "_pwned_", "~~pwned~~",
	"www.pwned.example", "http:pwned.example", "pwned@pwned.example", "@pwned", "#1", "GH-1", "=pwned()", "+pwned", "-pwned", "@SUM(1)", "\t=pwned()", "'pwned", "a,b;c", "${{ pwned }}", "{{pwned}}", "--output=pwned", ":(glob)*", " outer blanks ", "日本語 é 🎉",
}

// HostileHistory makes a bare repository in dir, an empty directory, of commits on main in which file names, subjects, authors,
// Dockerfiles, and what stands in them, do harm where they are shown.
func HostileHistory(dir string) error {
	var in bytes.Buffer
	const commits = 24
	for i := range commits {
		name := func(n int) string { return Names[n%len(Names)] }
		fmt.Fprintf(&in, "commit refs/heads/main\nauthor %s <x@example.org> 0 +0000\ncommitter c <c@example.org> %d +0000\n", author(name(i)), 1_700_000_000+3600*i)
		data(&in, name(i)+name(i+20))
		in.WriteString("deleteall\n")
		file(&in, "Dockerfile", hostileDockerfile(name(i/8)))
		file(&in, "package.json", "{}")
		file(&in, "\n::error::d/Dockerfile", "FROM scratch\nCOPY x /\n")
		file(&in, "sub/<b>.Dockerfile", "FROM busybox\nCOPY missing-"+line(name(i))+" /\nRUN "+line(name(i+1))+"\n")
		for n, path := range Names {
			if n%commits <= i || i == commits-1 {
				file(&in, "src/"+path, fmt.Sprint((n+i)/3))
			}
		}
	}
	for _, args := range [][]string{{"init", "-q", "--bare", "-b", "main"}, {"fast-import", "--quiet"}} {
		cmd := exec.Command("git", args...)
		cmd.Dir, cmd.Stdin = dir, bytes.NewReader(in.Bytes())
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("git %q: %w\n%s", args, err, out)
		}
	}
	return nil
}

// hostileDockerfile has names wherever an instruction takes a text, first that one.
func hostileDockerfile(first string) string {
	lines := []string{"FROM node:20 AS build", "WORKDIR /w/" + quoted(first), "COPY . .", "RUN npm ci && echo " + line(first)}
	for i, name := range Names {
		text := line(name)
		lines = append(lines, fmt.Sprintf("ARG X%d=%s", i, quoted(name)), fmt.Sprintf("ENV Y%d=%s", i, quoted(name)), "LABEL k="+quoted(name),
			"RUN x "+text+" ;", "RUN --mount=type=cache,target=/c/"+fmt.Sprint(i)+" y "+text+" ;")
		if i%10 == 0 {
			lines = append(lines, `COPY [`+jsonText(quoted("missing-"+text))+`, "/y/"]`, `ADD [`+jsonText(quoted("https://example.org/"+text))+`, "/z/"]`, "USER "+quoted(name), "WORKDIR /v/"+quoted(name))
		}
	}
	return strings.Join(append(lines, "FROM scratch", "COPY --from=build /w /w", "CMD "+line(first)+" ;", ""), "\n")
}

func quoted(name string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", `\$`).Replace(line(name)) + `"`
}

// line takes out of a name what cannot stand in a line of a Dockerfile.
func line(name string) string {
	return strings.NewReplacer("\n", "", "\r", "", "\xff", "", "\xfe", "", "<<", "").Replace(name)
}

func jsonText(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\t", `\t`, "\x1b", `\u001b`, "\a", `\u0007`).Replace(s) + `"`
}

// author takes out of a name what cannot stand in that of an author.
func author(name string) string {
	return strings.Map(func(r rune) rune {
		if slices.Contains([]rune("<>\n\x00"), r) {
			return -1
		}
		return r
	}, name)
}

func data(in *bytes.Buffer, text string) { fmt.Fprintf(in, "data %d\n%s\n", len(text), text) }

// file adds a file with its name in octal, as fast-import reads any.
func file(in *bytes.Buffer, name, text string) {
	in.WriteString(`M 100644 inline "`)
	for i := range len(name) {
		fmt.Fprintf(in, "\\%03o", name[i])
	}
	in.WriteString("\"\n")
	data(in, text)
}
