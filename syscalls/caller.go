package syscalls

import "vmsim/vm"

// Caller is a process that performs calls: the model's Process, or a puppet on the real kernel. All code that runs
// programs uses this interface, so that both run the same ones.
type Caller interface {
	// Call performs system call nr with raw register arguments. The error is a syscall.Errno, nil where it succeeded;
	// ret is then the value of rax.
	Call(nr Number, args Args) (ret uint64, err error)
	// Load reads one byte as an instruction of the program would. The error is a *fault.Signal.
	Load(a vm.Addr) (byte, error)
	// Store writes one byte as an instruction of the program would. The error is a *fault.Signal.
	Store(a vm.Addr, b byte) error
	// Peek copies memory out as a debugger does: it counts no fault of the process. The error is EIO or EFAULT.
	Peek(a vm.Addr, buf []byte) error
	// Poke copies buf into memory as a debugger does: it counts no fault of the process, and an area without write
	// permission does not stop it.
	Poke(a vm.Addr, buf []byte) error
	// Maps is the text of /proc/PID/maps, device and inode columns included.
	Maps() string
	// Faults is how many minor and major faults the process has taken since its birth.
	Faults() (minor, major uint64)
}

// Args are the six argument registers of a call, rdi first.
type Args [6]uint64
