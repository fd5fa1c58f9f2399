package fault

import "vmsim/vm"

// Repairer is the policy of page faults: what the handler does once the area is found and allows the access. A handler
// without one repairs as Linux does.
//
//	the entry is                  Linux
//	nothing, no file behind       a load maps the frame of zeros, a store a new frame
//	nothing, a file behind        asks the page cache; a private store copies the page at once
//	a guard marker                answers ErrGuard
//	a place in the swap area      reads the page back
//	write-protected, and a store  copies the page, or lets the store through
//	else                          sets the accessed and dirty bits
//
// Linux: handle_pte_fault (mm/memory.c).
type Repairer interface {
	// Repair makes the entry of p allow the access, with p's methods, and returns their errors as they are: ErrNoPage
	// becomes SIGBUS, ErrGuard SIGSEGV, ENOMEM ends the process, ErrRetry runs Repair again. If it returns nil and the
	// access still faults, Repair is called again.
	Repair(p *Page) error
}

// CopyOnWrite is the policy of private pages that several processes show: what fork shares, and what the first store
// to a shared page does. A machine without one does as Linux does.
// Linux: copy_present_ptes, do_wp_page (mm/memory.c).
type CopyOnWrite interface {
	vm.Sharing
	// Store repairs a store to a private page that is present and write-protected, with p's methods.
	Store(p *Page) error
}

// ErrNoPage is returned by a repair if the page does not exist: the process gets SIGBUS.
// Linux: VM_FAULT_SIGBUS (include/linux/mm_types.h).
var ErrNoPage error = vm.ErrNoPage

// ErrRetry is returned by a repair that has waited for the disk and must be retried.
// Linux: VM_FAULT_RETRY (include/linux/mm_types.h).
var ErrRetry error = vm.ErrRetry
