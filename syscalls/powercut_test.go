package syscalls_test

import (
	"testing"

	"vmsim/syscalls"
	"vmsim/vm"
)

// TestDiskKeepsWhatWasSyncedWhateverBecomesOfThePage holds the disk, which need not copy what it was given, to what it
// was given: the page changes afterwards in each way that there is, and is not synced again.
func TestDiskKeepsWhatWasSyncedWhateverBecomesOfThePage(t *testing.T) {
	changes := map[string]func(p *syscalls.Process, fd int, x vm.Addr) error{
		"nothing":         func(*syscalls.Process, int, vm.Addr) error { return nil },
		"a store":         func(p *syscalls.Process, _ int, x vm.Addr) error { return p.Store(x+5, 'z') },
		"a store of zero": func(p *syscalls.Process, _ int, x vm.Addr) error { return p.Store(x+5, 0) },
		"a write": func(p *syscalls.Process, fd int, x vm.Addr) error {
			_, err := p.Pwrite64(fd, x+vm.PageSize, 100, 0)
			return err
		},
		"a read into it": func(p *syscalls.Process, fd int, x vm.Addr) error {
			_, err := p.Pread64(fd, x, 100, vm.PageSize)
			return err
		},
		"truncation in it": func(p *syscalls.Process, fd int, _ vm.Addr) error { return p.Ftruncate(fd, 3) },
		"truncation":       func(p *syscalls.Process, fd int, _ vm.Addr) error { return p.Ftruncate(fd, 0) },
		"unmapping":        func(p *syscalls.Process, _ int, x vm.Addr) error { return p.Munmap(x, 2*vm.PageSize) },
		"dropping": func(p *syscalls.Process, _ int, x vm.Addr) error {
			err := p.Munmap(x, 2*vm.PageSize)
			p.Kernel().Cache.Drop()
			return err
		},
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			k := syscalls.New(syscalls.Config{RAM: 64 << 20, FS: syscalls.Ext4})
			p := k.Spawn()
			fd := may(p.Open("/data/a", syscalls.OpenReadWrite|syscalls.OpenCreate, 0o644))
			try(p.Ftruncate(fd, 2*vm.PageSize))
			x := may(p.Mmap(0, 2*vm.PageSize, vm.ProtRead|vm.ProtWrite, syscalls.MapShared, fd, 0))
			for i := range vm.Addr(2 * vm.PageSize) {
				try(p.Store(x+i, byte('a'+i/vm.PageSize)))
			}
			try(p.Msync(x, 2*vm.PageSize, syscalls.SyncSync))
			try(change(p, fd, x))
			try(k.Check())
			k.PowerCut(nil)
			p = k.Spawn()
			fd = may(p.Open("/data/a", syscalls.OpenReadWrite, 0))
			x = may(p.Mmap(0, 2*vm.PageSize, vm.ProtRead, syscalls.MapShared, fd, 0))
			for i := range vm.Addr(2 * vm.PageSize) {
				if got := may(p.Load(x + i)); got != byte('a'+i/vm.PageSize) {
					t.Fatalf("byte %d is %q after the power cut", i, got)
				}
			}
		})
	}
}

// try ends the test where a step that must succeed does not.
func try(err error) {
	if err != nil {
		panic(err)
	}
}

func may[T any](v T, err error) T {
	try(err)
	return v
}
