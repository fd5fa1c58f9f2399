package fault

import (
	"errors"
	"fmt"
	"syscall"

	"vmsim/vm"
	"vmsim/vm/profile"
)

// Signal is what a program gets for an access that no fault handler can repair. It is an error; the process goes on.
// Linux: struct kernel_siginfo (include/linux/signal_types.h).
type Signal struct {
	Number SignalNumber
	Code   SignalCode
	Addr   vm.Addr // the very byte that was touched
}

// SignalNumber is SIGSEGV or SIGBUS.
// Linux: SIGSEGV, SIGBUS (include/uapi/asm-generic/signal.h).
type SignalNumber int

// SignalCode is si_code, the reason for the signal. The same number means different things for different signals: 2 is
// SEGV_ACCERR or BUS_ADRERR.
// Linux: si_code (include/uapi/asm-generic/siginfo.h).
type SignalCode int

// The two signals of a bad access, and their codes.
const (
	SIGBUS  SignalNumber = 7
	SIGKILL SignalNumber = 9 // out of memory
	SIGSEGV SignalNumber = 11

	SegvMapErr SignalCode = 1 // no area there
	SegvAccErr SignalCode = 2 // an area, but not for this kind of access
	BusAdrAln  SignalCode = 1 // misaligned
	BusAdrErr  SignalCode = 2 // beyond the end of the file, or the page could not be read
	SegvPkuErr SignalCode = 4 // a protection key forbids it

	busMemoryErr SignalCode = 4 // the memory has failed; BUS_MCEERR_AR
)

// String is the number's C name.
func (n SignalNumber) String() string {
	switch n {
	case SIGBUS:
		return "SIGBUS"
	case SIGKILL:
		return "SIGKILL"
	case SIGSEGV:
		return "SIGSEGV"
	}
	return fmt.Sprintf("SIG%d", int(n))
}

// FromKernel is SIGSEGV that no access has raised: the kernel could not store a signal's frame, or read it.
// Linux: force_sig (kernel/signal.c).
func FromKernel() *Signal { return &Signal{SIGSEGV, noncanonicalCode, 0} }

// codeNames are the C names of the codes, which a signal other than that has with another meaning. SI_KERNEL is any
// signal's.
var codeNames = []struct {
	number SignalNumber
	code   SignalCode
	name   string
}{
	{SIGSEGV, SegvMapErr, "SEGV_MAPERR"}, {SIGSEGV, SegvAccErr, "SEGV_ACCERR"}, {SIGSEGV, SegvPkuErr, "SEGV_PKUERR"},
	{SIGBUS, BusAdrAln, "BUS_ADRALN"}, {SIGBUS, BusAdrErr, "BUS_ADRERR"}, {SIGBUS, busMemoryErr, "BUS_MCEERR_AR"},
}

// CodeName is the C name of the signal's code.
func (s *Signal) CodeName() string {
	if s.Code == noncanonicalCode {
		return "SI_KERNEL"
	}
	for _, c := range codeNames {
		if c.number == s.Number && c.code == s.Code {
			return c.name
		}
	}
	return fmt.Sprint(int(s.Code))
}

// Error is the signal as strace prints it.
func (s *Signal) Error() string {
	if s.Addr == 0 {
		return fmt.Sprintf("%v {si_code=%s, si_addr=NULL}", s.Number, s.CodeName())
	}
	return fmt.Sprintf("%v {si_code=%s, si_addr=%v}", s.Number, s.CodeName(), s.Addr)
}

// ErrGuard is the error of a fault in a guard region: the process gets SIGSEGV.
// Linux: VM_FAULT_SIGSEGV of handle_pte_marker (mm/memory.c).
var ErrGuard = errors.New("guard region")

// errPoison is the error of a fault on a page that UFFDIO_POISON has made unusable: the process gets SIGBUS, with the
// code of any other page that is missing where the kernel is built without memory-failure handling.
// Linux: VM_FAULT_HWPOISON of handle_pte_marker (mm/memory.c).
var errPoison = errors.New("poisoned page")

// noncanonicalCode is si_code of an access to a non-canonical address, which the processor rejects without a page walk.
const noncanonicalCode SignalCode = 0x80

// userHalf is the end of the user's half of the address space, kernelHalf the start of the kernel's; addresses between
// them are non-canonical.
const (
	userHalf   vm.Addr = 1 << 47
	kernelHalf vm.Addr = 0xffff800000000000
)

// badAddress is the signal for an address outside the user's half.
func (h *Handler) badAddress(a vm.Addr) *Signal {
	if a >= userHalf && a < kernelHalf {
		// A non-canonical address: the processor does not report it.
		// It raises a general protection fault, which has no address.
		return &Signal{SIGSEGV, noncanonicalCode, 0}
	}
	return &Signal{SIGSEGV, SegvMapErr, a}
}

// signalFor is the signal for a fault that could not be repaired. Out of memory is no signal to the program in Linux:
// the fault returns, the OOM killer has chosen a process, and the access runs again. Here the process that cannot go on
// gets SIGKILL.
func (h *Handler) signalFor(err error, a vm.Addr) *Signal {
	switch {
	case errors.Is(err, ErrGuard), h.Profile.Errs(profile.BeyondEndSegv):
		return &Signal{SIGSEGV, SegvMapErr, a}
	case err == errPoison && h.Profile.Configured().MemoryFailure:
		return &Signal{SIGBUS, busMemoryErr, a}
	case errors.Is(err, syscall.ENOMEM):
		return &Signal{SIGKILL, 0, a}
	}
	return &Signal{SIGBUS, BusAdrErr, a}
}
