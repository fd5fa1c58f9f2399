package syscalls

import (
	"syscall"

	"vmsim/pagecache"
	"vmsim/vm"
	"vmsim/vm/phys"
)

// screenBytes is the size of /dev/fb0: 640 by 480 pixels of four bytes, which is 300 pages.
const screenBytes = 640 * 480 * 4

// mmapScreen is the mmap operation of the frame buffer: it maps the device's frames at once. If the area is larger than
// the device, it is unmapped again.
// Linux: fb_io_mmap (drivers/video/fbdev/core/fb_io_fops.c), vm_iomap_memory (mm/memory.c).
func (p *Process) mmapScreen(a *vm.Area, f *pagecache.File) error {
	frames, _ := f.Screen()
	have := vm.PageIndex(len(frames))
	if a.Index > have || vm.PageIndex(a.Pages()) > have-a.Index {
		_ = p.Space.UnmapAligned(a.Start, a.End)
		return p.refuse(syscall.EINVAL, "the device has no memory for all of the range")
	}
	p.Space.Remap(a, frames[a.Index].PFN())
	return nil
}

// readScreen copies n bytes of the frame buffer from pos on to a.
// Linux: fb_io_read (drivers/video/fbdev/core/fb_io_fops.c).
func (p *Process) readScreen(f *pagecache.File, u pagecache.User, a vm.Addr, n uint64, pos int64) (done uint64,
	err error) {
	frames, size := f.Screen()
	var buf [vm.PageSize]byte
	for done < n && pos < size {
		frame := frames[pos>>vm.PageShift]
		k := min(int(n-done), vm.PageSize-int(pos&vm.PageMask), int(size-pos))
		frame.Read(int(pos&vm.PageMask), buf[:k])
		var mask phys.Mask // what is copied goes through a buffer of the kernel's
		mask.Carry(0, p.kernel.Memory.MaskOf(frame), int(pos&vm.PageMask), k)
		got := u.CopyOut(a+vm.Addr(done), buf[:k])
		p.kernel.Cache.SetMaskAt(u, a+vm.Addr(done), got, &mask)
		stepCopyToUser(p.kernel.Log, got, frame.PFN(), a+vm.Addr(done))
		done, pos = done+uint64(got), pos+int64(got)
		if got < k {
			err = syscall.EFAULT
			break
		}
	}
	return p.transferred(done, err)
}

// writeScreen copies n bytes at a to the frame buffer from pos on.
// Linux: fb_io_write (drivers/video/fbdev/core/fb_io_fops.c).
func (p *Process) writeScreen(f *pagecache.File, u pagecache.User, a vm.Addr, n uint64, pos *int64) (done uint64,
	err error) {
	frames, size := f.Screen()
	switch {
	case *pos > size || n > uint64(size):
		err = syscall.EFBIG
	case n+uint64(*pos) > uint64(size):
		err = syscall.ENOSPC
	}
	var buf [vm.PageSize]byte
	for done < n && *pos < size {
		frame := frames[*pos>>vm.PageShift]
		k := min(int(n-done), vm.PageSize-int(*pos&vm.PageMask), int(size-*pos))
		if bad := u.FaultIn(a+vm.Addr(done), k); bad > 0 {
			k, err = k-bad, syscall.EFAULT
		}
		got := u.CopyInNoFault(a+vm.Addr(done), buf[:k])
		mask := p.kernel.Cache.MaskAt(u, a+vm.Addr(done), got)
		p.kernel.Memory.Write(frame, int(*pos&vm.PageMask), buf[:got])
		p.kernel.Memory.SetPart(frame, int(*pos&vm.PageMask), mask, 0, got)
		stepCopyFromUser(p.kernel.Log, got, a+vm.Addr(done), frame.PFN())
		done, *pos = done+uint64(got), *pos+int64(got)
		if got < k || err == syscall.EFAULT {
			break
		}
	}
	return p.transferred(done, err)
}
