//go:build linux && amd64

package shadow

import (
	"vmsim/syscalls"
	"vmsim/syscalls/script"
)

// remote runs process_vm_readv or process_vm_writev in the model. The pages that it faults in lie in another process:
// no record shows those faults, so the call itself has to.
func (w *witness) remote(x *tracee, nr syscalls.Number) error {
	a := x.call.args
	target, known := w.numbers[int(int32(a[0]))]
	local, ok := vectors(x, a[1], a[2])
	other, too := vectors(x, a[3], a[4])
	if !known || !ok || !too {
		w.report.Left++
		return nil
	}
	_, diff, err := w.do(w.statement(x, nr, map[int]script.Expr{0: decimal(uint64(target)), 1: local, 3: other}))
	for _, d := range diff {
		w.differs(d.What, d.Op, d.Want, d.Got, "")
	}
	return err
}
