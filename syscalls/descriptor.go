package syscalls

import (
	"syscall"

	"vmsim/pagecache"
)

// descriptor is one slot of a process's table of open files.
// Linux: struct fdtable (include/linux/fdtable.h).
type descriptor struct {
	file    *pagecache.File
	cloexec bool
}

// openStandard opens descriptors 0, 1 and 2 as the harness of a puppet does: on /dev/null.
func (p *Process) openStandard() {
	f := p.kernel.null().Open("/dev/null", pagecache.ModeRead|pagecache.ModeWrite)
	p.fds = []*descriptor{{file: f}, {file: f}, {file: f}}
	f.Hold()
	f.Hold()
}

// null is the machine's null device.
func (k *Kernel) null() *pagecache.Mapping {
	if k.nullFile == nil {
		k.nullFile = k.Cache.NewNull()
	}
	return k.nullFile
}

// maxDescriptors is RLIMIT_NOFILE at first.
const maxDescriptors = 20000

// descriptor is the open file of that number, for a call that uses what the file holds: O_PATH will not do.
// Linux: fdget (fs/file.c).
func (p *Process) descriptor(fd int) (*descriptor, error) {
	d, err := p.rawDescriptor(fd)
	if err == nil && d.file.Mode&pagecache.ModePath != 0 {
		return nil, p.refuse(syscall.EBADF, "the file was opened with O_PATH")
	}
	return d, err
}

// rawDescriptor is the open file of that number, for a call that only asks which file it is.
// Linux: fdget_raw (fs/file.c).
func (p *Process) rawDescriptor(fd int) (*descriptor, error) {
	if fd < 0 || fd >= len(p.fds) || p.fds[fd] == nil {
		return nil, p.refuse(syscall.EBADF, "no open file has that number")
	}
	return p.fds[fd], nil
}

// free is the lowest number from at on that no open file has.
// Linux: alloc_fd (fs/file.c).
func (p *Process) free(at int) (int, error) {
	for fd := at; uint64(fd) < p.limits.of[ResourceFiles].Soft; fd++ {
		if fd >= len(p.fds) || p.fds[fd] == nil {
			return fd, nil
		}
	}
	return -1, p.refuse(syscall.EMFILE, "the process has RLIMIT_NOFILE files open")
}

// install gives an open file a number that is free.
func (p *Process) install(f *pagecache.File, fd int, how inheritance) {
	if fd >= len(p.fds) {
		p.fds = append(p.fds, make([]*descriptor, fd+1-len(p.fds))...)
	}
	p.fds[fd] = &descriptor{file: f, cloexec: how == closedByExec}
}

// inheritance says whether a descriptor outlives execve.
type inheritance uint8

const (
	keptByExec inheritance = iota
	closedByExec
)

// inheritanceOf is what O_CLOEXEC among the flags asks for.
func inheritanceOf(f OpenFlags) inheritance {
	if f&OpenCloseExec != 0 {
		return closedByExec
	}
	return keptByExec
}

// Close gives the descriptor's number up; areas that show the file stay.
// Linux: sys_close (fs/open.c).
func (p *Process) Close(fd int) error {
	p.enter(SysClose)
	d, err := p.rawDescriptor(fd)
	if err != nil {
		return err
	}
	p.fds[fd] = nil
	d.file.Put()
	return nil
}

func (p *Process) inheritDescriptors(parent *Process) {
	p.fds = make([]*descriptor, len(parent.fds))
	for i, d := range parent.fds {
		if d != nil {
			d.file.Hold()
			p.fds[i] = &descriptor{file: d.file, cloexec: d.cloexec}
		}
	}
}

func (p *Process) closeAll() {
	for i, d := range p.fds {
		if d != nil {
			p.fds[i] = nil
			d.file.Put()
		}
	}
}

// closeOnExec closes what O_CLOEXEC has marked.
// Linux: do_close_on_exec (fs/file.c).
func (p *Process) closeOnExec() {
	for i, d := range p.fds {
		if d != nil && d.cloexec {
			p.fds[i] = nil
			d.file.Put()
		}
	}
}
