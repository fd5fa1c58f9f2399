package syscalls

import (
	"fmt"
	"math"
	"slices"

	"vmsim/fault"
	"vmsim/pagecache"
	"vmsim/vm"
)

// Killed is a process that the OOM killer has ended.
// Linux: none; the lines that oom_kill_process (mm/oom_kill.c) writes to the kernel's log.
type Killed struct {
	PID    int
	Report string // as dmesg shows it
}

// unkillable is the oom_score_adj of a process that is never chosen.
// Linux: OOM_SCORE_ADJ_MIN (include/uapi/linux/oom.h).
const unkillable = -1000

// Badness is how many pages the process would free, adjusted by its oom_score_adj; killable is false for one that may
// not be chosen. The counts lag: a process that has brought its pages in one by one may have 31 more of each kind. The
// child of a vfork is not: its parent, which has the same memory, is, and the child dies with it.
// Linux: oom_badness (mm/oom_kill.c), in_vfork (include/linux/sched/mm.h).
func (p *Process) Badness(total uint64) (points int64, killable bool) {
	lent := p.waiter != nil && p.waiter.Space == p.Space
	if p.scoreAdjust == unkillable || p.exited || p.dying || lent {
		return 0, false
	}
	st := &p.Space.Stats
	points = int64(p.Space.Table().Pages())
	for k := range vm.NumRSS {
		points += int64(st.LaggingRSS(k))
	}
	return points + int64(p.scoreAdjust)*int64(total/1000), true
}

// AdjustScore sets oom_score_adj: the OOM killer chooses the process and its children sooner with a higher value, up to
// 1000; -1000 means never.
// Linux: oom_score_adj_write (fs/proc/base.c).
func (p *Process) AdjustScore(adj int) {
	for _, t := range p.group.tasks {
		t.scoreAdjust = adj
	}
}

// outOfMemory kills the process that would free most. It is false if that is the running process, or if one is dying
// already: the allocation then fails.
// Linux: out_of_memory, mem_cgroup_out_of_memory (mm/oom_kill.c, mm/memcontrol.c).
func (k *Kernel) outOfMemory(s pagecache.Shortage) bool {
	if k.current == nil || k.current.dying {
		return false
	}
	total, message := k.Memory.Total()+k.swap.Total(), "Out of memory"
	if s == pagecache.AtTheLimit {
		total, message = k.Cache.Reclaim.Limit, "Memory cgroup out of memory"
	}
	var victim *Process
	most := int64(math.MinInt64)
	k.Processes(func(p *Process) {
		if n, ok := p.Badness(total); ok && n >= most && p.leads() {
			victim, most = p, n
		}
	})
	if victim == nil {
		return false
	}
	k.Cache.Reclaim.Events.Kills++
	report := victim.killReport(message)
	stepKilled(k.Log, victim.PID, uint64(max(0, most)), report)
	runs := false
	k.Processes(func(p *Process) {
		if p.Space == victim.Space || p.group == victim.group {
			p.dying = true
			runs = runs || p == k.current
			k.killed = append(k.killed, Killed{p.PID, report})
		}
	})
	if !runs {
		k.endDying()
	}
	return !runs
}

// leads reports whether the process is the first of its threads that has not exited.
func (p *Process) leads() bool {
	for _, t := range p.group.tasks {
		if !t.exited {
			return t == p
		}
	}
	return false
}

// killReport is the kernel log's line about the victim.
// Linux: __oom_kill_process (mm/oom_kill.c).
func (p *Process) killReport(message string) string {
	st, kb := &p.Space.Stats, uint64(vm.PageSize/1024)
	return fmt.Sprintf("%s: Killed process %d (%s) total-vm:%dkB, anon-rss:%dkB, file-rss:%dkB, shmem-rss:%dkB, "+
		"UID:%d pgtables:%dkB oom_score_adj:%d",
		message, p.PID, comm, st.Total*kb, st.LaggingRSS(vm.RSSAnon)*kb, st.LaggingRSS(vm.RSSFile)*kb,
		st.LaggingRSS(vm.RSSShmem)*kb,
		p.kernel.uid(),
		p.Space.Table().Pages()*kb, p.scoreAdjust)
}

// OrdinaryUser is the number of every user but root.
const OrdinaryUser = 1000

// uid is the number of the user that programs run as.
func (k *Kernel) uid() uint32 {
	if k.rootOwned() {
		return 0
	}
	return OrdinaryUser
}

// comm is the name of every program in the kernel's log.
// Linux: comm of struct task_struct (include/linux/sched.h).
const comm = "program"

// endDying ends the processes that were killed and frees all that they have.
// Linux: do_exit (kernel/exit.c), oom_reap_task (mm/oom_kill.c).
func (k *Kernel) endDying() {
	for _, p := range k.procs[1:] {
		switch {
		case !p.dying || p.exited:
		case slices.Contains(k.inUse, p.Space):
			p.reap()
		default:
			p.endedBySignal(uint32(fault.SIGKILL))
			p.end()
		}
	}
}

// using notes that the kernel works on the address space of a process that is not the running one: if the OOM killer
// chooses that process, the space stays until done is called, without its private pages.
// Linux: mmget, mmput (include/linux/sched/mm.h).
func (k *Kernel) using(s *vm.Space) (done func()) {
	k.inUse = append(k.inUse, s)
	return func() {
		k.inUse = k.inUse[:len(k.inUse)-1]
		k.endDying()
	}
}

// reap frees the private pages of a process that has been killed.
// Linux: __oom_reap_task_mm (mm/oom_kill.c).
func (p *Process) reap() {
	_ = p.Space.Walk(0, vm.TaskSize, vm.SkipHoles, func(a *vm.Area, start, end vm.Addr) error {
		if !a.Flags.Any(vm.Shared | vm.PFNMap | vm.HugeTLB) {
			p.Space.Discard(a, start, end)
		}
		return nil
	})
}

// TakeKilled ends the processes that the OOM killer has chosen since its last call, and returns them. A process that is
// killed during a call or an access lives until then, as in Linux until it returns to user space.
// Linux: get_signal (kernel/signal.c).
func (k *Kernel) TakeKilled() []Killed {
	if len(k.killed) == 0 {
		return nil
	}
	killed := k.killed
	k.killed = nil
	k.endDying()
	return killed
}
