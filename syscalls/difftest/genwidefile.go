package difftest

import (
	"vmsim/syscalls"
	"vmsim/syscalls/script"
)

// wideFileMenu is what goes beyond the ordinary with files, as far as the machine has the calls.
func (g *Generator) wideFileMenu() []weighted[dish] {
	return g.possible([]weighted[dish]{{30, edgeTruncate}, {20, wideFallocate}},
		mayLack{syscalls.SysDup, weighted[dish]{6, dupFile}},
		mayLack{syscalls.SysClose, weighted[dish]{4, closeFile}},
		mayLack{syscalls.SysRead, weighted[dish]{15, readNext}},
		mayLack{syscalls.SysWrite, weighted[dish]{15, writeNext}},
		mayLack{syscalls.SysLseek, weighted[dish]{12, seek}},
		mayLack{syscalls.SysFadvise64, weighted[dish]{8, adviseFile}},
		mayLack{syscalls.SysFdatasync, weighted[dish]{4, fdCall("fdatasync")}},
		mayLack{syscalls.SysSync, weighted[dish]{2, call0("sync")}})
}

func fdCall(name string) dish { return func(g *Generator) script.Action { return call(name, g.fd()) } }

// edgeTruncate sets a size at a page's edge or beside it.
func edgeTruncate(g *Generator) script.Action {
	return call("ftruncate", g.fd(), uint64(g.dice.below(45))*4096+pick(g.dice, []uint64{0, 0, 1, 4095}))
}

func wideFallocate(g *Generator) script.Action {
	mode := pick(g.dice, []uint64{0, 1, 2, 3, 3, 8, 16, 17, 32, 64, 128})
	return call("fallocate", g.fd(), mode, uint64(g.dice.below(45))*4096+pick(g.dice, []uint64{0, 0, 1, 100}),
		pick(g.dice, []uint64{0, 1, 4095, 4096, 8192, 65536}))
}

func dupFile(g *Generator) script.Action {
	if len(g.fds) > 8 {
		return nil
	}
	return call("dup", g.fd())
}

func closeFile(g *Generator) script.Action { return call("close", g.fd()) }

func readNext(g *Generator) script.Action { return g.next("read", g.into) }

func writeNext(g *Generator) script.Action { return g.next("write", g.from) }

// next is a read or a write at the file's own offset.
func (g *Generator) next(call string, buffer func(n uint64) (script.Expr, bool)) script.Action {
	n := pick(g.dice, readCounts)
	buf, ok := buffer(n)
	if !ok {
		return nil
	}
	return callWith(call, num(g.fd()), buf, num(n))
}

func seek(g *Generator) script.Action {
	return call("lseek", g.fd(), pick(g.dice, []uint64{0, 1, 4096, 5000, 163840, signed(-1), signed(-4096)}),
		uint64(g.dice.below(6)))
}

func adviseFile(g *Generator) script.Action {
	return call("fadvise64", g.fd(), pick(g.dice, readOffsets), pick(g.dice, []uint64{0, 4096, 65536}),
		uint64(g.dice.below(7)))
}
