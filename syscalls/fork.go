package syscalls

import (
	"syscall"

	"vmsim/fault"
	"vmsim/vm/profile"
)

// Fork makes a child with copies of the areas; private pages are shared until one of the two writes.
// Linux: sys_fork (kernel/fork.c).
func (p *Process) Fork() (*Process, error) {
	p.enter(SysFork)
	return p.clone(childSignal)
}

// Vfork makes a child that runs in the caller's own address space; the caller is suspended until the child has exited.
// Linux: sys_vfork (kernel/fork.c).
func (p *Process) Vfork() (*Process, error) {
	p.enter(SysVfork)
	return p.clone(CloneVM | CloneVfork | childSignal)
}

// clone makes a child that shares what f says and has copies of the rest.
// Linux: copy_process (kernel/fork.c).
func (p *Process) clone(f CloneFlags) (*Process, error) {
	k := p.kernel
	if !k.rootOwned() && k.living() >= p.limits.of[ResourceProcesses].Soft {
		return nil, p.refuse(syscall.EAGAIN, "the user has as many processes as RLIMIT_NPROC allows")
	}
	child := &Process{PID: len(k.procs), kernel: k, personality: p.personality, scoreAdjust: p.scoreAdjust}
	child.join(p, f)
	if f&CloneVM != 0 {
		child.Space, child.mm = p.Space, p.mm
		child.mm.users++
	} else if err := child.copySpace(p); err != nil {
		return nil, p.refuse(err.(syscall.Errno), "the copies are more memory than may be committed")
	}
	child.CPU = fault.NewCPU(child.Space, k.handler)
	child.CPU.Rights = p.CPU.Rights
	child.inheritDescriptors(p, f)
	if child.fs = p.fs; f&CloneFS == 0 {
		child.fs = &whereabouts{p.fs.cwd}
	}
	if child.creds = p.creds; f&CloneThread == 0 {
		child.creds = new(credentials)
	}
	child.inheritSignals(p, f)
	child.born(p, f)
	k.procs = append(k.procs, child)
	child.group.tasks = append(child.group.tasks, child)
	if f&CloneVfork != 0 {
		p.waits, child.waiter = child, p
	}
	stepProcessForked(k.Log, child.PID)
	return child, nil
}

func (child *Process) copySpace(p *Process) error {
	k := child.kernel
	child.Space, child.mm = k.newSpace(child.limits), p.mm.inherited()
	if err := p.Space.Fork(child.Space); err != nil {
		child.Space.UnmapAll()
		return err
	}
	child.mm.runs(p.mm.exe)
	return nil
}

// Exit ends the process with all its threads. It closes its descriptors, and unmaps its areas if no other process
// shares the address space.
// Linux: do_group_exit (kernel/exit.c).
func (p *Process) Exit() {
	p.enter(SysExitGroup)
	if p.group.endedBy == nil {
		p.group.endedBy = p
	}
	p.endThreads()
	p.end()
}

// ExitThread ends the thread; with the last one the process ends.
// Linux: do_exit (kernel/exit.c).
func (p *Process) ExitThread() {
	p.enter(SysExit)
	if len(p.Threads()) == 1 && p.group.endedBy == nil && p.follows(profile.LastThreadsCode) {
		p.group.endedBy = p
	}
	p.end()
}

func (p *Process) end() {
	if p.exited {
		return
	}
	if p.kernel.Cache.HoldEnds() { // a signal ends it, between two calls
		defer p.kernel.Cache.End()
	}
	p.leave()
	p.closeAll()
	p.exited = true
	p.reparentChildren()
	if len(p.Threads()) == 0 && p.group.first().parent == nil {
		p.group.first().released = true
	}
	stepProcessExited(p.kernel.Log, p.PID)
}

// leave releases the address space, which the last process frees; a parent suspended in vfork resumes.
// Linux: exit_mm (kernel/exit.c), mm_release (kernel/fork.c).
func (p *Process) leave() {
	if p.clearTID != 0 && p.mm.users > 1 {
		p.putNumber(p.clearTID, make([]byte, 4))
	}
	p.CPU.Detach()
	p.Space.Stats.Leave(&p.counts)
	if p.mm.users--; p.mm.users == 0 {
		p.Space.UnmapAll()
		p.mm.end()
	}
	if p.waiter != nil {
		p.waiter.waits, p.waiter = nil, nil
	}
}
