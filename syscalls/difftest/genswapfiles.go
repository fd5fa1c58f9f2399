package difftest

import (
	"fmt"
	"slices"

	"vmsim/syscalls/script"
)

// What programs of the wide style do that swap: their areas are files on the disk, of which they take some into use and
// out of use as they go on, by several priorities. All areas are theirs, and so the places of their pages are compared.

var swapFileMenu = slices.Concat(swapMenu, []weighted[dish]{{6, takeIntoUse}, {4, takeOutOfUse}})

// swapFileBytes are the sizes of swap files: powers of two, which the kernel lays in one. One of 16 pages is soon full.
var swapFileBytes = []int64{64 << 10, 1 << 20, 4 << 20, 8 << 20}

// swapFilesHead is the head of such a program with a limit of so many pages.
func (g *Generator) swapFilesHead(limit int64) []script.Op {
	g.menu = swapFileMenu
	for _, name := range []string{"swapon", "swapoff"} {
		delete(g.missing, name) // the kernel's side runs them for a program with such files
	}
	ops := directive("machine", []script.Setting{{Name: "fs", Value: "ext4"},
		{Name: "memcg", Value: fmt.Sprintf("%dK", limit*4)}})
	for i := range 1 + g.dice.below(3) {
		spec := &script.FileSpec{Path: fmt.Sprintf("/data/s%d", i), Size: pick(g.dice, swapFileBytes), Swap: true}
		args := []string{spec.Path, fmt.Sprint(spec.Size), "swap"}
		ops = append(ops, script.Op{Do: &script.Directive{Name: "file", Args: args, File: spec}})
		g.swaps = append(g.swaps, spec.Path)
	}
	for range g.swaps {
		g.queue = append(g.queue, takeIntoUse(g))
	}
	return ops
}

// swapPath is one of the swap files, seldom something else.
func (g *Generator) swapPath() script.Expr {
	if g.dice.percent(4) {
		return script.Str{Val: pick(g.dice, []string{"/data", "/data/none", ""})}
	}
	return script.Str{Val: pick(g.dice, g.swaps)}
}

// takeIntoUse has flags of SWAP_FLAG_PREFER with a priority, none, and such that do not exist.
func takeIntoUse(g *Generator) script.Action {
	flags := draw(g.dice, []weighted[uint64]{{40, 0}, {15, 0x8000}, {20, 0x8001}, {20, 0x8002}, {2, 0xffff}, {2, 5},
		{2, 1 << 20}})
	return callWith("swapon", g.swapPath(), num(flags))
}

func takeOutOfUse(g *Generator) script.Action { return callWith("swapoff", g.swapPath()) }
