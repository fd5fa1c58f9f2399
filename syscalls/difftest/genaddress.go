package difftest

import "vmsim/vm"

// lowBase is where programs map things of their own at fixed addresses, on lowPages pages.
const lowBase vm.Addr = 0x10000000

const lowPages = 64

// pageCounts are the lengths of new areas: small ones, one page table's worth, and one that is no multiple of it.
var pageCounts = []int{1, 1, 2, 2, 3, 4, 4, 6, 8, 12, 16, 33, 512, 600}

// rangePages are the lengths that calls on existing memory take.
var rangePages = []int{1, 1, 1, 1, 1, 2, 2, 2, 3, 3, 4, 4, 5, 5, 8, 8, 16}

// area is one of the process's areas, ok is false where it has none.
func (g *Generator) area() (s span, ok bool) {
	areas := g.areas()
	if len(areas) == 0 {
		return s, false
	}
	return pick(g.dice, areas), true
}

// page is the start of some page: mostly one of an area, sometimes of the low window, which may be empty.
func (g *Generator) page() vm.Addr {
	s, ok := g.area()
	if !ok || g.dice.percent(23) {
		return lowBase + vm.Addr(g.dice.below(lowPages))*vm.PageSize
	}
	if g.Wide == Wide && g.dice.percent(30) {
		return g.border(s)
	}
	return s.start + vm.Addr(g.dice.below(s.pages()))*vm.PageSize
}

// border is a page next to one of an area's ends, inside or outside.
func (g *Generator) border(s span) vm.Addr {
	switch g.dice.below(5) {
	case 0:
		return s.end
	case 1:
		return s.end - vm.PageSize
	case 2:
		return s.start - vm.PageSize
	case 3:
		return s.start + vm.PageSize
	}
	return s.start
}

// byteAddr is an address to load from or store to.
func (g *Generator) byteAddr() vm.Addr {
	return g.page() + pick(g.dice, []vm.Addr{0, 0, 0, 1, 100, 4095})
}

// newLength is the length of a new area: not always whole pages.
func (g *Generator) newLength() uint64 {
	n := uint64(pick(g.dice, pageCounts)) * vm.PageSize
	if g.dice.percent(12) {
		n -= pick(g.dice, []uint64{1, 100, 4095})
	}
	return n
}

// rangeLength is the length that a call on existing memory takes.
func (g *Generator) rangeLength() uint64 {
	n := uint64(pick(g.dice, rangePages)) * vm.PageSize
	if g.Wide == Wide && g.dice.percent(15) {
		n = pick(g.dice, []uint64{0, 1, 100, 4095, 4097, 2 << 20, 1 << 30, 512 * 4096, 20 * 4096})
	}
	return n
}

// wildAddrs and wildLengths are what no sensible program gives.
var (
	wildAddrs = []uint64{0, 1, 0xfff, 0x1000, 0x3039, 0x7ffffffff000, 0x7fffffffffffffff, 0x800000000000,
		0xffffffffff600000, 0xfffffffffffff000}
	wildLengths = []uint64{0, 1, 100, 4096, 8192, 0x800000000000, 0x8000000000000000, 0xffffffffffffffff}
)

// wildAddr is an address that may be anything, of an area among others.
func (g *Generator) wildAddr() uint64 {
	if g.dice.percent(40) {
		return pick(g.dice, wildAddrs)
	}
	return uint64(g.page()) + pick(g.dice, []uint64{0, 0, 1, 8})
}

func (g *Generator) wildLength() uint64 { return pick(g.dice, wildLengths) }
