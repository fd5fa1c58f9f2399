package syscalls

import (
	"syscall"

	"vmsim/fault"
	"vmsim/vm"
	"vmsim/vm/trace"
)

// Fork makes a child with copies of the areas; private pages are shared until one of the two writes.
// Linux: kernel_clone (kernel/fork.c).
func (p *Process) Fork() (*Process, error) {
	p.enter(SysFork)
	k := p.kernel
	limits := *p.Space.Limits
	child := &Process{PID: len(k.procs), kernel: k, parent: p, personality: p.personality}
	child.Space = vm.NewSpace(k.Log, k.Memory, k.Commit, &limits)
	if err := p.Space.Fork(child.Space); err != nil {
		child.Space.UnmapAll()
		return nil, p.refuse(err.(syscall.Errno), "the copies are more memory than may be promised")
	}
	child.CPU = fault.NewCPU(child.Space, k.handler)
	child.inheritDescriptors(p)
	k.procs = append(k.procs, child)
	k.Log.Step(trace.ProcessForked, uint64(child.PID), 0, 0)
	return child, nil
}

// Exit ends the process: its areas and descriptors go.
// Linux: do_exit (kernel/exit.c).
func (p *Process) Exit() {
	p.enter(SysExitGroup)
	if p.exited {
		return
	}
	p.CPU.Detach()
	p.Space.UnmapAll()
	p.closeAll()
	p.exited = true
	p.kernel.Log.Step(trace.ProcessExited, uint64(p.PID), 0, 0)
}
