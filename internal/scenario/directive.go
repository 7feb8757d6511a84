package scenario

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// sides are the names of the layers.
var sides = map[string]int{"both": 0, "old": 1, "new": 2, "old2": 3, "old3": 4, "old4": 5}

// layer is the paths that one of both/, old/ and new/ holds, with the lines
// that name them.
type layer map[string]placed

type placed struct {
	Entry
	line int
}

// edit is a directive that changes the finished tree of a side.
type edit struct {
	line   int
	side   int
	path   string
	perm   fs.FileMode
	remove bool
}

// directive reads one line of the part before the first file.
func (p *parser) directive(line string) error {
	line = strings.TrimSpace(line)
	if line == "" || strings.HasPrefix(line, "#") {
		return nil
	}
	name, text, ok := strings.Cut(line, ":")
	if !ok {
		return fmt.Errorf("%q is not NAME: VALUE", line)
	}
	text = strings.TrimSpace(text)
	if text == "" {
		return fmt.Errorf("%s: has no value", name)
	}
	switch name {
	case "reason", "args", "before-args", "after-args", "context", "causes", "buildkit", "cache-mode":
		if err := p.once(name + ":"); err != nil {
			return err
		}
		return p.setting(name, text)
	case "config":
		return p.config(text)
	case "image":
		return p.image(text)
	case "write":
		return p.write(text)
	case "cached":
		return p.cached(text)
	}
	words, err := splitWords(text)
	if err != nil {
		return err
	}
	return p.treeDirective(name, words)
}

func (p *parser) setting(name, text string) error {
	switch name {
	case "reason":
		p.s.Reason = text
	case "buildkit":
		p.s.BuildKit = text
	case "cache-mode":
		if !slices.Contains([]string{"local", "max", "min", "inline"}, text) {
			return fmt.Errorf("cache-mode: %q is none of local, max, min, inline", text)
		}
		p.s.CacheMode = text
	case "causes":
		if text != "off" {
			return fmt.Errorf("causes: can only be off, not %q", text)
		}
		p.s.CausesOff = true
	case "context":
		dir := path.Clean(text)
		if !fs.ValidPath(dir) {
			return fmt.Errorf("context %q is not inside the tree", text)
		}
		p.s.Context = dir
	default: // args, before-args, after-args
		words, err := splitWords(text)
		if err != nil {
			return err
		}
		p.args[name], err = ParseBuild(words)
		return err
	}
	return nil
}

// cached reads SIDE [FLAGS].
func (p *parser) cached(text string) error {
	words, err := splitWords(text)
	if err != nil {
		return err
	}
	n, err := sideOf(words[0])
	if err != nil {
		return err
	}
	if n == 0 {
		return errors.New("cached: takes a tree, not both")
	}
	flags, err := ParseBuild(words[1:])
	p.further = append(p.further, further{n, flags, p.line})
	return err
}

func (p *parser) config(text string) error {
	image, object, _ := strings.Cut(text, " ")
	if err := p.once("config: " + image); err != nil {
		return err
	}
	config, err := parseConfig(object)
	if err != nil {
		return fmt.Errorf("config: %s: %w", image, err)
	}
	p.s.Images[image] = config
	return nil
}

// image reads SIDE NAME JSON.
func (p *parser) image(text string) error {
	side, rest, _ := strings.Cut(text, " ")
	n, err := sideOf(side)
	if err != nil {
		return err
	}
	image, object, _ := strings.Cut(strings.TrimSpace(rest), " ")
	config, err := parseConfig(object)
	if err != nil {
		return fmt.Errorf("image: %s: %w", image, err)
	}
	for i, to := range []*Side{1: &p.s.Old, 2: &p.s.New} {
		if i == 0 || n != 0 && n != i {
			continue
		}
		if _, twice := to.Images[image]; twice {
			return fmt.Errorf("image: %s stands twice", image)
		}
		if to.Images == nil {
			to.Images = map[string]ImageConfig{}
		}
		to.Images[image] = config
	}
	return nil
}

// write reads SIDE PATH "GO STRING".
func (p *parser) write(text string) error {
	side, rest, _, err := nextWord(text)
	if err != nil {
		return err
	}
	file, quoted, _, err := nextWord(rest)
	if err != nil {
		return err
	}
	data, err := strconv.Unquote(strings.TrimSpace(quoted))
	if err != nil {
		return fmt.Errorf("write: %s is not followed by one Go string", file)
	}
	n, err := sideOf(side)
	if err != nil {
		return err
	}
	return p.put(n, file, Entry{Mode: filePerm, Data: []byte(data)})
}

func sideOf(name string) (int, error) {
	n, ok := sides[name]
	if !ok {
		return 0, fmt.Errorf("side %q is none of old, new, both, old2, old3, old4", name)
	}
	return n, nil
}

// operands says how many words each directive that changes a tree takes; tar takes more.
var operands = map[string]int{"chmod": 3, "link": 3, "mkdir": 2, "tar": 2, "remove": 2, "repeat": 3}

func (p *parser) treeDirective(name string, words []string) error {
	want, known := operands[name]
	switch {
	case !known:
		return fmt.Errorf("unknown directive %q", name)
	case len(words) < want, len(words) > want && name != "tar":
		return fmt.Errorf("%s: has %d words, not %d", name, len(words), want)
	}
	side, err := sideOf(words[0])
	if err != nil {
		return err
	}
	switch name {
	case "chmod":
		return p.chmod(side, words[1], words[2])
	case "remove":
		return p.edit(edit{side: side, path: words[1], remove: true})
	case "link":
		return p.put(side, words[1], Entry{Mode: fs.ModeSymlink | linkPerm, Link: words[2]})
	case "mkdir":
		return p.put(side, words[1], Entry{Mode: fs.ModeDir | dirPerm})
	case "tar":
		data, err := tarOf(words[2:])
		if err != nil {
			return err
		}
		return p.put(side, words[1], Entry{Mode: filePerm, Data: data})
	default:
		return p.repeat(side, words[1], words[2])
	}
}

func (p *parser) chmod(side int, mode, file string) error {
	perm, err := strconv.ParseUint(mode, 8, 9)
	if err != nil {
		return fmt.Errorf("mode %q is not octal permission bits", mode)
	}
	return p.edit(edit{side: side, path: file, perm: fs.FileMode(perm)})
}

func (p *parser) edit(e edit) error {
	clean, err := cleanPath(e.path)
	if err != nil {
		return err
	}
	e.path, e.line = clean, p.line
	p.later = append(p.later, e)
	return nil
}

// maxRepeat bounds repeat:, so that a slip of the keyboard does not fill the memory.
const maxRepeat = 10000

func (p *parser) repeat(side int, count, dir string) error {
	n, err := strconv.Atoi(count)
	if err != nil || n < 1 || n > maxRepeat {
		return fmt.Errorf("repeat: %q is no number from 1 to %d", count, maxRepeat)
	}
	for i := range n {
		name := fmt.Sprintf("f%04d", i)
		entry := Entry{Mode: filePerm, Data: []byte(name + "\n")}
		if err := p.put(side, path.Join(dir, name), entry); err != nil {
			return err
		}
	}
	return nil
}

func (p *parser) put(side int, name string, e Entry) error {
	clean, err := cleanPath(name)
	if err != nil {
		return err
	}
	if _, dup := p.layers[side][clean]; dup {
		return fmt.Errorf("%s is there twice", name)
	}
	p.layers[side][clean] = placed{e, p.line}
	return nil
}

// tree makes the tree of a side: both/ below, the side's own above, then
// what is removed, then what is chmodded.
func (p *parser) tree(side int) (Tree, error) {
	tree, lines := Tree{}, map[string]int{}
	for name, e := range p.layers[0] {
		tree[name], lines[name] = e.Entry, e.line
	}
	for _, e := range p.later {
		if !e.remove || e.side != side {
			continue
		}
		if _, there := p.layers[0][e.path]; !there {
			p.line = e.line
			return nil, fmt.Errorf("remove: %s is not in both/", e.path)
		}
		delete(tree, e.path)
	}
	for name, e := range p.layers[side] {
		tree[name], lines[name] = e.Entry, e.line
	}
	if err := p.chmodAll(tree, side); err != nil {
		return nil, err
	}
	if bad, err := tree.check(); err != nil {
		p.line = lines[bad]
		return nil, err
	}
	return tree, nil
}

func (p *parser) chmodAll(tree Tree, side int) error {
	for _, e := range p.later {
		p.line = e.line
		if e.remove && e.side == 0 {
			return errors.New("remove: takes old or new, not both")
		}
		if e.remove || e.side != 0 && e.side != side {
			continue
		}
		entry, there := tree[e.path]
		if !there || entry.Mode.Type() == fs.ModeSymlink {
			return fmt.Errorf("chmod: %s is no file or directory that the scenario names", e.path)
		}
		entry.Mode = entry.Mode.Type() | e.perm
		tree[e.path] = entry
	}
	return nil
}

// tarOf makes an archive of NAME=CONTENT members; NAME/ is a directory.
func tarOf(members []string) ([]byte, error) {
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	for _, member := range members {
		name, content, ok := strings.Cut(member, "=")
		dir := strings.HasSuffix(name, "/")
		if ok == dir || name == "" {
			return nil, fmt.Errorf("tar: member %q is neither NAME=CONTENT nor NAME/", member)
		}
		header := &tar.Header{Name: name, Mode: int64(filePerm), Size: int64(len(content)), Typeflag: tar.TypeReg}
		if dir {
			header.Mode, header.Typeflag = int64(dirPerm), tar.TypeDir
		}
		if err := w.WriteHeader(header); err != nil {
			return nil, err
		}
		if _, err := w.Write([]byte(content)); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}
