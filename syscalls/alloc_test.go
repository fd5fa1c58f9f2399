package syscalls_test

import (
	"testing"

	"vmsim/syscalls"
	"vmsim/vm"
)

// The paths that a program takes most often allocate nothing: what they need is kept from one time to the next.

const rw = vm.ProtRead | vm.ProtWrite
const anon = syscalls.MapPrivate | syscalls.MapAnonymous

func mapped(t *testing.T, p *syscalls.Process, pages uint64, prot vm.Protection, flags syscalls.MapFlags,
	fd int) vm.Addr {
	t.Helper()
	x, err := p.Mmap(0, pages*vm.PageSize, prot, flags, fd, 0)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func cachedFile(t *testing.T, p *syscalls.Process, pages int64) int {
	t.Helper()
	err := p.Kernel().AddFile(syscalls.FileSpec{Path: "/data/a", Size: pages * vm.PageSize,
		Content: func(_ int64, buf []byte) { buf[0] = 1 }})
	if err != nil {
		t.Fatal(err)
	}
	fd, err := p.Open("/data/a", syscalls.OpenReadWrite, 0)
	if err != nil {
		t.Fatal(err)
	}
	return fd
}

func TestHotPathsAllocateNothing(t *testing.T) {
	const pages = 512 // one table: what a new table costs is not the fault's
	for name, prepare := range map[string]func(p *syscalls.Process) func(x vm.Addr) error{
		"a load from an untouched page": func(p *syscalls.Process) func(vm.Addr) error {
			x := mapped(t, p, pages, rw, anon, -1)
			return func(off vm.Addr) error { _, err := p.Load(x + off); return err }
		},
		"a store to a file's cached page": func(p *syscalls.Process) func(vm.Addr) error {
			x := mapped(t, p, pages, rw, syscalls.MapShared, cachedFile(t, p, pages))
			return func(off vm.Addr) error { return p.Store(x+off, 1) }
		},
		"a load from a file's cached page": func(p *syscalls.Process) func(vm.Addr) error {
			x := mapped(t, p, pages, vm.ProtRead, syscalls.MapShared, cachedFile(t, p, pages))
			return func(off vm.Addr) error { _, err := p.Load(x + off); return err }
		},
		"pread of a cached page": func(p *syscalls.Process) func(vm.Addr) error {
			fd, x := cachedFile(t, p, pages), mapped(t, p, 1, rw, anon|syscalls.MapPopulate, -1)
			return func(off vm.Addr) error { _, err := p.Pread64(fd, x, vm.PageSize, int64(off)); return err }
		},
		"a load that hits the TLB": func(p *syscalls.Process) func(vm.Addr) error {
			x := mapped(t, p, 1, rw, anon|syscalls.MapPopulate, -1)
			return func(vm.Addr) error { _, err := p.Load(x); return err }
		},
		"a store that hits the TLB": func(p *syscalls.Process) func(vm.Addr) error {
			x := mapped(t, p, 1, rw, anon|syscalls.MapPopulate, -1)
			return func(vm.Addr) error { return p.Store(x, 1) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			access := prepare(syscalls.New(syscalls.Config{}).Spawn())
			off := vm.Addr(0)
			n := testing.AllocsPerRun(pages/2, func() {
				if err := access(off); err != nil {
					t.Fatal(err)
				}
				off += vm.PageSize
			})
			if n != 0 {
				t.Fatalf("%v allocations", n)
			}
		})
	}
}
