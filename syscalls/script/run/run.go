package run

import (
	"errors"
	"fmt"
	"maps"
	"syscall"

	"vmsim/fault"
	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/vm"
)

// run runs one step and leaves what it did in r.res.
func (r *Runner) run(s *step) error {
	r.res.reset()
	r.res.Op, r.res.PID, r.cur = s.op, 0, s
	switch s.kind {
	case stepDirective, stepExpect, stepInvariant, stepLayout:
		err := r.runMeta(s)
		r.observe(max(1, s.op.PID), r.opts.Show|r.drain)
		return err
	}
	if s.kind == stepEnd && r.gone(s.op.PID) {
		r.res.PID = s.op.PID
		return nil // it has called exit_group itself
	}
	p, err := r.process(s)
	if err != nil && r.killed != nil {
		if pid, e := r.PIDOf(s.op); e == nil && r.killed[pid] {
			r.res.PID, r.res.Dead = pid, true
			return nil
		}
	}
	if err != nil {
		return err
	}
	r.res.PID = p.pid
	looks := (r.opts.Show | r.drain | r.opts.Hold&r.held(s)) &^ (Results | Signals)
	if looks == 0 {
		err := r.perform(s, p)
		r.bury(p)
		return err
	}
	return r.watched(s, p, looks)
}

// held are the kinds that a test of s needs to see.
func (r *Runner) held(s *step) Kinds {
	k := s.hold.kinds
	if r.recorded {
		k |= Maps | Signals
	}
	return k
}

// watched performs s and looks at what it changed.
func (r *Runner) watched(s *step, p *proc, looks Kinds) error {
	if looks&Maps != 0 {
		r.mapsBefore(p)
	}
	var minor, major uint64
	if looks&Faults != 0 {
		minor, major = p.caller.Faults()
	}
	err := r.perform(s, p)
	if r.bury(p); err != nil {
		return err
	}
	if r.heir != nil {
		p, r.heir = r.heir, nil
	}
	if p.gone {
		return nil
	}
	if looks&Faults != 0 {
		a, b := p.caller.Faults()
		r.res.Minor, r.res.Major = a-minor, b-major
	}
	if looks&Maps != 0 {
		r.mapsAfter(p)
	}
	if looks&(Bytes|Mincore) != 0 {
		r.readBack(s, p)
	}
	r.observe(p.pid, looks)
	return nil
}

// perform does what s says, without looking.
func (r *Runner) perform(s *step, p *proc) error {
	r.lastPID = p.pid
	if r.comp.sp >= 0 {
		r.readStackPointer(p)
	}
	switch s.kind {
	case stepLoad, stepStore:
		return r.oneByte(s, p)
	case stepCall, stepMade:
		return r.call(s, p)
	case stepTaken:
		return r.take(s, p)
	case stepAccess:
		return r.access(s, p)
	case stepTouch:
		return r.touch(s, p)
	case stepEnd:
		return r.end(p)
	case stepOn:
		return r.setHandler(p, s.op.Do.(*script.On))
	case stepLet:
		return r.let(s, p)
	}
	return nil
}

// let binds a name. The stack pointer moves with its own.
func (r *Runner) let(s *step, p *proc) error {
	v, err := r.value(&s.value)
	r.slots[s.bind], r.res.Value = v, v
	if frames, ok := p.caller.(FrameMaker); ok && err == nil && s.bind == r.comp.sp {
		return frames.SetStackPointer(vm.Addr(v))
	}
	return err
}

// readStackPointer gives the stack pointer's name what the process has in it.
func (r *Runner) readStackPointer(p *proc) {
	if frames, ok := p.caller.(FrameMaker); ok && r.comp.sp >= 0 {
		r.slots[r.comp.sp] = uint64(frames.StackPointer())
	}
}

// oneByte is the load or store of one byte.
func (r *Runner) oneByte(s *step, p *proc) error {
	a, err := r.value(&s.addr)
	if err != nil {
		return err
	}
	off, err := r.value(&s.off)
	if err != nil {
		return err
	}
	e := Element{Addr: vm.Addr(a + off)}
	if s.kind == stepLoad {
		e.Value, err = p.caller.Load(e.Addr)
	} else {
		var v uint64
		if v, err = r.value(&s.value); err != nil {
			return err
		}
		e.Value = byte(v)
		err = p.caller.Store(e.Addr, e.Value)
	}
	if err != nil {
		e.Value, e.Signal, err = r.respond(p, attempt{addr: e.Addr, store: s.kind == stepStore, value: e.Value}, err)
		if err != nil {
			return err
		}
		r.res.Signal, e.Handled = e.Signal, len(r.res.Handled)
	}
	if e.Signal == nil && s.kind == stepLoad {
		e.Undetermined = p.doubts(e.Addr)
	}
	r.res.Elems = append(r.res.Elems, e)
	return nil
}

// asSignal is the signal that an access was answered by; any other error is the harness's.
func asSignal(err error) (*fault.Signal, error) {
	if s, ok := err.(*fault.Signal); ok {
		return s, nil
	}
	var s *fault.Signal
	if errors.As(err, &s) {
		return s, nil
	}
	return nil, err
}

// call runs a call of the model.
func (r *Runner) call(s *step, p *proc) error {
	for i := range s.args {
		v, err := r.value(&s.args[i])
		if err != nil {
			return err
		}
		r.res.Args[i] = v
	}
	r.unprinted(s, p)
	r.unsaid(s)
	r.res.Nr, r.res.Scratch = s.nr, s.scratch
	if r.log && s.nr == syscalls.SysFcntl && !syscalls.FcntlCommand(r.res.Args[1]).Modelled() && s.hold.want != nil {
		return r.take(s, p)
	}
	if r.foreign && aboutNames[s.nr] && s.hold.want != nil {
		return r.take(s, p)
	}
	if s.fds && r.touchesOutside(s, p) {
		if taken, err := r.outsideObject(s, p); taken || err != nil {
			return err
		}
	}
	if s.kind == stepMade {
		if err := r.make(s, p); err != nil {
			return err
		}
		if done, err := r.outsidePath(s, p, s.op.Do.(*script.Call)); done || err != nil {
			return err
		}
		if err := r.kernelTouches(s, p); err != nil { // the program had the text at another place
			return err
		}
	}
	return r.enter(s, p)
}

// enter makes the call itself and keeps its answer.
func (r *Runner) enter(s *step, p *proc) error {
	ret, err := p.caller.Call(s.nr, r.res.Args)
	if err != nil {
		n, err := asErrno(err)
		if err != nil {
			return err
		}
		r.res.Errno, ret = n, ^uint64(0)
	}
	r.answer(s, ret)
	if s.fills {
		r.readFilled(s, p)
	}
	if s.nr == syscalls.SysExecve && r.res.Errno == 0 {
		return r.executed(p)
	}
	if s.nr == syscalls.SysExitGroup || s.nr == syscalls.SysExit {
		p.gone, r.res.Unknown = true, true
		r.missThreads()
	}
	if r.handlers != nil {
		r.passHandlers(s, p)
		if err := r.sentSignal(p); err != nil {
			return err
		}
	}
	r.passScratch(s, p)
	if s.fds || s.kind == stepMade || s.nr == syscalls.SysFork || s.nr == syscalls.SysVfork ||
		s.nr == syscalls.SysClone {
		return r.trackDescriptors(s, p)
	}
	return nil
}

// missThreads notes which threads have ended with another, by exit_group, a signal or an execve, and which processes
// with the one that had the same memory.
func (r *Runner) missThreads() {
	if !r.joint {
		return
	}
	for pid, p := range r.procs {
		if p != nil && !p.gone {
			_, lives := r.m.Process(pid)
			p.gone = !lives
		}
	}
}

func (r *Runner) answer(s *step, ret uint64) {
	r.res.Value = ret
	if s.bind >= 0 {
		r.slots[s.bind] = ret
	}
}

func asErrno(err error) (syscall.Errno, error) {
	if n, ok := err.(syscall.Errno); ok {
		return n, nil
	}
	var n syscall.Errno
	if errors.As(err, &n) {
		return n, nil
	}
	return 0, err
}

// gone reports whether a process has exited.
func (r *Runner) gone(pid int) bool {
	pid = max(1, pid)
	return pid < len(r.procs) && r.procs[pid] != nil && r.procs[pid].gone
}

// end ends a process of which nothing more is known.
func (r *Runner) end(p *proc) error {
	_, err := p.caller.Call(syscalls.SysExitGroup, syscalls.Args{})
	p.gone = true
	if _, ok := err.(syscall.Errno); ok {
		return nil
	}
	return err
}

// runMeta runs what no process does.
func (r *Runner) runMeta(s *step) error {
	switch a := s.op.Do.(type) {
	case *script.Directive:
		return r.runDirective(a)
	case *script.Invariant:
		return nil // it is about the disk after a power cut
	case *script.Layout:
		return r.exec(s, a)
	case *script.Expect:
		if _, knows := r.m.(Evaluator); !knows && r.opts.Hold&Expects == 0 {
			return nil // it is not held, and this machine could not evaluate it
		}
		return r.expect(s, a)
	}
	return fmt.Errorf("script: no way to run a %T", s.op.Do)
}

// runDirective does a directive after the head of a program.
func (r *Runner) runDirective(a *script.Directive) error {
	if a.File != nil {
		return r.m.AddFile(r.fileSpec(a))
	}
	err := r.m.Directive(*a)
	r.filled = r.filled || err == nil && fillsPool(a)
	if err == nil && a.Name == "power_cut" {
		r.procs = nil // another process 1 from here on
	}
	return err
}

// exec puts a new image in the place of a process's old one.
func (r *Runner) exec(s *step, l *script.Layout) error {
	e, ok := r.m.(Execer)
	if !ok {
		return errors.New("this machine cannot replace the image of a process")
	}
	pid := max(1, s.op.PID)
	laid := r.withScratch(l)
	r.settle(pid, r.scratch)
	if err := e.Exec(pid, *laid); err != nil {
		return err
	}
	r.res.PID = pid
	delete(r.handlers, pid) // a new image has none
	r.missThreads()
	return r.renew(pid)
}

// executed goes on with the program that a process's execve has put in its place. A thread gets the number of its
// process.
func (r *Runner) executed(p *proc) error {
	was := p.pid
	e, ok := p.caller.(Executor)
	if !ok {
		return errors.New("this machine does not say what execve has made")
	}
	pid, scratch := e.Executed()
	r.missThreads()
	if _, lives := r.m.Process(pid); !lives {
		p.gone, r.res.Ended, r.res.Unknown = true, true, true
		return nil
	}
	r.res.Became = pid
	r.settle(pid, scratch)
	if pid != was {
		r.procs[pid] = nil
		if h := r.handlers[was]; h != nil {
			r.handlers[pid] = h
		}
		if _, err := r.meet(pid); err != nil {
			return err
		}
		q := r.procs[pid]
		q.outside, q.maps, q.text, q.version = p.outside, p.maps, p.text, p.version
		p.gone, r.heir = true, q
	}
	for name, h := range r.handlers[was] {
		if h.Do != nil {
			delete(r.handlers[was], name) // what has handled a signal is not there any more
		}
	}
	return nil
}

// renew meets a process anew after execve; what the program has open outside of the machine stays.
func (r *Runner) renew(pid int) error {
	if pid < len(r.procs) && r.procs[pid] != nil {
		outside := r.procs[pid].outside
		r.procs[pid] = nil // the Caller may be another one now
		p, err := r.meet(pid)
		if err != nil {
			return err
		}
		p.outside = maps.Clone(outside)
	}
	return nil
}
