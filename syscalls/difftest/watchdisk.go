package difftest

import (
	"slices"

	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
)

// unwatched is the cause to run a program with a disk again that has differed while only what its processes see was
// compared: whether the disk was faster or slower than the model's is seen by tracepoints alone.
const unwatched = "the disk was not watched"

// pace is what tells of the pace of the disk.
const pace = run.Trace | run.IO

// watchDisk has the disk of a program watched in the runs that follow, until done is called. It is nil where the disk
// is watched already, where there is none, or where this kernel's cannot be watched.
func (l *Lab) watchDisk(ops []script.Op) (done func()) {
	r, renews := l.Kernel.(renewed)
	if _, ok := l.Kernel.(watches); !ok || !renews || l.blind || (l.kinds()|l.watched)&pace == pace {
		return nil
	}
	if !slices.ContainsFunc(ops, onDisk) {
		return nil
	}
	l.watched = pace
	return func() {
		l.watched = 0
		r.Renew() // without what watched it
	}
}

// watch sets the kernel's side up for a program, watched by what is compared and what tells of the disk. Where the disk
// cannot be watched, it is not tried again.
func (l *Lab) watch(p *Pair, head script.Program) error {
	if l.watched == 0 {
		return p.setKernel(head, l.Kernel, 0)
	}
	err := p.setKernel(head, l.Kernel, l.watched)
	if err != nil {
		l.blind, l.watched = true, 0
		return p.setKernel(head, l.Kernel, 0)
	}
	return nil
}
