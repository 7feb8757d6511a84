package gitrepo

// ParseHeader is for the fuzz test.
func ParseHeader(line string) (id OID, typ string, size int64, problem string, err error) {
	h, err := parseHeader(line)
	return h.OID, h.Type, h.Size, h.Problem, err
}

// TreeIDs returns the trees that the index knows, for the fuzz test.
func (x *Index) TreeIDs() []OID {
	var ids []OID
	for id := range x.trees {
		ids = append(ids, id)
	}
	return ids
}
