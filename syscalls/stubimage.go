package syscalls

import (
	"vmsim/pagecache"
	"vmsim/vm"
)

// imagePages is how much of each of an image's areas is known to be in memory from the start: enough for a puppet.
const imagePages = 16

// KnowsByte reports whether the byte at a is one that the program could have put there. What the kernel fills by itself
// the model does not know: [vdso], [vvar], the top of the stack, and files of a layout whose content is not given.
// Linux: none.
func (p *Process) KnowsByte(a vm.Addr) bool {
	area := p.Space.Find(a)
	if area == nil {
		return true
	}
	if _, ok := area.Backing.(*special); ok {
		return false
	}
	if f := pagecache.FileOf(area); f != nil {
		return !p.kernel.madeUp[f.Mapping]
	}
	return !area.Flags.Has(vm.GrowsDown) || a.Floor() != p.Space.Layout.StackTop.Floor()
}

// imageFile opens the program's or a library's file for the areas of a layout; one that does not exist is made up.
func (k *Kernel) imageFile(path string) *pagecache.File {
	if f := k.images[path]; f != nil {
		f.Hold()
		return f
	}
	m := k.files.find(path)
	made := m == nil
	if made {
		m = k.Cache.NewShared(path, nil) // it was read in whole long before
		k.files.put(path, m)
		_ = m.Truncate(1 << 30)
	}
	f := m.Open(path, pagecache.ModeRead)
	if k.images == nil {
		k.images, k.madeUp = map[string]*pagecache.File{}, map[*pagecache.Mapping]bool{}
	}
	k.madeUp[m] = made
	k.images[path] = f
	f.Hold()
	return f
}
