package syscalls

import (
	"path"
	"slices"

	"vmsim/pagecache"
)

// names leads from paths to files and directories.
// Linux: the dentry cache (fs/dcache.c).
type names struct {
	kernel *Kernel
	files  map[string]*pagecache.Mapping
	order  []string
	dirs   map[string]*pagecache.Mapping // nil for one that has not been opened yet
}

func newNames(k *Kernel) names {
	return names{kernel: k, files: map[string]*pagecache.Mapping{},
		dirs: map[string]*pagecache.Mapping{"/": nil, "/data": nil, "/dev": nil, "/dev/shm": nil, "/tmp": nil}}
}

func (n *names) find(path string) *pagecache.Mapping { return n.files[path] }

// FileAt is the file that path leads to, nil for none.
func (k *Kernel) FileAt(path string) *pagecache.Mapping { return k.files.find(path) }

// FileOf is the file that descriptor fd of the process leads to, nil for none.
func (p *Process) FileOf(fd int) *pagecache.Mapping {
	if fd < 0 || fd >= len(p.fds.slots) || p.fds.slots[fd] == nil {
		return nil
	}
	return p.fds.slots[fd].file.Mapping
}

// create makes an empty file on the file system that the path leads to.
func (n *names) create(path string) *pagecache.Mapping {
	m := n.kernel.newFile(path)
	if inode := m.Inode(); inode != nil {
		n.kernel.Disk.Link(path, inode)
	}
	n.put(path, m)
	return m
}

// put makes a path, which must be free, lead to a new file.
func (n *names) put(path string, m *pagecache.Mapping) {
	m.Perm = 0o644
	n.files[path] = m
	n.order = append(n.order, path)
	n.makeDir(parent(path))
}

// Name gives a file of the page cache a path.
func (k *Kernel) Name(path string, m *pagecache.Mapping) { k.files.put(path, m) }

// putDevice makes a path lead to a device, which no list of files has.
func (n *names) putDevice(path string, m *pagecache.Mapping) {
	m.Perm = 0o660
	n.files[path] = m
}

// remove takes a name away, where it is one; the file goes with its last name and its last user.
// Linux: vfs_unlink (fs/namei.c).
func (n *names) remove(path string) {
	m := n.files[path]
	if m == nil {
		return
	}
	delete(n.files, path)
	if m.Inode() != nil {
		n.kernel.Disk.Unlink(path)
	}
	if i := slices.Index(n.order, path); i >= 0 { // devices are not listed
		n.order = slices.Delete(n.order, i, i+1)
	}
	m.Linked(-1)
}

// HasPath reports whether a file or a directory has that path.
func (k *Kernel) HasPath(path string) bool {
	_, dir := k.files.dirs[path]
	return dir || k.files.find(path) != nil
}

// MakeDir makes a directory and those above it.
func (k *Kernel) MakeDir(path string) { k.files.makeDir(path) }

// makeDir makes a directory and those above it.
func (n *names) makeDir(dir string) {
	for ; ; dir = parent(dir) {
		if _, ok := n.dirs[dir]; ok {
			return
		}
		n.dirs[dir] = nil
	}
}

func parent(p string) string { return path.Dir(path.Clean("/" + p)) }

// directory is the directory of that path as a file; ok is false where there is none.
func (n *names) directory(path string) (m *pagecache.Mapping, ok bool) {
	m, ok = n.dirs[path]
	if ok && m == nil {
		m = n.kernel.newDirectory(path)
		m.Perm = 0o755
		switch path {
		case "/", "/dev":
		case "/tmp", "/dev/shm":
			m.Perm = 0o1777
		default:
			m.Perm = 0o777 // where programs put their files
		}
		n.dirs[path] = m
	}
	return m, ok
}
