package procfs

import (
	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/profile"
)

// PagemapEntry is a page's entry in /proc/PID/pagemap.
//
//	63       62    61    58     57         56         55          54..0
//	present  swap  file  guard  protected  exclusive  soft-dirty  frame, or the place in the swap area and its number
//
// Linux: pagemap_entry_t (fs/proc/task_mmu.c).
type PagemapEntry uint64

// The bits of an entry.
const (
	PagemapSoftDirty PagemapEntry = 1 << 55
	PagemapExclusive PagemapEntry = 1 << 56
	PagemapProtected PagemapEntry = 1 << 57
	PagemapGuard     PagemapEntry = 1 << 58
	PagemapFile      PagemapEntry = 1 << 61
	PagemapSwap      PagemapEntry = 1 << 62
	PagemapPresent   PagemapEntry = 1 << 63

	pagemapFrame PagemapEntry = 1<<55 - 1
	swapTypeBits              = 5 // of the frame's bits, the lowest, where the page is in a swap area
)

// Frame is the frame that the entry shows.
func (e PagemapEntry) Frame() phys.PFN { return phys.PFN(e & pagemapFrame) }

// Place is the swap area whose place the entry of a page that is swapped out shows, and the place.
func (e PagemapEntry) Place() (area int, place uint64) {
	return int(e & (1<<swapTypeBits - 1)), uint64(e&pagemapFrame) >> swapTypeBits
}

// WithoutFrame is the entry less what differs from one machine to the next.
func (e PagemapEntry) WithoutFrame() PagemapEntry { return e &^ pagemapFrame }

// String is the entry's bits for people.
func (e PagemapEntry) String() string {
	s := ""
	for _, b := range []struct {
		bit  PagemapEntry
		name string
	}{{PagemapPresent, "present"}, {PagemapSwap, "swap"}, {PagemapFile, "file"}, {PagemapGuard, "guard"},
		{PagemapProtected, "protected"}, {PagemapExclusive, "exclusive"}, {PagemapSoftDirty, "soft-dirty"}} {
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
func (p Process) Pagemap(first vm.VPN, out []PagemapEntry) {
	clear(out)
	p.Space.Table().Each(first, first+vm.VPN(len(out)),
		func(n vm.VPN, e vm.PTE) { out[n-first] = p.pagemapEntry(n, e) })
	p.Space.Table().EachHuge(first, first+vm.VPN(len(out)), func(n vm.VPN, _ vm.PTE) {
		for i := max(n, first); i < min(n+phys.HugeFrames, first+vm.VPN(len(out))); i++ {
			out[i-first] = p.pagemapEntry(i, p.Space.Entry(i.Addr()))
		}
	})
	if p.Space.Profile.Configured().SoftDirty {
		p.markSoftDirty(first, out)
	}
}

// markSoftDirty sets the soft-dirty bit of the pages in areas that are new since clear_refs, which no program of the
// model writes to. The stack is the one area that is not new: there it is the pages that have been written to.
// Linux: pte_to_pagemap_entry, pagemap_pte_hole (fs/proc/task_mmu.c).
func (p Process) markSoftDirty(first vm.VPN, out []PagemapEntry) {
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
func (p Process) pagemapEntry(n vm.VPN, e vm.PTE) (out PagemapEntry) {
	if e.Protected() && p.Space.Profile.Has(profile.ProtectedShown) {
		out = PagemapProtected
	}
	switch {
	case e.Guard():
		return PagemapSwap | PagemapGuard
	case e.Marker():
		return out | PagemapSwap
	case e.Swapped():
		place := PagemapEntry(e.SwapEntry().Place())<<swapTypeBits | PagemapEntry(e.SwapEntry().Area())
		return out | PagemapSwap | place
	}
	out |= PagemapPresent | PagemapEntry(e.PFN())
	f := p.Space.NormalFrame(e)
	if a := p.Space.Find(n.Addr()); f == nil || a == nil || a.Flags.Has(vm.PFNMap) {
		return out
	}
	f = f.HugeHead()
	if !f.Has(phys.Anon) {
		out |= PagemapFile
	}
	if f.Maps() == 1 {
		out |= PagemapExclusive
	}
	return out
}
