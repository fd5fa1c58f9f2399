package syscalls

import (
	"fmt"
	"strconv"
	"strings"

	"vmsim/pagecache"
	"vmsim/vm"
	"vmsim/vm/phys"
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
	huge                                      uint64 // huge pages that the area could hold, as far as the file says: 1 for any
}

// Smaps is the text of /proc/PID/smaps.
// Linux: show_smap (fs/proc/task_mmu.c).
func (p *Process) Smaps() string {
	var b strings.Builder
	for a := p.Space.First(); a != nil; a = a.Next() {
		p.Space.WriteMapsLine(&b, a)
		var m memorySizes
		p.measure(a, &m)
		if thpEligible(a) {
			m.huge = 1
		}
		writeSmap(&b, a.Len(), &m, a.Flags)
	}
	b.WriteString(vm.VsyscallLine)
	writeSmap(&b, vm.PageSize, &memorySizes{}, vm.Exec)
	return b.String()
}

func writeSmap(b *strings.Builder, size uint64, m *memorySizes, f vm.Flags) {
	writeSize(b, "Size:", size>>10)
	writeSize(b, "KernelPageSize:", vm.PageSize>>10)
	writeSize(b, "MMUPageSize:", vm.PageSize>>10)
	m.writePss(b)
	m.writeRest(b)
	fmt.Fprintf(b, "THPeligible:    %8d\nVmFlags: %s\n", m.huge, f.Mnemonics())
}

// SmapsRollup is the text of /proc/PID/smaps_rollup: all areas together.
// Linux: show_smaps_rollup (fs/proc/task_mmu.c).
func (p *Process) SmapsRollup() string {
	var b strings.Builder
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
	fmt.Fprintf(&b, "%-*s[rollup]\n", vm.NameColumn, line)
	m.writePss(&b)
	writeSize(&b, "Pss_Anon:", m.pssAnon>>pssShift>>10)
	writeSize(&b, "Pss_File:", m.pssFile>>pssShift>>10)
	writeSize(&b, "Pss_Shmem:", m.pssShmem>>pssShift>>10)
	m.writeRest(&b)
	return b.String()
}

// writePss writes the first lines that both files have; smaps_rollup says after them what the sum is made of.
// Linux: __show_smap (fs/proc/task_mmu.c).
func (m *memorySizes) writePss(b *strings.Builder) {
	writeSize(b, "Rss:", m.resident>>10)
	writeSize(b, "Pss:", m.pss>>pssShift>>10)
	writeSize(b, "Pss_Dirty:", m.pssDirty>>pssShift>>10)
}

// writeRest writes the lines after those.
func (m *memorySizes) writeRest(b *strings.Builder) {
	line := func(name string, bytes uint64) { writeSize(b, name, bytes>>10) }
	line("Shared_Clean:", m.sharedClean)
	line("Shared_Dirty:", m.sharedDirty)
	line("Private_Clean:", m.privateClean)
	line("Private_Dirty:", m.privateDirty)
	line("Referenced:", m.referenced)
	line("Anonymous:", m.anonymous)
	line("KSM:", 0)
	line("LazyFree:", m.lazyFree)
	line("AnonHugePages:", 0)
	line("ShmemPmdMapped:", 0)
	line("FilePmdMapped:", 0)
	line("Shared_Hugetlb:", 0)
	line("Private_Hugetlb:", 0)
	line("Swap:", m.swap)
	line("SwapPss:", m.swapPss>>pssShift)
	line("Locked:", m.pssLocked>>pssShift)
}

// writeSize writes a line of a name and a size in KiB: 24 columns wide, the longest name among them.
func writeSize(b *strings.Builder, name string, size uint64) {
	var digits [20]byte
	number := strconv.AppendUint(digits[:0], size, 10)
	b.WriteString(name)
	for range 24 - min(24, len(name)+len(number)) {
		b.WriteByte(' ')
	}
	b.Write(number)
	b.WriteString(" kB\n")
}

// measure adds up an area's pages. The kernel looks at no page of an area of bare frames.
// Linux: smap_gather_stats (fs/proc/task_mmu.c).
func (p *Process) measure(a *vm.Area, m *memorySizes) {
	if a.Flags.Has(vm.PFNMap) {
		return
	}
	p.Space.Table().Each(a.Start.Page(), a.End.Page(), func(_ vm.VPN, e vm.PTE) {
		switch f := p.Space.NormalFrame(e); {
		case e.Swapped():
			m.swap += vm.PageSize
			m.swapPss += vm.PageSize << pssShift / uint64(max(1, p.kernel.swap.Count(e.SwapEntry())))
		case f != nil:
			share := m.add(f, e)
			if a.Flags.Has(vm.Locked) {
				m.pssLocked += share
			}
		}
	})
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
	if e.Young() || f.Flags&(phys.Young|phys.Referenced) != 0 {
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
	return ok && (f.Mapping.Internal || f.Mapping.Private) && a.Start.Page()%(vm.PMDSize/vm.PageSize) == vm.VPN(a.Index)%(vm.PMDSize/vm.PageSize)
}
