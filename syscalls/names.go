package syscalls

import (
	"slices"

	"vmsim/pagecache"
)

// names leads from paths to files.
// Linux: the dentry cache (fs/dcache.c).
type names struct {
	kernel *Kernel
	files  map[string]*pagecache.Mapping
	order  []string
}

func newNames(k *Kernel) names { return names{kernel: k, files: map[string]*pagecache.Mapping{}} }

func (n *names) find(path string) *pagecache.Mapping { return n.files[path] }

// FileAt is the file that path leads to, nil for none.
func (k *Kernel) FileAt(path string) *pagecache.Mapping { return k.files.find(path) }

// FileOf is the file that descriptor fd of the process leads to, nil for none.
func (p *Process) FileOf(fd int) *pagecache.Mapping {
	if fd < 0 || fd >= len(p.fds) || p.fds[fd] == nil {
		return nil
	}
	return p.fds[fd].file.Mapping
}

// create makes an empty file on the file system that the path leads to.
func (n *names) create(path string) *pagecache.Mapping {
	m := n.kernel.newFile(path)
	n.put(path, m)
	return m
}

// put makes a path, which must be free, lead to a new file.
func (n *names) put(path string, m *pagecache.Mapping) {
	n.files[path] = m
	n.order = append(n.order, path)
}

// remove takes a name away, where it is one; the file goes with its last name and its last user.
// Linux: vfs_unlink (fs/namei.c).
func (n *names) remove(path string) {
	m := n.files[path]
	if m == nil {
		return
	}
	delete(n.files, path)
	i := slices.Index(n.order, path)
	n.order = slices.Delete(n.order, i, i+1)
	m.Linked(-1)
}
