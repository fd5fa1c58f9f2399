package syscalls

import (
	"strings"
	"syscall"

	"vmsim/pagecache"
	"vmsim/vm"
	"vmsim/vm/profile"
)

// linkAt adds a name to a file.
// Linux: do_linkat, vfs_link (fs/namei.c).
func (p *Process) linkAt(fromDir int, from pathSource, toDir int, to pathSource, flags AtFlags) error {
	// Both paths are arguments of one call within the kernel, which its compiler fills in from the last to the first.
	to, from = read(to), read(from)
	if flags&^(AtSymlinkFollow|AtEmptyPath) != 0 {
		return p.refuse(syscall.EINVAL, "no such flag")
	}
	if flags&AtEmptyPath != 0 && !p.follows(profile.LinksOwnOpen) && !p.kernel.capable(CapDACReadSearch) {
		return p.refuse(syscall.ENOENT, "AT_EMPTY_PATH needs CAP_DAC_READ_SEARCH before 6.10")
	}
	m, up, err := p.toLink(fromDir, from, flags)
	if err != nil {
		return err
	}
	at, err := p.toCreate(toDir, to, false)
	if err != nil {
		return err
	}
	f := &p.kernel.files
	if up == nil || f.fileSystem(up) != f.fileSystem(at.dir) {
		return p.refuse(syscall.EXDEV, "the new name would be on another file system")
	}
	if !p.owns(m) && !p.kernel.capable(CapFOwner) && !p.safeToLink(m) {
		return p.refuse(syscall.EPERM, "the file is root's, and fs.protected_hardlinks forbids it")
	}
	if err := p.mayAdd(at.dir); err != nil {
		return err
	}
	switch {
	case m.Type() == pagecache.Directory:
		return p.refuse(syscall.EPERM, "directories have one name")
	case m.Links() == 0 && !m.Linkable:
		return p.refuse(syscall.ENOENT, "the file has lost its last name")
	}
	m.Linkable = false
	m.Linked(1)
	m.Changed()
	f.also(at, m)
	return nil
}

// safeToLink reports whether a file of another user's may be given names: it is a regular one that the program may read
// and write, and that has no set-user-ID or set-group-ID.
// Linux: safe_hardlink_source (fs/namei.c).
func (p *Process) safeToLink(m *pagecache.Mapping) bool {
	const setUser, setGroup, groupExec = 0o4000, 0o2000, 0o010
	return m.Type() == pagecache.Regular && m.Perm&setUser == 0 &&
		m.Perm&(setGroup|groupExec) != setGroup|groupExec && p.permits(m, mayRead|mayWrite)
}

// also adds a name to an existing file.
func (n *names) also(at place, m *pagecache.Mapping) {
	x := at.dir.NewName(at.last, m)
	x.Add()
	if m.Type() == pagecache.Regular {
		n.files = append(n.files, x)
	}
	if m.Links() == 1 {
		m.Label = x.Path() // O_TMPFILE's first name
	}
	target, _ := m.Target()
	switch {
	case m.Inode() != nil:
		n.kernel.Disk.Link(x.Path(), m.Inode())
	case target != "" && n.onDisk(x):
		n.kernel.Disk.MakeLink(x.Path(), target)
	}
}

// toLink is the file that linkat is to give a name, and the name that it has; that is nil for a file that is on no file
// system of the machine's. An empty path means the file of the descriptor.
func (p *Process) toLink(dirfd int, path pathSource, flags AtFlags) (*pagecache.Mapping, *pagecache.Name, error) {
	name, err := path()
	if err != nil {
		return nil, nil, err
	}
	if flags&AtEmptyPath != 0 && dirfd != AtCWD && !strings.HasPrefix(name, "/") {
		d, err := p.rawDescriptor(dirfd)
		switch {
		case err != nil:
			return nil, nil, err
		case d.file.By != any(p.creds) && !p.kernel.capable(CapDACReadSearch):
			return nil, nil, p.refuse(syscall.ENOENT, "the descriptor was not opened by this process")
		case name == "":
			return d.file.Mapping, d.file.NameInDirectory(), nil
		}
	}
	if name == "" && flags&AtEmptyPath != 0 {
		return p.kernel.files.opened(p.fs.cwd).File, p.fs.cwd, nil
	}
	at, err := p.existing(dirfd, name, following(flags&AtSymlinkFollow != 0))
	if err != nil {
		return nil, nil, err
	}
	return at.file(), at.name, nil
}

// symlinkAt makes a symbolic link to target.
// Linux: do_symlinkat, vfs_symlink (fs/namei.c).
func (p *Process) symlinkAt(target pathSource, dirfd int, path pathSource) error {
	path = read(path)
	text, err := target()
	switch {
	case err != nil:
		return err
	case text == "":
		return p.refuse(syscall.ENOENT, "the target is empty")
	}
	at, err := p.toCreate(dirfd, path, false)
	if err != nil {
		return err
	}
	if err := p.mayAdd(at.dir); err != nil {
		return err
	}
	x := at.dir.NewName(at.last, nil)
	f := &p.kernel.files
	onDisk := f.onDisk(x)
	if onDisk && len(text) >= longestTarget {
		return p.refuse(syscall.ENAMETOOLONG, "the target is longer than a block of the disk's")
	}
	if onDisk {
		x.File = p.kernel.Cache.NewLink(x.Path(), text, p.kernel.Disk)
		p.kernel.Disk.MakeLink(x.Path(), text)
	} else if x.File, err = p.kernel.Cache.NewSharedLink(x.Path(), text, p.kernel.tmpfs); err != nil {
		return p.fileRefuses(err)
	}
	x.File.Perm = 0o777
	x.Add()
	return nil
}

// longestTarget is how long a symbolic link's target may be on the disk, its final zero included.
// Linux: ext4_symlink (fs/ext4/namei.c).
const longestTarget = 1024

// readlinkAt stores where a symbolic link leads, without a final zero, and is how many bytes that are.
// Linux: do_readlinkat (fs/stat.c).
func (p *Process) readlinkAt(dirfd int, path pathSource, buf vm.Addr, size int32) (uint64, error) {
	if size <= 0 {
		return 0, p.refuse(syscall.EINVAL, "the buffer has no bytes")
	}
	name, err := path()
	if err != nil {
		return 0, err
	}
	if name == "" {
		return p.readOpenLink(dirfd, buf, size)
	}
	at, err := p.existing(dirfd, name, noFollow)
	if err != nil {
		return 0, err
	}
	return p.putTarget(at.file(), buf, size, syscall.EINVAL)
}

// readOpenLink is readlinkat with an empty path: the descriptor is of a link that was opened with O_PATH.
func (p *Process) readOpenLink(fd int, buf vm.Addr, size int32) (uint64, error) {
	if fd == AtCWD {
		return 0, p.refuse(syscall.ENOENT, "the path is empty, and the working directory is no link")
	}
	d, err := p.rawDescriptor(fd)
	if err != nil {
		return 0, err
	}
	return p.putTarget(d.file.Mapping, buf, size, syscall.ENOENT)
}

func (p *Process) putTarget(m *pagecache.Mapping, buf vm.Addr, size int32, other syscall.Errno) (uint64, error) {
	target, ok := m.Target()
	if !ok {
		return 0, p.refuse(other, "it is no symbolic link")
	}
	m.Followed()
	b := []byte(target)[:min(len(target), int(size))]
	return uint64(len(b)), p.putBytes(buf, b)
}
