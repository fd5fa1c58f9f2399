package difftest

import (
	"vmsim/syscalls/script"
)

// waitMenu is about the ends of processes: children of all kinds, what they end with, and which of them a parent waits
// for.
var waitMenu = []weighted[dish]{{60, forkNow}, {25, vforkNow}, {40, cloneNow}, {20, threadNow}, {130, exitCode},
	{160, waitSome}, {10, openProcess}, {60, mapAnon}, {40, loadByte}, {60, storeByte}, {10, unmap}, {10, protect}}

// exitCode ends a process or a thread with a code.
func exitCode(g *Generator) script.Action {
	if g.pid == 1 {
		return nil
	}
	code := pick(g.dice, []uint64{0, 1, 2, 42, 127, 255, 256, 0x1234, noFD})
	return call(pick(g.dice, []string{"exit_group", "exit_group", "exit"}), code)
}

// waitSome asks for the end of a child. It does not wait where none has ended.
func waitSome(g *Generator) script.Action {
	who := pick(g.dice, []uint64{noFD, noFD, noFD, 0, 1, 2, 3, 4, 5, 6, 99, signed(-2), 1 << 31})
	to := script.Expr(script.Scratch{})
	switch {
	case g.dice.percent(25):
		to = num(0)
	case g.dice.percent(20):
		if at, ok := g.place8(32); ok {
			to = num(at)
		}
	case g.dice.percent(5):
		to = num(pick(g.dice, badAddrs))
	}
	flags := 1 | pick(g.dice, []uint64{0, 0, 0, 2, 8, 1 << 29, 1 << 30, 1 << 30, 1 << 31, 4, 1 << 24})
	if g.dice.percent(35) {
		return g.waitid(who, to, flags)
	}
	return callWith("wait4", num(who), to, num(flags), num(0))
}

// waitid is the other call that waits.
func (g *Generator) waitid(who uint64, to script.Expr, flags uint64) script.Action {
	kind := draw(g.dice, []weighted[uint64]{{40, 0}, {40, 1}, {10, 2}, {8, 3}, {2, 4}})
	flags |= draw(g.dice, []weighted[uint64]{{70, 4}, {15, 4 | 1<<24}, {5, 2}, {5, 8}, {5, 0}})
	return callWith("waitid", num(kind), num(who), to, num(flags), num(0))
}
