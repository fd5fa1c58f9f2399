package script

import (
	"syscall"

	"vmsim/syscalls"
	"vmsim/vm"
)

// RemapChooser is a Caller that can say what an mremap would answer, without doing it.
type RemapChooser interface {
	ChooseRemap(addr vm.Addr, old, new uint64, flags syscalls.RemapFlags, to vm.Addr) (vm.Addr, error)
}

// anyBadAddress is no page's address: what mremap refuses whatever else it is given.
const anyBadAddress = 1

// unprinted finds mremap's fifth argument where a recording left it out. With MREMAP_DONTUNMAP it is a hint, but strace and
// others print it with MREMAP_FIXED alone. Where no hint at all cannot give the recorded answer, the hint was the address
// that came back, or one that is refused.
func (r *Runner) unprinted(s *step, p *proc) {
	want := s.hold.want
	if s.nr != syscalls.SysMremap || !r.recorded || want == nil || len(s.op.Do.(*Call).Args) > 4 {
		return
	}
	a := &r.res.Args
	flags := syscalls.RemapFlags(a[3])
	chooser, ok := p.caller.(RemapChooser)
	if !ok || flags&syscalls.RemapDontUnmap == 0 || flags&syscalls.RemapFixed != 0 {
		return
	}
	choice, err := chooser.ChooseRemap(vm.Addr(a[0]), a[1], a[2], flags, 0)
	if err != nil {
		return
	}
	if want.Errno == syscall.EINVAL {
		a[4] = anyBadAddress
		return
	}
	if v, err := r.value(&s.hold.value); err == nil && want.Errno == 0 && v != uint64(choice) {
		a[4] = v
	}
}
