package syscalls

import (
	"slices"
	"syscall"

	"vmsim/pagecache"
	"vmsim/vm"
	"vmsim/vm/profile"
)

// MemoryDevice is a device that every program may use.
// Linux: devlist (drivers/char/mem.c).
type MemoryDevice struct {
	Path  string
	Minor int // its number, of those of the same driver
	open  func(*pagecache.Cache) *pagecache.Mapping
}

// MemoryDevices are those that every machine has.
func MemoryDevices() []MemoryDevice {
	null := func(c *pagecache.Cache) *pagecache.Mapping { return c.NewNullAt("/dev/null") }
	return []MemoryDevice{{"/dev/null", 3, null}, {"/dev/zero", 5, (*pagecache.Cache).NewZero},
		{"/dev/full", 7, (*pagecache.Cache).NewFull}}
}

// IsMemoryDevice reports whether a path is that of one of them.
func IsMemoryDevice(path string) bool {
	return slices.ContainsFunc(MemoryDevices(), func(d MemoryDevice) bool { return d.Path == path })
}

// clearedBlock is how many bytes the processor clears in one instruction, from 6.1 to 6.4.
// Linux: clear_user_erms (arch/x86/lib/clear_page_64.S) of Linux 6.1.
const clearedBlock = 64

// readZeros fills the user's memory with zeros, a page's length at a time.
// Linux: read_zero, read_iter_zero (drivers/char/mem.c).
func (p *Process) readZeros(u pagecache.User, a vm.Addr, n uint64) (done uint64, err error) {
	for done < n {
		k := min(n-done, vm.PageSize)
		got := p.clear(u, a+vm.Addr(done), int(k))
		stepCopyToUser(p.kernel.Log, got, p.kernel.Memory.Zero().PFN(), a+vm.Addr(done))
		done += uint64(got)
		if got == 0 || uint64(got) < k && u == pagecache.User(p.CPU) { // buffers are tried once more
			err = syscall.EFAULT
			break
		}
	}
	return p.transferred(done, err)
}

// clear stores n zeros at a, buffer by buffer, and returns how many were stored.
// Linux: iov_iter_zero (lib/iov_iter.c), clear_user (arch/x86/include/asm/uaccess_64.h).
func (p *Process) clear(u pagecache.User, a vm.Addr, n int) int {
	if v, ok := u.(*vector); ok {
		return v.each(a, n, func(at vm.Addr, from, to int) int { return p.clear(v.user, at, to-from) })
	}
	blocks := p.follows(profile.ClearsBlocks) && !p.kernel.config.Profile.Configured().NoERMS
	if p.follows(profile.ClearsBytes) || n >= clearedBlock && blocks {
		var zeros [vm.PageSize]byte
		return u.CopyOut(a, zeros[:n])
	}
	return p.clearWords(u, a, n)
}

// clearWords stores n zeros at a in words of 8 bytes, and the bytes that are left over one by one. A word that lies in
// two pages is stored where both can be, and not at all where one cannot. It returns how many zeros were stored.
// Linux: __clear_user (arch/x86/lib/usercopy_64.c) of Linux 5.10, clear_user_original (arch/x86/lib/clear_page_64.S) of
// Linux 6.1.
func (p *Process) clearWords(u pagecache.User, a vm.Addr, n int) (done int) {
	const word = 8
	var zeros [vm.PageSize]byte
	for n-done >= word {
		x := a + vm.Addr(done)
		inPage := vm.PageSize - int(x.Offset())
		if k := min(n-done, inPage) &^ (word - 1); k > 0 {
			if u.CopyOut(x, zeros[:k]) < k {
				return done
			}
			done += k
			continue
		}
		frames, _, _ := u.Pin(x, 1, vm.Store) // the processor faults on the first page first
		for _, f := range frames {
			p.kernel.Memory.Put(f)
		}
		if len(frames) == 0 || u.CopyOut(x+vm.Addr(inPage), zeros[:word-inPage]) < word-inPage {
			return done
		}
		u.CopyOut(x, zeros[:inPage])
		done += word
	}
	return done + u.CopyOut(a+vm.Addr(done), zeros[:n-done])
}

// writeDevice gives n bytes to a device, which does not look at them.
// Linux: write_null, write_full (drivers/char/mem.c).
func (p *Process) writeDevice(f *pagecache.File, n uint64) (uint64, error) {
	if f.Full() {
		return 0, p.refuse(syscall.ENOSPC, "/dev/full has no room for a byte")
	}
	return n, nil
}
