package syscalls

import (
	"fmt"
	"syscall"

	"vmsim/vm"
	"vmsim/vm/phys"
)

// Viewer is a Caller whose process can be looked at through /proc, in the kernel's own formats.
type Viewer interface {
	// ProcFile is the text of /proc/PID/name: maps, smaps, smaps_rollup, statm, or the memory lines of status. The
	// error is ENOENT for another name.
	ProcFile(name string) (string, error)
	// Pagemap fills out with the entries of /proc/PID/pagemap from page first on.
	Pagemap(first vm.VPN, out []PagemapEntry) error
	// PageFlags fills out with the flags in /proc/kpageflags of the frames that the pages from first on show; 0 where
	// they show none.
	PageFlags(first vm.VPN, out []PageFlags) error
}

// ProcFile is the text of a file of /proc/PID.
func (p *Process) ProcFile(name string) (string, error) {
	switch name {
	case "maps":
		return p.Maps(), nil
	case "smaps":
		return p.Smaps(), nil
	case "smaps_rollup":
		return p.SmapsRollup(), nil
	case "statm":
		return p.Statm(), nil
	case "status":
		return p.StatusMemory(), nil
	}
	return "", syscall.ENOENT
}

// PagemapEntry is a page's entry in /proc/PID/pagemap.
//
//	63       62    61    58     56         55          54..0
//	present  swap  file  guard  exclusive  soft-dirty  frame, or the place in the swap area and its number
//
// Linux: pagemap_entry_t (fs/proc/task_mmu.c).
type PagemapEntry uint64

// The bits of an entry.
const (
	PagemapSoftDirty PagemapEntry = 1 << 55
	PagemapExclusive PagemapEntry = 1 << 56
	PagemapGuard     PagemapEntry = 1 << 58
	PagemapFile      PagemapEntry = 1 << 61
	PagemapSwap      PagemapEntry = 1 << 62
	PagemapPresent   PagemapEntry = 1 << 63

	pagemapFrame PagemapEntry = 1<<55 - 1
	swapTypeBits              = 5 // of the frame's bits, the lowest, where the page is in a swap area
)

// Frame is the frame that the entry shows.
func (e PagemapEntry) Frame() phys.PFN { return phys.PFN(e & pagemapFrame) }

// WithoutFrame is the entry less what differs from one machine to the next.
func (e PagemapEntry) WithoutFrame() PagemapEntry { return e &^ pagemapFrame }

// String is the entry's bits for people.
func (e PagemapEntry) String() string {
	s := ""
	for _, b := range []struct {
		bit  PagemapEntry
		name string
	}{{PagemapPresent, "present"}, {PagemapSwap, "swap"}, {PagemapFile, "file"}, {PagemapGuard, "guard"},
		{PagemapExclusive, "exclusive"}, {PagemapSoftDirty, "soft-dirty"}} {
		if e&b.bit != 0 {
			s += " " + b.name
		}
	}
	if s == "" {
		return "none"
	}
	return s[1:]
}

// Pagemap fills out with the entries of the pages from first on.
// Linux: pagemap_read (fs/proc/task_mmu.c).
func (p *Process) Pagemap(first vm.VPN, out []PagemapEntry) error {
	clear(out)
	p.Space.Table().Each(first, first+vm.VPN(len(out)),
		func(n vm.VPN, e vm.PTE) { out[n-first] = p.pagemapEntry(n, e) })
	if p.kernel.config.Profile.Configured().SoftDirty {
		p.markSoftDirty(first, out)
	}
	return nil
}

// markSoftDirty sets the soft-dirty bit of the pages in areas that are new since clear_refs, which no program of the
// model writes to. The stack is the one area that is not new: there it is the pages that have been written to.
// Linux: pte_to_pagemap_entry, pagemap_pte_hole (fs/proc/task_mmu.c).
func (p *Process) markSoftDirty(first vm.VPN, out []PagemapEntry) {
	for i := range out {
		x := (first + vm.VPN(i)).Addr()
		a := p.Space.Find(x)
		if a != nil && (a.Flags.Has(vm.SoftDirty) || p.Space.Entry(x).Dirty()) {
			out[i] |= PagemapSoftDirty
		}
	}
}

// pagemapEntry is a page-table entry as pagemap shows it.
// Linux: pte_to_pagemap_entry (fs/proc/task_mmu.c).
func (p *Process) pagemapEntry(n vm.VPN, e vm.PTE) PagemapEntry {
	switch {
	case e.Guard():
		return PagemapSwap | PagemapGuard
	case e.Swapped():
		return PagemapSwap | PagemapEntry(e.SwapEntry())<<swapTypeBits
	}
	out := PagemapPresent | PagemapEntry(e.PFN())
	f := p.Space.NormalFrame(e)
	if a := p.Space.Find(n.Addr()); f == nil || a == nil || a.Flags.Has(vm.PFNMap) {
		return out
	}
	if !f.Has(phys.Anon) {
		out |= PagemapFile
	}
	if f.Maps() == 1 {
		out |= PagemapExclusive
	}
	return out
}

// PageFlags fills out with the flags of the frames that the pages from first on show.
// Linux: kpageflags_read (fs/proc/page.c).
func (p *Process) PageFlags(first vm.VPN, out []PageFlags) error {
	clear(out)
	lists := p.kernel.LRU.View()
	p.Space.Table().Each(first, first+vm.VPN(len(out)), func(n vm.VPN, e vm.PTE) {
		if e.Present() {
			f := p.kernel.Memory.Frame(e.PFN())
			out[n-first] = p.kernel.pageFlags(f, lists.Flags(f))
		}
	})
	return nil
}

// MachineFile is the text of a file of /proc that is of the whole machine: vmstat or meminfo.
func (k *Kernel) MachineFile(name string) (string, error) {
	switch name {
	case "vmstat":
		return k.VMStatText(), nil
	case "meminfo":
		return k.Meminfo(), nil
	}
	return "", fmt.Errorf("/proc/%s: %w", name, syscall.ENOENT)
}
