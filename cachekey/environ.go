package cachekey

// variable is one variable of a stage with where it came from.
type variable struct {
	name, value string
	line        int
	origin      Origin
	secret      bool
}

// environ is an ordered list of variables (llb.EnvList): setting one again
// moves it to the end.
type environ struct {
	vars []variable
	// base names the image whose variables are not known; empty if all are.
	base string
}

// set returns the list with a variable set; the receiver stays as it is.
func (e environ) set(v variable) environ {
	vars := make([]variable, 0, len(e.vars)+1)
	for _, old := range e.vars {
		if old.name != v.name {
			vars = append(vars, old)
		}
	}
	e.vars = append(vars, v)
	return e
}

// replace is set for an image's configuration: a variable keeps its place
// (addEnv in dockerfile2llb/convert.go).
func (e environ) replace(v variable) environ {
	vars := append([]variable(nil), e.vars...)
	for i := range vars {
		if vars[i].name == v.name {
			vars[i] = v
			e.vars = vars
			return e
		}
	}
	e.vars = append(vars, v)
	return e
}

func (e environ) lookup(name string) (variable, bool) {
	for _, v := range e.vars {
		if v.name == name && name != "" {
			return v, true
		}
	}
	return variable{}, false
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
	for _, v := range e.vars {
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
