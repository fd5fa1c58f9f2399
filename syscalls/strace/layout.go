package strace

import (
	"sort"
	"strings"

	"vmsim/syscalls/script"
	"vmsim/vm"
)

// A log does not show where execve has put the program, but its calls give it away. The kernel places areas from the top
// down, so the highest address that mmap has ever chosen ends where the image's areas begin; brk(NULL) tells where the
// program's own image ends; and the loader protects its own and the program's data with mprotect, which tells where those
// begin. What lies between is filled so that no other place is free.

// segment is the life of one process from an execve to the next.
type segment struct {
	exe      string
	brk      uint64
	top      uint64   // the highest end of an area that the kernel has placed
	protects []span   // mprotect and the like, in order
	mapped   []span   // what mmap has made, so that it is no image
	low      []uint64 // addresses that occur in arguments
	files    []fileSpan
	fresh    bool // nothing has run in it yet
}

// fileSpan is where a part of a file has been mapped.
type fileSpan struct {
	span
	path string
	off  uint64
}

// maxEvidence is how much of a log is looked at: an image is protected when the program starts, or not at all.
const maxEvidence = 4096

// span is a range of addresses.
type span struct{ from, to uint64 }

// The places of Linux with randomisation off.
const (
	mmapBase   = 0x7ffff7fff000 // mmap_base with a stack limit of 8 MiB
	stackFrom  = 0x7ffffffde000
	stackTo    = 0x7ffffffff000
	pieBase    = 0x555555554000
	nearTop    = 1 << 24 // loader and vdso are smaller
	vvarSize   = 0x4000
	vclockSize = 0x2000
	vdsoSize   = 0x2000
	loader     = "/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"
)

func (s *segment) covered(a uint64) bool {
	for _, m := range s.mapped {
		if a >= m.from && a < m.to {
			return true
		}
	}
	return false
}

// layout is the .layout directive's text for the segment. The files of its areas are noted.
func (im *importer) layout(s *segment) string {
	var areas []script.Area
	if s.brk != 0 {
		areas = append(areas, im.exeAreas(s)...)
	}
	areas = append(areas, im.topAreas(s)...)
	areas = append(areas, script.Area{Start: stackFrom, End: stackTo, Perm: "rw-p", Name: "[stack]"},
		script.Area{Start: 0xffffffffff600000, End: 0xffffffffff601000, Perm: "--xp", Name: "[vsyscall]"})
	sort.SliceStable(areas, func(i, j int) bool { return areas[i].Start < areas[j].Start })
	l := script.Layout{Brk: vm.Addr(s.brk), Areas: areas}
	return l.String()
}

// exeAreas are the program's text and data: they end at the break.
func (im *importer) exeAreas(s *segment) []script.Area {
	end := vm.PageAlign(s.brk)
	start := uint64(pieBase)
	data := end - vm.PageSize
	for _, p := range s.protects {
		if p.from < end && end-p.from < 1<<30 && p.from < data {
			data = p.from &^ vm.PageMask
		}
	}
	switch {
	case end < 1<<32:
		start = 0x400000
	case end < start || end-start > 1<<30:
		start = data - vm.PageSize
		for _, a := range s.low {
			if a < start && end-a < 1<<28 {
				start = a &^ vm.PageMask
			}
		}
	}
	if start >= data {
		start = data - vm.PageSize
	}
	im.imageFile(s.exe, int64(end-start))
	return []script.Area{
		{Start: vm.Addr(start), End: vm.Addr(data), Perm: "r-xp", Name: s.exe},
		{Start: vm.Addr(data), End: vm.Addr(end), Perm: "rw-p", Offset: data - start, Name: s.exe},
	}
}

// topAreas fill what lies between the highest place that mmap has chosen and the end of the mapping area.
func (im *importer) topAreas(s *segment) []script.Area {
	from := s.top
	if from == 0 || from > mmapBase {
		from = mmapBase - vdsoSize - vclockSize - vvarSize
	}
	if mmapBase-from > nearTop {
		return im.randomTop(s, from)
	}
	var areas []script.Area
	if mmapBase-from >= vvarSize+vclockSize+vdsoSize {
		for _, a := range []struct {
			size uint64
			perm string
			name string
		}{{vvarSize, "r--p", "[vvar]"}, {vclockSize, "r--p", "[vvar_vclock]"}, {vdsoSize, "r-xp", "[vdso]"}} {
			end := vm.Addr(from + a.size)
			areas = append(areas, script.Area{Start: vm.Addr(from), End: end, Perm: a.perm, Name: a.name})
			from += a.size
		}
	}
	return append(areas, im.loaderAreas(s, from, mmapBase)...)
}

// randomTop is the top with randomisation on: the loader, then nothing that is free.
func (im *importer) randomTop(s *segment, from uint64) []script.Area {
	end := from
	for _, p := range s.protects {
		if p.from >= from && p.to < from+nearTop && !s.covered(p.from) {
			end = max(end, p.to+2*vm.PageSize)
		}
	}
	areas := im.loaderAreas(s, from, end)
	if end < mmapBase {
		areas = append(areas, script.Area{Start: vm.Addr(end), End: mmapBase, Perm: "---p", Name: ""})
	}
	return areas
}

func (im *importer) loaderAreas(s *segment, from, end uint64) []script.Area {
	if from >= end {
		return nil
	}
	data := max(from, end-4*vm.PageSize)
	for _, p := range s.protects {
		if p.from > from && p.from < data && !s.covered(p.from) {
			data = p.from &^ vm.PageMask
		}
	}
	im.imageFile(loader, int64(end-from))
	out := []script.Area{{Start: vm.Addr(data), End: vm.Addr(end), Perm: "rw-p", Offset: data - from, Name: loader}}
	if data > from {
		out = append([]script.Area{{Start: vm.Addr(from), End: vm.Addr(data), Perm: "r-xp", Name: loader}}, out...)
	}
	return out
}

// imageFile makes sure that the file of an image area is there and large enough.
func (im *importer) imageFile(name string, size int64) {
	f := im.file(name)
	f.image, f.other, f.created = true, false, false
	f.least = max(f.least, size)
	if f.size >= 0 {
		f.size = max(f.size, size)
	}
}

// note keeps the evidence that a call gives of its image.
func (s *segment) note(name string, args []string, got answer) {
	for _, a := range args {
		if v, isNum := script.Number(a); isNum && strings.HasPrefix(a, "0x") && len(s.low) < maxEvidence {
			s.low = append(s.low, v)
		}
	}
	if !got.good() {
		return
	}
	switch name {
	case "brk":
		if s.brk == 0 {
			s.brk = got.value
		}
	case "mmap":
		s.noteMmap(args, got.value)
	case "mprotect", "pkey_mprotect", "madvise", "mlock", "munmap", "mseal":
		if from, to, ok := rangeOf(args); ok && len(s.protects) < maxEvidence && len(s.mapped) < maxEvidence && !s.covered(from) {
			s.protects = append(s.protects, span{from, to})
		}
	}
}

func rangeOf(args []string) (from, to uint64, ok bool) {
	if len(args) < 2 {
		return 0, 0, false
	}
	from, ok1 := script.Number(args[0])
	n, ok2 := script.Number(args[1])
	return from, from + vm.PageAlign(n), ok1 && ok2
}

func (s *segment) noteMmap(args []string, result uint64) {
	if len(args) < 4 {
		return
	}
	n, _ := script.Number(args[1])
	end := result + vm.PageAlign(n)
	if len(s.mapped) < maxEvidence {
		s.mapped = append(s.mapped, span{result, end})
	}
	if script.Constant(args[3])&0x100010 == 0 && script.Constant(args[0]) == 0 && end <= mmapBase && end > s.top {
		s.top = end
	}
}
