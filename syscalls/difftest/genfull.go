package difftest

import "vmsim/syscalls/script"

// fullMenu is about a tmpfs that has room for a few pages more: writes are cut short, allocations and stores fail, and
// what is given up can be used again.
var fullMenu = append([]weighted[dish]{{40, forkNow}, {5, exitNow}, {240, mapFile}, {60, readAt}, {120, writeAt},
	{60, resize}, {60, allocate}, {130, fillUp}, {25, sendBytes}, {25, copyBytes}}, memoryMenu...)

// fillUp writes or allocates more than there is room for. An allocation that is longer than the whole tmpfs is refused
// before it begins.
func fillUp(g *Generator) script.Action {
	n := pick(g.dice, []uint64{40960, 40960, 73728, 77824, 81920, 98304, 163840})
	if g.dice.percent(50) {
		return call("fallocate", g.fd(), pick(g.dice, []uint64{0, 1, 16}), pick(g.dice, []uint64{0, 4096, 40960}), n)
	}
	return callWith("pwrite64", num(g.fd()), script.Pattern{K: decimal(uint64(g.made))}, num(n),
		num(pick(g.dice, []uint64{0, 100, 8192, 20480})))
}

// decimal is a number that is written as people do.
func decimal(v uint64) script.Expr { return script.Num{Val: v, Base: 'd'} }
