package pagecache

import "vmsim/vm"

// FileAdvice is how a part of an open file is going to be used.
// Linux: POSIX_FADV_* (include/uapi/linux/fadvise.h).
type FileAdvice uint32

// The kinds of advice.
const (
	AdviseNormal FileAdvice = iota
	AdviseRandom
	AdviseSequential
	AdviseWillNeed
	AdviseDontNeed
	AdviseNoReuse
)

// What the kernel makes of advice on a file:
//
//	POSIX_FADV_NORMAL      windows of readahead as configured
//	POSIX_FADV_SEQUENTIAL  twice as large
//	POSIX_FADV_RANDOM      no readahead by read()
//	POSIX_FADV_NOREUSE     uses do not keep pages in memory
//	POSIX_FADV_WILLNEED    the range is read now; the call does not wait
//	POSIX_FADV_DONTNEED    the range's clean pages are dropped now, dirty ones are written
//
// The first four stay with the open file; the last two act once.

// Advise says how bytes off to last of the file are going to be used. Advice has no effect on a file in memory, such as
// one on tmpfs. The state is the open file's: another open file of the same file keeps its own.
// Linux: generic_fadvise (mm/fadvise.c).
func (f *File) Advise(a FileAdvice, off, last int64) {
	if f.Mapping.InMemory() {
		return
	}
	most := f.Mapping.Cache.ReadaheadPages
	switch a {
	case AdviseNormal:
		f.ahead.most, f.ahead.random, f.advised = most, false, 0
	case AdviseRandom:
		f.ahead.random = true
	case AdviseSequential:
		f.ahead.most, f.ahead.random = 2*most, false
	case AdviseWillNeed:
		f.Mapping.ops.readAhead(f.Mapping, &f.ahead, vm.IndexOf(off), vm.IndexOf(last))
	case AdviseNoReuse:
		f.advised = vm.UsedOnce
	case AdviseDontNeed:
		f.Mapping.dontNeed(off, last)
	}
}

// dontNeed drops the clean pages that lie entirely in the range, or that hold the file's end. It starts writeback of
// dirty pages and keeps those: they are still under writeback when it drops the others. POSIX_FADV_DONTNEED does not
// wait for the disk: a program that wants a dirty page dropped calls fsync first.
func (m *Mapping) dontNeed(off, last int64) {
	var folios []folio
	m.ops.writeBack(m, vm.IndexOf(off), vm.IndexOf(last), &folios)
	sent := make(map[vm.PageIndex]bool, len(folios))
	for _, f := range folios {
		sent[f.first] = true
		f.head.Hold()
		defer m.Cache.Memory.Put(f.head)
	}
	first, end := pagesFor(off), vm.IndexOf(last)
	if off&vm.PageMask != 0 {
		m.notePart(vm.IndexOf(off))
	}
	if last&vm.PageMask != vm.PageMask && last != m.size-1 {
		m.notePart(end)
		if end == 0 {
			return
		}
		end--
	}
	if end >= first {
		m.invalidate(first, end, sent)
	}
}
