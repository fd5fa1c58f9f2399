package difftest

import (
	"vmsim/syscalls/script"
	"vmsim/vm"
)

// The flags by number, since a generator also makes those that have no name.
const (
	mapShared     = 0x01
	mapPrivate    = 0x02
	mapFixed      = 0x10
	mapAnonymous  = 0x20
	mapGrowsDown  = 0x100
	mapLocked     = 0x2000
	mapNoReserve  = 0x4000
	mapPopulate   = 0x8000
	mapNonblock   = 0x10000
	mapStack      = 0x20000
	mapHugeTLB    = 0x40000
	mapSync       = 0x80000
	mapNoReplace  = 0x100000
	growsDown     = 1 << 24
	growsUp       = 1 << 25
	mayMove       = 1
	moveFixed     = 2
	dontUnmap     = 4
	noFD          = ^uint64(0)
	numAdvice     = 26
	madvRemove    = 9
	adviceGuard   = 102
	adviceUnguard = 103
)

// prots are protections as programs ask for them.
var prots = []weighted[uint64]{{40, 3}, {20, 1}, {12, 2}, {10, 5}, {10, 7}, {9, 0}}

// mapExtras are flags that come on top, each on its own, by how many in a thousand.
var mapExtras = []weighted[uint64]{{55, mapStack}, {60, mapPopulate}, {60, mapNoReserve}, {45, mapLocked},
	{25, mapGrowsDown}}

func (g *Generator) extras() (flags uint64) {
	for _, e := range mapExtras {
		if g.dice.below(1000) < e.weight {
			flags |= e.value
		}
	}
	return flags
}

// place is the address argument of an mmap and the flag that goes with it: none, a hint, a demand.
func (g *Generator) place() (addr, flag uint64) {
	if !g.dice.percent(21) {
		return 0, 0
	}
	return uint64(g.page()), pick(g.dice, []uint64{0, mapFixed, mapFixed, mapNoReplace})
}

// mapAnon makes an anonymous area.
func mapAnon(g *Generator) script.Action {
	kind := draw(g.dice, []weighted[uint64]{{75, mapPrivate}, {25, mapShared}})
	addr, how := g.place()
	return call("mmap", addr, g.newLength(), draw(g.dice, prots), kind|mapAnonymous|how|g.extras(), noFD, 0)
}

// loadByte loads from anywhere but from what the kernel has filled, which is not compared.
func loadByte(g *Generator) script.Action { return g.loadFrom(g.byteAddr()) }

func (g *Generator) loadFrom(at vm.Addr) script.Action {
	if g.sight().meets(at, at+1, span.filled) {
		return nil
	}
	return load(at)
}

func storeByte(g *Generator) script.Action { return store(g.byteAddr(), byte(1+g.dice.below(255))) }

func unmap(g *Generator) script.Action { return call("munmap", uint64(g.page()), g.rangeLength()) }

func protect(g *Generator) script.Action {
	return call("mprotect", uint64(g.page()), g.rangeLength(), draw(g.dice, prots))
}

// advices are those that ordinary programs give.
var advices = []weighted[uint64]{{20, 4}, {8, 0}, {8, 1}, {8, 2}, {8, 3}, {8, 9}, {8, 10}, {8, 11}, {8, 15}, {8, 16},
	{8, 17}, {8, 18}, {8, 19},
	{8, 20}, {8, 22}, {8, 23}, {10, 102}, {8, 103}}

func advise(g *Generator) script.Action {
	return call("madvise", uint64(g.page()), g.rangeLength(), draw(g.dice, advices))
}

// remapFlags with their weights; the new address is printed wherever a flag makes the kernel look at the register.
var remapFlags = []weighted[uint64]{{40, mayMove}, {22, mayMove | dontUnmap}, {20, mayMove | moveFixed}, {18, 0}}

func remap(g *Generator) script.Action {
	old := uint64(pick(g.dice, append([]int{0}, rangePages...))) * 4096
	size := old
	if g.dice.percent(75) {
		size = pick(g.dice, []uint64{0, 4096, 8192, 12288, 20480, 32768, 65536, 81920})
	}
	flags := draw(g.dice, remapFlags)
	if flags&(moveFixed|dontUnmap) == 0 {
		return call("mremap", uint64(g.page()), old, size, flags)
	}
	return call("mremap", uint64(g.page()), old, size, flags, uint64(g.page()))
}

func syncRange(g *Generator) script.Action {
	return call("msync", uint64(g.page()), g.rangeLength(), pick(g.dice, []uint64{0, 0, 1, 2, 2, 4, 4, 5, 6}))
}

func inCore(g *Generator) script.Action {
	return callWith("mincore", num(uint64(g.page())), num(g.rangeLength()&^(1<<30)), script.Scratch{})
}

func moveBreak(g *Generator) script.Action {
	return call("brk", 0x502000+uint64(pick(g.dice, []int{0, 1, 1, 2, 3, 4, 4, 9}))*4096+pick(g.dice, []uint64{0, 17}))
}

func lock(g *Generator) script.Action { return call("mlock", uint64(g.page()), g.rangeLength()) }

func lock2(g *Generator) script.Action { return call("mlock2", uint64(g.page()), g.rangeLength(), 1) }

func unlock(g *Generator) script.Action { return call("munlock", uint64(g.page()), g.rangeLength()) }

func seal(g *Generator) script.Action { return call("mseal", uint64(g.page()), g.rangeLength(), 0) }

func forkNow(g *Generator) script.Action {
	if len(g.alive) >= 4 {
		return nil
	}
	return call("fork")
}

// exitNow ends a process that is not the first.
func exitNow(g *Generator) script.Action {
	if g.pid == 1 {
		return nil
	}
	return call("exit_group", 0)
}
