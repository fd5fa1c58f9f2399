package pagecache

import (
	"syscall"

	"vmsim/pagecache/xarray"
	"vmsim/vm"
	"vmsim/vm/phys"
)

// nullDevice is /dev/null: a read returns nothing, a write discards its bytes, and mmap fails.
// Linux: null_fops (drivers/char/mem.c).
type nullDevice struct{ pageless }

// NewNull makes the null device.
func (c *Cache) NewNull() *Mapping { return c.newMapping("/dev/null", nullDevice{}) }

func (nullDevice) traits() vm.Traits { return vm.Device | vm.Unmappable }

func (zeroDevice) traits() vm.Traits { return vm.Device | vm.GivesAnonymous | vm.HugeAligned }

func (nullDevice) device() uint32 { return 5 }

func (nullDevice) beginWrite(*Mapping, int64, int64) (folio, error) { return folio{}, syscall.ENODEV }
func (nullDevice) resize(*Mapping, int64) error                     { return syscall.EINVAL }
func (nullDevice) punch(*Mapping, int64, int64) error               { return syscall.ENODEV }
func (nullDevice) allocate(*Mapping, int64, int64, int64) error     { return syscall.ENODEV }

// zeroDevice is /dev/zero: zeros without end come from it, anything goes to it, and what mmap makes of it is anonymous
// memory, or shared memory.
// Linux: zero_fops (drivers/char/mem.c).
type zeroDevice struct{ nullDevice }

// NewZero makes the device that gives zeros.
func (c *Cache) NewZero() *Mapping { return c.newDevice("/dev/zero", zeroDevice{}) }

// fullDevice is /dev/full: zeros come from it, and it has no room for a single byte.
// Linux: full_fops (drivers/char/mem.c).
type fullDevice struct{ nullDevice }

// NewFull makes the device that is full.
func (c *Cache) NewFull() *Mapping { return c.newDevice("/dev/full", fullDevice{}) }

// NewNullAt makes the null device that a path leads to.
func (c *Cache) NewNullAt(path string) *Mapping { return c.newDevice(path, nullDevice{}) }

// newDevice makes a file of the file system that devices are on, which no list of files has.
func (c *Cache) newDevice(label string, ops operations) *Mapping {
	return &Mapping{Cache: c, Number: deviceInode, Label: label, ops: ops, links: 1, pages: xarray.New(c.Memory)}
}

// Zeros reports whether zeros without end come from the file.
func (f *File) Zeros() bool {
	switch f.Mapping.ops.(type) {
	case zeroDevice, fullDevice:
		return true
	}
	return false
}

// Full reports whether the file is a device without room for a byte.
func (f *File) Full() bool {
	_, is := f.Mapping.ops.(fullDevice)
	return is
}

// Takes reports whether the file is a device that takes anything.
func (f *File) Takes() bool {
	switch f.Mapping.ops.(type) {
	case zeroDevice, nullDevice:
		return true
	}
	return false
}

// whiteout is what RENAME_WHITEOUT leaves: a character device with number 0, which has no driver.
// Linux: WHITEOUT_DEV (include/linux/fs.h).
type whiteout struct {
	nullDevice
	block int64
}

// NewWhiteout makes a whiteout on a file system with blocks of that size.
func (c *Cache) NewWhiteout(label string, block int64) *Mapping {
	return c.newMapping(label, whiteout{block: block})
}

func (w whiteout) blockSize() int64 { return w.block }

// Whiteout reports whether the file is a whiteout.
func (m *Mapping) Whiteout() bool {
	_, ok := m.ops.(whiteout)
	return ok
}

// screen is /dev/fb0: a device whose content is memory of its own. It has no page cache and takes no faults: its mmap
// operation maps the device's frames at once.
// Linux: fb_fops (drivers/video/fbdev/core/fb_chrdev.c).
type screen struct {
	nullDevice
	bytes  int64
	frames []*phys.Frame // consecutive; none before the first use
}

// deviceInode is the number of a device's inode, on that file system, too.
const deviceInode = 5

// screenInode is the inode's number, on the file system that devices are on.
const screenInode = 94

// NewScreen makes a frame buffer of the given size. Its frames are taken from memory when it is first used.
func (c *Cache) NewScreen(bytes int64) *Mapping {
	return &Mapping{Cache: c, Number: screenInode, Label: "/dev/fb0", ops: &screen{bytes: bytes}, links: 1}
}

func (*screen) traits() vm.Traits { return vm.Device | vm.Remaps }

// Screen is the frames of a frame buffer and its size in bytes; none for any other file, or if memory is too short.
func (f *File) Screen() (frames []*phys.Frame, bytes int64) {
	s, ok := f.Mapping.ops.(*screen)
	if !ok {
		return nil, 0
	}
	if s.frames == nil {
		pages := (uint64(s.bytes) + vm.PageMask) >> vm.PageShift
		s.frames = f.Mapping.Cache.Memory.Reserve(f.Mapping, pages)
	}
	return s.frames, s.bytes
}
