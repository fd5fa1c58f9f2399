package fault

import (
	"errors"
	"syscall"

	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/profile"
)

// Populate faults in the pages of [start, end), area after area, for mlock and MAP_POPULATE. The faults count for the
// process. It stops at the first page that cannot be faulted in: ENOMEM or EFAULT.
// Linux: __mm_populate (mm/gup.c) without ignore_errors.
func (c *CPU) Populate(start, end vm.Addr) error { return c.populateAll(start, end, stopAtError) }

// PopulateQuietly is Populate for callers that ignore errors: after a page that cannot be faulted in it skips the rest
// of the area.
// Linux: mm_populate (include/linux/mm.h).
func (c *CPU) PopulateQuietly(start, end vm.Addr) { _ = c.populateAll(start, end, skipArea) }

// onError says what populate does about a page that cannot be faulted in.
type onError uint8

const (
	stopAtError onError = iota
	skipArea
)

// populateAll faults in every page from start to end, area by area. Device memory has its entries already and is passed
// over. A hole in the range is skipped: whether that is an error, the caller has checked before.
// Linux: __mm_populate (mm/gup.c).
func (c *CPU) populateAll(start, end vm.Addr, e onError) error {
	for x := start; x < end; {
		a := c.Space.FindIn(x, end)
		if a == nil {
			return nil
		}
		stop := min(end, a.End)
		if a.Flags.Any(vm.IO | vm.PFNMap) {
			x = stop
			continue
		}
		x = max(x, a.Start)
		if err := c.populateArea(a, x, stop, beginAgain); err != nil && e == stopAtError {
			return err
		}
		x = stop
	}
	return nil
}

// PopulateArea faults in [start, end) of one area, for a call that is changing it.
func (c *CPU) PopulateArea(a *vm.Area, start, end vm.Addr) error {
	return c.populateArea(a, start, end, keepLocks)
}

// populateArea faults in [start, end) of one area: for writing where it is private and writable, else for reading. A
// private writable area is populated by stores, to break copy-on-write now and not at the first use. A shared one is
// populated by loads: a store would make each page dirty, and the file system would write them all back.
// Linux: populate_vma_page_range (mm/gup.c).
func (c *CPU) populateArea(a *vm.Area, start, end vm.Addr, locks locks) error {
	switch {
	case a.Flags.Has(vm.LockOnFault) && c.Handler.Profile.Has(profile.OnFaultUnseen):
		// MLOCK_ONFAULT asks for pages to be locked when they are used, not now.
		return nil
	case !a.Accessible():
		return syscall.EFAULT
	case a.Flags.Any(vm.IO | vm.PFNMap):
		return syscall.EFAULT
	}
	k := vm.Load
	// Readable is not asked for: a private area that is PROT_WRITE only is populated as well.
	if a.Flags&(vm.Write|vm.Shared) == vm.Write {
		k = vm.Store
	} else if !a.Flags.Has(vm.MayRead) {
		return syscall.EFAULT
	}
	if a.Flags.Has(vm.LockOnFault) {
		c.usePresent(start, end, k) // until 5.18
		return nil
	}
	if c.keyForbids(a, k) {
		return syscall.EFAULT
	}
	defer c.Space.LRU.Drain() // each range drains the pages that it has mlocked
	for x := start; x < end; x += vm.PageSize {
		err := c.touchPage(a, x, k, locks)
		if err != nil && x > start && locks == beginAgain {
			// The first attempt returns how much it did; the next begins at the page that failed. Callers that keep
			// their locks make only one attempt.
			err = c.touchPage(a, x, k, locks)
		}
		if err == PoisonErrno {
			return syscall.EFAULT // only Prefault says what is wrong with the page
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// usePresent marks the pages of [start, end) as used that are present and allow the access.
func (c *CPU) usePresent(start, end vm.Addr, k vm.Access) {
	defer c.Space.LRU.Drain()
	c.Space.Table().Each(start.Page(), end.Page(), func(_ vm.VPN, e vm.PTE) {
		if e.Present() && (k != vm.Store || e.Writable()) {
			c.used(e, k)
		}
	})
}

// Prefault faults in the pages of [start, end) for MADV_POPULATE_READ and MADV_POPULATE_WRITE, with the permissions of
// the areas: ENOMEM where nothing is mapped, EINVAL where the area forbids it, EFAULT where a page cannot be faulted
// in. Unlike populateArea it leaves the kind of access to the caller: MADV_POPULATE_WRITE makes pages of a shared area
// dirty.
//
//	mlock, MAP_POPULATE       private writable areas as by a store, others as by a load
//	MADV_POPULATE_READ        all as by a load: pages of a file are mapped, and no copy is made
//	MADV_POPULATE_WRITE       all as by a store: private pages are copied, shared ones become dirty
//
// Linux: faultin_page_range (mm/gup.c).
func (c *CPU) Prefault(start, end vm.Addr, k vm.Access) error {
	defer c.Space.LRU.Drain()
	locks := tryAgain
	if !c.Handler.Profile.Has(profile.PopulateAcrossAreas) {
		locks = beginAgain
	}
	var a *vm.Area
	for x := start; x < end; x += vm.PageSize {
		if a == nil || x >= a.End {
			if a = c.Space.Find(x); a == nil {
				return syscall.ENOMEM
			}
			if a.Flags.Any(vm.IO|vm.PFNMap) || !permits(a, k) || c.keyForbids(a, k) {
				return syscall.EINVAL
			}
		}
		err := c.touchPage(a, x, k, locks)
		if err != nil && x > start {
			err = c.touchPage(a, x, k, locks) // as in populateArea
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// permits reports whether an area allows a kind of access.
func permits(a *vm.Area, k vm.Access) bool {
	if k == vm.Store {
		return a.Flags.Has(vm.Write)
	}
	return a.Flags.Has(vm.Read)
}

// touchPage makes the page of x present, as get_user_pages does: it walks the page table in software and calls the
// fault handler directly. A fault sets the entry, but get_user_pages wants the page: it looks the entry up again, and
// faults again if it does not find it. The loop ends because each fault makes progress: it sets the entry, or makes it
// writable, or fails.
// Linux: __get_user_pages (mm/gup.c).
func (c *CPU) touchPage(a *vm.Area, x vm.Addr, k vm.Access, locks locks) error {
	for tries := 0; tries < maxTries; tries++ {
		e := c.Space.Entry(x)
		if e.Present() && !e.Withheld() && (k != vm.Store || e.Writable()) {
			c.used(e, k)
			return nil
		}
		how, err := c.Handler.handle(c.Space, a, x, k, locks)
		if err != nil {
			return populateError(err)
		}
		if !a.Flags.Has(vm.HugeTLB) || c.Handler.Profile.Has(profile.HugePinsCount) {
			c.count(how, x)
		}
	}
	panic("fault.Populate: the page at " + x.String() + " does not come")
}

// PoisonErrno is EHWPOISON, which the host that runs the model may not have.
// Linux: EHWPOISON (include/uapi/asm-generic/errno.h).
const PoisonErrno syscall.Errno = 133

// populateError is the error of a page that cannot be faulted in.
// Linux: vm_fault_to_errno (include/linux/mm.h).
func populateError(err error) error {
	switch {
	case errors.Is(err, syscall.ENOMEM):
		return syscall.ENOMEM
	case err == errPoison:
		return PoisonErrno
	}
	return syscall.EFAULT
}

// used marks the frame as accessed, since no processor has set the entry's accessed bit. A store through a pin is not
// seen by the processor either, so the page is marked dirty at once.
// Linux: follow_page_pte with FOLL_TOUCH (mm/gup.c).
func (c *CPU) used(e vm.PTE, k vm.Access) {
	frame := c.Space.NormalFrame(e)
	if frame == nil || frame.Has(phys.Huge) { // no list has it
		return
	}
	if k == vm.Store && !e.Dirty() && !frame.Has(phys.Dirty) {
		MarkDirty(frame)
	}
	c.Space.LRU.Accessed(frame)
}

// MarkDirty marks a frame dirty, and its page in the file that it belongs to.
// Linux: folio_mark_dirty (mm/page-writeback.c).
func MarkDirty(frame *phys.Frame) {
	if frame = frame.HugeHead(); frame.Has(phys.Anon) || frame.Has(phys.Huge) {
		frame.Set(phys.Dirty)
		return
	}
	markDirty(frame)
}

// Borrow gives a debugger a page of another process (FOLL_FORCE): it faults the page in if needed, ignores a missing
// permission that mprotect could grant, and counts no fault for the process. The error is EIO.
// Linux: access_remote_vm with FOLL_FORCE (mm/memory.c).
func (c *CPU) Borrow(x vm.Addr, k vm.Access) (vm.PTE, error) {
	a := c.Space.Find(x)
	if a == nil || a.Flags.Any(vm.IO|vm.PFNMap) {
		return 0, syscall.EIO
	}
	forced := a.Flags.MayBeCowed() && !a.Flags.Has(vm.HugeTLB)
	if !permits(a, k) && (k == vm.Store && !forced || k == vm.Load && !a.Flags.Has(vm.MayRead)) {
		return 0, syscall.EIO
	}
	// The debugger's task takes the fault; the counters of the task that owns the memory do not move.
	stats := &c.Space.Stats
	defer stats.Run(stats.Run(nil))
	for tries := 0; tries < maxTries; tries++ {
		e := c.Space.Entry(x)
		frame := c.Space.NormalFrame(e)
		if e.Present() && (k != vm.Store || e.Writable() || forcible(frame)) {
			c.used(e, k)
			return e, nil
		}
		if a.Flags.Has(vm.MixedMap) { // since 7.3, vvar_fault gives pages only to the process itself
			return 0, syscall.EIO
		}
		if _, err := c.Handler.handle(c.Space, a, x, k, keepLocks); err != nil {
			return 0, syscall.EIO
		}
	}
	return 0, syscall.EIO
}

// forcible reports whether a debugger may write to a frame although the entry is read-only: only if it is a private
// copy.
// Linux: can_follow_write_pte (mm/gup.c).
func forcible(frame *phys.Frame) bool { return frame != nil && frame.Has(phys.Anon|phys.Exclusive) }
