package run

import (
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
	for err != nil {
		if sig, err = asSignal(err); err != nil {
			return 0, nil, err
		}
		h := r.handlers[p.pid][sig.Number.String()]
		switch {
		case h == nil, slices.Contains(seen, *sig):
			return a.value, sig, nil
		case h.Ends:
			r.res.Ended = true
			return a.value, sig, r.endBySignal(p, int(sig.Number))
		}
		seen = append(seen, *sig)
		if err := r.handle(p, h, *sig); err != nil {
			return 0, nil, err
		}
		value, err = r.try(p, a)
	}
	return value, nil, nil
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
	r.res, r.cur = of, cur
	r.res.Handled = append(r.res.Handled, Handled{sig, b.String()})
	return err
}

// setHandler takes an  on  statement in.
func (r *Runner) setHandler(p *proc, on *script.On) {
	if r.handlers == nil {
		r.handlers = map[int]handlers{}
	}
	if r.handlers[p.pid] == nil {
		r.handlers[p.pid] = handlers{}
	}
	if on.Do == nil && !on.Ends {
		delete(r.handlers[p.pid], on.Signal)
		return
	}
	r.handlers[p.pid][on.Signal] = on
}

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
