package procfs

import (
	"fmt"
	"strconv"

	"vmsim/pagecache"
	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/profile"
)

// pssShift is how many bits of a fraction a proportional share is added up with.
// Linux: PSS_SHIFT (fs/proc/task_mmu.c).
const pssShift = 12

// memorySizes is what an area's pages add up to, in bytes; the proportional ones are shifted by pssShift.
// Linux: struct mem_size_stats (fs/proc/task_mmu.c).
type memorySizes struct {
	resident, referenced, anonymous, lazyFree uint64
	sharedClean, sharedDirty                  uint64
	privateClean, privateDirty                uint64
	swap, swapPss                             uint64
	pss, pssDirty, pssLocked                  uint64
	pssAnon, pssFile, pssShmem                uint64
	sharedHuge, privateHuge                   uint64 // of pages from a pool
	// huge pages that the area could hold, as far as the file says: 1 for any
	huge uint64
}

// smapsText is a text of smaps that is being written.
type smapsText []byte

// Smaps is the text of /proc/PID/smaps.
// Linux: show_smap (fs/proc/task_mmu.c).
func (p Process) Smaps() string {
	b := make(smapsText, 0, 16<<10)
	which := p.Space.Profile
	for a := p.Space.First(); a != nil; a = a.Next() {
		b = appendMapsLine(b, p.Space, a)
		var m memorySizes
		p.measure(a, &m)
		if p.MayHuge && thpEligible(a) {
			m.huge = 1
		}
		b.area(which, a.Len(), a.PageSize(), &m, a.Flags)
	}
	if line := vsyscallLine(p.Space); line != "" {
		b = append(b, line...)
		flags := vm.Exec
		if which.Configured().Vsyscall == profile.VsyscallEmulated {
			flags |= vm.Read
		}
		b.area(which, vm.PageSize, vm.PageSize, &memorySizes{}, flags)
	}
	return string(b)
}

// area writes an area's lines but for the first.
func (b *smapsText) area(which *profile.Profile, size, page uint64, m *memorySizes, f vm.Flags) {
	b.size("Size:", size)
	b.size("KernelPageSize:", page)
	b.size("MMUPageSize:", page)
	b.pss(which, m)
	b.rest(which, m)
	if which.Has(profile.HugeColumn) {
		b.number("THPeligible:", m.huge)
	} else {
		*b = strconv.AppendUint(append(*b, "THPeligible:    "...), m.huge, 10)
	}
	*b = append(*b, '\n')
	if which.Configured().ProtectionKeys {
		b.number("ProtectionKey:", uint64(f.Key()))
		*b = append(*b, '\n')
	}
	*b = append(*b, "VmFlags: "...)
	*b = append(f.AppendMnemonicsOn(*b, which), '\n')
}

// SmapsRollup is the text of /proc/PID/smaps_rollup: all areas together.
// Linux: show_smaps_rollup (fs/proc/task_mmu.c).
func (p Process) SmapsRollup() string {
	var b smapsText
	var m memorySizes
	var start, end vm.Addr
	if a := p.Space.First(); a != nil {
		start = a.Start
	}
	for a := p.Space.First(); a != nil; a = a.Next() {
		p.measure(a, &m)
		end = a.End
	}
	line := fmt.Sprintf("%08x-%08x ---p 00000000 00:00 0 ", uint64(start), uint64(end))
	b = fmt.Appendf(b, "%-*s[rollup]\n", nameColumn, line)
	b.pss(p.Space.Profile, &m)
	b.size("Pss_Anon:", m.pssAnon>>pssShift)
	b.size("Pss_File:", m.pssFile>>pssShift)
	b.size("Pss_Shmem:", m.pssShmem>>pssShift)
	b.rest(p.Space.Profile, &m)
	return string(b)
}

// pss writes the first lines that both files have; smaps_rollup says after them what the sum is made of.
// Linux: __show_smap (fs/proc/task_mmu.c).
func (b *smapsText) pss(which *profile.Profile, m *memorySizes) {
	b.size("Rss:", m.resident)
	b.size("Pss:", m.pss>>pssShift)
	if which.Has(profile.DirtyLine) {
		b.size("Pss_Dirty:", m.pssDirty>>pssShift)
	}
}

// rest writes the lines after those.
func (b *smapsText) rest(which *profile.Profile, m *memorySizes) {
	b.size("Shared_Clean:", m.sharedClean)
	b.size("Shared_Dirty:", m.sharedDirty)
	b.size("Private_Clean:", m.privateClean)
	b.size("Private_Dirty:", m.privateDirty)
	b.size("Referenced:", m.referenced)
	b.size("Anonymous:", m.anonymous)
	if which.Has(profile.KSMLine) && !which.Configured().NoKSM {
		b.size("KSM:", 0)
	}
	b.size("LazyFree:", m.lazyFree)
	b.size("AnonHugePages:", 0)
	b.size("ShmemPmdMapped:", 0)
	b.size("FilePmdMapped:", 0)
	b.size("Shared_Hugetlb:", m.sharedHuge)
	b.size("Private_Hugetlb:", m.privateHuge)
	b.size("Swap:", m.swap)
	b.size("SwapPss:", m.swapPss>>pssShift)
	b.size("Locked:", m.pssLocked>>pssShift)
}

// size writes a line of a name and a size.
func (b *smapsText) size(name string, bytes uint64) {
	b.number(name, bytes>>10)
	*b = append(*b, " kB\n"...)
}

// number writes a name, in 16 columns, and a number, in 8 more: those that it needs above that make the line longer.
// The one name that is longer than its columns takes one of the number's.
// Linux: SEQ_PUT_DEC (fs/proc/task_mmu.c), seq_put_decimal_ull_width (fs/seq_file.c).
func (b *smapsText) number(name string, n uint64) {
	const names, columns, blanks = 16, 24, "                        "
	var digits [20]byte
	number := strconv.AppendUint(digits[:0], n, 10)
	named := max(names, len(name)+1)
	*b = append(*b, name...)
	*b = append(*b, blanks[:max(columns-len(number), named)-len(name)]...)
	*b = append(*b, number...)
}

// measure adds up an area's pages. The kernel looks at no page of an area of bare frames.
// Linux: smap_gather_stats (fs/proc/task_mmu.c).
func (p Process) measure(a *vm.Area, m *memorySizes) {
	if a.Flags.Has(vm.PFNMap) {
		return
	}
	if a.Flags.Has(vm.HugeTLB) {
		p.measureHuge(a, m)
		return
	}
	m.swap += p.swappedShared(a)
	p.Space.Table().Each(a.Start.Page(), a.End.Page(), func(_ vm.VPN, e vm.PTE) {
		switch f := p.Space.NormalFrame(e); {
		case e.Swapped():
			m.swap += vm.PageSize
			m.swapPss += vm.PageSize << pssShift / uint64(max(1, p.Machine.Swap.Count(e.SwapEntry())))
		case f != nil:
			share := m.add(f, e)
			if a.Flags.Has(vm.Locked) {
				m.pssLocked += share
			}
		}
	})
}

// measureHuge adds up an area's huge pages, which count as nothing else.
// Linux: smaps_hugetlb_range (fs/proc/task_mmu.c).
func (p Process) measureHuge(a *vm.Area, m *memorySizes) {
	p.Space.Table().EachHuge(a.Start.Page(), a.End.Page(), func(_ vm.VPN, e vm.PTE) {
		if p.Space.NormalFrame(e).Maps() > 1 {
			m.sharedHuge += vm.PMDSize
		} else {
			m.privateHuge += vm.PMDSize
		}
	})
}

// swappedShared is how many bytes of an area's file are in the swap areas. In a private, writable area only those count
// where the page table has no entry.
// Linux: shmem_swap_usage (mm/shmem.c), smaps_pte_hole (fs/proc/task_mmu.c).
func (p Process) swappedShared(a *vm.Area) (bytes uint64) {
	f := pagecache.FileOf(a)
	if f == nil {
		return 0
	}
	own := !a.Flags.Has(vm.Shared) && a.Flags.Has(vm.Write)
	first := a.IndexOf(a.Start)
	f.Mapping.EachSwapped(func(i vm.PageIndex, _ vm.SwapEntry) {
		if i < first || i >= first+vm.PageIndex(a.Pages()) {
			return
		}
		if x := a.Start + vm.Addr(i-first)<<vm.PageShift; !own || p.Space.Entry(x).None() {
			bytes += vm.PageSize
		}
	})
	return bytes
}

// add takes in a page that is there; share is its part that the process is charged with.
// Linux: smaps_account (fs/proc/task_mmu.c).
func (m *memorySizes) add(f *phys.Frame, e vm.PTE) (share uint64) {
	dirty := e.Dirty() || f.Has(phys.Dirty)
	if f.Has(phys.Anon) {
		m.anonymous += vm.PageSize
		if !f.Has(phys.SwapBacked) && !dirty {
			m.lazyFree += vm.PageSize
		}
	}
	m.resident += vm.PageSize
	if e.Young() || f.Has(phys.Referenced) {
		m.referenced += vm.PageSize
	}
	share = uint64(vm.PageSize<<pssShift) / uint64(max(1, f.Maps()))
	m.pss += share
	switch {
	case f.Has(phys.Anon):
		m.pssAnon += share
	case f.Has(phys.SwapBacked):
		m.pssShmem += share
	default:
		m.pssFile += share
	}
	clean, soiled := &m.privateClean, &m.privateDirty
	if f.Maps() > 1 {
		clean, soiled = &m.sharedClean, &m.sharedDirty
	}
	if dirty {
		m.pssDirty += share
		*soiled += vm.PageSize
		return share
	}
	*clean += vm.PageSize
	return share
}

// thpEligible reports whether the area could hold a huge page, were they given out by advice: this machine's setting.
// Linux: __thp_vma_allowable_orders (mm/huge_memory.c).
func thpEligible(a *vm.Area) bool {
	if !a.Flags.Has(vm.HugePage) || a.Flags.Has(vm.NoHugePage) || a.Len() < vm.PMDSize {
		return false
	}
	last := (a.End - vm.PMDSize) &^ (vm.PMDSize - 1)
	if last < a.Start {
		return false
	}
	if a.Anonymous() {
		return true
	}
	// Of files, only nameless shared memory heeds the advice: a file system says for itself whether it has huge pages.
	f, ok := a.Backing.(*pagecache.File)
	return ok && (f.Mapping.Internal || f.Mapping.Private) &&
		a.Start.Page()%(vm.PMDSize/vm.PageSize) == vm.VPN(a.Index)%(vm.PMDSize/vm.PageSize)
}
