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
// # What Linux does
// The kernel decides what a fault is. Without an area, or with one that forbids the access, it is SIGSEGV. A page that
// is in memory already, or is made of zeros, is a minor fault. A page that has to be read from a device is a major
// fault. A page that does not exist, such as one beyond the end of the file, is SIGBUS.
//
// The processor writes two numbers for the kernel: the address, in register CR2, and an error code that says whether
// the entry was present, whether the access was a store or a fetch, and whether user code made it. Everything else the
// kernel finds in its own descriptions: the areas say whether the access is allowed, the entry says what is missing.
//
//	entry        load                    store, shared           store, private
//	none, file   the file's page         the file's page, after  a copy of the file's page,
//	             and its neighbours      the file system agrees  at once
//	none, anon   the shared zero page    -                       a new page of zeros
//	swap entry   read back               -                       read back; copied if others have it
//	read-only    -                       dirty from now on       reused if it is the last, else copied
//	guard        SIGSEGV                 SIGSEGV                 SIGSEGV
//
// A fault repairs the entry and returns; it does not perform the access. The instruction runs again from its start, and
// may fault again: at its second operand, or because reclaim was faster. So a handler that repairs too little is slow,
// but not wrong, and this is what makes fault-around and whole folios pure optimizations.
// Linux handles an instruction's fault first under the lock of the area, and retries under the lock of the address
// space where it has to wait. No lock is modelled, since one thread runs everything. But a retry decides whether the
// fault counts as major, so each access says which locks Linux would hold: see Locks.
//
// # What is kept
//
//	CPU      a direct-mapped TLB, the counters of faults, the rights to protection keys
//	Handler  nothing between two faults: its fields are policies and the machine's parts
//	attempt  one fault from the first try to its end: decides minor or major
//	Page     the view of a fault that a policy of an exercise gets
//
// A translation in the TLB holds what the entry allowed when it was filled. Code that takes rights out of an entry has
// to flush it, for which vm.Space calls Flush; rights that are added need no flush, because a refused access walks the
// table again. The slot lets stores through only if the entry was dirty already, so that the first store reaches the
// entry and sets its dirty bit.
//
// # The path of one operation
//
// A load from a page of a file that is not in memory:
//
//	Load        the slot holds another page                            TLB miss
//	reach       walks the table: entry none                            page fault
//	fault       findArea: the area allows loads
//	handle      try 1, under the area's lock
//	  repair    entry none, backed by a file: file, fileRead
//	            fault-around finds nothing in the page cache
//	            the page cache reads 32 pages; locks dropped           ErrRetry, major
//	handle      try 2, marked as tried
//	            fault-around maps 16 pages, this one among them        major fault counted
//	reach       walks the table again: present; sets the accessed bit  TLB filled
//	Load        the byte
//
// # What is left out
// The TLB knows one page size. Caches and large pages are left out.
package fault

import (
	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/trace"
)

// The size only decides how often a walk is simulated: steps count misses, and no result depends on them. A real TLB is
// set-associative; direct mapping needs no policy of replacement and keeps a hit at one comparison.
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
	// Two bits for each of sixteen keys, as in the register PKRU. x86 checks them for data accesses, never for fetches.
	// Rights are what the process may not do to memory of each protection key: 0 on a processor that has none.
	Rights vm.KeyRights

	// The slot of page n is n modulo the number of slots.
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
	// Each slot would be looked at anyway: forgetting all is cheaper, and misses are never wrong. Linux has such a
	// threshold as well, tlb_single_page_flush_ceiling.
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

// Load reads the byte at a. The error is a *Signal. The common path is one comparison and one array access, without a
// step: only misses are logged.
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
	// A frame of zeros has no bytes of its own until something else is stored to it.
	if d := s.frame.Data(); d != nil {
		d[a.Offset()] = b
		return nil
	}
	if b != 0 {
		c.Space.Memory.Bytes(s.frame)[a.Offset()] = b
	}
	return nil
}

// readyStore makes the byte at a ready to be stored to. The caller holds a slot that does not let a plain store
// through.
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
// Undetermined bytes are those that Linux leaves to chance, such as what a failed read left in a page; the model tracks
// them so that they are not compared.
func (c *CPU) Undetermined(f *phys.Frame) {
	for i := range c.tlb {
		if s := &c.tlb[i]; s.frame == f && s.can&(1<<vm.Store) != 0 {
			s.can ^= 1<<vm.Store | carefulStore
		}
	}
}

// Touch performs an access of kind k without any data. It is for accesses whose value does not matter, and for fetches.
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
		// An instruction begins an operation of its own: reads that were issued before it are complete. The kernel's
		// accesses belong to the system call that is under way.
		c.Handler.Cache.Begin()
	}
	for tries := 0; ; tries++ {
		// The user's half ends a page before 1<<47: a SYSCALL instruction at its very end would return to a
		// non-canonical address, which some processors handle in a dangerous way.
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
			// On its way back to the program a task pays for what it has charged above memory.high: it reclaims, or
			// waits.
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
	// The processor sets these bits itself, atomically, in the entry that it walked. Software clears them only together
	// with a flush, or it would miss accesses that the TLB serves.
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
	// Without a policy the accessed bit is all that is known of the use of a page, as on a real processor.
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
	// The order of the checks decides the code of the signal: no area before a forbidden key, a key before the area's
	// own permissions.
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
// there. A short count makes the caller's system call return what it has done, or EFAULT where that is nothing.
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

// CopyInNoFault is CopyIn with page faults disabled: it stops at the first page that would fault. Writers call it with
// a page of the file locked: a fault on that very page would deadlock. They fault the page in
// beforehand and, if it is not there any more, start again.
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
		// A copy by the kernel goes through the MMU, which sets the bit; here the table is read directly.
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
// address 0. It makes CopyInNoFault likely to succeed, but does not guarantee it: reclaim may take the page again
// between the two.
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
