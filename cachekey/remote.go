package cachekey

import (
	"net/url"
	"path"
	"strconv"
	"strings"

	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/internal/lazyregexp"
)

// scpStyle is USER@HOST:PATH (util/sshutil.ParseSCPStyleURL).
var scpStyle = lazyregexp.New(`^[a-zA-Z0-9_.-]+@[a-zA-Z0-9.-]+:`)

// remoteKind says how a source of ADD is fetched: "git", "http", or "" for a
// path (dfgitutil.ParseGitRef and isHTTPSource).
func remoteKind(src string) string {
	scheme, _, ok := strings.Cut(src, "://")
	switch {
	case !ok && scpStyle.MatchString(src):
		return "git"
	case !ok:
		return ""
	}
	switch strings.ToLower(scheme) {
	case "git", "ssh":
		return "git"
	case "http", "https":
		if u, err := url.Parse(src); err == nil && strings.HasSuffix(u.Path, ".git") {
			return "git"
		}
		if strings.HasPrefix(src, "http://") || strings.HasPrefix(src, "https://") {
			return "http"
		}
	}
	return ""
}

// remote adds a URL or git source of ADD. What it holds is not known: equal
// URLs are taken for equal content, other URLs may hold the same.
func (k *copying) remote(kind, src string) {
	identity := src
	if kind == "http" && k.cmd.Checksum != "" {
		identity = k.cmd.Checksum
	}
	recipe := Recipe{{Label: LabelRemote, Name: kind, Value: identity, Line: k.line}}
	name, sel := "/", buildcontext.Selector{Path: "/"}
	if kind == "http" {
		name = urlBase(src)
		recipe = append(recipe, Field{Label: LabelPath, Value: name})
		sel.Path = path.Join("/", name)
	} else {
		recipe = append(recipe, Field{Label: LabelPath, Value: k.gitOptions()})
	}
	k.r.note("remote-source", k.line, k.r.hide(src)+" is fetched when the image is built: what it holds is taken to stay the same")
	op, fresh := k.r.op(OpRemote, k.line, recipe, nil, src)
	if fresh {
		op.files = remoteFiles(op)
	}
	k.add(kind, op, sel, kind == "http" && k.cmd.Unpack != nil && *k.cmd.Unpack, nil)
}

func (k *copying) gitOptions() string {
	keep := "default"
	if k.cmd.KeepGitDir != nil {
		keep = strconv.FormatBool(*k.cmd.KeepGitDir)
	}
	return "checksum=" + k.cmd.Checksum + " keep-git-dir=" + keep
}

// urlBase is the file name that a URL is saved under.
func urlBase(src string) string {
	u, err := url.Parse(src)
	if err == nil {
		if base := path.Base(u.Path); base != "." && base != "/" {
			return base
		}
	}
	return "__unnamed__"
}
