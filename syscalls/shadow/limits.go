//go:build linux && amd64

package shadow

import (
	"golang.org/x/sys/unix"

	"vmsim/syscalls"
	"vmsim/syscalls/script"
)

// limit is a call that sets a limit of the process.
func (w *witness) limit(x *tracee) error {
	a := x.call.args
	resource, at := a[0], a[1]
	if x.call.nr == unix.SYS_PRLIMIT64 {
		if resource, at = a[1], a[2]; a[0] != 0 && int(a[0]) != x.proc.tgid {
			at = 0
		}
	}
	words, ok := []uint64(nil), false
	if at != 0 {
		words, ok = readWords(x.tid, at, 2)
	}
	if !ok {
		w.report.Left++
		return nil
	}
	limits := script.Composite{Open: '{', Items: []script.Field{{Name: "rlim_cur", X: num(words[0])},
		{Name: "rlim_max", X: num(words[1])}}}
	_, err := w.made(x, "setrlimit", num(resource), limits)
	return err
}

// segmentCalls are the calls on shared memory of System V.
var segmentCalls = map[syscalls.Number]bool{
	syscalls.SysShmget: true, syscalls.SysShmat: true, syscalls.SysShmdt: true, syscalls.SysShmctl: true,
}

// segment is a call on a segment of shared memory: the model numbers them itself.
func (w *witness) segment(x *tracee, nr syscalls.Number) error {
	op := w.statement(x, nr, nil)
	c := op.Do.(*script.Call)
	if nr == syscalls.SysShmget {
		c.Want = &script.Want{Any: true}
	} else if id, ok := w.segments[x.call.args[0]]; ok && nr != syscalls.SysShmdt {
		c.Args[0].X = decimal(id)
	}
	if nr == syscalls.SysShmctl && x.call.args[1] != unix.IPC_RMID {
		w.report.Left++
		return nil
	}
	res, diff, err := w.do(op)
	if err != nil {
		return err
	}
	if nr == syscalls.SysShmget && x.call.err == 0 && res.Errno == 0 {
		w.segments[x.call.ret] = res.Value
	}
	w.report.Memory++
	for _, d := range diff {
		w.differs(d.What, d.Op, d.Want, d.Got, w.whyCall(x))
	}
	return w.compareMaps(x, op)
}
