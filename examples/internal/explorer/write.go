package explorer

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"
	"strings"
	"sync"
)

//go:embed assets/page.gohtml
var pageTemplate string

//go:embed assets/explorer.css
var style string

//go:embed assets/explorer.js
var script string

// parsed is the page's template, parsed when a page is first written.
var parsed = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("page").Parse(pageTemplate))
})

// Write writes a page as one HTML file, which needs nothing else. Nothing is
// written if that fails.
func Write(w io.Writer, page *Page) error {
	var out bytes.Buffer
	err := parsed().Execute(&out, map[string]any{
		"Page": page, "Style": template.CSS(style), "Script": template.JS(script), "Policy": policy(style, script),
	})
	if err != nil {
		return err
	}
	_, err = w.Write(out.Bytes())
	return err
}

// policy is the content security policy: one script and one style sheet, and
// nothing else from anywhere. Trusted types keep the script itself from making markup of
// text.
func policy(style, script string) string {
	return strings.Join([]string{
		"default-src 'none'", "script-src " + source256(script), "style-src " + source256(style),
		"base-uri 'none'", "form-action 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'",
	}, "; ")
}

// source256 is how a policy names an inline text.
func source256(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
