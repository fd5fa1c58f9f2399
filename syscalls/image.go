package syscalls

import "vmsim/pagecache"

// imagePages is how much of each of an image's areas is known to be in memory from the start: enough for a puppet.
const imagePages = 16

// imageFile opens the program's or a library's file for the areas of a layout; one that does not exist is made up.
func (k *Kernel) imageFile(path string) *pagecache.File {
	if f := k.images[path]; f != nil {
		f.Hold()
		return f
	}
	m := k.files.find(path)
	if m == nil {
		m = k.Cache.NewShared(path, nil) // it was read in whole long before
		k.files.put(path, m)
		_ = m.Truncate(1 << 30)
	}
	f := m.Open(path, pagecache.ModeRead)
	if k.images == nil {
		k.images = map[string]*pagecache.File{}
	}
	k.images[path] = f
	f.Hold()
	return f
}
