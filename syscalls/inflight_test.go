package syscalls_test

import (
	"testing"
	"time"

	"vmsim/disk"
	"vmsim/syscalls"
	"vmsim/vm"
)

// TestMappedPageInFlightIsWaitedForAsAReadWaits reads pages 0 and 24 of a cold file. Readahead then has page 40 in
// flight, and an access to its bytes waits for the disk.
func TestMappedPageInFlightIsWaitedForAsAReadWaits(t *testing.T) {
	var buf vm.Addr
	took := func(access func(p *syscalls.Process, fd int, x vm.Addr, page vm.PageIndex)) time.Duration {
		k := syscalls.New(syscalls.Config{RAM: 64 << 20, FS: syscalls.Ext4, Disk: disk.HDD})
		try(k.AddFile(syscalls.FileSpec{Path: "/data/a", Size: 1 << 20, Content: func(int64, []byte) {}, Cold: true}))
		p := k.Spawn()
		fd := may(p.Open("/data/a", syscalls.OpenReadOnly, 0))
		x := may(p.Mmap(0, 1<<20, vm.ProtRead, syscalls.MapShared, fd, 0))
		buf = may(p.Mmap(0, vm.PageSize, vm.ProtRead|vm.ProtWrite, syscalls.MapPrivate|syscalls.MapAnonymous, -1, 0))
		access(p, fd, x, 0)
		access(p, fd, x, 24)
		before := k.Clock.Now()
		access(p, fd, x, 40)
		return (k.Clock.Now() - before).Duration()
	}
	load := took(func(p *syscalls.Process, _ int, x vm.Addr, page vm.PageIndex) {
		may(p.Load(x + vm.Addr(page)<<vm.PageShift))
	})
	read := took(func(p *syscalls.Process, fd int, _ vm.Addr, page vm.PageIndex) {
		may(p.Pread64(fd, buf, 1, page.FileOffset()))
	})
	if load < 500*time.Microsecond || read < 500*time.Microsecond {
		t.Errorf("a load took %v, a read %v: one of them did not wait for the disk", load, read)
	}
}
