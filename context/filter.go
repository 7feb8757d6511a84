package buildcontext

import "github.com/whybust/whybust/dockerignore"

// filter holds the compiled Include and Exclude patterns of a selector. The
// zero filter keeps everything.
type filter struct {
	include, exclude *dockerignore.Rules
}

func newFilter(s Selector) (f filter, err error) {
	// A list that is not empty filters even if all its patterns are blank.
	if len(s.Include) > 0 {
		if f.include, err = dockerignore.New(s.Include); err != nil {
			return filter{}, err
		}
	}
	if len(s.Exclude) > 0 {
		f.exclude, err = dockerignore.New(s.Exclude)
	}
	return f, err
}

// filterState is the answer of a filter about one path, and its state for what
// is below. It transcribes shouldIncludePath in BuildKit's
// cache/contenthash/checksum.go, "ignored" being its "matched".
type filterState struct {
	filter
	inc, exc dockerignore.Dir
	kept     bool // the path itself is selected
}

// top is the state at a path above which nothing was matched.
func (f filter) top(path string) filterState {
	st := filterState{filter: f}
	if f.include != nil {
		var dec dockerignore.Decision
		if dec, st.inc = f.include.At(path); !dec.Ignored {
			// The exclude patterns are not tried on what is not included.
			st.exc = f.exclude.Unknown(path)
			return st
		}
	}
	st.kept = true
	if f.exclude != nil {
		var dec dockerignore.Decision
		dec, st.exc = f.exclude.At(path)
		st.kept = !dec.Ignored
	}
	return st
}

func (st filterState) child(name string, isDir bool) filterState {
	c := filterState{filter: st.filter}
	if st.include != nil {
		var dec dockerignore.Decision
		if dec, c.inc, _ = st.inc.Child(name, isDir); !dec.Ignored {
			if st.exclude != nil {
				c.exc = st.exclude.Unknown(c.inc.Path())
			}
			return c
		}
	}
	c.kept = true
	if st.exclude != nil {
		var dec dockerignore.Decision
		dec, c.exc, _ = st.exc.Child(name, isDir)
		c.kept = !dec.Ignored
	}
	return c
}

// mayKeepBelow reports whether anything below can be selected.
func (st filterState) mayKeepBelow() bool {
	return (st.include == nil || st.inc.MayIgnoreBelow()) && (st.exclude == nil || st.exc.MayKeepBelow())
}

// key is equal for two states that select the same names below.
func (st filterState) key() string {
	key := ""
	if st.include != nil {
		key = "i" + st.inc.Key()
	}
	if st.exclude != nil {
		key += "\x00e" + st.exc.Key()
	}
	return key
}
