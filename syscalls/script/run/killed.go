package run

import (
	"fmt"
	"strings"

	"vmsim/fault"
	"vmsim/syscalls"
)

// Mortal is a Machine whose processes the OOM killer may end.
type Mortal interface {
	// TakeKilled ends what was killed since it was asked last, and says which processes those were.
	TakeKilled() []syscalls.Killed
}

// bury takes note of the processes that were killed while a statement of p ran. p's own statement then ends with
// SIGKILL, and what it would have answered is not seen.
func (r *Runner) bury(p *proc) {
	if r.mortal == nil {
		return
	}
	for _, k := range r.mortal.TakeKilled() {
		r.res.Killed = append(r.res.Killed, k)
		if r.killed == nil {
			r.killed = map[int]bool{}
		}
		r.killed[k.PID] = true
		if k.PID < len(r.procs) && r.procs[k.PID] != nil {
			r.procs[k.PID].gone = true
		}
		if k.PID == p.pid {
			r.res.Unknown = true
			if r.res.Signal == nil {
				r.res.Signal = &fault.Signal{Number: fault.SIGKILL}
			}
		}
	}
}

// wasKilled reports whether the statement ended with SIGKILL: the elements before the last are as any others, and the
// last is the one that it came at.
func (r *Result) wasKilled() bool {
	return len(r.Killed) > 0 && r.Signal != nil && r.Signal.Number == fault.SIGKILL && r.Elems[0].Signal == nil
}

// killedText is what the kernel's log says of the processes that were killed while a statement ran.
func (r *Runner) killedText(b *strings.Builder) {
	for _, k := range r.res.Killed {
		fmt.Fprintf(b, "    # %s\n", k.Report)
	}
}

// deadText is a statement of a process that was killed before.
func (r *Runner) deadText(s *step) string {
	return fmt.Sprintf("# %s  (process %d was killed)\n", s.op.Head(), r.res.PID)
}

// dead holds that a statement whose answer the program asserts did run.
func (h *holder) dead() {
	if h.s.hold.kinds&h.only != 0 {
		h.add(Results, "process", "that it runs", fmt.Sprintf("process %d was killed before", h.r.res.PID))
	}
}
