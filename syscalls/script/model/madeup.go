package model

import (
	"fmt"
	"path"
	"syscall"

	"vmsim/pagecache"
	"vmsim/vm"
)

// imagePages is how many pages of each area of a layout are in memory from the start: enough for a puppet.
const imagePages = 16

// madeUpSize is the size of a file of a layout that no .file gives: larger than what a program maps of it.
const madeUpSize = 1 << 30

// makeUp makes the file of a layout's area where the program does not say what is in it. Programs and libraries of a
// recording are such files: the areas and faults that they cause are known, and their bytes are not.
// The error says what is in the way.
func (m *Machine) makeUp(name string) error {
	if name == "" || name[0] == '[' || m.Kernel.FileAt(name) != nil {
		return nil
	}
	if err := m.Kernel.MakeDir(path.Dir(path.Clean("/" + name))); err != nil {
		return err
	}
	if m.Kernel.HasPath(name) {
		return fmt.Errorf("%s is a directory: %w", name, syscall.EISDIR)
	}
	f := m.Kernel.Cache.NewShared(name, nil) // it was read in whole long before
	m.Kernel.Name(name, f)
	_ = f.Truncate(madeUpSize)
	m.madeUp[f] = true
	return nil
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
