package syscalls

import (
	"syscall"

	"vmsim/pagecache"
	"vmsim/vm"
)

// readZeros fills the user's memory with zeros, a page's length at a time.
// Linux: read_zero, read_iter_zero (drivers/char/mem.c).
func (p *Process) readZeros(f *pagecache.File, u pagecache.User, a vm.Addr, n uint64) (done uint64, err error) {
	var zeros [vm.PageSize]byte
	for done < n {
		k := min(n-done, vm.PageSize)
		got := u.CopyOut(a+vm.Addr(done), zeros[:k])
		stepCopyToUser(p.kernel.Log, got, p.kernel.Memory.Zero().PFN(), a+vm.Addr(done))
		done += uint64(got)
		if got == 0 || uint64(got) < k && u == pagecache.User(p.CPU) { // buffers are tried once more
			err = syscall.EFAULT
			break
		}
	}
	return p.transferred(done, err)
}

// writeDevice gives n bytes to a device, which does not look at them.
// Linux: write_null, write_full (drivers/char/mem.c).
func (p *Process) writeDevice(f *pagecache.File, n uint64) (uint64, error) {
	if f.Zeros() && !f.Takes() {
		return 0, p.refuse(syscall.ENOSPC, "/dev/full has no room for a byte")
	}
	return n, nil
}
