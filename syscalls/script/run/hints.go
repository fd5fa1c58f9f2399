package run

import (
	"syscall"

	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/vm"
)

// RemapChooser is a Caller that can say what an mremap would answer, without doing it.
type RemapChooser interface {
	ChooseRemap(addr vm.Addr, old, new uint64, flags syscalls.RemapFlags, to vm.Addr) (vm.Addr, error)
}

// anyBadAddress is no page's address: what mremap refuses whatever else it is given.
const anyBadAddress = 1

// unprinted finds mremap's fifth argument where a recording left it out. With MREMAP_DONTUNMAP it is a hint, but strace
// and others print it with MREMAP_FIXED alone. Where no hint at all cannot give the recorded answer, the hint was the
// address that came back, one that is refused, or one that is not.
func (r *Runner) unprinted(s *step, p *proc) {
	want := s.hold.want
	if s.nr != syscalls.SysMremap || !r.recorded || want == nil || len(s.op.Do.(*script.Call).Args) > 4 {
		return
	}
	a := &r.res.Args
	flags := syscalls.RemapFlags(a[3])
	chooser, ok := p.caller.(RemapChooser)
	if !ok || flags&syscalls.RemapDontUnmap == 0 || flags&syscalls.RemapFixed != 0 {
		return
	}
	came, err := r.value(&s.hold.value)
	if err != nil || want.Errno != 0 {
		came = 0
	}
	for _, hint := range [...]uint64{0, came, anyBadAddress, a[0] + vm.PageAlign(a[1])} {
		x, err := chooser.ChooseRemap(vm.Addr(a[0]), a[1], a[2], flags, vm.Addr(hint))
		if err == want.Errno || err == nil && want.Errno == 0 && uint64(x) == came {
			a[4] = hint
			return
		}
	}
}

// Restricter is a Machine whose programs may lose capabilities.
type Restricter interface{ Restrict(c syscalls.Capabilities) }

const (
	rlimitFiles = 7  // a limit that has a bound for everybody
	setMM       = 35 // PR_SET_MM
)

// unsaid finds out that a recording's root had no right to exceed limits, as in many containers: nothing in the
// recording says so, but raising one was refused, or changing what the kernel knows of the program.
func (r *Runner) unsaid(s *step) {
	want := s.hold.want
	if !r.recorded || want == nil || want.Errno != syscall.EPERM {
		return
	}
	a := r.res.Args
	if s.nr == syscalls.SysSetrlimit && a[0] != rlimitFiles || s.nr == syscalls.SysPrlimit64 && a[1] != rlimitFiles ||
		s.nr == syscalls.SysPrctl && a[0] == setMM {
		if m, ok := r.m.(Restricter); ok {
			m.Restrict(syscalls.CapResource)
		}
	}
}
