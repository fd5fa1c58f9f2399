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

// Advise says how bytes off to last of the file are going to be used. A file that lives in memory alone follows no advice.
// Linux: generic_fadvise (mm/fadvise.c).
func (f *File) Advise(a FileAdvice, off, last int64) {
	if f.Mapping.InMemory() {
		return
	}
	switch a {
	case AdviseWillNeed:
		f.ReadAhead(off, min(last, f.Mapping.size-1)-off+1)
	case AdviseDontNeed:
		f.dontNeed(off, last)
	}
}

// dontNeed writes the range and drops the pages of it that are whole, or hold the file's end.
func (f *File) dontNeed(off, last int64) {
	m := f.Mapping
	_ = m.WriteBack(vm.IndexOf(off), vm.IndexOf(last))
	end := vm.IndexOf(last) + 1
	if last&vm.PageMask != vm.PageMask && last != m.size-1 {
		end--
	}
	if end > 0 {
		m.DropClean(off, end.FileOffset())
	}
}
