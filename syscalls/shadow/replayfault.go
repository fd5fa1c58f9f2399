//go:build linux && amd64

package shadow

import (
	"strings"

	"golang.org/x/sys/unix"

	"vmsim/fault"
	"vmsim/syscalls/plural"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
	"vmsim/vm"
)

// fault gives a page fault to the model, which has to take one of the same kind.
func (w *witness) fault(x *tracee, f pageFault) error {
	w.report.Faults++
	if f.got == major {
		w.report.Major++
	}
	if x.afterCopy(f) || w.copied(x, f) {
		return nil
	}
	return w.replay(x, f)
}

// copied reports whether a fault is on a page that another thread's call, which makes a child, has write-protected
// meanwhile: the model's entry may still be written to. Such a fault waits until the child is born. Of others it is not
// known whether they came before the copy.
func (w *witness) copied(x *tracee, f pageFault) bool {
	c := w.cloning
	if c == nil || c == x || c.proc != x.proc {
		return false
	}
	if flags, _ := cloneArgs(c); clones[c.call.nr] && flags&unix.CLONE_VM != 0 {
		return false
	}
	if c.raced == nil {
		c.raced = map[vm.VPN]bool{}
	}
	c.raced[f.addr.Page()] = true
	if f.got != minor || f.how&accessWrite == 0 {
		return false
	}
	p, ok := w.machine.Kernel.Process(x.proc.number)
	if !ok || !p.Space.Entry(f.addr).Writable() {
		return false
	}
	c.late = append(c.late, taken{f, x})
	return true
}

// late gives the faults to the model that have waited for the end of a thread's call.
func (w *witness) late(x *tracee) error {
	waited := x.late
	x.late = nil
	for _, f := range waited {
		if err := w.replay(f.by, f.pageFault); err != nil {
			return err
		}
	}
	return nil
}

// replay gives a fault to the model.
func (w *witness) replay(x *tracee, f pageFault) error {
	if f.got == refused || f.addr >= vm.TaskSize {
		x.bad = f // a signal tells of it, or the kernel has tried what need not succeed
		return nil
	}
	op := &script.Op{PID: x.number, Do: &script.Touch{Addr: num(uint64(f.addr)), Kind: touchKind(f.how)}}
	res, _, err := w.do(op)
	if err != nil {
		return err
	}
	w.report.Touches++
	defer x.proc.learn(x, f)
	defer x.proc.mapsAround(x, f)
	got := refused
	switch {
	case res.Major > 0:
		got = major
	case res.Minor > 0:
		got = minor
	}
	text := got.String()
	if res.Signal != nil {
		text = res.Signal.Error()
	}
	if got != f.got || res.Minor+res.Major > 1 {
		why := w.whyFault(x, f, got)
		w.differs("fault", op.Head(), f.got.String(), text, why)
		if why == lockedFolio || why == walkedFolio || why == passedFolio {
			return w.again(x, op, f)
		}
	}
	return nil
}

func touchKind(how access) script.TouchKind {
	switch {
	case how&accessFetch != 0:
		return script.TouchFetch
	case how&(accessUser|accessWrite) == accessUser|accessWrite:
		return script.TouchWrite
	case how&accessUser != 0:
		return script.TouchRead
	case how&accessWrite != 0:
		return script.TouchKernelWrite
	}
	return script.TouchKernelRead
}

// whyFault explains why a fault is of another kind in the model; it is empty where nothing explains it.
func (w *witness) whyFault(x *tracee, f pageFault, got outcome) string {
	cold, line := w.cold(x, f), x.proc.areaAt(f.addr)
	switch {
	case deviceFile(pathOf(line)):
		return ofDevice
	case w.hugePages(x):
		return hugePages
	case x.proc.handles(uint64(f.addr), uint64(f.addr)+1):
		return ownFaults
	case w.report.Lost > 0:
		return lostRecords
	case f.got == minor && got == refused && f.how&accessWrite != 0 && x.proc.sharesFile(f.addr):
		return writtenBack
	case strings.HasPrefix(pathOf(line), "/") && w.changedSince(line, f.addr):
		return changedCache
	case cold:
		return partlyCached
	case f.got == minor && got == refused && w.wasAbsent(line, f.addr):
		return stillRead
	case f.got == minor && got == refused && f.how&accessWrite != 0 && x.proc.writtenAfterClone(f.addr):
		return unseenClone
	case f.got == minor && got == refused && x.proc.meets(x, f):
		return twoAtOnce
	case f.got == minor && got == refused && x.proc.raced[f.addr.Page()]:
		return bornMeanwhile
	case f.got == minor && got == refused:
		return w.mayPassOver(x, f)
	}
	return ""
}

// whySignal explains why the model does not refuse an access as the kernel has; it is empty where nothing explains it.
func (w *witness) whySignal(x *tracee, s fault.Signal, how access) string {
	switch {
	case x.proc.handles(uint64(s.Addr), uint64(s.Addr)+1):
		return ownFaults
	case s.Code == fault.BusAdrErr && how&accessWrite != 0 && x.proc.sharesFile(s.Addr) && full(x.proc.fileAt(s.Addr)):
		return noRoom
	}
	return ""
}

// full reports whether the file system that a path leads to has no room.
func full(path string) bool {
	const little = 64 << 10
	var fs unix.Statfs_t
	return unix.Statfs(path, &fs) == nil && fs.Bavail*uint64(fs.Bsize) < little
}

// wasAbsent reports whether a page of a file was not in memory when the file was first seen, so that the disk has read
// it since.
func (w *witness) wasAbsent(line string, at vm.Addr) bool {
	page, ok := filePage(line, at)
	if !ok {
		return false
	}
	for _, r := range w.absent[pathOf(line)] {
		n := r.Pages()
		if page < n {
			return r.Order < 0
		}
		page -= n
	}
	return false
}

// clones are the calls that make a child as their flags say.
var clones = map[uint64]bool{unix.SYS_CLONE: true, unix.SYS_CLONE3: true}

// afterCopy reports whether a fault is one of the kernel's in a call that makes a child, after it has copied the
// address space: there the call stores numbers. That of the child's descriptor the model's clone does not store: its
// fault waits until the child is born.
func (x *tracee) afterCopy(f pageFault) bool {
	if f.how&(accessUser|accessWrite) != accessWrite || !x.inside || !clones[x.call.nr] {
		return false
	}
	flags, args := cloneArgs(x)
	if flags&unix.CLONE_VM != 0 || len(args) < 3 {
		return false
	}
	descriptor := args[2]
	if x.call.nr == unix.SYS_CLONE3 {
		words, _ := readWords(x.tid, x.call.args[0], 2)
		descriptor = append(words, 0, 0)[1]
	}
	switch page := f.addr.Page(); {
	case flags&unix.CLONE_PARENT_SETTID != 0 && page == vm.Addr(args[2]).Page():
		return true
	case flags&unix.CLONE_PIDFD != 0 && page == vm.Addr(descriptor).Page():
		x.late = append(x.late, taken{f, x})
		return true
	}
	return false
}

// lastFault is the last fault on a page.
type lastFault struct {
	by    *tracee
	ended uint64
}

// mostPages bounds of how many pages the last fault is kept.
const mostPages = 1 << 16

// writtenAfterClone reports whether a store is the first to a page since a clone that may have copied the space: it has
// made the page read-only, and the store lets the page be written again.
func (p *process) writtenAfterClone(at vm.Addr) bool {
	return p.copied != nil && !p.copied[at.Page()]
}

// learn records when a fault of a thread ended, since another thread may have taken it at the same time.
func (p *process) learn(x *tracee, f pageFault) {
	if p.copied != nil && f.how&accessWrite != 0 && f.got != refused {
		p.copied[f.addr.Page()] = true
	}
	if !p.many {
		return
	}
	if p.last == nil || len(p.last) >= mostPages {
		p.last = map[vm.VPN]lastFault{}
	}
	p.last[f.addr.Page()] = lastFault{x, f.time}
}

// meets reports whether another thread's fault on the page ended after this one had begun, or just before: the
// processor has met the page some time before the kernel writes the fault down.
func (p *process) meets(x *tracee, f pageFault) bool {
	l, ok := p.last[f.addr.Page()]
	return ok && l.by != x && l.ended+latest >= f.began
}

// cold reports whether a fault is on a page of a file that is known not to be wholly in memory. A major fault shows
// that it is not, or is no longer.
func (w *witness) cold(x *tracee, f pageFault) bool {
	path := x.proc.fileAt(f.addr)
	if f.got == major && path != "" {
		w.partial[path] = true
	}
	return w.partial[path]
}

// extraFaults keeps faults that a call has taken in the model and not in the kernel: those of the kernel are touches,
// which come before the call. Where one fault brings a huge page, the call finds the pages of its buffer there.
func (w *witness) extraFaults(x *tracee, op *script.Op, res *run.Result) {
	n := res.Minor + res.Major
	if n == 0 || res.Scratch || x.ring == nil || x.direct() {
		return
	}
	why := ""
	if w.hugePages(x) {
		why = hugePages
	}
	w.differs("fault", op.Head(), "no fault", plural.Count(n, "fault", "faults"), why)
}
