package syscalls_test

import (
	"fmt"
	"strings"
	"syscall"

	"vmsim/syscalls"
	"vmsim/vm"
	"vmsim/vm/trace"
)

// A machine, a process with an empty address space, and what it sees of it.
func ExampleNew() {
	k := syscalls.New(syscalls.Config{RAM: 64 << 20})
	p := k.Spawn()
	a, err := p.Mmap(0, 2*vm.PageSize, vm.ProtRead|vm.ProtWrite, syscalls.MapPrivate|syscalls.MapAnonymous, -1, 0)
	fmt.Println(a, err)
	line, _, _ := strings.Cut(p.Maps(), "\n")
	fmt.Println(strings.TrimSpace(line))
	fmt.Println(k.Check())
	// Output:
	// 0x7ffff7ffd000 <nil>
	// 7ffff7ffd000-7ffff7fff000 rw-p 00000000 00:00 0
	// <nil>
}

// An errno is a syscall.Errno and compares with ==; the log says in words which check refused.
func ExampleProcess_Mmap() {
	k := syscalls.New(syscalls.Config{})
	k.Log.Observe(func(e trace.Event) {
		if e.Kind == trace.Refused {
			fmt.Println("refused:", e.Note)
		}
	})
	p := k.Spawn()
	_, err := p.Mmap(0, 0, vm.ProtRead, syscalls.MapPrivate|syscalls.MapAnonymous, -1, 0)
	fmt.Println(err == syscall.EINVAL)
	// Output:
	// refused: the length is zero
	// true
}

// A store needs no call: the processor faults, the kernel makes a page, the store runs again.
func ExampleProcess_Store() {
	p := syscalls.New(syscalls.Config{}).Spawn()
	a, _ := p.Mmap(0, vm.PageSize, vm.ProtRead|vm.ProtWrite, syscalls.MapPrivate|syscalls.MapAnonymous, -1, 0)
	for i := range vm.Addr(3) {
		if err := p.Store(a+i, 'x'); err != nil {
			fmt.Println(err)
		}
		minor, major := p.Faults()
		fmt.Println(minor, major)
	}
	// Output:
	// 1 0
	// 1 0
	// 1 0
}

// A bad access is a *fault.Signal, which prints as strace prints it.
func ExampleProcess_Load() {
	p := syscalls.New(syscalls.Config{}).Spawn()
	_, err := p.Load(0x1000)
	fmt.Println(err)
	// Output:
	// SIGSEGV {si_code=SEGV_MAPERR, si_addr=0x1000}
}

// After a fork both processes show the same frame; the first store makes a copy, which is a step like every other.
func ExampleProcess_Fork() {
	k := syscalls.New(syscalls.Config{})
	p := k.Spawn()
	a, _ := p.Mmap(0, vm.PageSize, vm.ProtRead|vm.ProtWrite, syscalls.MapPrivate|syscalls.MapAnonymous, -1, 0)
	_ = p.Store(a, 'A')
	child, _ := p.Fork()
	fmt.Println("copied at the fork:", k.Log.Bytes(trace.CopyCow))
	_ = child.Store(a, 'B')
	fmt.Println("copied at the store:", k.Log.Bytes(trace.CopyCow))
	b, _ := p.Load(a)
	fmt.Printf("the parent reads %c\n", b)
	// Output:
	// copied at the fork: 0
	// copied at the store: 4096
	// the parent reads A
}

// The same calls with registers instead of types: what a program of the language, and the real kernel, are asked.
func ExampleProcess_Call() {
	p := syscalls.New(syscalls.Config{}).Spawn()
	_, err := p.Call(syscalls.SysMunmap, syscalls.Args{1, vm.PageSize})
	fmt.Println(err == syscall.EINVAL)
	// Output:
	// true
}

// An observer hears every step of the machine, in order: here the names of those that one load takes.
func Example_observer() {
	k := syscalls.New(syscalls.Config{})
	p := k.Spawn()
	a, _ := p.Mmap(0, vm.PageSize, vm.ProtRead, syscalls.MapPrivate|syscalls.MapAnonymous, -1, 0)
	var steps []string
	stop := k.Log.Observe(func(e trace.Event) { steps = append(steps, e.Kind.String()) })
	_, _ = p.Load(a)
	stop()
	fmt.Println(strings.Join(steps, " "))
	// Output:
	// tlb-miss fault fault-area anon-fault zero-page minor-fault tlb-fill
}
