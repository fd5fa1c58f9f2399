package fault

import (
	"errors"
	"syscall"

	"vmsim/pagecache"
	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/profile"
)

// Handler decides what a fault is and repairs it.
// Linux: handle_mm_fault (mm/memory.c).
type Handler struct {
	Memory *phys.Memory
	Cache  *pagecache.Cache     // it hears of every access that faults
	Swap   *pagecache.SwapCache // nil for a machine without a swap area
	// Profile is the Linux that the handler answers as; nil for the default one.
	Profile *profile.Profile
	Events  Events

	request vm.Fault // the fault that is being repaired: one at a time, and no allocation
}

// Events counts what faults did.
// Linux: struct vm_event_state (include/linux/vmstat.h).
type Events struct {
	Faults uint64 // faults that were handled, failed ones included; Linux: PGFAULT
	Reused uint64 // entries that a store's fault made writable without a copy; Linux: PGREUSE
}

// Outcome is how a fault was repaired.
// Linux: vm_fault_t (include/linux/mm_types.h).
type Outcome uint8

// The two ways a fault is repaired.
const (
	Minor Outcome = iota // with what was at hand
	Major                // after waiting for the disk
)

// errGuard is the answer to a fault in a guard region.
var errGuard = errors.New("guard region")

// noncanonicalCode is si_code of an access that the processor refuses before it looks at any table.
const noncanonicalCode SignalCode = 0x80

// userHalf is where the user's half of all addresses ends, kernelHalf where the kernel's begins: in between are none.
const (
	userHalf   vm.Addr = 1 << 47
	kernelHalf vm.Addr = 0xffff800000000000
)

// badAddress is the signal for an address outside the user's half.
func (h *Handler) badAddress(a vm.Addr) *Signal {
	if a >= userHalf && a < kernelHalf {
		// Not an address at all: the processor does not say which it was.
		return &Signal{SIGSEGV, noncanonicalCode, 0}
	}
	return &Signal{SIGSEGV, SegvMapErr, a}
}

// findArea is the area that holds a; a stack above it grows down to it.
// Linux: lock_mm_and_find_vma (mm/mmap_lock.c).
func (h *Handler) findArea(s *vm.Space, a vm.Addr) (*vm.Area, *Signal) {
	area := s.FindAfter(a)
	if area == nil {
		return nil, &Signal{SIGSEGV, SegvMapErr, a}
	}
	if area.Start > a {
		if s.GrowDown(area, a) != nil {
			return nil, &Signal{SIGSEGV, SegvMapErr, a}
		}
		stepStackGrown(s.Log, a, area.Start)
	}
	stepFaultArea(s.Log, area.Start, area.End)
	return area, nil
}

// signalFor is the signal that tells of a fault that could not be repaired.
func signalFor(err error, a vm.Addr) *Signal {
	switch {
	case errors.Is(err, errGuard):
		return &Signal{SIGSEGV, SegvMapErr, a}
	case errors.Is(err, syscall.ENOMEM):
		return &Signal{SIGKILL, 0, a}
	}
	return &Signal{SIGBUS, BusAdrErr, a}
}

// Locks is how a fault that has to wait for the disk deals with the locks that it holds: it may give them up and begin
// again. What it counts as depends on that.
// Linux: FAULT_FLAG_ALLOW_RETRY, FAULT_FLAG_TRIED, FAULT_FLAG_VMA_LOCK (include/linux/mm_types.h).
type Locks uint8

// The ways to deal with the locks.
const (
	AreaLock   Locks = iota // an instruction's fault: first with the area's own lock, then with that of the whole space
	SpaceLock               // the kernel's own access to the program's memory: with that of the whole space
	KeepLocks               // who asks does not let go of them
	BeginAgain              // who asks begins again himself, as if nothing had been
	TryAgain                // who asks begins again and tells that he does
)

// Repair makes the entry of a allow the access, as far as one fault does. The error is vm.ErrNoPage, ENOMEM, or
// errGuard. A fault that was begun again counts as one that had to wait, but for the first time that an instruction's
// is, and for those who do not tell.
// Linux: handle_mm_fault, mm_account_fault (mm/memory.c), do_user_addr_fault (arch/x86/mm/fault.c),
// populate_vma_page_range (mm/gup.c).
func (h *Handler) Repair(s *vm.Space, area *vm.Area, a vm.Addr, k vm.Access, locks Locks) (Outcome, error) {
	f := &h.request
	h.Events.Faults++
	for tried, first := false, true; ; first = false {
		*f = vm.Fault{Space: s, Area: area, Addr: a.Floor(), Real: a, Index: area.IndexOf(a), Access: k,
			MayDrop: !tried && locks != KeepLocks, Tried: tried}
		err := h.repair(f, s.Entry(a))
		s.Stats.NoteRSS()
		if err == vm.ErrRetry {
			switch locks {
			case AreaLock:
				tried = f.Major || !first || !h.Profile.Has(profile.FileAreaLocks)
			case SpaceLock, TryAgain:
				tried = true
			case BeginAgain:
				s.LRU.Drain() // what was populated until then is settled
			}
			continue
		}
		if err != nil {
			s.PrepareTables(f.Addr)
		}
		if f.Major || tried {
			return Major, err
		}
		return Minor, err
	}
}

func (h *Handler) repair(f *vm.Fault, e vm.PTE) error {
	switch {
	case e.None() && f.Area.Anonymous():
		return h.anonymous(f)
	case e.None():
		return h.file(f)
	case e.Guard():
		stepGuardHit(f.Space.Log, f.Addr)
		return errGuard
	case e.Swapped():
		return h.swapIn(f, e)
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
