package syscalls

import (
	"encoding/binary"
	"syscall"

	"vmsim/vm"
	"vmsim/vm/profile"
)

// alternateStack is the memory that handlers with SA_ONSTACK run on.
// Linux: sas_ss_sp, sas_ss_size and sas_ss_flags of struct task_struct (include/linux/sched.h).
type alternateStack struct {
	start vm.Addr
	size  uint64
	flags uint32
}

// What flags of an alternate stack say.
// Linux: SS_* (include/uapi/linux/signal.h).
const (
	stackInUse      uint32 = 1       // SS_ONSTACK: told of a process that is on it
	stackDisabled   uint32 = 2       // SS_DISABLE
	stackAutoDisarm uint32 = 1 << 31 // SS_AUTODISARM: there is none while a handler runs
)

// leastAlternate is the smallest alternate stack.
// Linux: MINSIGSTKSZ (include/uapi/asm-generic/signal.h).
const leastAlternate = 2048

// sizeofStack is the size of a stack_t.
const sizeofStack = 24

// holds reports whether a stack pointer is within the stack: its lowest byte is none of it, and its end is.
// Linux: __on_sig_stack (include/linux/sched/signal.h).
func (s *alternateStack) holds(sp vm.Addr) bool { return sp > s.start && uint64(sp-s.start) <= s.size }

// on reports whether a process with that stack pointer is on it.
// Linux: on_sig_stack (include/linux/sched/signal.h).
func (s *alternateStack) on(sp vm.Addr) bool { return s.flags&stackAutoDisarm == 0 && s.holds(sp) }

// state is what sigaltstack says of it.
// Linux: sas_ss_flags (include/linux/sched/signal.h).
func (s *alternateStack) state(sp vm.Addr) uint32 {
	switch {
	case s.size == 0:
		return stackDisabled
	case s.on(sp):
		return stackInUse
	}
	return 0
}

// disarm leaves the process without an alternate stack.
// Linux: sas_ss_reset (include/linux/sched/signal.h).
func (s *alternateStack) disarm() { *s = alternateStack{flags: stackDisabled} }

// setAlternate sets the alternate stack where to is not nil, and returns the one before as sigaltstack tells it.
// Linux: do_sigaltstack (kernel/signal.c).
func (p *Process) setAlternate(to *alternateStack) (old alternateStack, err error) {
	s := &p.alternate
	old = alternateStack{s.start, s.size, s.state(p.sp) | s.flags&stackAutoDisarm}
	if to == nil {
		return old, nil
	}
	mode := to.flags &^ stackAutoDisarm
	switch {
	case s.on(p.sp):
		return old, p.refuse(syscall.EPERM, "the process runs on the alternate stack")
	case mode != 0 && mode != stackDisabled && mode != stackInUse:
		return old, p.refuse(syscall.EINVAL, "ss_flags is neither 0 nor SS_ONSTACK nor SS_DISABLE, with SS_AUTODISARM "+
			"and without")
	case *s == *to && p.kernel.config.Profile.Has(profile.SameStackTaken):
	case mode == stackDisabled:
		*s = alternateStack{flags: to.flags}
	case to.size < leastAlternate:
		return old, p.refuse(syscall.ENOMEM, "the stack is smaller than MINSIGSTKSZ, 2048 bytes")
	default:
		*s = *to
	}
	return old, nil
}

// sigaltstackAt is setAlternate with stacks in the program's memory.
// Linux: sys_sigaltstack (kernel/signal.c).
func (p *Process) sigaltstackAt(to, from vm.Addr) error {
	p.enter(SysSigaltstack)
	var want *alternateStack
	if to != 0 {
		var b [sizeofStack]byte
		if !p.copyIn(to, b[:]) {
			return p.refuse(syscall.EFAULT, "the stack_t is not readable")
		}
		want = &alternateStack{vm.Addr(binary.LittleEndian.Uint64(b[:])), binary.LittleEndian.Uint64(b[16:]),
			binary.LittleEndian.Uint32(b[8:])}
	}
	old, err := p.setAlternate(want)
	if err == nil && from != 0 && !p.copyOut(from, old.bytes()) {
		return p.refuse(syscall.EFAULT, "the old stack_t has nowhere to go")
	}
	return err
}

// bytes is the stack_t.
func (s *alternateStack) bytes() []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(s.start))
	b = binary.LittleEndian.AppendUint64(b, uint64(s.flags))
	return binary.LittleEndian.AppendUint64(b, s.size)
}
