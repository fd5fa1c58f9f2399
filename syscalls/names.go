package syscalls

import "vmsim/pagecache"

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

func (n *names) create(path string) *pagecache.Mapping {
	m := n.kernel.Cache.NewShared(path, nil)
	n.files[path] = m
	n.order = append(n.order, path)
	return m
}

func (n *names) check() error {
	for _, path := range n.order {
		if err := n.files[path].Check(); err != nil {
			return err
		}
	}
	return nil
}
