package difftest

import (
	"fmt"

	"vmsim/syscalls/script"
	"vmsim/vm"
)

// Programs with a pool of huge pages: private and shared areas of them, files of them, forks, and a pool that is often
// too small.

// hugeMenu is what such programs are made of.
var hugeMenu = []weighted[dish]{{150, mapHuge}, {60, mapHugeFile}, {12, mapAnon}, {170, loadHuge}, {190, storeHuge},
	{60, unmapHuge}, {60, protectHuge}, {90, adviseHuges}, {40, remapHuge}, {50, forkNow}, {24, exitNow},
	{34, resizeHuge}, {44, allocateHuge}, {24, readHuge}, {8, writeHuge}, {12, lockHuge}, {8, unlock}, {20, inCoreHuge},
	{10, syncRange}, {10, statHuge}, {24, lendHuge}, {24, takeLent}, {30, copyHuge}}

// hugeHead is the head of such a program: its pool, two files of huge pages, and a pipe.
func (g *Generator) hugeHead() []script.Op {
	d := &script.Directive{Name: "sysctl", Settings: []script.Setting{
		{Name: "vm.nr_hugepages", Value: fmt.Sprint(pick(g.dice, []int{1, 2, 3, 4, 4, 6, 8}))},
		{Name: "vm.nr_overcommit_hugepages", Value: fmt.Sprint(pick(g.dice, []int{0, 0, 0, 1, 2, 4}))}}}
	for _, s := range d.Settings {
		d.Args = append(d.Args, s.Name+"="+s.Value)
	}
	ops := []script.Op{{Do: d}}
	for i, size := range []uint64{pick(g.dice, hugeSizes), pick(g.dice, hugeSizes)} {
		ops = append(ops, script.Op{PID: 1, Do: callWith("memfd_create", script.Str{Val: "h"}, num(4))},
			script.Op{PID: 1, Do: call("ftruncate", uint64(3+i), size)})
		g.fds = append(g.fds, 3+i)
	}
	return append(ops, script.Op{PID: 1, Do: callWith("pipe2", script.Scratch{}, num(nonblock))})
}

// hugeOut and hugeIn are the ends of the pipe.
const hugeOut, hugeIn = 5, 6

// hugePiece describes a buffer that begins in a huge page.
func (g *Generator) hugePiece() script.Expr {
	n := pick(g.dice, []uint64{1, 100, vm.PageSize, 10000})
	buffer := structure("iov_base", "iov_len", uint64(g.hugeByte()), n)
	return script.Composite{Open: '[', Items: []script.Field{{X: buffer}}}
}

// lendHuge puts references to pages into the pipe: as long as one is there, the whole huge page is in use.
func lendHuge(g *Generator) script.Action {
	return callWith("vmsplice", num(hugeIn), g.hugePiece(), num(1), num(0))
}

func takeLent(g *Generator) script.Action {
	return callWith("read", num(hugeOut), script.Scratch{}, num(pick(g.dice, []uint64{1, 100, vm.PageSize, 1 << 16})))
}

// copyHuge copies between huge pages of a process and those of another, or of the same.
func copyHuge(g *Generator) script.Action {
	name := pick(g.dice, []string{"process_vm_readv", "process_vm_writev"})
	return callWith(name, num(uint64(pick(g.dice, g.alive))), g.hugePiece(), num(1), g.hugePiece(), num(1), num(0))
}

const hugeBytes = uint64(hugePage)

var hugeSizes = []uint64{0, hugeBytes, 2 * hugeBytes, 2 * hugeBytes, 3 * hugeBytes, 5 * hugeBytes}

// hugeExtras are flags that come on top, each on its own, by how many in a thousand.
var hugeExtras = []weighted[uint64]{{250, mapNoReserve}, {90, mapPopulate}, {40, mapLocked}, {20, mapNonblock}}

// hugePlace is the address argument of an mmap and the flag that goes with it.
func (g *Generator) hugePlace() (addr, flag uint64) {
	if !g.dice.percent(25) {
		return 0, 0
	}
	return g.hugeAddr(), pick(g.dice, []uint64{0, mapFixed, mapFixed, mapNoReplace})
}

// hugeAddr is where a huge page begins: mostly one of an area; now and then it is off by a page.
func (g *Generator) hugeAddr() uint64 {
	at := uint64(lowBase) + uint64(g.dice.below(8))*hugeBytes
	if s, ok := g.area(); ok && g.dice.percent(85) {
		first := (uint64(s.start) + hugeBytes - 1) &^ (hugeBytes - 1)
		at = first + uint64(g.dice.below(max(1, int((uint64(s.end-s.start))/hugeBytes))))*hugeBytes
	}
	if g.dice.percent(4) {
		at += pick(g.dice, []uint64{vm.PageSize, hugeBytes / 2})
	}
	return at
}

// hugeLength is the length of a range of huge pages, now and then an odd one.
func (g *Generator) hugeLength() uint64 {
	n := pick(g.dice, []uint64{1, 1, 1, 1, 2, 2, 2, 3, 4}) * hugeBytes
	if g.dice.percent(6) {
		n -= pick(g.dice, []uint64{1, vm.PageSize, hugeBytes / 2})
	}
	return n
}

func (g *Generator) hugeFlags() (flags uint64) {
	for _, e := range hugeExtras {
		if g.dice.below(1000) < e.weight {
			flags |= e.value
		}
	}
	return flags | draw(g.dice, []weighted[uint64]{{60, mapPrivate}, {40, mapShared}})
}

func mapHuge(g *Generator) script.Action {
	addr, how := g.hugePlace()
	return call("mmap", addr, g.hugeLength(), draw(g.dice, prots), g.hugeFlags()|mapAnonymous|mapHugeTLB|how, noFD, 0)
}

func mapHugeFile(g *Generator) script.Action {
	addr, how := g.hugePlace()
	off := pick(g.dice, []uint64{0, 0, 0, 1, 1, 2, 4}) * hugeBytes
	if g.dice.percent(3) {
		off += vm.PageSize
	}
	return call("mmap", addr, g.hugeLength(), draw(g.dice, prots), g.hugeFlags()|how, g.fd(), off)
}

// hugeByte is an address to load from or to store to.
func (g *Generator) hugeByte() vm.Addr {
	if g.dice.percent(4) {
		return g.byteAddr()
	}
	return vm.Addr(g.hugeAddr() + pick(g.dice, []uint64{0, 0, 1, vm.PageSize, 5*vm.PageSize + 7, hugeBytes - 1}))
}

func loadHuge(g *Generator) script.Action { return g.loadFrom(g.hugeByte()) }

func storeHuge(g *Generator) script.Action { return store(g.hugeByte(), byte(1+g.dice.below(255))) }

func unmapHuge(g *Generator) script.Action { return call("munmap", g.hugeAddr(), g.hugeLength()) }

func protectHuge(g *Generator) script.Action {
	return call("mprotect", g.hugeAddr(), g.hugeLength(), draw(g.dice, prots))
}

// adviseHuges gives advice, most of all what drops pages.
func adviseHuges(g *Generator) script.Action {
	return call("madvise", g.hugeAddr(), g.hugeLength(), draw(g.dice, []weighted[uint64]{{40, 4}, {20, madvRemove},
		{6, 24}, {10, 22}, {14, 23}, {10, 10}, {4, 11}, {2, 0}, {2, 1}, {2, 3}, {2, 8}, {2, 16}, {2, 17}, {2, 18},
		{2, 20}, {2, 21}, {2, adviceGuard}}))
}

// remapHuge moves or shrinks a whole area, while there is one process alone. Where a child has the area at another
// place, a store for which the pool has no page keeps Linux 6.18 busy for good (unmap_ref_private looks at the parent's
// address), and where a part moves, Linux forgets what is reserved for the rest (clear_vma_resv_huge_pages): the pool
// would be damaged until the next boot.
func remapHuge(g *Generator) script.Action {
	s, ok := g.area()
	if !ok || len(g.alive) > 1 {
		return nil
	}
	n := uint64(s.end - s.start)
	size := pick(g.dice, []uint64{n, n, n, n - hugeBytes, hugeBytes, n + hugeBytes})
	flags := draw(g.dice, remapFlags)
	if flags&(moveFixed|dontUnmap) == 0 {
		return call("mremap", uint64(s.start), n, size, flags)
	}
	return call("mremap", uint64(s.start), n, size, flags, uint64(lowBase)+uint64(g.dice.below(12))*hugeBytes)
}

// hugeOffset is a place in a file of huge pages.
func (g *Generator) hugeOffset() uint64 {
	at := uint64(g.dice.below(5)) * hugeBytes
	if g.dice.percent(25) {
		at += pick(g.dice, []uint64{1, 100, vm.PageSize, 3*vm.PageSize + 5, hugeBytes / 2, hugeBytes - 1})
	}
	return at
}

func resizeHuge(g *Generator) script.Action {
	size := pick(g.dice, hugeSizes)
	if g.dice.percent(10) {
		size = g.hugeOffset()
	}
	return call("ftruncate", g.fd(), size)
}

func allocateHuge(g *Generator) script.Action {
	mode := draw(g.dice, []weighted[uint64]{{40, 0}, {20, 1}, {40, 3}, {3, 0x10}})
	return call("fallocate", g.fd(), mode, g.hugeOffset(), pick(g.dice, []uint64{1, vm.PageSize, hugeBytes, hugeBytes,
		2 * hugeBytes, hugeBytes + 5}))
}

func readHuge(g *Generator) script.Action {
	return callWith("pread64", num(g.fd()), script.Scratch{}, num(pick(g.dice, []uint64{1, 64, 4096, 10000, 600000})),
		num(g.hugeOffset()))
}

func writeHuge(g *Generator) script.Action {
	return callWith("pwrite64", num(g.fd()), script.Scratch{}, num(pick(g.dice, []uint64{0, 1, 4096})),
		num(g.hugeOffset()))
}

func lockHuge(g *Generator) script.Action {
	return call(pick(g.dice, []string{"mlock", "mlock", "munlock"}), g.hugeAddr(), g.hugeLength())
}

func inCoreHuge(g *Generator) script.Action {
	return callWith("mincore", num(g.hugeAddr()), num(g.hugeLength()), script.Scratch{})
}

func statHuge(g *Generator) script.Action { return callWith("fstat", num(g.fd()), script.Scratch{}) }
