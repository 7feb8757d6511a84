package cachekey

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/whybust/whybust/internal/dockerfile"
)

// mount is one mount of a RUN in the form that is hashed (dispatchRunMounts in
// dockerfile2llb/convert_runmount.go).
type mount struct {
	kind     string
	target   string
	source   *Op    // nil: nothing is read
	selector string // no part of the recipe
	name     string // of the stage or image, for messages
	readOnly bool
	options  string // what else is hashed
	line     int
}

// mountSet collects the mounts of one RUN.
type mountSet struct {
	list    []mount // sorted by target before they are hashed
	secrets []mount // in the order of the file, after the others
	agents  []mount
	env     []string // secrets as variables
}

func (r *replayer) mounts(s *stage, c *command, cmd *dockerfile.Run) (*mountSet, error) {
	set := &mountSet{}
	for i, m := range cmd.Mounts {
		var err error
		switch m.Type {
		case "secret":
			err = set.secret(&m, c.Line)
		case "ssh":
			set.agent(&m, c.Line)
		default:
			err = r.mount(set, s, c, &m, c.sources[i])
		}
		if err != nil {
			return nil, err
		}
	}
	if r.shm > 0 {
		set.list = append(set.list, mount{kind: "tmpfs", target: "/dev/shm", options: fmt.Sprintf("size=%d", r.shm)})
	}
	return set, nil
}

// mount adds a bind, cache or tmpfs mount.
func (r *replayer) mount(set *mountSet, s *stage, c *command, m *dockerfile.Mount, src *stage) error {
	out := mount{kind: m.Type, readOnly: m.ReadOnly, name: m.From, line: c.Line}
	switch {
	case m.Type == "tmpfs":
		out.options = fmt.Sprintf("size=%d", m.Size)
	case m.From != "":
		if src.file && !src.dispatched {
			return fmt.Errorf("stage %q must be defined before it is mounted", src.label())
		}
		out.source = r.rootOf(src, []string{m.Source})
	case m.Type == "bind":
		out.source = r.context()
	}
	out.target = m.Target
	if !path.IsAbs(filepath.Clean(m.Target)) {
		out.target = filepath.Join("/", s.state.dir(), m.Target)
	}
	if out.target == "/" {
		return fmt.Errorf("a mount cannot have the target %q", m.Target)
	}
	if m.Type == "cache" {
		out.options = r.cacheOptions(m, out.target)
	}
	if p := path.Join("/", m.Source); p != "/" {
		out.selector = p
	} else if m.UID != nil || m.GID != nil || m.Mode != nil {
		out.source, out.selector = r.cacheDir(m, out.source, c.Line), "/cache"
	}
	set.list = append(set.list, out)
	return nil
}

// cacheOptions are a cache mount's id and sharing mode. They count only while
// the id is the default one and the mode is shared (checkShouldClearCacheOpts).
func (r *replayer) cacheOptions(m *dockerfile.Mount, target string) string {
	id := m.ID
	if id == "" {
		id = path.Clean(m.Target)
	}
	id = r.args["BUILDKIT_CACHE_MOUNT_NS"] + "/" + id
	shared := m.Sharing == "" || m.Sharing == "shared"
	_, trimmed, _ := strings.Cut(id, "/")
	if shared && (id == target || trimmed == target) {
		return "cache id=" + id
	}
	return "cache id="
}

// cacheDir makes the directory that a cache mount with an owner or a mode
// starts from (setCacheUIDGID).
func (r *replayer) cacheDir(m *dockerfile.Mount, source *Op, line int) *Op {
	number := func(n *uint64) uint64 {
		if n == nil {
			return 0
		}
		return *n
	}
	mode := uint64(0o755)
	if m.Mode != nil {
		mode = *m.Mode
	}
	user := owner{user: strconv.FormatUint(number(m.UID), 10), group: strconv.FormatUint(number(m.GID), 10)}
	op, fresh := r.op(OpFile, line, Recipe{
		{Label: LabelKind, Value: "mkdir /cache " + rootShape(source)},
		{Label: LabelOwner, Value: user.String(), Line: line},
		{Label: LabelMode, Value: octal(mode), Line: line},
	}, rootInput(source), "")
	if fresh {
		op.files = source.tree().mkcache(op, user, mode)
	}
	return op
}

func (set *mountSet) secret(m *dockerfile.Mount, line int) error {
	id := m.ID
	if m.Source != "" {
		id = m.Source
	}
	if id == "" {
		if m.Target == "" {
			return fmt.Errorf("a secret mount needs an id or a target")
		}
		id = path.Base(m.Target)
	}
	if m.Env != nil {
		set.env = append(set.env, fmt.Sprintf("%s=%s required=%t", *m.Env, id, m.Required))
	}
	if m.Target == "" && m.Env != nil {
		return nil
	}
	target := m.Target
	if target == "" {
		target = "/run/secrets/" + path.Base(id)
	}
	set.secrets = append(set.secrets, mount{kind: "secret", target: target, line: line,
		options: fmt.Sprintf("id=%s required=%t %s", id, m.Required, ownership(m, 0o400))})
	return nil
}

func (set *mountSet) agent(m *dockerfile.Mount, line int) {
	target := m.Target
	if target == "" {
		target = fmt.Sprintf("/run/buildkit/ssh_agent.%d", len(set.agents))
	}
	set.agents = append(set.agents, mount{kind: "ssh", target: target, line: line,
		options: fmt.Sprintf("id=%s required=%t %s", m.ID, m.Required, ownership(m, 0o600))})
}

func ownership(m *dockerfile.Mount, mode uint64) string {
	var uid, gid uint64
	if m.UID != nil {
		uid = *m.UID
	}
	if m.GID != nil {
		gid = *m.GID
	}
	if m.Mode != nil {
		mode = *m.Mode
	}
	return fmt.Sprintf("uid=%d gid=%d mode=%04o", uid, gid, mode)
}

// agentSocket is what SSH_AUTH_SOCK will be, "" without an ssh mount.
func (set *mountSet) agentSocket() string {
	if len(set.agents) == 0 {
		return ""
	}
	return set.agents[0].target
}

// finish appends the mounts to the recipe and gives the inputs. Mounts of the
// same operation share an input; the last of them, by target, decides whether
// it is compared by content (getMountDeps). raw holds the selectors, which are
// no part of the key.
func (set *mountSet) finish(recipe *Recipe, root *Op) (inputs []Input, raw string) {
	slices.SortStableFunc(set.list, func(a, b mount) int { return strings.Compare(a.target, b.target) })
	inputs = rootInput(root)
	*recipe = append(*recipe, Field{Label: LabelKind, Value: "exec " + rootShape(root)})
	var selectors strings.Builder
	paths := make([][]string, len(inputs), len(inputs)+len(set.list))
	if root != nil {
		paths[0] = []string{"/"}
	}
	for _, m := range set.list {
		index := -1
		if m.source != nil {
			if index = slices.IndexFunc(inputs, func(in Input) bool { return in.Op == m.source }); index < 0 {
				index = len(inputs)
				inputs = append(inputs, Input{Op: m.source, Role: RoleMount, Name: m.target})
				paths = append(paths, nil)
			}
			inputs[index].ByContent = true
			inputs[index].Writable = inputs[index].Writable || !m.readOnly || m.kind == "cache"
			paths[index] = append(paths[index], path.Join("/", m.selector))
		}
		fmt.Fprintf(&selectors, "%q ", m.selector)
		m.append(recipe, index)
	}
	for _, m := range append(set.secrets, set.agents...) {
		m.append(recipe, -1)
	}
	for _, env := range set.env {
		*recipe = append(*recipe, Field{Label: LabelMount, Name: "secret variable", Value: env})
	}
	for i := range inputs {
		if len(paths[i]) > 0 {
			inputs[i].Selection = strings.Join(paths[i], "\x00")
		}
		if inputs[i].ByContent {
			for _, p := range withoutNested(paths[i]) {
				inputs[i].Selectors = append(inputs[i].Selectors, mountSelector(p))
			}
		}
	}
	return inputs, selectors.String()
}

func (m *mount) append(recipe *Recipe, input int) {
	*recipe = append(*recipe, Field{Label: LabelMount, Name: m.target, Line: m.line,
		Value: fmt.Sprintf("%s input=%d readonly=%t %s", m.kind, input, m.readOnly, m.options)})
}

// withoutNested drops paths that lie in others (dedupePaths, toSelectors): one
// of the root stands for all.
func withoutNested(paths []string) []string {
	if slices.Contains(paths, "/") {
		return []string{"/"}
	}
	paths = slices.Compact(slices.Sorted(slices.Values(paths)))
	all := map[string]bool{}
	for _, p := range paths {
		all[p] = true
	}
	return slices.DeleteFunc(paths, func(p string) bool {
		for end := strings.LastIndexByte(p, '/'); end > 0; end = strings.LastIndexByte(p[:end], '/') {
			if all[p[:end]] {
				return true
			}
		}
		return false
	})
}
