package syscalls

// threadGroup is the threads of one process. Each is a Process here, with a processor of its own; they have one address
// space, one table of descriptors where they were made so, and the same limits.
// Linux: struct signal_struct (include/linux/sched/signal.h).
type threadGroup struct {
	tasks   []*Process // those that have ended too
	endedBy *Process   // who has called exit_group, or was ended by a signal; nil while no one has
}

// first is the thread with the process's number, which may have ended.
// Linux: group_leader of struct task_struct (include/linux/sched.h).
func (g *threadGroup) first() *Process { return g.tasks[0] }

// join puts a child into its parent's group, or into one of its own with a copy of the limits.
// Linux: copy_signal (kernel/fork.c).
func (child *Process) join(p *Process, f CloneFlags) {
	if f&CloneThread != 0 {
		child.group, child.limits = p.group, p.limits
		return
	}
	limits := *p.limits
	child.group, child.limits = &threadGroup{}, &limits
}

// endThreads ends the other threads of the process.
// Linux: zap_other_threads (kernel/signal.c).
func (p *Process) endThreads() {
	for _, t := range p.group.tasks {
		if t != p {
			t.end()
		}
	}
	p.group.tasks = []*Process{p}
}

// Threads are the numbers of the threads of the process that have not ended, itself among them.
// Linux: /proc/PID/task.
func (p *Process) Threads() (numbers []int) {
	for _, t := range p.group.tasks {
		if !t.exited {
			numbers = append(numbers, t.PID)
		}
	}
	return numbers
}
