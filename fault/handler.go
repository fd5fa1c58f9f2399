package fault

import (
	"vmsim/pagecache"
	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/profile"
)

// Handler decides what a fault is and repairs it. One serves all processors of a machine. It keeps nothing from one
// fault to the next, except counters; request and handed are fields only because a fault must not allocate.
// Linux: handle_mm_fault (mm/memory.c).
type Handler struct {
	Memory *phys.Memory
	Cache  *pagecache.Cache     // notified of every access that faults
	Swap   *pagecache.SwapCache // nil for a machine without a swap area
	// Profile is the Linux that the handler answers as; nil for the default one.
	Profile *profile.Profile
	Events  Events
	// Repairer replaces Linux's repair of faults; nil for Linux's own.
	Repairer Repairer
	// CopyOnWrite replaces Linux's handling of stores to shared private pages; nil for Linux's own.
	CopyOnWrite CopyOnWrite

	// Waits is the first fault that would wait until a program has handled it; nil for none. Who lets the program
	// access memory looks at it, and takes it.
	Waits *Waits

	request vm.Fault // the fault that is being repaired: one at a time, and no allocation
	// The view is valid during one call of a policy, and is reused for the next fault.
	handed Page // the view of it that a policy gets
}

// Waits is a fault that waits until a program has handled it.
// Linux: struct userfaultfd_wait_queue (fs/userfaultfd.c).
type Waits struct {
	Space *vm.Space
	Addr  vm.Addr
}

// Events counts what faults did.
// Linux: struct vm_event_state (include/linux/vmstat.h).
type Events struct {
	Faults uint64 // faults that were handled, failed ones included; Linux: PGFAULT
	Reused uint64 // entries that a store's fault made writable without a copy; Linux: PGREUSE
}

// outcome is how a fault was repaired.
// Linux: vm_fault_t (include/linux/mm_types.h).
type outcome uint8

// The two ways a fault is repaired.
const (
	minorFault outcome = iota // without waiting for the disk
	majorFault                // after waiting for the disk
)

// handle performs one fault: it makes the entry of a allow the access, and retries if it has dropped its locks. The
// error is vm.ErrNoPage, ENOMEM, or ErrGuard.
// Linux: handle_mm_fault (mm/memory.c), do_user_addr_fault (arch/x86/mm/fault.c), populate_vma_page_range (mm/gup.c).
func (h *Handler) handle(s *vm.Space, area *vm.Area, a vm.Addr, k vm.Access, locks locks) (outcome, error) {
	f := &h.request
	h.Events.Faults++
	for try := (attempt{locks: locks}); ; {
		// Each try looks at the entry afresh: while the locks were dropped, another fault, reclaim or a truncate may
		// have changed it.
		*f = vm.Fault{
			Space: s, Area: area, Addr: a.Floor(), Real: a, Index: area.IndexOf(a), Access: k,
			MayDrop: try.mayDrop(), Tried: try.tried, Kernel: locks != areaLock, Locked: locks == keepLocks,
			Protected: area.Flags.Has(vm.UserWrite) && s.Entry(a) == vm.ProtectedMarker,
		}
		// Until 6.2 a task caches what its faults add to RSS; NoteFault ends what belongs to this fault.
		s.Stats.BeginFault()
		// Where the LRU has generations, a page that a fault adds counts as used already. The lists know by this flag.
		s.LRU.Faulting = s.LRU.Generations && h.Profile.Has(profile.FaultsUse) && area.CountsUse()
		var err error
		if h.Repairer == nil {
			err = h.repair(f, s.Entry(a))
		} else {
			err = h.byPolicy(f, s.Entry(a), try.retries)
		}
		s.Stats.NoteFault()
		s.LRU.Faulting = false
		// VM_FAULT_RETRY: the page may be there now. Nothing is known about it; the fault begins from its entry again.
		if err == vm.ErrRetry {
			if try.again(f.Major, h.Profile); locks == beginAgain {
				s.LRU.Drain() // pages that were populated before are on their lists then
			}
			continue
		}
		if err != nil {
			// Linux allocates the page tables on the way down, before it knows whether the page exists; they stay after
			// a failure, and count in VmPTE.
			s.PrepareTables(f.Addr, area.PageSize())
		}
		if err == vm.ErrUserfault && h.Waits == nil {
			h.Waits = &Waits{Space: s, Addr: a}
		}
		return try.outcome(f.Major), err
	}
}

// mostRetries limits how often a Repairer may retry one fault. Linux needs two.
const mostRetries = 16

// byPolicy has the Repairer repair the fault.
func (h *Handler) byPolicy(f *vm.Fault, e vm.PTE, retries int) error {
	err := h.Repairer.Repair(h.page(f, e))
	if err == vm.ErrRetry && retries >= mostRetries {
		return vm.ErrNoPage
	}
	return err
}

// repair dispatches on the entry: none, swap entry, marker, or write-protected. Linux looks at the entry without a
// lock, and again under the lock of its page table where it changes it. The order of the cases is Linux's. The last one
// is a spurious fault: the entry allows the access by now, or lacks only the bits that the processor sets.
// Linux: handle_pte_fault (mm/memory.c).
func (h *Handler) repair(f *vm.Fault, e vm.PTE) error {
	switch {
	case f.Area.Flags.Has(vm.HugeTLB):
		return h.huge(f, e)
	case (e.None() || f.Protected) && f.Area.Anonymous():
		return h.anonymous(f)
	case e.None() || f.Protected:
		return h.file(f)
	case e == vm.ProtectedMarker:
		f.Space.SetEntry(f.Addr, 0) // the area is not registered any more
		return nil
	case e.Poisoned():
		return errPoison
	case e.Guard() && h.Profile.Errs(profile.GuardIgnored):
		return h.anonymous(f)
	case e.Guard():
		stepGuardHit(f.Space.Log, f.Addr)
		return ErrGuard
	case e.Swapped():
		return h.swapIn(f, e)
	case e.Withheld() && f.Area.Accessible():
		f.Space.SetEntry(f.Addr, e.Given(f.Area.Flags)) // until 6.2, after UFFDIO_WRITEPROTECT
		return nil
	case f.Access == vm.Store && !e.Writable():
		return h.writeProtected(f, e)
	}
	e |= vm.PteAccessed
	if f.Access == vm.Store {
		e |= vm.PteDirty
	}
	f.Space.SetEntry(f.Addr, e)
	return nil
}
