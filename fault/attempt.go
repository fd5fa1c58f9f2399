package fault

import "vmsim/vm/profile"

// locks says which locks the kernel holds while it handles a fault, and what it does with them where it has to wait for
// the disk: it may drop them and begin the fault again. Whether the fault then counts as major depends on that.
// Linux: FAULT_FLAG_ALLOW_RETRY, FAULT_FLAG_TRIED, FAULT_FLAG_VMA_LOCK (include/linux/mm_types.h).
type locks uint8

// Which locks the kernel holds during a fault, and whether it may drop them.
const (
	areaLock   locks = iota // an instruction's fault: the area's lock first, the lock of the space when it is retried
	spaceLock               // the kernel's own access to the program's memory: the lock of the space
	keepLocks               // the caller keeps its locks: no retry
	beginAgain              // the caller retries without FAULT_FLAG_TRIED, as if it were the first try
	tryAgain                // the caller retries with FAULT_FLAG_TRIED
)

// attempt is a fault from its first try to its end.
//
//	first try --disk needed--> locks dropped, retry --disk needed--> it waits with its locks held
//	    | page at hand                 | page at hand
//	    v                              v
//	  minor                          major if the retry is marked as tried, else minor
//
// A retried fault counts as major, with two exceptions: the first retry of an instruction's fault on a page that
// another fault or read-ahead was bringing in, and callers that retry without FAULT_FLAG_TRIED.
// Linux: mm_account_fault (mm/memory.c), do_user_addr_fault (arch/x86/mm/fault.c).
type attempt struct {
	locks   locks
	retries int
	tried   bool // Linux: FAULT_FLAG_TRIED
}

// mayDrop reports whether a try that has to wait drops its locks. A try that may not drop them waits for the disk while
// it holds them, and returns with the page; so the second try is the last.
// Linux: fault_flag_allow_retry_first (include/linux/mm_types.h).
func (t *attempt) mayDrop() bool { return !t.tried && t.locks != keepLocks }

// again notes that a try has dropped its locks, and whether that try was major.
func (t *attempt) again(major bool, which *profile.Profile) {
	switch t.locks {
	case areaLock:
		// do_user_addr_fault sets FAULT_FLAG_TRIED after the try under the area's lock only if that try was major. A
		// page that is locked because another process reads it is not: then the second try is not marked, either.
		t.tried = major || t.retries > 0 || !which.Has(profile.FileAreaLocks)
	case spaceLock, tryAgain:
		// FAULT_FLAG_TRIED is set as soon as one try has dropped the lock.
		t.tried = true
	}
	// A try that waits again would go on for ever, and the fault would never end.
	if t.retries++; t.retries > mostRetries {
		t.tried = true // in so little memory readahead can evict the page itself
	}
}

// outcome is what the fault counts as, given whether its last try was major.
// Linux: mm_account_fault (mm/memory.c).
func (t *attempt) outcome(major bool) outcome {
	if major || t.tried {
		return majorFault
	}
	return minorFault
}
