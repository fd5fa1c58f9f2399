package difftest

import "vmsim/syscalls/script"

// wrongCalls each make a call of which anything may be wrong; about every other one is refused.
var wrongCalls = []dish{wrongMmap, wrongUnmap, wrongProtect, wrongRemap, wrongAdvise, wrongSync, wrongInCore,
	wrongLock("mlock"), wrongLock("munlock"), wrongLock2, wrongSeal, wrongRemapFile, wrongBreak}

func wrong(g *Generator) script.Action { return pick(g.dice, wrongCalls)(g) }

func wrongMmap(g *Generator) script.Action {
	flags := pick(g.dice,
		[]uint64{0, mapShared, mapPrivate, mapShared | mapPrivate, 4, mapPrivate | mapFixed,
			mapPrivate | mapFixed | mapAnonymous,
			mapPrivate | mapAnonymous | mapNoReplace, mapPrivate | mapAnonymous | mapHugeTLB,
			mapPrivate | mapAnonymous | mapGrowsDown, mapShared | mapPrivate | mapAnonymous,
			mapShared | mapPrivate | mapAnonymous | mapSync, mapShared | mapAnonymous, mapPrivate | mapAnonymous})
	if flags&mapFixed != 0 {
		// What a demand replaces must not be the puppet itself.
		return call("mmap", g.safeWildAddr(), pick(g.dice, []uint64{0, 1, 100, 4096, 8192, 1 << 47, 1 << 63, noFD}),
			g.wrongProt(), flags, g.wrongFD(), g.wrongOffset())
	}
	return call("mmap", g.wildAddr(), g.wildLength(), g.wrongProt(), flags, g.wrongFD(), g.wrongOffset())
}

// safeWildAddr is a wild address without anything of the puppet's on it: none of the list is. Some are the number of an
// error, as a call answers it.
func (g *Generator) safeWildAddr() uint64 {
	if g.dice.percent(10) {
		return pick(g.dice, []uint64{noFD, signed(-2), signed(-12), signed(-4097)})
	}
	return g.wildAddr()
}

func (g *Generator) wrongProt() uint64 {
	return pick(g.dice, []uint64{0, 1, 3, 8, growsDown, growsUp})
}

func (g *Generator) wrongFD() uint64 { return pick(g.dice, []uint64{noFD, noFD, 0, 3, 1000}) }

func (g *Generator) wrongOffset() uint64 {
	return pick(g.dice, []uint64{0, 0, 1, 0x1000, 0x4000000000000000, 0xfffffffffffff000})
}

func wrongUnmap(g *Generator) script.Action { return call("munmap", g.wildAddr(), g.wildLength()) }

func wrongProtect(g *Generator) script.Action {
	prot := pick(g.dice, []uint64{0, 1, 3, 8, growsDown, growsUp, 1 | growsDown | growsUp, noFD})
	return call("mprotect", g.wildAddr(), g.wildLength(), prot)
}

func wrongRemap(g *Generator) script.Action {
	flags := pick(g.dice, []uint64{0, 1, 2, 3, 4, 5, 6, 7, 8})
	to := pick(g.dice, []uint64{0, 0x1000, 0x20000000, g.wildAddr()})
	size := pick(g.dice, []uint64{0, 1, 4096, 8192, 0x800000000000})
	if flags&(moveFixed|dontUnmap) == 0 {
		return call("mremap", g.wildAddr(), g.wildLength(), size, flags)
	}
	return call("mremap", g.wildAddr(), g.wildLength(), size, flags, to)
}

// wrongAdvices are all there are, and two that there are not.
var wrongAdvices = []uint64{0, 1, 2, 3, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 100,
	102, 103, noFD}

func wrongAdvise(g *Generator) script.Action {
	addr, length, advice := g.wildAddr(), g.wildLength(), pick(g.dice, wrongAdvices)
	switch {
	case advice == 100:
		addr |= 8 // it would poison the machine's memory if it were in order
	case addr < uint64(firstFree) && length > 1<<40 && destructive(advice):
		return nil
	}
	return call("madvise", addr, length, advice)
}

// destructive advice, given for everything, would end the puppet.
func destructive(advice uint64) bool {
	switch advice {
	case 10, 18, adviceGuard:
		return true
	}
	return false
}

func wrongSync(g *Generator) script.Action {
	return call("msync", g.wildAddr(), g.wildLength(), pick(g.dice, []uint64{0, 1, 2, 3, 4, 5, 6, 8}))
}

func wrongInCore(g *Generator) script.Action {
	return callWith("mincore", num(g.wildAddr()), num(g.wildLength()), script.Scratch{})
}

func wrongLock(name string) dish {
	return func(g *Generator) script.Action { return call(name, g.wildAddr(), g.wildLength()) }
}

func wrongLock2(g *Generator) script.Action {
	return call("mlock2", g.wildAddr(), g.wildLength(), pick(g.dice, []uint64{0, 1, 2, 3, 4, 5, 6, 8}))
}

func wrongSeal(g *Generator) script.Action {
	return call("mseal", g.wildAddr(), g.wildLength(), pick(g.dice, []uint64{0, 1, 2, 3, 4, 5, 6, 8}))
}

func wrongRemapFile(g *Generator) script.Action {
	return call("remap_file_pages", g.wildAddr(), g.wildLength(), pick(g.dice, []uint64{0, 1}),
		pick(g.dice, []uint64{0, 5}), 0)
}

func wrongBreak(g *Generator) script.Action { return call("brk", g.wildAddr()) }
