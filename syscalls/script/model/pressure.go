package model

import (
	"fmt"
	"strings"

	"vmsim/pagecache"
	"vmsim/vm"
	"vmsim/vm/phys"
)

// Pressure is what the control group of a program with a limit has, by the names of its memory.stat, in pages, and
// which pages of the files are in memory; nothing for a program without a limit.
func (m *Machine) Pressure(files []string) (string, error) {
	if m.Kernel.Cache.Reclaim.Limit == 0 {
		return "", nil
	}
	text := m.Kernel.Proc.MemoryStat()
	for _, path := range files {
		text += path + " " + m.resident(path) + "\n"
	}
	for _, a := range m.Kernel.Proc.Swap.Areas() {
		if a.File {
			const kb = vm.PageSize / 1024
			text += fmt.Sprintln("swap", a.Name, a.Pages*kb, a.Used*kb, a.Priority)
		}
	}
	return text, nil
}

// HeadMoves is what the statements since it was asked last have changed in the pages that the group is charged for
// buffer heads.
func (m *Machine) HeadMoves() []pagecache.HeadMove { return m.Kernel.Cache.Reclaim.TakeHeadMoves() }

// resident is which pages of a file are in memory and filled, or soon will be, as 0-31,40-40; none where no file has
// that path.
func (m *Machine) resident(path string) string {
	file := m.Kernel.FileAt(path)
	if file == nil {
		return "none"
	}
	var b strings.Builder
	from, next := vm.PageIndex(0), vm.PageIndex(0)
	list := func() {
		if next > from {
			fmt.Fprintf(&b, "%d-%d,", from, next-1)
		}
	}
	file.EachPage(0, pagecache.LastPage, func(i vm.PageIndex, f *phys.Frame) {
		if !f.Has(phys.Uptodate) {
			return
		}
		if i != next {
			list()
			from = i
		}
		next = i + 1
	})
	list()
	return b.String()
}
