package difftest

import (
	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/vm"
)

// wideMenu is what goes beyond the ordinary, as far as the machine has the calls.
func (g *Generator) wideMenu() []weighted[dish] {
	menu := []weighted[dish]{{60, wideAdvise}, {60, wideRemap}, {40, wideMap}, {25, growStack}, {20, wideUnmap},
		{15, wideProtect},
		{20, wideBreak}, {12, call0("munlockall")}, {12, lockAll}, {15, wideSeal}, {10, wrong}, {30, nearBorder}}
	if g.Kind.files() && !g.Kind.calls() {
		menu = append(menu, g.wideFileMenu()...)
	}
	return g.possible(menu,
		mayLack{syscalls.SysRemapFilePages, weighted[dish]{15, remapFile}},
		mayLack{syscalls.SysPkeyMprotect, weighted[dish]{8, pkeyProtect}},
		mayLack{syscalls.SysMemfdCreate, weighted[dish]{8, memFile}},
		mayLack{syscalls.SysPrlimit64, weighted[dish]{8, limit}})
}

// mayLack is a dish that makes a call that a machine may not have.
type mayLack struct {
	nr   syscalls.Number
	dish weighted[dish]
}

// possible is for calls that the model may not have yet: they are left out where the model has no answer.
func (g *Generator) possible(menu []weighted[dish], more ...mayLack) []weighted[dish] {
	for _, d := range more {
		if g.implements(d.nr) {
			menu = append(menu, d.dish)
		}
	}
	return menu
}

func call0(name string) dish { return func(*Generator) script.Action { return call(name) } }

// wideAdvise gives any advice but that about huge pages, which the model does not make, on a range that may span
// several areas and the holes between them.
func wideAdvise(g *Generator) script.Action {
	advice := pick(g.dice,
		[]uint64{0, 1, 2, 3, 4, 4, 8, 8, 9, 10, 11, 12, 13, 15, 16, 17, 18, 19, 20, 21, 21, 22, 23, 24, 102, 102, 103})
	start, length := g.wideRange()
	return call("madvise", start, length, advice)
}

// wideRange runs from somewhere in one area to somewhere in another, or is an ordinary one.
func (g *Generator) wideRange() (start, length uint64) {
	a, b := g.page(), g.page()
	if a > b {
		a, b = b, a
	}
	if g.dice.percent(50) || b-a > 64<<20 {
		return uint64(a), g.rangeLength()
	}
	return uint64(a), uint64(b-a) + vm.PageSize
}

// wideRemap takes every combination of flags, ranges over several areas, and targets next to areas.
func wideRemap(g *Generator) script.Action {
	start, length := g.wideRange()
	size := length
	if g.dice.percent(40) {
		size = pick(g.dice, []uint64{0, 1, 4096, 8192, 12288, 65536, 2 << 20, length + 4096, length / 2, length * 2})
	}
	to := uint64(g.page())
	if g.dice.percent(40) {
		to = 0x20000000 + uint64(g.dice.below(16))*0x10000
	}
	flags := pick(g.dice, []uint64{0, 1, 1, 2, 3, 3, 3, 4, 5, 5, 6, 7, 7, 8})
	filled := g.sight().meets(vm.Addr(start), vm.Addr(start+length), span.filled)
	if to < uint64(firstFree) || filled && flags&moveFixed != 0 {
		return nil // what the kernel has filled would be anywhere
	}
	return call("mremap", start, length, size, flags, to)
}

// wideMap combines flags that ordinary programs do not.
func wideMap(g *Generator) script.Action {
	flags := draw(g.dice, []weighted[uint64]{{60, mapPrivate}, {30, mapShared}, {5, mapShared | mapPrivate}, {5, 8}}) |
		mapAnonymous
	for _, f := range []uint64{mapPopulate, mapNonblock, mapLocked, mapGrowsDown, mapStack, mapNoReserve, 0x40, 0x80,
		0x800, 0x1000} {
		if g.dice.percent(15) {
			flags |= f
		}
	}
	addr, how := g.place()
	return call("mmap", addr, g.newLength(), draw(g.dice, prots), flags|how, noFD, 0)
}

// growStack touches memory below the stack or below an area that grows down.
func growStack(g *Generator) script.Action {
	at := vm.Addr(0x7ffffffde000)
	for _, s := range g.areas() {
		if g.dice.percent(20) {
			at = s.start
		}
	}
	at -= pick(g.dice, []vm.Addr{1, 8, 4096, 4097, 65536, 1 << 20, 256 * 4096, 257 * 4096, 8 << 20})
	if g.dice.percent(50) {
		return g.loadFrom(at)
	}
	return store(at, 1)
}

func wideUnmap(g *Generator) script.Action { return callRange(g, "munmap") }

// callRange is a call on a wide range.
func callRange(g *Generator, name string, more ...uint64) script.Action {
	start, length := g.wideRange()
	return call(name, append([]uint64{start, length}, more...)...)
}

func wideProtect(g *Generator) script.Action {
	prot := draw(g.dice, prots) | pick(g.dice, []uint64{0, 0, growsDown, growsUp, 8})
	return callRange(g, "mprotect", prot)
}

func wideSeal(g *Generator) script.Action { return callRange(g, "mseal", 0) }

func wideBreak(g *Generator) script.Action {
	return call("brk", 0x503000+uint64(g.dice.below(40))*4096+pick(g.dice, []uint64{0, 1, 4095}))
}

func lockAll(g *Generator) script.Action {
	return call("mlockall", pick(g.dice, []uint64{0, 1, 2, 2, 3, 4, 5, 6, 7, 8}))
}

// nearBorder touches the bytes on both sides of an area's ends.
func nearBorder(g *Generator) script.Action {
	s, ok := g.area()
	if !ok {
		return nil
	}
	at := pick(g.dice, []vm.Addr{s.start - 1, s.start, s.end - 1, s.end})
	if g.dice.percent(50) {
		return g.loadFrom(at)
	}
	return store(at, 2)
}

func remapFile(g *Generator) script.Action {
	return call("remap_file_pages", uint64(g.page()), g.rangeLength(), 0, uint64(g.dice.below(12)),
		pick(g.dice, []uint64{0, 0, mapNonblock}))
}

func pkeyProtect(g *Generator) script.Action {
	return call("pkey_mprotect", uint64(g.page()), g.rangeLength(), draw(g.dice, prots),
		pick(g.dice, []uint64{noFD, 0, 1, 16}))
}

func memFile(g *Generator) script.Action {
	return callWith("memfd_create", script.Str{Val: "m"}, num(pick(g.dice, []uint64{0, 1, 2, 3, 8, 16})))
}

// limit lowers or raises a limit that memory calls ask about.
func limit(g *Generator) script.Action {
	resource := pick(g.dice, []uint64{2, 3, 8, 9})
	soft := pick(g.dice, []uint64{0, 4096, 65536, 1 << 20, 8 << 20, 16 << 20, noFD})
	hard := noFD
	if resource == 8 { // RLIMIT_MEMLOCK: the hard limit is finite on most machines, and only goes down
		soft, hard = min(soft, 65536), 65536
	}
	return callWith("prlimit64", num(0), num(resource), script.Composite{Open: '{', Items: []script.Field{
		{Name: "rlim_cur", X: num(soft)}, {Name: "rlim_max", X: num(hard)}}}, num(0))
}
