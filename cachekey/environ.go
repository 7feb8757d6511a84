package cachekey

import (
	"cmp"
	"slices"
)

// variable is one variable of a stage with where it came from.
type variable struct {
	name, value string
	line        int
	origin      Origin
	secret      bool // the value is not to be shown
	secretName  bool // nor is the name
}

// environ is an ordered list of variables (llb.EnvList): setting one again
// moves it to the end. It is a value: a child stage goes on from a copy. So that
// neither copying nor setting takes the time of the whole list, copies share a log, and
// each knows how far it goes; who appends to a log that went on without him
// gets one of his own.
type environ struct {
	log  *envLog
	n    int // entries of the log that belong to this list
	live int // of them, those that no later one replaces
	// base names the image whose variables are not known; empty if all are.
	base string
}

// envLog is what was set, in order.
type envLog struct {
	entries []envEntry
	last    map[string]int // place of the last entry of a name, from 1
}

type envEntry struct {
	variable
	rank       int // place in the list: that of the first entry, if it was replaced
	prev, next int // the entries of this name before and after it, from 1; 0 is none
}

// set returns the list with a variable set; the receiver stays as it is.
func (e environ) set(v variable) environ { return e.put(v, false) }

// replace is set for an image's configuration: a variable keeps its place
// (addEnv in dockerfile2llb/convert.go).
func (e environ) replace(v variable) environ { return e.put(v, true) }

func (e environ) put(v variable, stay bool) environ {
	if e.log == nil || len(e.log.entries) != e.n || e.n > 2*e.live+32 {
		e = e.fresh()
	}
	entry := envEntry{variable: v, prev: e.log.last[v.name]}
	e.n++
	entry.rank = e.n
	e.live++
	if entry.prev > 0 {
		old := &e.log.entries[entry.prev-1]
		old.next = e.n
		e.live--
		if stay {
			entry.rank = old.rank
		}
	}
	e.log.entries = append(e.log.entries, entry)
	e.log.last[v.name] = e.n
	return e
}

// fresh is the same list with a log of its own.
func (e environ) fresh() environ {
	vars := e.vars()
	log := &envLog{entries: make([]envEntry, 0, len(vars)+1), last: make(map[string]int, len(vars)+1)}
	for i, v := range vars {
		log.entries = append(log.entries, envEntry{variable: v, rank: i + 1})
		log.last[v.name] = i + 1
	}
	return environ{log: log, n: len(vars), live: len(vars), base: e.base}
}

// vars lists the variables in order.
func (e environ) vars() []variable {
	if e.log == nil {
		return nil
	}
	live := make([]*envEntry, 0, e.live)
	sorted := true
	for i := range e.log.entries[:e.n] {
		entry := &e.log.entries[i]
		if entry.next > 0 && entry.next <= e.n {
			continue
		}
		sorted = sorted && (len(live) == 0 || live[len(live)-1].rank < entry.rank)
		live = append(live, entry)
	}
	if !sorted {
		slices.SortFunc(live, func(a, b *envEntry) int { return cmp.Compare(a.rank, b.rank) })
	}
	vars := make([]variable, len(live))
	for i, entry := range live {
		vars[i] = entry.variable
	}
	return vars
}

func (e environ) lookup(name string) (variable, bool) {
	if e.log == nil || name == "" {
		return variable{}, false
	}
	at := e.log.last[name]
	for at > e.n {
		at = e.log.entries[at-1].prev
	}
	if at == 0 {
		return variable{}, false
	}
	return e.log.entries[at-1].variable, true
}

// Get gives a variable's value; one that only the base image could define is a
// symbol.
func (e environ) Get(name string) (string, bool) {
	if v, ok := e.lookup(name); ok {
		return v.value, true
	}
	if e.base != "" {
		return symbol(name, e.base), true
	}
	return "", false
}

// Keys gives the names of the known variables.
func (e environ) Keys() []string {
	var names []string
	for _, v := range e.vars() {
		if v.name != "" {
			names = append(names, v.name)
		}
	}
	return names
}

// shown is an environ for display names. A value from --build-arg stays a
// variable, and so does one that only the base image could define.
type shown struct {
	environ
	run bool // unset variables are left as they are written
}

func (e shown) Get(name string) (string, bool) {
	v, ok := e.lookup(name)
	switch {
	case ok && v.secret:
		return symbol(name, ""), !e.run
	case ok:
		return v.value, true
	case e.base != "" && !e.run:
		return symbol(name, e.base), true
	}
	return "", false
}
