package syscalls

import "vmsim/pagecache"

// Files calls fn for every file that has a name, in the order of their births.
func (k *Kernel) Files(fn func(path string, m *pagecache.Mapping)) {
	for _, x := range k.files.files {
		fn(x.Path(), x.File)
	}
}

// Swap is the machine's swap cache; nil where it has no swap area.
func (k *Kernel) Swap() *pagecache.SwapCache {
	if len(k.swap.Areas()) == 0 {
		return nil
	}
	return k.swap
}
