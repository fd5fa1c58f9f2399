// Package fault performs loads and stores, and handles the page faults that they raise.
//
//	load or store ─→ TLB ──hit──→ the frame's byte
//	                  │ miss
//	                  ▼
//	             page table ──the entry allows it──→ fill the TLB, run the access
//	                  │ it does not: page fault
//	                  ▼
//	             Handler.Repair: find the area, get the page, set the entry; then the access runs again
//
// The kernel decides what a fault is. Without an area, or with one that forbids the access, it is SIGSEGV. A page that
// is in memory already, or is made of zeros, is a minor fault. A page that has to be read from a device is a major
// fault. A page that does not exist, such as one beyond the end of the file, is SIGBUS.
//
// Linux handles an instruction's fault first under the lock of the area, and retries under the lock of the address
// space where it has to wait. No lock is modelled, since one thread runs everything. But a retry decides whether the
// fault counts as major, so each access says which locks Linux would hold: see Locks.
//
// The TLB knows one page size. Caches and large pages are left out.
package fault

import (
	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/trace"
)

const tlbSlots = 1024 // 4 MiB of reach, as a second-level TLB of our days

// slot is one translation that the processor remembers.
type slot struct {
	page  vm.VPN // plus one, so that the zero value matches no page
	can   uint8  // which accesses go through: a bit for each kind
	frame *phys.Frame
}

// carefulStore replaces the bit of stores where the frame has undetermined bytes: a store makes a byte determined.
const carefulStore = 1 << 7

// lets reports whether the translation allows an access, including a careful store.
func (s *slot) lets(k vm.Access) bool {
	return s.can&(1<<k) != 0 || k == vm.Store && s.can&carefulStore != 0
}

// CPU performs a process's loads and stores.
// Linux: none, the MMU; with exc_page_fault (arch/x86/mm/fault.c).
type CPU struct {
	Space        *vm.Space
	Handler      *Handler
	Minor, Major uint64 // faults taken; Linux: min_flt, maj_flt of struct task_struct
	// Rights are what the process may not do to memory of each protection key: 0 on a processor that has none.
	Rights vm.KeyRights

	tlb [tlbSlots]slot
}

// NewCPU makes a processor that runs in space s.
func NewCPU(s *vm.Space, h *Handler) *CPU {
	c := &CPU{Space: s, Handler: h}
	s.AttachTLB(c)
	return c
}

// Detach ends the processor's work in its space.
func (c *CPU) Detach() { c.Space.DetachTLB(c) }

// Flush forgets the translations of the pages from first up to end.
func (c *CPU) Flush(first, end vm.VPN) {
	if end-first >= tlbSlots {
		clear(c.tlb[:])
		return
	}
	for n := first; n < end; n++ {
		if s := &c.tlb[n%tlbSlots]; s.page == n+1 {
			s.page = 0
		}
	}
}

// Load reads the byte at a. The error is a *Signal.
func (c *CPU) Load(a vm.Addr) (byte, error) {
	s := &c.tlb[a.Page()%tlbSlots]
	if s.page != a.Page()+1 {
		if err := c.reach(a, vm.Load, s, areaLock); err != nil {
			return 0, err
		}
	}
	return s.frame.Byte(uint64(a)), nil
}

// Store writes the byte b to a. The error is a *Signal.
func (c *CPU) Store(a vm.Addr, b byte) error {
	s := &c.tlb[a.Page()%tlbSlots]
	if s.page != a.Page()+1 || s.can&(1<<vm.Store) == 0 {
		if err := c.readyStore(a, s); err != nil {
			return err
		}
	}
	if d := s.frame.Data(); d != nil {
		d[a.Offset()] = b
		return nil
	}
	if b != 0 {
		c.Space.Memory.Bytes(s.frame)[a.Offset()] = b
	}
	return nil
}

// readyStore makes the byte at a ready to be stored to.
func (c *CPU) readyStore(a vm.Addr, s *slot) error {
	if s.page != a.Page()+1 || s.can&carefulStore == 0 {
		if err := c.reach(a, vm.Store, s, areaLock); err != nil {
			return err
		}
	}
	if s.can&carefulStore != 0 {
		c.Space.Memory.Determine(s.frame, int(a.Offset()), 1)
	}
	return nil
}

// Undetermined is called when the frame gets undetermined bytes: stores to it take the slow path from then on.
func (c *CPU) Undetermined(f *phys.Frame) {
	for i := range c.tlb {
		if s := &c.tlb[i]; s.frame == f && s.can&(1<<vm.Store) != 0 {
			s.can ^= 1<<vm.Store | carefulStore
		}
	}
}

// Touch performs an access of kind k without any data.
func (c *CPU) Touch(a vm.Addr, k vm.Access) error {
	s := &c.tlb[a.Page()%tlbSlots]
	if s.page == a.Page()+1 && s.lets(k) {
		return nil
	}
	return c.reach(a, k, s, areaLock)
}

// reach fills the slot with the translation of a: it walks the page table and takes a fault if the entry does not allow
// the access.
func (c *CPU) reach(a vm.Addr, k vm.Access, s *slot, locks locks) error {
	stepTLBMiss(c.Space.Log, a)
	if locks == areaLock {
		c.Handler.Cache.Begin()
	}
	for tries := 0; ; tries++ {
		if a >= vm.TaskSize {
			return c.badAddress(a, k, locks)
		}
		e := c.Space.Entry(a)
		if e.Allows(k) && !c.barred(a, k) {
			c.fill(a, k, e, s)
			return nil
		}
		if tries > maxTries {
			panic("fault.CPU: an access to " + a.String() + " faults for ever")
		}
		err := c.fault(a, k, e, locks)
		if locks == areaLock {
			c.Handler.Cache.Reclaim.ReturnToUser()
		}
		if err != nil {
			return err
		}
	}
}

// badAddress is an access outside the user's half: a page fault, or a general protection fault for a non-canonical
// address.
// Linux: do_kern_addr_fault (arch/x86/mm/fault.c), exc_general_protection (arch/x86/kernel/traps.c).
func (c *CPU) badAddress(a vm.Addr, k vm.Access, locks locks) error {
	if a >= kernelHalf || a < userHalf {
		stepFaulted(c.Space.Log, a, k, faultBits(0, locks))
	}
	return c.Handler.badAddress(a)
}

// maxTries limits how often one access may fault. Linux needs two; more would be an error of the model.
const maxTries = 8

// fill notes the access in the entry, as the processor does, and remembers the translation.
func (c *CPU) fill(a vm.Addr, k vm.Access, e vm.PTE, s *slot) {
	want := vm.PteAccessed
	if k == vm.Store {
		want |= vm.PteDirty
	}
	if e&want != want {
		e |= want
		c.Space.SetEntry(a, e)
	}
	*s = slot{page: a.Page() + 1, can: 1 << vm.Load, frame: c.Space.Memory.Frame(e.PFN())}
	if k == vm.Fetch && c.barred(a, vm.Load) {
		s.page = 0 // a slot allows every load
	}
	// The slot allows stores only once the entry is dirty, so that the first store sets the dirty bit.
	if e.Writable() && e.Dirty() && !c.barred(a, vm.Store) {
		s.can |= 1 << vm.Store
		if s.frame.Has(phys.Undetermined) {
			s.can ^= 1<<vm.Store | carefulStore
		}
		c.Space.Memory.Recall(s.frame)
	}
	if e.Allows(vm.Fetch) {
		s.can |= 1 << vm.Fetch
	}
	if r := &c.Handler.Cache.Reclaim; r.HearsUse() && !s.frame.Has(phys.Huge) {
		r.Used(s.frame)
		s.page = 0 // a policy must be notified of every access
	}
	stepTLBFilled(c.Space.Log, a, e.PFN())
}

// fault asks the kernel to repair an access, and counts what it did.
// Linux: do_user_addr_fault (arch/x86/mm/fault.c).
func (c *CPU) fault(a vm.Addr, k vm.Access, e vm.PTE, locks locks) error {
	s := c.Space
	stepFaulted(s.Log, a, k, faultBits(e, locks)|c.keyBit(a, k, e))
	area, sig := c.Handler.findArea(s, a)
	if sig != nil {
		return sig
	}
	if c.keyForbids(area, k) {
		return &Signal{SIGSEGV, SegvPkuErr, a}
	}
	if denied(area, k, e) {
		return &Signal{SIGSEGV, SegvAccErr, a}
	}
	how, err := c.Handler.handle(s, area, a, k, locks)
	if err != nil {
		return c.Handler.signalFor(err, a)
	}
	c.count(how, a)
	return nil
}

// faultBits are the flags in the step of a fault.
func faultBits(e vm.PTE, locks locks) (bits uint64) {
	if e&(vm.PtePresent|vm.PteUser) == vm.PtePresent|vm.PteUser {
		bits = trace.FaultOnPresent // a PROT_NONE entry is not present for the processor
	}
	if locks != areaLock {
		bits |= trace.FaultInKernel
	}
	return bits
}

// count adds a repaired fault to the counters of the task.
// Linux: mm_account_fault (mm/memory.c).
func (c *CPU) count(how outcome, a vm.Addr) {
	if how == majorFault {
		c.Major++
		stepFaultMajor(c.Space.Log, a)
		return
	}
	c.Minor++
	stepFaultMinor(c.Space.Log, a)
}

// denied reports whether the area forbids the access. A load is allowed wherever any access is: x86 has no write-only
// memory. A fetch from a present page without PROT_EXEC is denied at once; from a page that is not present it is denied
// after the page has been brought in.
// Linux: access_error (arch/x86/mm/fault.c).
func denied(a *vm.Area, k vm.Access, e vm.PTE) bool {
	if k == vm.Store {
		return !a.Flags.Has(vm.Write)
	}
	if e.Present() && e&vm.PteUser != 0 {
		return true
	}
	return !a.Accessible()
}

// CopyOut copies bytes from the kernel to the user's address a, faulting as a store does; it returns how many got
// there.
// Linux: copy_to_user (arch/x86/lib/copy_user_64.S).
func (c *CPU) CopyOut(a vm.Addr, buf []byte) int {
	for done := 0; done < len(buf); {
		x := a + vm.Addr(done)
		f := c.frameFor(x, vm.Store)
		if f == nil {
			return done
		}
		n := min(len(buf)-done, vm.PageSize-int(x.Offset()))
		c.Space.Memory.Write(f, int(x.Offset()), buf[done:done+n])
		done += n
	}
	return len(buf)
}

// CopyIn copies bytes from the user's address a to the kernel, faulting as a load does; it returns how many came.
// Linux: copy_from_user (arch/x86/lib/copy_user_64.S).
func (c *CPU) CopyIn(a vm.Addr, buf []byte) int {
	for done := 0; done < len(buf); {
		x := a + vm.Addr(done)
		f := c.frameFor(x, vm.Load)
		if f == nil {
			return done
		}
		n := min(len(buf)-done, vm.PageSize-int(x.Offset()))
		f.Read(int(x.Offset()), buf[done:done+n])
		done += n
	}
	return len(buf)
}

// frameFor is the frame behind an address: from the TLB if it knows the page and allows the access, else by a walk of
// the page table, with a fault where that fails. It is nil for a bad access.
func (c *CPU) frameFor(a vm.Addr, k vm.Access) *phys.Frame {
	s := &c.tlb[a.Page()%tlbSlots]
	if s.page != a.Page()+1 || !s.lets(k) {
		if c.reach(a, k, s, spaceLock) != nil {
			return nil
		}
	}
	return s.frame
}

// CopyInNoFault is CopyIn with page faults disabled: it stops at the first page that would fault.
// Linux: copy_from_user_inatomic with page faults disabled (include/linux/uaccess.h).
func (c *CPU) CopyInNoFault(a vm.Addr, buf []byte) int {
	for done := 0; done < len(buf); {
		x := a + vm.Addr(done)
		if x >= vm.TaskSize {
			return done
		}
		e := c.Space.Entry(x)
		if !e.Allows(vm.Load) || c.barred(x, vm.Load) {
			stepFaulted(c.Space.Log, x, vm.Load, faultBits(e, keepLocks)|c.keyBit(x, vm.Load, e))
			return done
		}
		if !e.Young() {
			c.Space.SetEntry(x, e|vm.PteAccessed)
		}
		n := min(len(buf)-done, vm.PageSize-int(x.Offset()))
		c.Space.Memory.Frame(e.PFN()).Read(int(x.Offset()), buf[done:done+n])
		done += n
	}
	return len(buf)
}

// FaultIn reads a byte of each page of the n bytes at a to fault them in; it returns how many bytes could not be
// reached. A range that starts at address 0 is never reached, mapped or not: the kernel's loop over the pages ends at
// address 0.
// Linux: fault_in_readable (mm/gup.c).
func (c *CPU) FaultIn(a vm.Addr, n int) int {
	if a == 0 {
		return n
	}
	for done := 0; done < n; {
		x := a + vm.Addr(done)
		if c.frameFor(x, vm.Load) == nil {
			return n - done
		}
		done += vm.PageSize - int(x.Offset())
	}
	return 0
}
