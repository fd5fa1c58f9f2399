package strace

import (
	"slices"

	"vmsim/syscalls/script"
	"vmsim/vm"
)

// A log does not show where execve has put the program, but its calls give it away. The kernel places areas from the
// top down, so the highest address that mmap has ever chosen ends where the image's areas begin; the loader protects
// its own and the program's data with mprotect, which tells where those are. The break is no measure of the program:
// with randomisation it lies up to 1 GiB above its end.

// The places of Linux with randomisation off.
const (
	mmapBase   = 0x7ffff7fff000 // mmap_base with a stack limit of 8 MiB
	stackFrom  = 0x7ffffffde000
	stackTo    = 0x7ffffffff000
	pieBase    = 0x555555554000
	fixedBase  = 0x400000
	nearTop    = 1 << 24 // loader and vdso are smaller
	heapReach  = 1 << 30 // the most that randomisation puts between a program and its break
	vvarSize   = 0x4000
	vclockSize = 0x2000
	vdsoSize   = 0x2000
	vdsoAll    = vvarSize + vclockSize + vdsoSize
	loader     = "/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"
	mostImage  = 1 << 28 // no program's image is larger
)

// layout is the layout of the image.
func (i *image) layout() *script.Layout {
	b := &layouter{image: i}
	if i.known {
		b.program()
		b.top()
	}
	b.stack()
	b.rest()
	return &script.Layout{Brk: vm.Addr(i.brk), Mmap: vm.Addr(b.base), Areas: b.areas}
}

// layouter puts a layout together.
type layouter struct {
	*image
	areas []script.Area // in order
	base  uint64        // where mmap begins
}

// add puts an area into the layout, less what is taken already.
func (b *layouter) add(from, to uint64, perm string, offset uint64, name string) {
	if from >= to || to > uint64(vm.TaskSize) {
		return
	}
	at, _ := slices.BinarySearchFunc(b.areas, from, func(a script.Area, x uint64) int {
		if uint64(a.End) <= x {
			return -1
		}
		return 1
	})
	if at < len(b.areas) && uint64(b.areas[at].Start) < to {
		first := b.areas[at]
		b.add(from, uint64(first.Start), perm, offset, name)
		if end := uint64(first.End); end < to {
			b.add(max(end, from), to, perm, offset+max(end, from)-from, name)
		}
		return
	}
	if name == "" || name[0] == '[' {
		offset = 0
	}
	area := script.Area{Start: vm.Addr(from), End: vm.Addr(to), Perm: perm, Offset: offset, Name: name}
	b.areas = slices.Insert(b.areas, at, area)
}

// program adds the program's text and data.
func (b *layouter) program() {
	if b.brk == 0 {
		return
	}
	low := uint64(0)
	if b.brk > heapReach+mostImage {
		low = b.brk - heapReach - mostImage
	}
	end := vm.PageAlign(b.brk)
	data, relro := b.firstNeed(low, end)
	seen, any := b.among(low, end)
	var from, to uint64
	switch {
	case b.brk >= pieBase && b.brk < pieBase+mostImage/4:
		from, to = pieBase, end
	case b.brk < fixedBase+heapReach+mostImage:
		from, to = fixedBase, fixedBase+vm.PageSize
		if any {
			to = max(to, vm.PageAlign(seen.to)+vm.PageSize)
		}
		if end-fixedBase < nearTop {
			to = end
		}
	case any:
		from, to = seen.from&^vm.PageMask, vm.PageAlign(seen.to)+vm.PageSize
	default:
		from, to = end-2*vm.PageSize, end
	}
	if to = min(to, end); to-from > mostImage || from >= to {
		from = max(to-mostImage, low)
	}
	cut := to - vm.PageSize
	if relro && data.from > from && data.from < to {
		cut = data.from
	} else if relro && data.from <= from {
		from, cut = data.from-vm.PageSize, data.from
	}
	from = min(from, cut-vm.PageSize)
	b.add(from, cut, "r-xp", 0, b.exe)
	b.add(cut, to, "rw-p", cut-from, b.exe)
}

// top adds what lies between the highest place that mmap has chosen and the end of the mapping area: the kernel's own
// pages, and above them the loader.
func (b *layouter) top() {
	from := b.image.top
	if from == 0 {
		from = mmapBase - vdsoAll
	}
	end := uint64(mmapBase)
	if from > mmapBase || mmapBase-from > nearTop {
		end = from
		for _, x := range b.needs {
			if x.from >= from && x.to < from+nearTop {
				end = max(end, x.to+2*vm.PageSize)
			}
		}
		if end == from {
			end += vdsoAll
		}
	}
	if b.base = end; end > uint64(vm.TaskSize) {
		b.base = 0
		return
	}
	if end-from >= vdsoAll {
		b.add(from, from+vvarSize, "r--p", 0, "[vvar]")
		from += vvarSize
		b.add(from, from+vclockSize, "r--p", 0, "[vvar_vclock]")
		from += vclockSize
		b.add(from, from+vdsoSize, "r-xp", 0, "[vdso]")
		from += vdsoSize
	}
	if from >= end {
		return
	}
	data := max(from, end-4*vm.PageSize)
	if x, ok := b.firstNeed(from+1, data); ok {
		data = x.from
	}
	b.add(from, data, "r-xp", 0, loader)
	b.add(data, end, "rw-p", data-from, loader)
}

// stack adds the stack: where addresses above all mappings are, else where it is without randomisation.
func (b *layouter) stack() {
	from, to := uint64(stackFrom), uint64(stackTo)
	if above := max(b.base, b.image.top); above != 0 {
		if x, ok := b.among(above+vm.PageSize, uint64(vm.TaskSize)); ok && x.to-x.from < mostImage {
			from, to = x.from&^vm.PageMask-16*vm.PageSize, vm.PageAlign(x.to)+16*vm.PageSize
			from, to = max(from, above), min(to, uint64(vm.TaskSize))
		} else if above > stackFrom {
			from, to = above+vm.PageSize, uint64(vm.TaskSize)
		}
	}
	b.add(from, to, "rw-p", 0, "[stack]")
	b.add(0xffffffffff600000, 0xffffffffff601000, "--xp", 0, "[vsyscall]")
}

// rest adds what was there as well, as far as the log shows.
func (b *layouter) rest() {
	for _, x := range b.needs {
		b.add(x.from, x.to, "rw-p", 0, "")
	}
}
