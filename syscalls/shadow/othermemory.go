//go:build linux && amd64

package shadow

import (
	"fmt"
	"os"
	"strconv"
	"strings"

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

// advises runs process_madvise in the model, which gets a pidfd for it: it has none for the program's own.
func (w *witness) advises(x *tracee) error {
	a := x.call.args
	fd := int(int32(a[0]))
	target, known := x.number, true
	if !w.model(x).MeansSelf(fd) {
		target, known = w.numbers[pidOf(x, fd)]
	}
	parts, ok := vectors(x, a[1], a[2])
	if !known || !ok {
		w.report.Left++
		return nil
	}
	pidfd, err := w.made(x, "pidfd_open", decimal(uint64(target)), decimal(0))
	if err != nil {
		return err
	}
	op := w.statement(x, syscalls.SysProcessMadvise, map[int]script.Expr{0: decimal(pidfd), 1: parts})
	_, diff, err := w.do(op)
	if err != nil {
		return err
	}
	if _, err := w.made(x, "close", decimal(pidfd)); err != nil {
		return err
	}
	w.report.Memory++
	for _, d := range diff {
		w.differs(d.What, d.Op, d.Want, d.Got, w.whyCall(x))
	}
	return w.compareMaps(x, op)
}

// pidOf is the process that a pidfd of a tracee's leads to; 0 for none.
func pidOf(x *tracee, fd int) int {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/fdinfo/%d", x.tid, fd))
	_, rest, _ := strings.Cut(string(text), "\nPid:\t")
	line, _, _ := strings.Cut(rest, "\n")
	pid, _ := strconv.Atoi(line)
	return pid
}
