package syscalls

import (
	"syscall"

	"vmsim/pagecache"
	"vmsim/vm"
	"vmsim/vm/profile"
)

// FcntlCommand is what fcntl is to do.
// Linux: F_* (include/uapi/asm-generic/fcntl.h, include/uapi/linux/fcntl.h).
type FcntlCommand uint32

// The commands of fcntl that the model has.
const (
	FcntlDup          FcntlCommand = 0
	FcntlGetFD        FcntlCommand = 1
	FcntlSetFD        FcntlCommand = 2
	FcntlGetFlags     FcntlCommand = 3
	FcntlSetFlags     FcntlCommand = 4
	FcntlDupQuery     FcntlCommand = 1027
	FcntlDupCloseExec FcntlCommand = 1030
	FcntlSetPipeSize  FcntlCommand = 1031
	FcntlGetPipeSize  FcntlCommand = 1032
	FcntlAddSeals     FcntlCommand = 1033
	FcntlGetSeals     FcntlCommand = 1034
)

// fdCloseExec is the one flag of a descriptor.
const fdCloseExec = 1

// Fcntl performs cmd on descriptor fd. Commands outside the model (locks, leases, owners) fail as unknown ones.
// Linux: do_fcntl (fs/fcntl.c).
func (p *Process) Fcntl(fd int, cmd FcntlCommand, arg uint64) (uint64, error) {
	p.enter(SysFcntl)
	d, err := p.rawDescriptor(fd)
	if err != nil {
		return 0, err
	}
	unknown := cmd == FcntlDupQuery && !p.follows(profile.DescriptorQuery)
	if d.file.Mode&pagecache.ModePath != 0 && (unknown || !cmd.ofNumbers()) {
		return 0, p.refuse(syscall.EBADF, "the file was opened with O_PATH")
	}
	switch cmd {
	case FcntlDup:
		return p.fcntlDup(d, uint32(arg), keptByExec)
	case FcntlDupCloseExec:
		return p.fcntlDup(d, uint32(arg), closedByExec)
	case FcntlDupQuery:
		if unknown {
			break
		}
		return p.fcntlSame(d, fdOf(arg))
	case FcntlGetFD:
		if d.cloexec {
			return fdCloseExec, nil
		}
		return 0, nil
	case FcntlSetFD:
		d.cloexec = arg&fdCloseExec != 0
		return 0, nil
	case FcntlGetFlags:
		return d.file.Flags, nil
	case FcntlSetFlags:
		return 0, p.setFlags(d.file, OpenFlags(uint32(arg)))
	case FcntlAddSeals:
		if arg>>32 != 0 && !p.follows(profile.SealsCut) {
			return 0, p.refuse(syscall.EINVAL, "no such seal")
		}
		return 0, p.addSeals(d.file, pagecache.Seals(uint32(arg)))
	case FcntlSetPipeSize:
		return p.resizePipe(d.file, uint32(arg))
	case FcntlGetPipeSize:
		if x := d.file.Pipe(); x != nil {
			return x.Capacity() * vm.PageSize, nil
		}
		return 0, p.refuse(syscall.EBADF, noPipe)
	case FcntlGetSeals:
		if !d.file.Mapping.Sealable() {
			return 0, p.refuse(syscall.EINVAL, "the file is of a kind that has no seals")
		}
		return uint64(d.file.Mapping.Seals), nil
	}
	return 0, p.refuse(syscall.EINVAL, "no such command")
}

// Modelled reports whether the model has the command.
func (c FcntlCommand) Modelled() bool {
	switch c {
	case FcntlGetFlags, FcntlSetFlags, FcntlAddSeals, FcntlGetSeals, FcntlSetFD, FcntlSetPipeSize, FcntlGetPipeSize:
		return true
	}
	return c.ofNumbers()
}

// ofNumbers reports whether the command concerns only descriptors, so that it works with O_PATH.
// Linux: check_fcntl_cmd (fs/fcntl.c).
func (c FcntlCommand) ofNumbers() bool {
	switch c {
	case FcntlDup, FcntlDupCloseExec, FcntlDupQuery, FcntlGetFD, FcntlSetFD, FcntlGetFlags:
		return true
	}
	return false
}

func (p *Process) fcntlDup(d *descriptor, from uint32, how inheritance) (uint64, error) {
	if uint64(from) >= p.limits.of[ResourceFiles].Soft {
		return 0, p.refuse(syscall.EINVAL, "the number lies beyond RLIMIT_NOFILE")
	}
	fd, err := p.duplicate(d, int(from), how)
	return uint64(fd), err
}

// fcntlSame is 1 where the two descriptors are of one open file.
func (p *Process) fcntlSame(d *descriptor, fd int) (uint64, error) {
	other, err := p.rawDescriptor(fd)
	if err != nil {
		return 0, err
	}
	if other.file == d.file {
		return 1, nil
	}
	return 0, nil
}

// settable are the flags of an open file that may change.
// Linux: SETFL_MASK (fs/fcntl.c).
const settable = OpenAppend | OpenNonblock | OpenDirect | OpenNoAtime

// setFlags changes the flags of an open file.
// Linux: setfl (fs/fcntl.c).
func (p *Process) setFlags(f *pagecache.File, flags OpenFlags) error {
	if flags&OpenNoAtime&^OpenFlags(f.Flags) != 0 && !p.owns(f.Mapping) && !p.kernel.capable(CapFOwner) {
		return p.refuse(syscall.EPERM, "O_NOATIME of a file that is another user's")
	}
	if flags&OpenDirect != 0 && f.Pipe() == nil && (f.Mapping.Private || !p.canBeDirect(f.Mapping)) {
		return p.refuseFor(syscall.EINVAL, cause{f.Mapping.Private, "O_DIRECT of a memfd"}, cause{true,
			"O_DIRECT of something that is no regular file"})
	}
	now := OpenFlags(f.Flags)&^settable | flags&settable
	f.Flags, f.Mode = uint64(now), now.mode()
	return nil
}

// addSeals adds seals to a memfd.
// Linux: memfd_add_seals (mm/memfd.c).
func (p *Process) addSeals(f *pagecache.File, seals pagecache.Seals) error {
	m, known := f.Mapping, pagecache.AllSeals
	if !p.follows(profile.ExecutableMemfds) {
		known &^= pagecache.SealExec
	}
	if err := p.maySeal(f, seals, known); err != nil {
		return err
	}
	busy, all := seals, seals // what a mapping may be in the way of, and what the file gets
	if seals&pagecache.SealExec != 0 && m.Perm&0o111 != 0 {
		// F_SEAL_EXEC of an executable file implies seals against changes.
		all |= pagecache.SealShrink | pagecache.SealGrow | pagecache.SealWrite | pagecache.SealFutureWrite
	}
	if p.follows(profile.ExecSealBusy) {
		busy = all
	}
	if busy&^m.Seals&pagecache.SealWrite != 0 && m.WritablyMapped() {
		return p.refuse(syscall.EBUSY, "a shared mapping of the file may be written to")
	}
	m.Seals |= all
	return nil
}

// maySeal checks what is asked and the file, in the order of Linux. Linux: memfd_add_seals (mm/memfd.c).
func (p *Process) maySeal(f *pagecache.File, seals, known pagecache.Seals) error {
	m := f.Mapping
	switch {
	case f.Mode&pagecache.ModeWrite == 0:
		return p.refuse(syscall.EPERM, "the file is not open for writing")
	case seals&^known != 0:
		return p.refuse(syscall.EINVAL, "no such seal")
	case !m.Sealable():
		return p.refuse(syscall.EINVAL, "the file is of a kind that has no seals")
	case m.Seals&pagecache.SealSeal != 0:
		return p.refuse(syscall.EPERM, "the file takes no more seals")
	}
	return nil
}
