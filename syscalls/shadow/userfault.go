//go:build linux && amd64

package shadow

// A program that handles its own faults does so in another thread, at times that the shadow cannot repeat. What differs
// in the ranges that it handles is explained.

// uffdioRegister is the ioctl that gives a userfaultfd a range.
const uffdioRegister = 0xc020aa00

// registers notes the range of which a userfaultfd has got the faults.
func (x *tracee) registers() {
	if x.call.args[1]&0xffffffff != uffdioRegister {
		return
	}
	if r, ok := readWords(x.tid, x.call.args[2], 2); ok {
		x.proc.own = append(x.proc.own, [2]uint64{r[0], r[0] + r[1]})
	}
}

// handles reports whether a range touches one of which the program handles the faults, or is next to one: where areas
// begin and end there the shadow does not know.
func (p *process) handles(from, to uint64) bool {
	for _, r := range p.own {
		if from <= r[1] && r[0] <= to {
			return true
		}
	}
	return false
}
