package fault_test

import (
	"errors"
	"fmt"

	"vmsim/fault"
	"vmsim/syscalls"
	"vmsim/vm"
	"vmsim/vm/trace"
)

// eager copies at each first store, also where no other process shows the page any more.
type eager struct{}

func (eager) Share(e vm.PTE) (parent, child vm.PTE) { return e &^ vm.PteWrite, e &^ vm.PteWrite }

func (eager) Store(p *fault.Page) error {
	own, err := p.NewFrame()
	if err == nil {
		p.CopyTo(own)
		p.MapOwn(own)
	}
	return err
}

// After a fork the child stores, and then the parent, which is alone with its page: Linux copies once.
func ExampleCopyOnWrite() {
	for _, policy := range []fault.CopyOnWrite{nil, eager{}} {
		k := syscalls.New(syscalls.Config{Policies: syscalls.Policies{CopyOnWrite: policy}})
		parent := k.Spawn()
		a, _ := parent.Mmap(0, vm.PageSize, vm.ProtRead|vm.ProtWrite, syscalls.MapPrivate|syscalls.MapAnonymous, -1, 0)
		_ = parent.Store(a, 'A')
		child, _ := parent.Fork()
		_, _ = child.Store(a, 'B'), parent.Store(a, 'C')
		fmt.Printf("%T copies %d bytes\n", policy, k.Log.Bytes(trace.CopyCow))
	}
	// Output:
	// <nil> copies 4096 bytes
	// fault_test.eager copies 8192 bytes
}

// An access that no fault can repair ends in a signal, which is an error.
func ExampleSignal() {
	p := syscalls.New(syscalls.Config{}).Spawn()
	a, _ := p.Mmap(0, vm.PageSize, vm.ProtRead, syscalls.MapPrivate|syscalls.MapAnonymous, -1, 0)
	var s *fault.Signal
	if errors.As(p.Store(a, 'x'), &s) {
		fmt.Println(s)
	}
	// Output:
	// SIGSEGV {si_code=SEGV_ACCERR, si_addr=0x7ffff7ffe000}
}
