package syscalls

import (
	"encoding/binary"
	"syscall"

	"vmsim/pagecache"
	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/profile"
)

// The requests of ioctl on a userfaultfd.
// Linux: UFFDIO_* (include/uapi/linux/userfaultfd.h).
const (
	RequestUserfaultAPI Request = 0xc018aa3f // UFFDIO_API
	RequestRegister     Request = 0xc020aa00 // UFFDIO_REGISTER
	RequestUnregister   Request = 0x8010aa01 // UFFDIO_UNREGISTER
	RequestWake         Request = 0x8010aa02 // UFFDIO_WAKE
	RequestCopy         Request = 0xc028aa03 // UFFDIO_COPY
	RequestZeroPage     Request = 0xc020aa04 // UFFDIO_ZEROPAGE
	RequestMove         Request = 0xc028aa05 // UFFDIO_MOVE
	RequestWriteProtect Request = 0xc018aa06 // UFFDIO_WRITEPROTECT
	RequestContinue     Request = 0xc020aa07 // UFFDIO_CONTINUE
	RequestPoison       Request = 0xc020aa08 // UFFDIO_POISON
)

// ofUserfaults reports whether the request is one of a userfaultfd.
func (r Request) ofUserfaults() bool {
	switch r {
	case RequestUserfaultAPI, RequestRegister, RequestUnregister, RequestWake, RequestCopy, RequestZeroPage,
		RequestMove, RequestWriteProtect, RequestContinue, RequestPoison:
		return true
	}
	return false
}

// number is the request's number without its direction and size.
func (r Request) number() uint { return uint(r & 0xff) }

// userfaultIoctls are the requests that UFFDIO_API names.
// Linux: UFFD_API_IOCTLS (include/uapi/linux/userfaultfd.h).
func (p *Process) userfaultIoctls() uint64 {
	const api, register, unregister, setMode = 1 << 0x3f, 1 << 0, 1 << 1, 1 << 0xa
	if p.follows(profile.ProtectsAccess) {
		return api | register | unregister | setMode
	}
	return api | register | unregister
}

// rangeIoctls are the requests that UFFDIO_REGISTER names for a range in those modes.
// Linux: UFFD_API_RANGE_IOCTLS (include/uapi/linux/userfaultfd.h).
func (p *Process) rangeIoctls(modes vm.Flags) (bits uint64) {
	bits = 1<<RequestWake.number() | 1<<RequestCopy.number() | 1<<RequestZeroPage.number()
	if modes.Has(vm.UserWrite) {
		bits |= 1 << RequestWriteProtect.number()
	}
	if modes.Has(vm.UserMinor) {
		bits |= 1 << RequestContinue.number()
	}
	if p.follows(profile.PoisonedPages) {
		bits |= 1 << RequestPoison.number()
	}
	if p.follows(profile.MovedPages) {
		bits |= 1 << RequestMove.number()
	}
	return bits
}

// filling is a request to fill a range of registered memory.
// Linux: struct uffdio_copy, struct uffdio_zeropage, struct uffdio_continue (include/uapi/linux/userfaultfd.h).
type filling struct {
	u       *vm.Userfaults
	request Request
	to      vm.Addr
	from    vm.Addr // of UFFDIO_COPY and UFFDIO_MOVE
	n       uint64
	writes  vm.Writes
	holes   bool    // UFFDIO_MOVE_MODE_ALLOW_SRC_HOLES
	answer  vm.Addr // where the number of bytes goes
}

// The modes of the requests that fill pages. The first is of all requests, the second of UFFDIO_COPY and
// UFFDIO_CONTINUE.
// Linux: UFFDIO_COPY_MODE_* (include/uapi/linux/userfaultfd.h).
const (
	dontWake     = 1
	writeProtect = 2
)

// readFilling reads the request of a program.
// Linux: userfaultfd_copy, userfaultfd_zeropage, userfaultfd_continue, userfaultfd_poison (fs/userfaultfd.c).
func (p *Process) readFilling(u *vm.Userfaults, r Request, a vm.Addr) (g filling, err error) {
	g, known := filling{u: u, request: r, answer: a + 24}, uint64(dontWake)
	var mode uint64
	if r == RequestCopy {
		w, err := p.words(a, 4)
		if err != nil {
			return g, err
		}
		if err := p.checkSource(w[1], w[2]); err != nil {
			return g, err
		}
		if err := p.checkGiven(w[0], w[2]); err != nil {
			return g, err
		}
		g.to, g.from, g.n, mode, g.answer = vm.Addr(w[0]), vm.Addr(w[1]), w[2], w[3], a+32
	} else {
		w, err := p.rangeOf(a, 3)
		if err != nil {
			return g, err
		}
		g.to, g.n, mode = vm.Addr(w[0]), w[1], w[2]
	}
	if r == RequestCopy || r == RequestContinue && p.follows(profile.UnpopulatedWrites) {
		known |= writeProtect
	}
	if mode&writeProtect != 0 {
		g.writes = vm.WritesProtected
	}
	if mode&^known != 0 {
		return g, p.refuse(syscall.EINVAL, unknownMode)
	}
	return g, nil
}

// fillRange fills the pages of a range: copies, zeros, what the page cache has, or poison.
func (p *Process) fillRange(u *vm.Userfaults, r Request, a vm.Addr) error {
	g, err := p.readFilling(u, r, a)
	if err != nil {
		return err
	}
	if p.kernel.gone(u.Space) {
		return p.refuse(syscall.ESRCH, noUserfaultSpace)
	}
	done, err := p.fillAll(g)
	return p.filled(g, done, err)
}

// filled stores how many bytes were filled, or the error, and is the call's own answer: EAGAIN for a part.
func (p *Process) filled(g filling, done uint64, err error) error {
	said := done
	if done == 0 {
		e, ok := err.(syscall.Errno)
		if !ok {
			return err
		}
		said = -uint64(e)
	}
	if !p.putNumber(g.answer, binary.LittleEndian.AppendUint64(nil, said)) {
		return p.refuse(syscall.EFAULT, "the number of bytes cannot be stored there")
	}
	switch {
	case done == 0:
		return err
	case done < g.n:
		return p.refuse(syscall.EAGAIN, "only a part was given")
	}
	return nil
}

// fillAll fills the pages of a range, up to the first that cannot be filled.
// Linux: mfill_atomic (mm/userfaultfd.c).
func (p *Process) fillAll(g filling) (done uint64, err error) {
	a, err := p.receiver(g)
	if err != nil {
		return 0, err
	}
	switch {
	case g.writes == vm.WritesProtected && !a.Flags.Has(vm.UserWrite):
		return 0, p.refuse(syscall.EINVAL, "the area is not registered for stores to protected pages")
	case !a.Anonymous() && !sharedMemory(a):
		return 0, p.refuse(syscall.EINVAL, "the area shows a file on a disk")
	case g.request == RequestContinue && !sharedMemory(a):
		return 0, p.refuse(syscall.EINVAL, "the area does not show a file in memory")
	}
	if !a.Flags.Has(vm.Shared) {
		a.PrepareAnon()
	}
	for ; done < g.n; done += vm.PageSize {
		x := g.to + vm.Addr(done)
		g.u.Space.PrepareEntry(x)
		if err := p.fillPage(g, a, x); err != nil {
			return done, err
		}
	}
	return done, nil
}

// receiver is the area whose pages are filled.
// Linux: uffd_mfill_lock (mm/userfaultfd.c).
func (p *Process) receiver(g filling) (*vm.Area, error) {
	a := g.u.Space.Find(g.to)
	if a == nil {
		return nil, p.refuse(syscall.ENOENT, "nothing is mapped there")
	}
	if !a.Flags.Has(vm.Shared) && p.follows(profile.GiftPreparesFirst) {
		a.PrepareAnon()
	}
	if g.to+vm.Addr(g.n) > a.End || a.Handler == nil {
		return nil, p.refuseFor(syscall.ENOENT, cause{a.Handler == nil, "the area is not registered"}, cause{true,
			"the range does not lie in one area"})
	}
	return a, nil
}

// fillPage fills one page.
// Linux: mfill_atomic_pte (mm/userfaultfd.c).
func (p *Process) fillPage(g filling, a *vm.Area, x vm.Addr) error {
	switch {
	case g.request == RequestPoison:
		return p.poisonPage(a, x)
	case g.request == RequestContinue:
		frame, err := pagecache.FileOf(a).Mapping.Found(a.IndexOf(x))
		if err != nil {
			return err
		}
		return p.mapFilled(g, a, x, frame)
	case a.Flags.Has(vm.Shared):
		frame, err := pagecache.FileOf(a).Mapping.Given(a.IndexOf(x), func(f *phys.Frame) error {
			return p.fillFrame(g, x, f)
		})
		if err != nil {
			return err
		}
		return p.mapFilled(g, a, x, frame)
	case g.request == RequestZeroPage:
		if err := p.mayFill(a, x, g.u.Space.Entry(x).None()); err != nil {
			return err
		}
		p.kernel.handler.MapZeros(a, x)
		return nil
	}
	frame, err := p.kernel.handler.NewPrivate(a, x)
	if err != nil {
		return err
	}
	if err := p.fillFrame(g, x, frame); err != nil {
		p.kernel.Memory.Put(frame)
		return err
	}
	return p.mapFilled(g, a, x, frame)
}

// mapFilled maps a frame that was filled, or frees it.
// Linux: mfill_atomic_install_pte (mm/userfaultfd.c).
func (p *Process) mapFilled(g filling, a *vm.Area, x vm.Addr, frame *phys.Frame) error {
	if err := p.mayFill(a, x, g.u.Space.Entry(x).Vacant()); err != nil {
		p.kernel.Memory.Put(frame)
		return err
	}
	p.kernel.handler.MapGiven(a, x, frame, g.writes)
	return nil
}

// mayFill checks that page x of an area may be set: it lies in the file, and the entry is free.
func (p *Process) mayFill(a *vm.Area, x vm.Addr, free bool) error {
	if f := pagecache.FileOf(a); f != nil && !a.Anonymous() && !f.Mapping.Reaches(a.IndexOf(x)) {
		return p.refuse(syscall.EFAULT, "the page lies beyond the end of the file")
	}
	if !free {
		return p.refuse(syscall.EEXIST, "the page table has an entry for the page already")
	}
	return nil
}

// fillFrame fills the frame for page x: with zeros, which it is full of, or with bytes of the calling program. They are
// copied with page faults disabled first.
// Linux: mfill_atomic_pte_copy (mm/userfaultfd.c).
func (p *Process) fillFrame(g filling, x vm.Addr, frame *phys.Frame) error {
	if g.request == RequestZeroPage {
		return nil
	}
	var buf [vm.PageSize]byte
	from := g.from + (x - g.to)
	p.CPU.CopyInNoFault(from, buf[:])
	if !p.kernel.Cache.CopyPageIn(p.CPU, frame, from) {
		return p.refuse(syscall.EFAULT, "the bytes are not readable")
	}
	return nil
}

// poisonPage makes page x unusable.
// Linux: mfill_atomic_pte_poison (mm/userfaultfd.c).
func (p *Process) poisonPage(a *vm.Area, x vm.Addr) error {
	if err := p.mayFill(a, x, a.Space().Entry(x).None()); err != nil {
		return err
	}
	a.Space().SetEntry(x, vm.PoisonMarker)
	return nil
}
