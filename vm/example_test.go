package vm_test

import (
	"fmt"
	"iter"

	"vmsim/syscalls"
	"vmsim/vm"
)

// lowest places a range at the bottom of the lowest free range that is long enough, not below the program.
type lowest struct{}

func (lowest) Place(n uint64, free iter.Seq[vm.Range]) (at vm.Addr, ok bool) {
	const bottom vm.Addr = 0x10000000
	for r := range free {
		if r.Start = max(r.Start, bottom); r.End > r.Start && r.Len() >= n {
			at, ok = r.Start, true
		}
	}
	return at, ok
}

// A policy decides where mmap puts a range; all else stays Linux's.
func ExamplePlacement() {
	k := syscalls.New(syscalls.Config{Policies: syscalls.Policies{Placement: lowest{}}})
	p := k.Spawn()
	for range 2 {
		a, err := p.Mmap(0, 4*vm.PageSize, vm.ProtRead, syscalls.MapPrivate|syscalls.MapAnonymous, -1, 0)
		fmt.Println(a, err)
	}
	// Output:
	// 0x10000000 <nil>
	// 0x10004000 <nil>
}

// mmap makes an area and no entry. A store makes the entry of its page, and no other.
func ExampleSpace() {
	p := syscalls.New(syscalls.Config{}).Spawn()
	a, _ := p.Mmap(0, 2*vm.PageSize, vm.ProtRead|vm.ProtWrite, syscalls.MapPrivate|syscalls.MapAnonymous, -1, 0)
	area := p.Space.Find(a)
	fmt.Println(area.Contains(a+vm.PageSize), p.Space.Entry(a).Present())
	_ = p.Store(a, 'x')
	fmt.Println(p.Space.Entry(a).Present(), p.Space.Entry(a).Dirty(), p.Space.Entry(a+vm.PageSize).Present())
	// Output:
	// true false
	// true true false
}
