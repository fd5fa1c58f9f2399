package difftest

import (
	"fmt"

	"vmsim/syscalls/script"
	"vmsim/vm"
)

// What programs do whose private memory does not fit into their control group, beside which there is a swap area: that
// of the machine, or files in programs of the wide style.
//
// All that they store is zero. Of a page of zeros the kernel only remembers that it is one, so that reclaim frees it at
// once, and the same pages go each time that the program runs. Other pages are written, by another thread, and
// which ones of them are freed before reclaim looks elsewhere is up to that thread. What MADV_PAGEOUT does to them
// is not, as long as the group is not at its limit: so one program in four has room enough and stores what it likes.
// Linux: swap_writeout (mm/page_io.c), pageout (mm/vmscan.c).

// swapMenu is what such programs are made of.
var swapMenu = []weighted[dish]{
	{14, mapSwapped}, {22, loadSwapped}, {22, storeSwapped}, {10, loadByte}, {14, storeOne}, {16, adviseSwapped},
	{3, lockFew}, {3, unlock}, {6, forkNow}, {4, exitNow}, {5, unmap}, {4, protect}, {3, remap}, {1, inCoreSwapped},
}

// swapBytes is how large the swap area is: more than a program can fill by half, from where on Linux gives up the
// places of pages that are in memory again.
// Linux: vm_swap_full (include/linux/swap.h).
const swapBytes = 64 << 20

// swapHead is the head of such a program.
func (g *Generator) swapHead() []script.Op {
	limit := pick(g.dice, limitPages)
	g.limit, g.roomy = int(limit), g.dice.percent(25)
	if g.roomy {
		limit = roomyPages
	}
	if g.Wide == Wide {
		return g.swapFilesHead(limit)
	}
	head := directive("machine", []script.Setting{{Name: "memcg", Value: fmt.Sprintf("%dK", limit*4)},
		{Name: "swap", Value: fmt.Sprintf("%dM", swapBytes>>20)}})
	if g.shared = g.dice.percent(40); g.shared {
		head = append(head, directive("sysctl", []script.Setting{{Name: "vm.page-cluster", Value: "0"}})...)
	}
	return head
}

// roomyPages is a limit that no program meets.
const roomyPages = 64 << 10

// swapValue is what is stored.
func (g *Generator) swapValue() uint64 {
	if g.roomy {
		return uint64(g.dice.below(256))
	}
	return 0
}

// mapSwapped makes an area, up to one and a half times as large as the group. Half of them are shared in a program in
// which nothing is read around a page: how much is read around one of shared memory no program alone decides.
// Linux: swapin_nr_pages (mm/swap_state.c).
func mapSwapped(g *Generator) script.Action {
	if len(g.areas()) > 8 {
		return nil
	}
	flags := uint64(mapPrivate | mapAnonymous)
	if g.shared && g.dice.percent(50) {
		flags = mapShared | mapAnonymous
	}
	return call("mmap", 0, uint64(1+g.dice.below(3*g.limit/2))*vm.PageSize, 3, flags, noFD, 0)
}

func loadSwapped(g *Generator) script.Action {
	if a := g.scan(g.limit); a != nil {
		return a
	}
	return nil
}

func storeSwapped(g *Generator) script.Action {
	a := g.scan(g.limit)
	if a == nil {
		return nil
	}
	a.Store, a.Value = true, num(g.swapValue())
	return a
}

func storeOne(g *Generator) script.Action { return store(g.byteAddr(), byte(g.swapValue())) }

// inCoreSwapped asks which pages are there, unless the group may be at its limit: the answer is not all zeros, and the
// page of scratch memory that it is in counts to the group like any other. Such a program asks at its end.
func inCoreSwapped(g *Generator) script.Action {
	if !g.roomy {
		return nil
	}
	return inCore(g)
}

// swapAdvice is advice that says what private memory is needed for.
var swapAdvice = []weighted[uint64]{{4, 0}, {4, 1}, {4, 2}, {8, 3}, {6, 4}, {8, 8}, {10, 20}, {30, 21}, {4, 22},
	{4, 23}, {3, 10}, {3, 11}, {3, 18}}

func adviseSwapped(g *Generator) script.Action {
	s, ok := g.area()
	if !ok {
		return nil
	}
	first, advice := g.dice.below(s.pages()), draw(g.dice, swapAdvice)
	n := 1 + g.dice.below(min(g.limit, s.pages()-first))
	return call("madvise", uint64(s.start)+uint64(first)*vm.PageSize, uint64(n)*vm.PageSize, advice)
}

// lockFew locks a few pages.
func lockFew(g *Generator) script.Action {
	return call("mlock", uint64(g.page()), uint64(1+g.dice.below(4))*vm.PageSize)
}
