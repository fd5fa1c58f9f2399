package syscalls

import (
	"syscall"

	"vmsim/pagecache"
	"vmsim/vm"
	"vmsim/vm/profile"
)

// Numbers that mean the caller, in place of a pidfd.
// Linux: PIDFD_SELF_THREAD, PIDFD_SELF_THREAD_GROUP (include/uapi/linux/fcntl.h).
const (
	selfThread       = -10000
	selfProcess      = -10001
	selfProcessFirst = -20000 // until 6.17
)

// MeansSelf reports whether the number means the caller: since 6.14.
func (p *Process) MeansSelf(fd int) bool {
	process := selfProcessFirst
	if p.follows(profile.SelfProcess) {
		process = selfProcess
	}
	return p.follows(profile.PidfdSelf) && (fd == selfThread || fd == process)
}

// PidfdOpen opens a descriptor for a process, which stays valid even if the process's number is reused.
// Linux: sys_pidfd_open (kernel/pid.c).
func (p *Process) PidfdOpen(pid int, flags uint32) (int, error) {
	p.enter(SysPidfdOpen)
	const thread, nonblock = 0o200, 0o4000
	known := uint32(nonblock)
	if p.follows(profile.PidfdThreads) {
		known |= thread
	}
	switch {
	case flags&^known != 0 || pid <= 0:
		return -1, p.refuseFor(syscall.EINVAL, cause{pid <= 0, "no process has that number"}, cause{true,
			"no such flag"})
	}
	k := p.kernel
	target, ok := k.Process(pid)
	if !ok {
		return -1, p.refuse(syscall.ESRCH, "no process has that number")
	}
	if flags&thread == 0 && target != target.group.first() {
		e := syscall.EINVAL
		if p.follows(profile.ThreadNumbers) {
			e = syscall.ENOENT
		}
		return -1, p.refuse(e, "the number is a thread's, and not the first one's")
	}
	fd, err := p.free(0)
	if err != nil {
		return -1, err
	}
	if target.opened == nil {
		target.opened = k.Cache.NewPidfd(p.follows(profile.PidfdFiles))
	}
	f := target.opened.Open(target.opened.Label, pagecache.ModeRead|pagecache.ModeWrite)
	f.Flags = uint64(OpenReadWrite) | uint64(flags)
	p.install(f, fd, closedByExec)
	return fd, nil
}

// ofPidfd is the process of a pidfd: alive, or a zombie.
// Linux: pidfd_get_task (kernel/pid.c).
func (p *Process) ofPidfd(fd int) (*Process, error) {
	if p.MeansSelf(fd) {
		if fd != selfThread {
			return p.group.first(), nil
		}
		return p, nil
	}
	t, err := p.openedBy(fd)
	switch {
	case err != nil:
		return nil, err
	case t.exited && !t.zombie():
		return nil, p.refuse(syscall.ESRCH, "the process has ended")
	case t != t.group.first():
		return nil, p.refuse(syscall.ESRCH, "the descriptor is of a thread, and not of the first one")
	}
	return t, nil
}

// openedBy is the process that a descriptor of pidfd_open means, alive or not.
// Linux: pidfd_get_pid (kernel/pid.c).
func (p *Process) openedBy(fd int) (*Process, error) {
	d, err := p.descriptor(fd)
	if err != nil {
		return nil, err
	}
	for _, t := range p.kernel.procs[1:] {
		if t.opened != nil && t.opened == d.file.Mapping {
			return t, nil
		}
	}
	return nil, p.refuse(syscall.EBADF, "the descriptor is none of a process")
}

// remoteAdvice reports whether the advice is allowed for another process: only one that discards no content.
// Linux: process_madvise_remote_valid (mm/madvise.c).
func (p *Process) remoteAdvice(v Advice) bool {
	switch v {
	case AdviseCold, AdvisePageOut:
		return true
	case AdviseWillNeed:
		return p.follows(profile.WillNeedRemotely)
	}
	return v == AdviseCollapse && p.follows(profile.CollapseAdvice)
}

// ProcessMadvise gives an advice for n ranges of a process, described at vec; it returns how many bytes it has advised.
// Linux: sys_process_madvise (mm/madvise.c).
func (p *Process) ProcessMadvise(pidfd int, vec vm.Addr, n uint32, v Advice, flags uint32) (uint64, error) {
	p.enter(SysProcessMadvise)
	if flags != 0 {
		return 0, p.refuse(syscall.EINVAL, "an unknown flag")
	}
	ranges, total, err := p.importVector(vec, n)
	if err != nil {
		return 0, err
	}
	target, err := p.ofPidfd(pidfd)
	oneself := p.follows(profile.AdviseOneself) // since 6.13
	switch {
	case err != nil:
		return 0, err
	case !oneself && !p.remoteAdvice(v):
		return 0, p.refuse(syscall.EINVAL, "an advice that is not for other processes")
	case target.exited:
		return 0, p.refuse(syscall.ESRCH, "the process has ended")
	case !p.kernel.has(v) && p.follows(profile.AdviceFirst):
		return 0, p.refuse(syscall.EINVAL, "an unknown advice")
	case !p.remoteAdvice(v) && !(target.Space == p.Space && oneself):
		return 0, p.refuse(syscall.EINVAL, "an advice that is not for other processes")
	case (target.Space != p.Space || !p.follows(profile.OwnAdvice)) && !p.kernel.capable(CapNice):
		return 0, p.refuse(syscall.EPERM, "only CAP_SYS_NICE advises other processes")
	}
	defer p.kernel.using(target.Space)()
	done := uint64(0)
	for i, s := range ranges.segments {
		if s.n == 0 && (i > 0 || total == 0) {
			continue // an empty range is looked at where it comes first, and is not the only one
		}
		if err := target.madvise(s.base, s.n, v); err != nil {
			if done > 0 {
				err = nil
			}
			return done, err
		}
		done += s.n
	}
	return done, nil
}
