package model

import (
	"vmsim/pagecache"
	"vmsim/vm"
)

// imagePages is how many pages of each area of a layout are in memory from the start: enough for a puppet.
const imagePages = 16

// madeUpSize is the size of a file of a layout that no .file gives: larger than what a program maps of it.
const madeUpSize = 1 << 30

// makeUp makes the file of a layout's area where the program does not say what is in it. Programs and libraries of a
// recording are such files: the areas and faults that they cause are known, and their bytes are not.
func (m *Machine) makeUp(name string) {
	if name == "" || name[0] == '[' || m.Kernel.FileAt(name) != nil {
		return
	}
	f := m.Kernel.Cache.NewShared(name, nil) // it was read in whole long before
	m.Kernel.Name(name, f)
	_ = f.Truncate(madeUpSize)
	m.madeUp[f] = true
}

// KnowsByte reports whether the byte at a is one that the program could have put there. The model does not know what
// the kernel fills in: [vdso], [vvar], the top of the stack, and files that are made up.
func (c modelCaller) KnowsByte(a vm.Addr) bool {
	area := c.Space.Find(a)
	switch {
	case area == nil:
		return true
	case area.Backing != nil && area.Backing.Traits().Has(vm.NoFile):
		return false
	}
	if f := pagecache.FileOf(area); f != nil {
		return !c.model.madeUp[f.Mapping]
	}
	return !area.Flags.Has(vm.GrowsDown) || a.Floor() != c.Space.Layout.StackTop.Floor()
}
