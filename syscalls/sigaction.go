package syscalls

import (
	"maps"

	"vmsim/fault"
)

// signalSet has a bit for each signal.
// Linux: sigset_t (arch/x86/include/asm/signal.h).
type signalSet uint64

func setOf(n fault.SignalNumber) signalSet { return 1 << (n - 1) }

// unblockable are the signals that a process cannot block: SIGKILL and SIGSTOP.
// Linux: set_current_blocked (kernel/signal.c).
const unblockable signalSet = 1<<(9-1) | 1<<(19-1)

// signalActions are what threads that share their handlers do at signals. A signal that is not there has the default
// action.
// Linux: struct sighand_struct (include/linux/sched/signal.h).
type signalActions map[fault.SignalNumber]SignalAction

// SignalAction is what a process does at a signal.
// Linux: struct k_sigaction (include/linux/signal_types.h).
type SignalAction uint8

// The actions: to end, or to run a handler, with SA_ONSTACK on the alternate stack, where there is one.
const (
	DefaultAction SignalAction = iota
	Handler
	HandlerOnStack
)

// SetAction stands for rt_sigaction with SA_SIGINFO, which is no call of the model: a handler's code is not modelled,
// its frame is.
// Linux: do_sigaction (kernel/signal.c).
func (p *Process) SetAction(n fault.SignalNumber, a SignalAction) error {
	p.actions[n] = a
	return nil
}

// inheritSignals gives a child what its parent has: handlers of its own or the parent's, the alternate stack where it
// has a copy of the memory or the parent waits, and its stack pointer.
// Linux: copy_process, copy_sighand (kernel/fork.c).
func (child *Process) inheritSignals(p *Process, f CloneFlags) {
	child.sp, child.blocked, child.alternate = p.sp, p.blocked, p.alternate
	if child.actions = p.actions; f&CloneSigHand == 0 {
		child.actions = maps.Clone(p.actions)
	}
	if f&(CloneVM|CloneVfork) == CloneVM {
		child.alternate.disarm()
	}
}

// forgetHandlers gives a new program the default actions and no alternate stack; of the old one the flags stay.
// Linux: begin_new_exec, flush_signal_handlers (fs/exec.c).
func (p *Process) forgetHandlers() {
	p.actions, p.frames = signalActions{}, nil
	p.alternate.start, p.alternate.size = 0, 0
}

// force is a signal that the process cannot ignore. Where it has it blocked, the default action takes the place of its
// handler, and it is blocked no more.
// Linux: force_sig_info_to_task (kernel/signal.c).
func (p *Process) force(s *fault.Signal) *fault.Signal {
	stepSignalRaised(p.kernel.Log, s.Addr, s.Number, s.Code)
	if p.blocked&setOf(s.Number) != 0 {
		p.actions[s.Number] = DefaultAction
		p.blocked &^= setOf(s.Number)
	}
	return s
}
