package syscalls

import (
	"encoding/binary"
	"syscall"

	"vmsim/pagecache"
	"vmsim/vm"
	"vmsim/vm/profile"
)

// userfaultVersion is the one version of the interface.
// Linux: UFFD_API (include/uapi/linux/userfaultfd.h).
const userfaultVersion = 0xaa

// userfaultEvents are features that let fork, mremap, madvise and munmap wait until the program has read of them.
const userfaultEvents = vm.UserfaultEventFork | vm.UserfaultEventRemap | vm.UserfaultEventRemove |
	vm.UserfaultEventUnmap

// newerFeatures are the features that not every release has.
var newerFeatures = []struct {
	features vm.UserfaultFeatures
	rule     profile.Rule
}{
	{vm.UserfaultMinorHuge | vm.UserfaultMinorShmem, profile.MinorUserfaults},
	{vm.UserfaultExact, profile.ExactUserfaults},
	{vm.UserfaultWriteShmem, profile.ProtectsShmem},
	{vm.UserfaultUnpopulated, profile.UnpopulatedWrites},
	{vm.UserfaultPoison, profile.PoisonedPages},
	{vm.UserfaultAsync, profile.AsyncWrites},
	{vm.UserfaultMove, profile.MovedPages},
	{vm.UserfaultAccess | vm.UserfaultAccessAsync, profile.ProtectsAccess},
}

// userfaultFeatures are the features of the machine's release.
// Linux: UFFD_API_FEATURES (include/uapi/linux/userfaultfd.h).
func (p *Process) userfaultFeatures() vm.UserfaultFeatures {
	f := vm.UserfaultFlagWrite | userfaultEvents | vm.UserfaultHugeTLB | vm.UserfaultShmem | vm.UserfaultSignal |
		vm.UserfaultThread
	for _, x := range newerFeatures {
		if p.follows(x.rule) {
			f |= x.features
		}
	}
	return f
}

// userfaultAPI chooses the features of a userfaultfd, once, and says which there are.
// Linux: userfaultfd_api (fs/userfaultfd.c).
func (p *Process) userfaultAPI(u *vm.Userfaults, a vm.Addr) error {
	w, err := p.words(a, 3)
	if err != nil {
		return err
	}
	features, known := vm.UserfaultFeatures(w[1]), p.userfaultFeatures()
	if features.Has(vm.UserfaultAsync) {
		features |= vm.UserfaultUnpopulated
	}
	switch {
	case w[0] != userfaultVersion:
		err = p.refuse(syscall.EINVAL, "the version of the interface is UFFD_API")
	case features.Has(vm.UserfaultEventFork) && !p.kernel.capable(CapPtrace):
		err = p.refuse(syscall.EPERM, "UFFD_FEATURE_EVENT_FORK needs a capability")
	case features&^known != 0:
		err = p.refuse(syscall.EINVAL, "an unknown feature")
	}
	if err == nil {
		err = p.putWords(a, userfaultVersion, uint64(known), p.userfaultIoctls())
		if err != nil {
			return err
		}
		switch {
		case u.Ready:
			err = p.refuse(syscall.EINVAL, "UFFDIO_API has been called already")
		case features&userfaultEvents != 0:
			return p.unmodelled("a userfaultfd with events of fork, mremap, madvise and munmap")
		case features&(vm.UserfaultAccess|vm.UserfaultAccessAsync) != 0:
			return p.unmodelled("a userfaultfd for loads of protected pages")
		}
	}
	if err == nil {
		u.Ready, u.Features = true, features
		return nil
	}
	if failed := p.putWords(a, 0, 0, 0); failed != nil {
		return failed
	}
	return err
}

// putWords stores 64-bit numbers at a.
func (p *Process) putWords(a vm.Addr, words ...uint64) error {
	var b []byte
	for _, w := range words {
		b = binary.LittleEndian.AppendUint64(b, w)
	}
	return p.putBytes(a, b)
}

// The modes of UFFDIO_REGISTER.
// Linux: UFFDIO_REGISTER_MODE_* (include/uapi/linux/userfaultfd.h).
const (
	registerMissing = 1
	registerWrites  = 2
	registerMinor   = 4
)

// registerModes are the modes as flags of an area; ok is false for none, and for one that the release does not have.
func (p *Process) registerModes(modes uint64) (f vm.Flags, ok bool) {
	known := uint64(registerMissing | registerWrites)
	if p.follows(profile.MinorUserfaults) {
		known |= registerMinor
	}
	if modes&registerMissing != 0 {
		f |= vm.UserMissing
	}
	if modes&registerWrites != 0 {
		f |= vm.UserWrite
	}
	if modes&registerMinor != 0 {
		f |= vm.UserMinor
	}
	return f, modes != 0 && modes&^known == 0
}

// registerUserfaults leaves the faults of a range of memory to the program.
// Linux: userfaultfd_register (fs/userfaultfd.c).
func (p *Process) registerUserfaults(u *vm.Userfaults, a vm.Addr) error {
	w, err := p.words(a, 3)
	if err != nil {
		return err
	}
	modes, ok := p.registerModes(w[2])
	if !ok {
		return p.refuseFor(syscall.EINVAL, cause{w[2] == 0, "no mode is asked for"}, cause{true, unknownMode})
	}
	if err := p.checkGiven(w[0], w[1]); err != nil {
		return err
	}
	if p.kernel.gone(u.Space) {
		return p.refuse(syscall.ENOMEM, noUserfaultSpace)
	}
	start, end := vm.Addr(w[0]), vm.Addr(w[0]+w[1])
	if err := p.mayRegister(u, start, end, modes); err != nil {
		return err
	}
	if err := p.registerRange(u, start, end, modes); err != nil {
		return err
	}
	if !p.putNumber(a+24, binary.LittleEndian.AppendUint64(nil, p.rangeIoctls(modes))) {
		return p.refuse(syscall.EFAULT, "the requests cannot be stored there")
	}
	return nil
}

const noUserfaultSpace = "the process whose memory it is has ended"

// mayRegister checks the areas of a range.
// Linux: userfaultfd_register (fs/userfaultfd.c).
func (p *Process) mayRegister(u *vm.Userfaults, start, end vm.Addr, modes vm.Flags) error {
	b := u.Space.FindIn(start, end)
	if b == nil {
		return p.refuse(syscall.EINVAL, "nothing is mapped in the range")
	}
	for ; b != nil && b.Start < end; b = b.Next() {
		switch {
		case b.Flags.Has(vm.HugeTLB):
			return p.unmodelled("a userfaultfd for huge pages")
		case !p.canRegister(b, modes, u):
			return p.refuse(syscall.EINVAL, "an area of the range is of a kind that cannot be registered in that mode")
		case !b.Flags.Has(vm.MayWrite):
			return p.refuse(syscall.EPERM, "an area of the range shows a file that the program may not write to")
		case b.Handler != nil && b.Handler != u:
			return p.refuse(syscall.EBUSY, "an area of the range is registered with another userfaultfd")
		}
	}
	return nil
}

// canRegister reports whether faults of an area can be left to the program.
// Linux: vma_can_userfault (include/linux/userfaultfd_k.h).
func (p *Process) canRegister(a *vm.Area, modes vm.Flags, u *vm.Userfaults) bool {
	modes &= vm.Registered
	shmem := sharedMemory(a)
	switch {
	case a.Flags.Any(vm.Droppable | vm.Special), modes.Has(vm.UserMinor) && !shmem:
		return false
	case u.Features.Has(vm.UserfaultAsync) && modes == vm.UserWrite:
		return true
	case modes.Has(vm.UserWrite) && !a.Anonymous() && !p.follows(profile.ProtectsShmem):
		return false
	}
	return a.Anonymous() || shmem
}

// sharedMemory reports whether an area shows a file in memory, and no segment of System V.
// Linux: vma_is_shmem (mm/shmem.c).
func sharedMemory(a *vm.Area) bool {
	f := pagecache.FileOf(a)
	return f != nil && f.Mapping.InMemory() && !a.Backing.Traits().Has(vm.KeepsCount)
}

// registerRange registers all areas of a range.
// Linux: userfaultfd_register_range (mm/userfaultfd.c).
func (p *Process) registerRange(u *vm.Userfaults, start, end vm.Addr, modes vm.Flags) error {
	for b := u.Space.FindIn(start, end); b != nil && b.Start < end; b = b.Next() {
		if b.Handler == u && b.Flags.Has(modes) {
			continue
		}
		c, err := u.Space.Register(b, max(start, b.Start), min(end, b.End), u, modes)
		if err != nil {
			return err
		}
		b = c
	}
	return nil
}

// unregisterUserfaults takes back what registerUserfaults has done.
// Linux: userfaultfd_unregister (fs/userfaultfd.c).
func (p *Process) unregisterUserfaults(u *vm.Userfaults, a vm.Addr) error {
	w, err := p.rangeOf(a, 2)
	if err != nil {
		return err
	}
	if p.kernel.gone(u.Space) {
		return p.refuse(syscall.ENOMEM, noUserfaultSpace)
	}
	start, end := vm.Addr(w[0]), vm.Addr(w[0]+w[1])
	first := u.Space.FindIn(start, end)
	if first == nil {
		return p.refuse(syscall.EINVAL, "nothing is mapped in the range")
	}
	for b := first; b != nil && b.Start < end; b = b.Next() {
		switch {
		case b.Handler != nil && b.Handler != u && p.follows(profile.UnregistersOwn):
			return p.refuse(syscall.EINVAL, "an area of the range is registered with another userfaultfd")
		case !b.Flags.Has(vm.HugeTLB) && !p.canRegister(b, b.Flags, u):
			return p.refuse(syscall.EINVAL, "an area of the range is of a kind that cannot be registered")
		}
	}
	for b := first; b != nil && b.Start < end; b = b.Next() {
		if b.Handler == nil {
			continue
		}
		c, err := u.Space.Unregister(b, max(start, b.Start), min(end, b.End))
		if err != nil {
			return err
		}
		b = c
	}
	return nil
}

// protectWrites leaves stores to a range to the program, or no longer.
// Linux: userfaultfd_writeprotect, mwriteprotect_range (fs/userfaultfd.c, mm/userfaultfd.c).
func (p *Process) protectWrites(u *vm.Userfaults, a vm.Addr) error {
	const protect, quietly = 1, 2
	w, err := p.rangeOf(a, 3)
	if err != nil {
		return err
	}
	switch {
	case w[2]&^(protect|quietly) != 0:
		return p.refuse(syscall.EINVAL, unknownMode)
	case w[2] == protect|quietly:
		return p.refuse(syscall.EINVAL, "UFFDIO_WRITEPROTECT_MODE_DONTWAKE is for the end of a protection")
	case p.kernel.gone(u.Space):
		return p.refuse(syscall.ESRCH, noUserfaultSpace)
	}
	start, end := vm.Addr(w[0]), vm.Addr(w[0]+w[1])
	b := u.Space.FindIn(start, end)
	if b == nil {
		return p.refuse(syscall.ENOENT, "nothing is mapped in the range")
	}
	if !p.follows(profile.ProtectsAcrossAreas) && (start < b.Start || b.End < end) {
		return p.refuse(syscall.ENOENT, "the range does not lie in one area")
	}
	for ; b != nil && b.Start < end; b = b.Next() {
		if !b.Flags.Has(vm.UserWrite) {
			return p.refuse(syscall.ENOENT, "an area of the range is not registered for stores to protected pages")
		}
		if w[2]&protect != 0 {
			u.Space.ForbidWrites(b, max(start, b.Start), min(end, b.End))
		} else {
			u.Space.AllowWrites(b, max(start, b.Start), min(end, b.End))
		}
	}
	return nil
}

const unknownMode = "an unknown mode"
