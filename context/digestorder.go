package buildcontext

// A tree that reads ahead answers in the order in which it was asked, as one
// git process does, and that process is what a digest waits for: it inflates, which
// takes several times as long as hashing. So one goroutine hashes, in the order of the
// answers, and sees to it that the next questions are always on their way.

// window is how many files are asked for before the first of them is read.
const window = 64

// inOrder hashes entries one after another.
func (r *digestRun) inOrder(w *worker, items []item, todo []int, sums []Sum) error {
	if err := r.aheadDirs(items, todo); err != nil {
		return err
	}
	var next []Node // of the directory that comes next
	var err error
	for k, i := range todo {
		if k%window == 0 {
			if err := r.aheadFiles(items, todo[k:min(len(todo), k+2*window)]); err != nil {
				return err
			}
		}
		c := &items[i].cursor
		if c.node.Kind != Dir || !c.whole {
			if sums[i], err = r.cursor(w, c, nil); err != nil {
				return err
			}
			continue
		}
		children := next
		if children == nil {
			if children, err = r.view.Children(r.ctx, c.node); err != nil {
				return err
			}
		}
		if next, err = r.peek(w, items, todo[k+1:]); err != nil {
			return err
		}
		if sums[i], err = r.dir(w, &c.node, children, nil); err != nil {
			return err
		}
	}
	return nil
}

// peek asks for the files of the directory that comes next, if one does, and
// returns its children.
func (r *digestRun) peek(w *worker, items []item, todo []int) ([]Node, error) {
	if len(todo) == 0 || items[todo[0]].node.Kind != Dir || !items[todo[0]].whole {
		return nil, nil
	}
	children, err := r.view.Children(r.ctx, items[todo[0]].node)
	if err != nil {
		return nil, err
	}
	var files []Entry
	for i := range children {
		c := cursor{node: children[i], whole: true}
		if c.node.Kind == File && len(files) < window {
			if _, ok := r.recall(w, &c); !ok {
				files = append(files, c.node.Entry)
			}
		}
	}
	return children, readAhead(r.ctx, r.view.Tree, files)
}

func (r *digestRun) aheadDirs(items []item, todo []int) error {
	var dirs []Entry
	for _, i := range todo {
		if items[i].node.Kind == Dir && items[i].whole {
			dirs = append(dirs, items[i].node.Entry)
		}
	}
	return readAhead(r.ctx, r.view.Tree, dirs)
}

func (r *digestRun) aheadFiles(items []item, todo []int) error {
	var files []Entry
	for _, i := range todo {
		if items[i].node.Kind != Dir {
			files = append(files, items[i].node.Entry)
		}
	}
	return readAhead(r.ctx, r.view.Tree, files)
}
