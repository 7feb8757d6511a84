package cachekey

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/whybust/whybust/internal/dockerfile"
)

// workdir replays WORKDIR: a change of directory, and a mkdir unless it is the
// root (dispatchWorkdir). The mkdir knows neither environment nor platform.
func (r *replayer) workdir(s *stage, c *command, cmd *dockerfile.Workdir) error {
	dir := normalizeWorkdir(s.state.workdir, cmd.Path)
	s.state.workdir, s.state.cwd, s.state.cwdLine = dir, dir, c.Line
	if dir == "/" {
		return nil
	}
	made := cleanPath("/", dir, false)
	recipe := Recipe{
		{Label: LabelKind, Value: "mkdir " + rootShape(s.state.root)},
		{Label: LabelDest, Value: made, Line: c.Line},
		{Label: LabelTime, Value: r.epoch, Secret: r.epoch != "" && r.args["SOURCE_DATE_EPOCH"] != ""},
	}
	var user owner
	if s.state.user != "" {
		user = parseOwner(s.state.user)
		if user.named() && s.state.root == nil {
			return fmt.Errorf("user %q cannot be looked up: the stage has no /etc/passwd", Readable(s.state.user))
		}
		recipe = append(recipe, Field{Label: LabelOwner, Value: user.String(), Line: s.state.userLine})
	}
	op, fresh := r.op(OpFile, c.Line, recipe, rootInput(s.state.root), "")
	if fresh {
		op.files = s.state.root.tree().mkdir(op, made, user)
	}
	s.state.root = op
	r.step(s, c, r.display(s, c.Text, false), op)
	return nil
}

// rootInput is the input list of an operation on a root filesystem.
func rootInput(root *Op) []Input {
	if root == nil {
		return nil
	}
	return []Input{{Op: root, Role: RoleRoot}}
}

// rootShape tells apart an operation on a filesystem and one on nothing: they
// have other input indexes.
func rootShape(root *Op) string {
	if root == nil {
		return "on nothing"
	}
	return "on root"
}

// owner is a user and a group as llb.WithUser reads them: a number, "root" for
// 0, or a name to be looked up. Empty means not given, which is another key than
// a group of 0.
type owner struct{ user, group string }

func parseOwner(text string) owner {
	if HasSymbol(text) {
		return owner{user: "name " + text}
	}
	user, group, _ := strings.Cut(text, ":")
	o := owner{user: ownerID(user)}
	if group != "" {
		o.group = ownerID(group)
	}
	return o
}

func ownerID(text string) string {
	if text == "root" || text == "" { // ":5" is root's with a group
		return "0"
	}
	if n, err := strconv.ParseInt(text, 10, 32); err == nil {
		return strconv.FormatInt(n, 10)
	}
	return "name " + text
}

// named reports whether a name must be looked up in the filesystem.
func (o owner) named() bool {
	return strings.HasPrefix(o.user, "name ") || strings.HasPrefix(o.group, "name ")
}

func (o owner) String() string { return o.user + ":" + o.group }
