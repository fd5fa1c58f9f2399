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
