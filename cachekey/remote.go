package cachekey

import (
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/internal/lazyregexp"
)

// scpStyle is USER@HOST:PATH (util/sshutil.ParseSCPStyleURL).
var scpStyle = lazyregexp.New(`^[a-zA-Z0-9_.-]+@[a-zA-Z0-9.-]+:`)

// IsRemote reports whether the value of a --build-context is a URL and no directory.
func IsRemote(value string) bool { return remoteKind(value) != "" }

// ShownURL is a URL without what may let somebody in: what stands before the host, and what follows "?". Other text stays as
// it is.
func ShownURL(value string) string {
	scheme, rest, ok := strings.Cut(value, "://")
	if !ok {
		return value
	}
	if !IsRemote(value) && strings.ToLower(scheme) != "http" && strings.ToLower(scheme) != "https" {
		return value
	}
	if _, err := url.Parse(value); err != nil {
		return scheme + "://***"
	}
	rest, fragment, hasFragment := strings.Cut(rest, "#")
	rest, _, hasQuery := strings.Cut(rest, "?")
	host, file, hasFile := strings.Cut(rest, "/")
	if i := strings.LastIndexByte(host, '@'); i >= 0 && host[:i] != "git" {
		host = "***" + host[i:]
	}
	shown := scheme + "://" + host
	if hasFile {
		shown += "/" + file
	}
	if hasQuery {
		shown += "?***"
	}
	if hasFragment {
		shown += "#" + fragment
	}
	return shown
}

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

// remoteSource is what is fetched from a URL or a git repository.
type remoteSource struct {
	kind, url string
	file      string // the name that a URL's file gets
	checksum  string
	options   string // of git
	secret    bool   // the URL is given from outside
}

// remote is the operation that fetches. What it gives is not known: equal
// URLs are taken for equal content, other URLs may hold the same.
func (r *replayer) remote(src remoteSource, line int) *Op {
	identity := src.url
	if src.kind == "http" && src.checksum != "" {
		identity = src.checksum
	}
	about := src.file
	if src.kind != "http" {
		about = src.options
	}
	op, fresh := r.op(OpRemote, line, Recipe{
		{Label: LabelRemote, Name: src.kind, Value: identity, Line: line, Secret: src.secret && ShownURL(identity) != identity}, {Label: LabelPath, Value: about},
	}, nil, src.url)
	if fresh {
		op.files = remoteFiles(op)
	}
	return op
}

// remote adds a URL or git source of ADD.
func (k *copying) remote(kind, src string) {
	source, sel := remoteSource{kind: kind, url: src, checksum: k.cmd.Checksum}, buildcontext.Selector{Path: "/"}
	if kind == "http" {
		source.file = urlBase(src)
		if urlBase(k.r.hide(src)) != source.file { // what a URL makes of a build argument need not be a part of it
			k.r.keep(append(slices.Clone(k.r.secrets), variable{name: k.r.secrets[0].name, value: source.file}))
		}
		sel.Path = path.Join("/", source.file)
	} else {
		source.options = k.gitOptions()
	}
	k.r.note("remote-source", k.line, k.r.hide(src)+" is fetched when the image is built: what it holds is taken to stay the same")
	op := k.r.remote(source, k.line)
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
