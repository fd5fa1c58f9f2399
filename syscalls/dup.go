package syscalls

import "syscall"

// Dup gives the open file of fd one more number, the lowest that is free.
// Linux: sys_dup (fs/file.c).
func (p *Process) Dup(fd int) (int, error) {
	p.enter(SysDup)
	d, err := p.rawDescriptor(fd)
	if err != nil {
		return -1, err
	}
	return p.duplicate(d, 0, keptByExec)
}

// duplicate gives an open file one more number, the lowest free one from at on.
func (p *Process) duplicate(d *descriptor, at int, how inheritance) (int, error) {
	fd, err := p.free(at)
	if err != nil {
		return -1, err
	}
	d.file.Hold()
	p.install(d.file, fd, how)
	return fd, nil
}

// Dup2 makes to a number of the open file of fd; what had that number is closed.
// Linux: sys_dup2 (fs/file.c).
func (p *Process) Dup2(fd, to int) (int, error) {
	p.enter(SysDup2)
	if fd == to {
		_, err := p.rawDescriptor(fd)
		return to, err
	}
	return p.replace(fd, to, keptByExec)
}

// Dup3 is Dup2 with O_CLOEXEC as the one flag that it knows, and without the case that both numbers are the same.
// Linux: ksys_dup3 (fs/file.c).
func (p *Process) Dup3(fd, to int, flags OpenFlags) (int, error) {
	p.enter(SysDup3)
	switch {
	case flags&^OpenCloseExec != 0:
		return -1, p.refuse(syscall.EINVAL, "a flag other than O_CLOEXEC")
	case fd == to:
		return -1, p.refuse(syscall.EINVAL, "both numbers are the same")
	}
	return p.replace(fd, to, inheritanceOf(flags))
}

func (p *Process) replace(fd, to int, how inheritance) (int, error) {
	if to < 0 || uint64(to) >= p.limits.of[ResourceFiles].Soft {
		return -1, p.refuse(syscall.EBADF, "the new number lies beyond RLIMIT_NOFILE")
	}
	d, err := p.rawDescriptor(fd)
	if err != nil {
		return -1, err
	}
	d.file.Hold()
	if to < len(p.fds.slots) && p.fds.slots[to] != nil {
		p.fds.slots[to].file.Put()
	}
	p.install(d.file, to, how)
	return to, nil
}
