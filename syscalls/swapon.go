package syscalls

import (
	"errors"
	"syscall"

	"vmsim/pagecache"
	"vmsim/vm"
)

// SwapFlags say how swapon uses an area.
// Linux: SWAP_FLAG_* (include/linux/swap.h).
type SwapFlags uint32

// The flags: the low bits are the priority if SwapPrefer is set. Discards are not modelled.
const (
	SwapPriority     SwapFlags = 0x7fff
	SwapPrefer       SwapFlags = 0x8000
	SwapDiscard      SwapFlags = 0x10000
	SwapDiscardOnce  SwapFlags = 0x20000
	SwapDiscardPages SwapFlags = 0x40000

	swapValid = SwapPriority | SwapPrefer | SwapDiscard | SwapDiscardOnce | SwapDiscardPages
)

// Swapon adds a swap area: the machine's swap device, which .machine swap= makes, or a file on a disk with the header
// that mkswap writes.
// Linux: sys_swapon (mm/swapfile.c).
func (p *Process) Swapon(path string, flags SwapFlags) error {
	p.enter(SysSwapon)
	return p.swapon(literally(path), flags)
}

func (p *Process) swapon(path pathSource, flags SwapFlags) error {
	switch {
	case flags&^swapValid != 0:
		return p.refuse(syscall.EINVAL, "no such flag")
	case !p.kernel.capable(CapSysAdmin):
		return p.refuse(syscall.EPERM, "only root may change swap areas: CAP_SYS_ADMIN is missing")
	}
	priority := pagecache.AutoPriority
	if flags&SwapPrefer != 0 {
		priority = int(flags & SwapPriority)
	}
	name, err := path()
	switch {
	case err != nil:
		return err
	case name == SwapDevice && p.kernel.config.Swap > 0:
		return p.swaponDevice(priority)
	}
	x, err := p.swapFile(name)
	if err != nil {
		return err
	}
	return p.swaponFile(x, priority)
}

// swaponFile puts a file into use.
func (p *Process) swaponFile(x *pagecache.Name, priority int) error {
	k, m := p.kernel, x.File
	if m.Swapfile {
		return p.refuse(syscall.EBUSY, "the file is a swap area already")
	}
	f := m.OpenAs(x, pagecache.ModeRead|pagecache.ModeWrite)
	defer f.Put()
	if err := k.swap.AddFile(f, priority); err != nil {
		if unfit := new(pagecache.SwapFileError); errors.As(err, &unfit) {
			return p.refuse(syscall.EINVAL, unfit.Why)
		}
		return p.fileRefuses(err)
	}
	k.Commit.Swap += k.swap.Pages(f.Path())
	return nil
}

// swaponDevice puts the machine's own device into use again.
func (p *Process) swaponDevice(priority int) error {
	k := p.kernel
	if k.swap.Uses(SwapDevice) {
		return p.refuse(syscall.EBUSY, "the device is a swap area already")
	}
	pages := k.config.Swap / vm.PageSize
	k.swap.AddDevice(SwapDevice, pages, k.config.Disk, priority)
	k.Commit.Swap += pages
	return nil
}

// swapFile fails for a file that cannot be opened for reading and writing.
// Linux: file_open_name (fs/open.c).
func (p *Process) swapFile(name string) (*pagecache.Name, error) {
	at, err := p.existing(AtCWD, name, follow)
	switch {
	case err != nil:
		return nil, err
	case at.isDir():
		return nil, p.refuse(syscall.EISDIR, "the path names a directory")
	case !p.permits(at.file(), mayRead|mayWrite):
		return nil, p.refuse(syscall.EACCES, "the file's mode forbids it")
	}
	return at.name, nil
}

// Swapoff returns the pages of a swap area to memory and takes it out of use. The error is ENOMEM if they do not fit
// into memory.
// Linux: sys_swapoff (mm/swapfile.c).
func (p *Process) Swapoff(path string) error {
	p.enter(SysSwapoff)
	return p.swapoff(literally(path))
}

func (p *Process) swapoff(path pathSource) error {
	k := p.kernel
	if !k.capable(CapSysAdmin) {
		return p.refuse(syscall.EPERM, "only root may change swap areas: CAP_SYS_ADMIN is missing")
	}
	name, err := path()
	if err != nil {
		return err
	}
	if name != SwapDevice || k.config.Swap == 0 {
		x, err := p.swapFile(name)
		if err != nil {
			return err
		}
		name, _ = k.swap.SwapArea(x.File)
	}
	if !k.swap.Uses(name) {
		return p.refuse(syscall.EINVAL, "the file is not a swap area in use")
	}
	pages := k.swap.Pages(name)
	if k.Commit.Charge(pages) != nil {
		return p.refuse(syscall.ENOMEM, "without the area more would be committed than there is")
	}
	k.Commit.Return(pages)
	if err := k.swap.Remove(name, k.bringBack); err != nil {
		return p.refuse(syscall.ENOMEM, "the pages of the area do not fit into memory")
	}
	k.Commit.Swap -= pages
	return nil
}

// SwapHeader is the first page of a prepared swap area of so many pages, this one included.
// Linux: union swap_header (include/linux/swap.h).
func SwapHeader(pages uint64) [vm.PageSize]byte { return pagecache.SwapHeader(pages) }

// inUseAsSwap is why a file may not change.
// Linux: IS_SWAPFILE (include/linux/fs.h).
const inUseAsSwap = "the file is a swap area in use: swapoff it first"

// bringBack returns the private pages of every process that are in a swap area to memory.
// Linux: try_to_unuse (mm/swapfile.c).
func (k *Kernel) bringBack(area int) error {
	for _, s := range k.swap.Spaces() {
		done := k.using(s)
		err := k.handler.BringBack(s, area)
		if done(); err != nil {
			return err
		}
	}
	return nil
}
