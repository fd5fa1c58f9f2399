package run

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"vmsim/fault"
	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/vm"
)

// handlers are what a process does when signals answer its accesses. Threads have them in common.
// Linux: struct sighand_struct (include/linux/sched/signal.h).
type handlers map[string]*script.On

// Handled is a signal that a handler has answered.
type Handled struct {
	Signal fault.Signal
	Call   string // what the handler has called, with its answer
}

// String is the observation of it.
func (h Handled) String() string { return h.Signal.Error() + ": " + h.Call }

// attempt is an access of one byte that may be tried again.
type attempt struct {
	addr  vm.Addr
	store bool
	value byte
	touch bool
	kind  script.TouchKind // of a touch
}

// try performs the access once; the error may be a signal.
func (r *Runner) try(p *proc, a attempt) (byte, error) {
	switch {
	case a.touch:
		return 0, r.touchOnce(p, a.addr, a.kind)
	case a.store:
		return a.value, p.caller.Store(a.addr, a.value)
	}
	return p.caller.Load(a.addr)
}

// respond is what becomes of an access that has met err. Where the process has a handler for the signal, its call runs
// and the access is tried again, until it goes through, or until the same signal comes again: a program would try for
// ever.
func (r *Runner) respond(p *proc, a attempt, err error) (value byte, sig *fault.Signal, _ error) {
	var seen []fault.Signal
	frames, _ := p.caller.(FrameMaker)
	failed := 0 // frames that could not be stored or read: then the kernel may have set the default action
	for err != nil {
		if sig, err = asSignal(err); err != nil {
			return 0, nil, err
		}
		h := r.handlers[p.pid][sig.Number.String()]
		switch {
		case h == nil, slices.Contains(seen, *sig) && (failed == 0 || failed > mostFailed):
			return a.value, sig, nil
		case h.Ends:
			r.res.Ended = true
			return a.value, sig, r.endBySignal(p, int(sig.Number))
		}
		seen = append(seen, *sig)
		var ended bool
		if ended, err = r.handleOnStack(p, frames, h, *sig); ended {
			return a.value, sig, nil
		}
		if err != nil {
			failed++
			continue
		}
		value, err = r.try(p, a)
		failed = 0
	}
	return value, nil, nil
}

// mostFailed is how many frames in a row may fail: with the default action the process ends at the second.
const mostFailed = 3

// handleOnStack runs a handler, with its frame where the process makes one. ended says that it has not come back: the
// frame has found no place, or the handler has ended the process or its program. The error may be another signal.
func (r *Runner) handleOnStack(p *proc, frames FrameMaker, h *script.On, sig fault.Signal) (ended bool, err error) {
	if frames == nil {
		err = r.handle(p, h, sig)
		return p.gone || r.res.Became != 0, err
	}
	if ended, err = frames.Deliver(sig); ended || err != nil {
		return r.framesEnd(p, ended), err
	}
	if err = r.handle(p, h, sig); err != nil || p.gone || r.res.Became != 0 {
		return p.gone || r.res.Became != 0, err
	}
	ended, err = frames.ReturnFromHandler()
	return r.framesEnd(p, ended), err
}

// framesEnd takes note of a process that has ended for want of a frame.
func (r *Runner) framesEnd(p *proc, ended bool) bool {
	if ended {
		p.gone, r.res.Ended, r.res.NoFrame = true, true, true
		r.missThreads()
	}
	return ended
}

// endBySignal ends the process with all its threads, as the default action does.
func (r *Runner) endBySignal(p *proc, number int) (err error) {
	if s, ok := p.caller.(SignalEnder); ok {
		p.gone, err = true, s.EndBySignal(number)
	} else {
		err = r.end(p)
	}
	r.missThreads()
	return err
}

// sentSignal ends the process where its call has sent it a signal and it asks for the default action.
func (r *Runner) sentSignal(p *proc) error {
	taker, ok := p.caller.(SignalTaker)
	if !ok {
		return nil
	}
	number := taker.TakeSignal()
	h := r.handlers[p.pid][sentNames[number]]
	if r.res.Ended = h != nil && h.Ends; !r.res.Ended {
		return nil
	}
	return r.endBySignal(p, number)
}

// sentNames are the names of the signals that calls send.
// Linux: include/uapi/asm-generic/signal.h.
var sentNames = map[int]string{13: script.BrokenPipe, 25: script.FileLimit}

// handle runs the call of a handler.
func (r *Runner) handle(p *proc, h *script.On, sig fault.Signal) error {
	r.slots[r.comp.slot(script.FaultAddress)] = uint64(sig.Addr)
	var s step
	op := &script.Op{Line: r.cur.op.Line, PID: p.pid, Do: h.Do}
	if err := r.comp.compile(&s, op); err != nil {
		return err
	}
	r.slots = append(r.slots, make([]uint64, max(0, len(r.comp.slots)-len(r.slots)))...)
	of, cur := r.res, r.cur
	r.res, r.cur = Result{Op: op, PID: p.pid}, &s
	err := r.perform(&s, p)
	var b strings.Builder
	if err == nil {
		r.callText(&b, &s, h.Do)
	}
	if r.res.Nr == syscalls.SysVfork || r.res.Nr == syscalls.SysClone &&
		syscalls.CloneFlags(r.res.Args[0])&syscalls.CloneVfork != 0 {
		err = errors.Join(err, errVforkInHandler)
	}
	of.Became, of.Ended = r.res.Became, of.Ended || r.res.Ended
	r.res, r.cur = of, cur
	r.res.Handled = append(r.res.Handled, Handled{sig, b.String()})
	return err
}

// errVforkInHandler is why a handler cannot wait for a child: the statement would end before its handler does.
var errVforkInHandler = errors.New("a handler that calls vfork goes on when the child has ended: use fork")

// setHandler takes an  on  statement in.
func (r *Runner) setHandler(p *proc, on *script.On) error {
	r.handlersOf(p.pid)[on.Signal] = on
	action := syscalls.HandlerOnStack
	switch {
	case on.Do == nil:
		action = syscalls.DefaultAction
		if !on.Ends {
			delete(r.handlers[p.pid], on.Signal)
		}
	case !on.OnStack:
		action = syscalls.Handler
	}
	n, answers := answeredBy[on.Signal]
	if frames, ok := p.caller.(FrameMaker); ok && answers {
		return frames.SetAction(n, action)
	}
	return nil
}

// handlersOf are the handlers of a process, none to begin with.
func (r *Runner) handlersOf(pid int) handlers {
	if r.handlers == nil {
		r.handlers = map[int]handlers{}
	}
	if r.handlers[pid] == nil {
		r.handlers[pid] = handlers{}
	}
	return r.handlers[pid]
}

// answeredBy are the numbers of the signals that answer accesses.
var answeredBy = map[string]fault.SignalNumber{fault.SIGSEGV.String(): fault.SIGSEGV,
	fault.SIGBUS.String(): fault.SIGBUS}

// inheritHandlers gives a child what its parent does, or lets both have it in common.
// Linux: copy_sighand (kernel/fork.c).
func (r *Runner) inheritHandlers(parent, child int, flags syscalls.CloneFlags) {
	h := r.handlers[parent]
	if h == nil && flags&syscalls.CloneSigHand != 0 && r.handlers != nil {
		h = handlers{}
		r.handlers[parent] = h
	}
	if h != nil && flags&syscalls.CloneSigHand == 0 {
		h = maps.Clone(h)
	}
	if h != nil {
		r.handlers[child] = h
	}
}

// passHandlers follows the calls that make processes.
func (r *Runner) passHandlers(s *step, p *proc) {
	if r.res.Errno != 0 {
		return
	}
	switch s.nr {
	case syscalls.SysFork, syscalls.SysVfork:
		r.inheritHandlers(p.pid, int(r.res.Value), 0)
	case syscalls.SysClone:
		r.inheritHandlers(p.pid, int(r.res.Value), syscalls.CloneFlags(r.res.Args[0]))
	}
}
