//go:build linux && amd64

package shadow

import (
	"golang.org/x/sys/unix"

	"vmsim/syscalls"
	"vmsim/syscalls/script"
)

// memoryOptions are the options of prctl that change areas, or what later calls may do with them. All others concern
// something that the model does not have.
var memoryOptions = map[uint64]bool{
	unix.PR_SET_VMA: true, unix.PR_SET_THP_DISABLE: true, unix.PR_GET_THP_DISABLE: true, unix.PR_SET_MDWE: true,
	unix.PR_GET_MDWE: true, unix.PR_SET_MEMORY_MERGE: true, unix.PR_GET_MEMORY_MERGE: true,
}

// prctl runs an option that concerns memory in the model, and compares the areas.
func (w *witness) prctl(x *tracee) error {
	a := x.call.args
	if !memoryOptions[a[0]] {
		w.report.Left++
		return nil
	}
	args := map[int]script.Expr{}
	if a[0] == unix.PR_SET_VMA && a[4] != 0 {
		if name, ok := readString(x.tid, a[4]); ok {
			args[4] = script.Str{Val: name}
		}
	}
	op := w.statement(x, syscalls.SysPrctl, args)
	_, diff, err := w.do(op)
	if err != nil {
		return err
	}
	w.report.Memory++
	for _, d := range diff {
		w.differs(d.What, d.Op, d.Want, d.Got, "")
	}
	return w.compareMaps(x, op)
}
