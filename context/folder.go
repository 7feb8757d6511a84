package buildcontext

import "io"

// folder is an open directory of a file system: what is in it is opened
// relative to it, without walking the path each time.
type folder interface {
	entries() ([]Entry, error)
	folder(name string) (folder, error)
	open(name string) (io.ReadCloser, error)
	close()
}

// folderTree is a Tree whose directories can be opened.
type folderTree interface {
	folderAt(path string) (folder, error)
}

// openFolder opens a directory in the folder that it lies in, or by its path
// if that is nil. It returns nil if directories of the tree cannot be opened.
func openFolder(t Tree, n *Node, in folder) (folder, error) {
	if in != nil {
		return in.folder(n.Name)
	}
	if ft, ok := t.(folderTree); ok {
		return ft.folderAt(n.Path)
	}
	return nil, nil
}
