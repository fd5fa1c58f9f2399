package syscalls

import (
	"syscall"

	"vmsim/pagecache"
	"vmsim/vm/profile"
)

// chmodAt changes the mode of a file.
// Linux: do_fchmodat (fs/open.c).
func (p *Process) chmodAt(dirfd int, path pathSource, mode uint32) error {
	name, err := path()
	if err != nil {
		return err
	}
	at, err := p.existing(dirfd, name, follow)
	if err != nil {
		return err
	}
	return p.setMode(at.file(), mode)
}

// setMode sets a file's mode. For a user who is not root it clears set-group-ID only if the file has another group.
// Linux: chmod_common (fs/open.c), setattr_prepare (fs/attr.c).
func (p *Process) setMode(m *pagecache.Mapping, mode uint32) error {
	if p.immutable(m) {
		return p.refuse(syscall.EPERM, pidfdImmutable)
	}
	if m.Type() == pagecache.Nameless && p.follows(profile.NamelessKeepMode) {
		return p.refuse(syscall.EOPNOTSUPP, "a file that no path leads to has no mode of its own")
	}
	if !p.owns(m) && !p.kernel.capable(CapFOwner) {
		return p.refuse(syscall.EPERM, "the file is root's")
	}
	if m.Seals&pagecache.SealExec != 0 && (m.Perm^mode)&anyExec != 0 {
		return p.refuse(syscall.EPERM, "a seal of the file keeps who may execute it")
	}
	if err := m.Change(); err != nil {
		return p.fileRefuses(err)
	}
	m.Perm = mode & 0o7777
	m.Changed()
	return nil
}

// immutable reports whether the file cannot be changed: that of a pidfd, until it could have attributes.
// Linux: IS_IMMUTABLE (include/linux/fs.h).
func (p *Process) immutable(m *pagecache.Mapping) bool {
	return m.Pidfd() && m.Regular() && !p.follows(profile.PidfdsChange)
}

const pidfdImmutable = "the file of a pidfd cannot be changed"

// chmodOpen is chmodAt for an open file.
// Linux: sys_fchmod (fs/open.c).
func (p *Process) chmodOpen(fd int, mode uint32) error {
	d, err := p.descriptor(fd)
	if err != nil {
		return err
	}
	return p.setMode(d.file.Mapping, mode)
}

// accessAt reports whether the program may do with a file what mode says.
// Linux: do_faccessat (fs/open.c).
func (p *Process) accessAt(dirfd int, path pathSource, mode uint32, flags AtFlags) error {
	switch {
	case mode&^7 != 0:
		return p.refuse(syscall.EINVAL, "no such mode")
	case flags&^(AtEACCESS|AtSymlinkNoFollow|AtEmptyPath) != 0:
		return p.refuse(syscall.EINVAL, "no such flag")
	}
	name, err := path()
	if err != nil {
		return err
	}
	var at place
	switch {
	case name != "" || flags&AtEmptyPath == 0:
		if at, err = p.existing(dirfd, name, following(flags&AtSymlinkNoFollow == 0)); err != nil {
			return err
		}
	case dirfd == AtCWD:
		at.name = p.kernel.files.opened(p.fs.cwd)
	default:
		d, err := p.rawDescriptor(dirfd)
		if err != nil {
			return err
		}
		switch {
		case mode&uint32(mayExec) != 0 && d.file.Mapping.Regular() && p.noExec(d.file):
			return p.refuse(syscall.EACCES, "nothing on the file's file system may be executed")
		case !p.permits(d.file.Mapping, permission(mode)):
			return p.refuse(syscall.EACCES, "the file's mode forbids it")
		}
		return nil
	}
	if !p.permits(at.file(), permission(mode)) {
		return p.refuse(syscall.EACCES, "the file's mode forbids it")
	}
	return nil
}
