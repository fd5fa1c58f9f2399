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
//
//	page 0x7ffff7ff4 + 1     can: load, store     frame 81          slot 0x7ffff7ff4 modulo 1024 = 1012
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
	if r := &c.Handler.Cache.Reclaim; r.ObservesUse() && !s.frame.Has(phys.Huge) {
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
