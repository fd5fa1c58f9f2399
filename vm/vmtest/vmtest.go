// Package vmtest holds policies of address spaces against what vm relies on, so that an exercise may replace one and
// find out whether it plays by the rules. How good a policy is, it does not say.
//
// A placement may leave gaps, and a merging may join less than Linux does: that costs room and areas. Neither may
// answer otherwise when it is asked the same again.
package vmtest

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"

	"vmsim/vm"
)

// Placement asks a policy for ranges of many lengths among free ranges of many shapes. The error is the first rule that
// it breaks: the answer is free, long enough and page-aligned; there is an answer where a range is long enough, and
// none elsewhere; the same question has the same answer. Two hundred sets of free ranges are tried, each made of a
// seed, so a failure occurs again.
func Placement(p vm.Placement) error {
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 1))
		free := ranges(random)
		n := uint64(1+random.IntN(40)) * vm.PageSize
		at, ok := p.Place(n, slices.Values(free))
		if again, also := p.Place(n, slices.Values(free)); again != at || also != ok {
			return fmt.Errorf("Place(%#x, %v) gives %v, and then %v", n, free, at, again)
		}
		long := slices.ContainsFunc(free, func(r vm.Range) bool { return r.Len() >= n })
		switch {
		case ok && !long:
			return fmt.Errorf("Place(%#x, %v) gives %v, and no range is that long", n, free, at)
		case !ok && long:
			return fmt.Errorf("Place(%#x, %v) finds no range, and one is long enough", n, free)
		case ok && !at.Aligned():
			return fmt.Errorf("Place(%#x, %v) gives %v, which is not page-aligned", n, free, at)
		case ok && !slices.ContainsFunc(free, func(r vm.Range) bool { return r.Holds(at, n) }):
			return fmt.Errorf("Place(%#x, %v) gives %v, and %#x bytes there are not all free", n, free, at, n)
		}
	}
	if _, ok := p.Place(vm.PageSize, iter.Seq[vm.Range](func(func(vm.Range) bool) {})); ok {
		return fmt.Errorf("Place(%#x, nothing) gives an address", vm.PageSize)
	}
	return nil
}

// ranges are a few free ranges, from the highest down.
//
//	highest first:   [  9 pages  ] used [ 2 ] used [ 30 pages      ]        a request of 1 to 40 pages
func ranges(random *rand.Rand) (free []vm.Range) {
	end := vm.Addr(0x7ffff7fff000)
	for range random.IntN(6) {
		pages := vm.Addr(1+random.IntN(48)) << vm.PageShift
		free = append(free, vm.Range{Start: end - pages, End: end})
		end -= pages + vm.Addr(1+random.IntN(9))<<vm.PageShift
	}
	return free
}

// Merging asks a policy about pairs of neighbours that differ in one thing each. The error is the first rule that it
// breaks: ranges become one only where protection and flags, backing, name and the numbers of their pages go on; and
// the same question has the same answer.
//
//	below [rw-p 0-3] same [rw-p 4-6]              may become one
//	below [rw-p 0-3] same [r--p 4-6]              may not: they differ in protection
func Merging(p vm.Merging) error {
	for seed := range uint64(50) {
		random := rand.New(rand.NewPCG(seed, 2))
		below := neighbour(random)
		same := below
		same.Range = vm.Range{Start: below.End, End: below.End + vm.Addr(1+random.IntN(9))<<vm.PageShift}
		same.Index = below.EndIndex()
		if first, again := p.Joins(below, same), p.Joins(below, same); first != again {
			return fmt.Errorf("two answers to Joins(%v, %v)", below, same)
		}
		for _, c := range []struct {
			what   string
			change func(*vm.Neighbour)
		}{
			{"protection", func(n *vm.Neighbour) { n.Flags ^= vm.Write }},
			{"sharing", func(n *vm.Neighbour) { n.Flags ^= vm.Shared }},
			{"locking", func(n *vm.Neighbour) { n.Flags ^= vm.Locked }},
			{"name", func(n *vm.Neighbour) { n.Label += "x" }},
			{"backing", func(n *vm.Neighbour) { n.Backing = &backing{} }},
			{"page numbers", func(n *vm.Neighbour) { n.Index++ }},
		} {
			other := same
			if c.change(&other); p.Joins(below, other) {
				return fmt.Errorf("two ranges become one that differ in %s: Joins(%v, %v)", c.what, below, other)
			}
		}
	}
	return nil
}

// backing is a file of which only the identity counts.
type backing struct {
	vm.Backing
	_ byte // two of them are two
}

// neighbour is an area of a file or of anonymous memory.
func neighbour(random *rand.Rand) vm.Neighbour {
	start := vm.Addr(0x10000000 + random.IntN(100)<<vm.PageShift)
	n := vm.Neighbour{
		Range: vm.Range{Start: start, End: start + vm.Addr(1+random.IntN(9))<<vm.PageShift},
		Flags: vm.Read | vm.MayRead | vm.MayWrite, Index: vm.PageIndex(start.Page()),
	}
	if random.IntN(2) == 0 {
		n.Backing, n.Index = &backing{}, vm.PageIndex(random.IntN(50))
	}
	return n
}
