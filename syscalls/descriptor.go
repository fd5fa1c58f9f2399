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

// descriptors is a table of open files. CLONE_FILES makes processes share one.
// Linux: struct files_struct (include/linux/fdtable.h).
type descriptors struct {
	slots []*descriptor
	users int // processes that have it
}

// openStandard opens descriptors 0, 1 and 2 as the harness of a puppet does: on /dev/null.
func (p *Process) openStandard() {
	f := p.kernel.null().Open("/dev/null", pagecache.ModeRead|pagecache.ModeWrite)
	p.fds = &descriptors{slots: []*descriptor{{file: f}, {file: f}, {file: f}}, users: 1}
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

// descriptor is the open file of that number, for a call that accesses the file's content: EBADF for one opened with
// O_PATH.
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
	if fd < 0 || fd >= len(p.fds.slots) || p.fds.slots[fd] == nil {
		return nil, p.refuse(syscall.EBADF, "no open file has that number")
	}
	return p.fds.slots[fd], nil
}

// free is the lowest free number from at on.
// Linux: alloc_fd (fs/file.c).
func (p *Process) free(at int) (int, error) {
	for fd := at; uint64(fd) < p.limits.of[ResourceFiles].Soft; fd++ {
		if fd >= len(p.fds.slots) || p.fds.slots[fd] == nil {
			return fd, nil
		}
	}
	return -1, p.refuse(syscall.EMFILE, "the process has RLIMIT_NOFILE files open")
}

// install gives an open file a number that is free.
func (p *Process) install(f *pagecache.File, fd int, how inheritance) {
	if fd >= len(p.fds.slots) {
		p.fds.slots = append(p.fds.slots, make([]*descriptor, fd+1-len(p.fds.slots))...)
	}
	p.fds.slots[fd] = &descriptor{file: f, cloexec: how == closedByExec}
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

// Close releases the descriptor; areas that map the file stay.
// Linux: sys_close (fs/open.c).
func (p *Process) Close(fd int) error {
	p.enter(SysClose)
	d, err := p.rawDescriptor(fd)
	if err != nil {
		return err
	}
	p.fds.slots[fd] = nil
	d.file.Put()
	return nil
}

// inheritDescriptors gives a child its parent's table, or a copy of it.
// Linux: copy_files (kernel/fork.c).
func (p *Process) inheritDescriptors(parent *Process, f CloneFlags) {
	if f&CloneFiles != 0 {
		p.fds = parent.fds
		p.fds.users++
		return
	}
	p.fds = parent.fds.copy()
}

func (t *descriptors) copy() *descriptors {
	c := &descriptors{slots: make([]*descriptor, len(t.slots)), users: 1}
	for i, d := range t.slots {
		if d != nil {
			d.file.Hold()
			c.slots[i] = &descriptor{file: d.file, cloexec: d.cloexec}
		}
	}
	return c
}

// closeAll releases the process's table; its files are closed with the last process that shares it.
// Linux: exit_files (fs/file.c).
func (p *Process) closeAll() {
	if p.fds.users--; p.fds.users > 0 {
		return
	}
	for i, d := range p.fds.slots {
		if d != nil {
			p.fds.slots[i] = nil
			d.file.Put()
		}
	}
}

// closeOnExec closes what O_CLOEXEC has marked, in a table that is the process's alone from here on.
func (p *Process) closeOnExec() {
	p.unshareDescriptors()
	p.closeMarked()
}

// unshareDescriptors gives the process a table of its own.
// Linux: unshare_files (kernel/fork.c).
func (p *Process) unshareDescriptors() {
	if p.fds.users > 1 {
		p.fds.users--
		p.fds = p.fds.copy()
	}
}

// closeMarked closes what O_CLOEXEC has marked.
// Linux: do_close_on_exec (fs/file.c).
func (p *Process) closeMarked() {
	for i, d := range p.fds.slots {
		if d != nil && d.cloexec {
			p.fds.slots[i] = nil
			d.file.Put()
		}
	}
}
