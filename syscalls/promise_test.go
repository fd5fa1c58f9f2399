package syscalls_test

import (
	"testing"

	"vmsim/syscalls"
	"vmsim/vm"
)

const promisePages = 10

// mappedPages is ten pages of anonymous memory.
func mappedPages(t *testing.T, p *syscalls.Process, f vm.MapFlags) vm.Addr {
	t.Helper()
	x, err := p.Mmap(0, promisePages*vm.PageSize, vm.ProtRead|vm.ProtWrite, f|vm.MapAnonymous, -1, 0)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// attached is ten pages of a segment of shared memory.
func attached(t *testing.T, p *syscalls.Process) (id int, x vm.Addr) {
	t.Helper()
	id, err := p.Shmget(0, promisePages*vm.PageSize, syscalls.SegmentCreate|0o600)
	if err == nil {
		x, err = p.Shmat(id, 0, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	return id, x
}

// What was promised is given back with the last area that shows it: private memory, shared memory without a name, a segment.
func TestPromisesOfMemoryAreGivenBack(t *testing.T) {
	k := syscalls.New(syscalls.Config{})
	p := k.Spawn()
	start := k.Commit.Committed
	promised := func(when string, want uint64) {
		t.Helper()
		if got := k.Commit.Committed - start; got != want {
			t.Errorf("%s %d pages are promised, want %d", when, got, want)
		}
	}
	private, shared := mappedPages(t, p, vm.MapPrivate), mappedPages(t, p, vm.MapShared)
	id, segment := attached(t, p)
	promised("with three areas", 3*promisePages)
	child, err := p.Fork()
	if err != nil {
		t.Fatal(err)
	}
	promised("after a fork, which promises private memory again,", 4*promisePages)
	child.Exit()
	_ = p.Munmap(private, promisePages*vm.PageSize)
	_ = p.Munmap(shared, promisePages*vm.PageSize)
	promised("with the segment alone", promisePages)
	if _, err := p.Shmctl(id, syscalls.SegmentRemove, 0); err != nil {
		t.Fatal(err)
	}
	promised("with a segment that is removed and attached", promisePages)
	if err := p.Shmdt(segment); err != nil {
		t.Fatal(err)
	}
	promised("at the end", 0)
	if err := k.Check(); err != nil {
		t.Error(err)
	}
}

// A child that shares its parent's memory ends without taking it away, and a parent that waits for it goes on.
func TestSharedAddressSpacesGoWithTheLastProcess(t *testing.T) {
	p := syscalls.New(syscalls.Config{}).Spawn()
	x := mappedPages(t, p, vm.MapPrivate)
	child, err := p.Vfork()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Call(syscalls.SysBrk, syscalls.Args{}); err == nil {
		t.Error("the parent answers a call while it waits in vfork")
	}
	if err := child.Store(x, 7); err != nil {
		t.Fatal(err)
	}
	child.Exit()
	if b, err := p.Load(x); err != nil || b != 7 {
		t.Errorf("the parent reads %d, %v; want what the child has stored", b, err)
	}
	if err := p.Kernel().Check(); err != nil {
		t.Error(err)
	}
}
