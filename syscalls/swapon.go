package syscalls

import (
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

// Swapon adds the machine's swap device, which .machine swap= makes, to the swap areas in use. Any other file counts as
// one without the header that mkswap writes.
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
	if err := p.swapFile(name); err != nil {
		return err
	}
	return p.refuse(syscall.EINVAL, "no swap area: only the machine's own device has the header that mkswap writes")
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
func (p *Process) swapFile(name string) error {
	at, err := p.existing(AtCWD, name, follow)
	switch {
	case err != nil:
		return err
	case at.isDir():
		return p.refuse(syscall.EISDIR, "the path names a directory")
	case !p.permits(at.file(), mayRead|mayWrite):
		return p.refuse(syscall.EACCES, "the file's mode forbids it")
	}
	return nil
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
		if err := p.swapFile(name); err != nil {
			return err
		}
	}
	if !k.swap.Uses(name) {
		return p.refuse(syscall.EINVAL, "the file is not a swap area in use")
	}
	pages := k.config.Swap / vm.PageSize
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

// bringBack returns the private pages of every process that are in a swap area to memory.
// Linux: try_to_unuse (mm/swapfile.c).
func (k *Kernel) bringBack(area int) (err error) {
	k.Processes(func(p *Process) {
		if err == nil {
			defer k.using(p.Space)()
			err = k.handler.BringBack(p.Space, area)
		}
	})
	return err
}
