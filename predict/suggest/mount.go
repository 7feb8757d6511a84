package suggest

import (
	"fmt"
	"strings"

	"github.com/whybust/whybust/cachekey"
	buildcontext "github.com/whybust/whybust/context"
	"github.com/whybust/whybust/internal/lazyregexp"
	"github.com/whybust/whybust/predict"
)

// What makes a COPY heavy: files, or milliseconds where it was measured.
const (
	heavyFiles = 200
	heavyTime  = 1000
)

// mount takes a heavy COPY away and mounts the same directory while the one RUN after it works, which
// may write into it: what it writes there nobody reads.
func (s *suggester) mount(r *predict.Remedy) (*attempt, error) {
	cp, run := s.step(r.Copies[0]), s.step(r.Run)
	c, ok := readCopy(cp.Text)
	if !ok || len(c.flags) > 0 || !plainName.MatchString(r.To) || r.From != "" && !plainName.MatchString(r.From) {
		return nil, nil
	}
	if heavy, err := s.heavy(r); err != nil || !heavy {
		return nil, err
	}
	flag := "--mount=type=bind,target=" + r.To + ",rw"
	if r.From != "" {
		flag = "--mount=type=bind,source=" + r.From + ",target=" + r.To + ",rw"
	}
	root, ok := runsAsRoot(run)
	if !ok {
		return nil, nil // it could write where the mount is root's
	}
	a := &attempt{was: func(text string) string { return strings.Replace(text, flag+" ", "", 1) }}
	a.text = fmt.Sprintf("mount %s for the RUN on line %d in place of the COPY on line %d: nothing below it is read afterwards", r.To, run.Line, cp.Line)
	if base := firstStep(cp); base.Instruction == "FROM" {
		a.dependsOn = []string{fmt.Sprintf("nothing that the image on line %d holds below %s is needed: the mount hides it", base.Line, r.To)}
		if !root {
			a.dependsOn = append(a.dependsOn, fmt.Sprintf("the image on line %d runs as root", base.Line))
		}
	}
	a.edit = func(d *document, find finder) bool {
		copied, ok1 := find(cp.Line, sameText)
		runs, ok2 := find(run.Line, sameText)
		if !ok1 || !ok2 {
			return false
		}
		lines := d.source(runs)
		with := runWord.ReplaceAllString(lines[0], "${0} "+flag)
		if with == lines[0] {
			return false
		}
		lines[0] = with
		d.replace(copied)
		d.replace(runs, lines...)
		return true
	}
	return a, nil
}

// runsAsRoot reports whether a RUN is known to run as root; ok is false if it is known to run as somebody else.
func runsAsRoot(run *cachekey.Step) (root, ok bool) {
	for _, f := range run.Op.Recipe {
		if f.Label == cachekey.LabelUser && f.Value != "" {
			user, _, _ := strings.Cut(f.Value, ":")
			root = user == "root" || user == "0"
			return root, root || cachekey.HasSymbol(f.Value)
		}
	}
	return true, true
}

var runWord = lazyregexp.New(`^\s*(?i:RUN)`)

func firstStep(st *cachekey.Step) *cachekey.Step {
	for st.Previous != nil {
		st = st.Previous
	}
	return st
}

// heavy reports whether the COPY was measured to take long, or takes many files.
func (s *suggester) heavy(r *predict.Remedy) (bool, error) {
	if took := s.p.Steps[r.Copies[0]].Duration; took != nil {
		return *took >= heavyTime, nil
	}
	view := s.new.Graph.Context
	n, ok, err := view.Lookup(s.ctx, r.From, true)
	if err != nil || !ok {
		return false, err
	}
	left := heavyFiles
	var walk func(dir buildcontext.Node) error
	walk = func(dir buildcontext.Node) error {
		children, err := view.Children(s.ctx, dir)
		for _, c := range children {
			if left--; left <= 0 || err != nil {
				return err
			}
			if c.Kind == buildcontext.Dir {
				if err := walk(c); err != nil {
					return err
				}
			}
		}
		return err
	}
	err = walk(n)
	return left <= 0, err
}
