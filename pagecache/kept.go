package pagecache

import (
	"vmsim/vm"
)

// Why a page stays in the cache although a program asked for it to be dropped, with POSIX_FADV_DONTNEED or
// /proc/sys/vm/drop_caches. Linux gives no reason: both calls succeed whatever they drop. The log of steps says it.

// keeps is the reason, for people, why a folio cannot leave the cache; empty if it can. Where several reasons hold, it
// is the first that Linux looks at: dirty and writeback before references. A page of shared memory that was never
// dirtied is zeros and can go; any other has no home but the swap area. The calls free memory as a favour, so they skip
// what costs anything: a dirty page would need the disk, a mapped one would cost its process a fault.
// Linux: mapping_evict_folio (mm/truncate.c).
func (m *Mapping) keeps(f folio) string {
	switch {
	case m.InMemory():
		if f.busy() || f.has(dirty) {
			return "it is shared memory, which has nowhere to go but a swap area"
		}
	case f.has(dirty):
		return "it is dirty"
	case f.has(writeback):
		return "it is being written back"
	case f.mapped():
		return "a page table shows it"
	case f.inFlight():
		return "it is being read"
	case f.busy():
		return "its writeback has only just begun"
	}
	return ""
}

// noteKept logs for each page of a folio why it stays in the cache.
func (m *Mapping) noteKept(f folio, why string) {
	for i := f.first; i < f.next(); i++ {
		stepPageKept(m.Cache.Log, i, f.frame(i).PFN(), m.Number, why)
	}
}

// notePart logs that a page stays since the range covers only a part of it. POSIX_FADV_DONTNEED leaves such a page,
// because the bytes outside of the range may still be needed.
func (m *Mapping) notePart(i vm.PageIndex) {
	if x := m.pages.Get(i); x != nil {
		stepPageKept(m.Cache.Log, i, x.PFN(), m.Number, "the range covers only a part of the page")
	}
}
