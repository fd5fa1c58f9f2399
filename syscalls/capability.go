package syscalls

import (
	"syscall"

	"vmsim/pagecache"
)

// Capabilities are the parts that root's rights consist of. An ordinary user has none of them.
// Linux: CAP_* (include/uapi/linux/capability.h).
type Capabilities uint64

// The parts that the model's calls ask for.
const (
	CapDACOverride   Capabilities = 1 << 1  // to open files whatever their mode
	CapDACReadSearch Capabilities = 1 << 2  // the same, for reading
	CapFOwner        Capabilities = 1 << 3  // to do with files what their owners may
	CapFSetID        Capabilities = 1 << 4  // to change a file and leave it its set-user-ID and set-group-ID
	CapIPCLock       Capabilities = 1 << 14 // to lock more memory than RLIMIT_MEMLOCK allows
	CapIPCOwner      Capabilities = 1 << 15 // to use segments of shared memory whatever their mode
	CapRawIO         Capabilities = 1 << 17 // to map addresses below vm.mmap_min_addr
	CapPtrace        Capabilities = 1 << 19 // to handle the kernel's own faults by a userfaultfd
	CapSysAdmin      Capabilities = 1 << 21 // to have swap areas
	CapNice          Capabilities = 1 << 23 // to advise other processes
	CapResource      Capabilities = 1 << 24 // to exceed limits

	AllCapabilities = ^Capabilities(0)
)

// credentials identify who has opened a file. All programs run as one user, so only the identity of the struct matters;
// threads share it. The struct is not empty, so that each has an address of its own.
// Linux: struct cred (include/linux/cred.h).
type credentials struct{ _ byte }

// capable reports whether the machine's programs have all the capabilities c.
// Linux: capable (kernel/capability.c).
func (k *Kernel) capable(c Capabilities) bool { return k.config.Without&c == 0 }

// Restrict takes capabilities from the machine's programs.
// Linux: none.
func (k *Kernel) Restrict(c Capabilities) { k.config.Without |= c }

// rootOwned reports whether programs run as root, with or without capabilities: root has no limit on processes.
func (k *Kernel) rootOwned() bool { return k.config.Without != AllCapabilities }

// permission is what a process wants to do with a file, as one digit of its mode says it.
// Linux: MAY_EXEC, MAY_WRITE, MAY_READ (include/linux/fs.h).
type permission uint32

const (
	mayExec  permission = 1 // of a directory, to look for names in it
	mayWrite permission = 2
	mayRead  permission = 4
)

// permission is what opening a file with these flags needs: O_TRUNC needs write permission too.
// Linux: build_open_flags (fs/open.c).
func (f OpenFlags) permission() permission {
	want := [...]permission{mayRead, mayWrite, mayRead | mayWrite, mayRead | mayWrite}[f&OpenAccess]
	if f&OpenTruncate != 0 {
		want |= mayWrite
	}
	return want
}

// permits reports whether the mode of a file or directory, or a capability, lets the program do what it wants.
// Linux: generic_permission (fs/namei.c).
func (p *Process) permits(m *pagecache.Mapping, want permission) bool {
	mode := permission(m.Perm)
	if p.owns(m) {
		mode >>= 6
	}
	switch {
	case want&^mode == 0:
		return true
	case m.Type() == pagecache.Directory:
		return p.kernel.capable(CapDACOverride) || want&mayWrite == 0 && p.kernel.capable(CapDACReadSearch)
	case p.kernel.capable(CapDACOverride) && (want&mayExec == 0 || m.Perm&anyExec != 0):
		return true
	}
	return want == mayRead && p.kernel.capable(CapDACReadSearch)
}

// anyExec are the bits of a mode that let anyone run the file.
const anyExec = 0o111

// mayChange refuses to make or remove names in a directory whose mode forbids it.
func (p *Process) mayChange(dir *pagecache.Name) error {
	if !p.permits(p.kernel.files.opened(dir).File, mayWrite|mayExec) {
		return p.refuse(syscall.EACCES, "the directory's mode forbids it")
	}
	if p.kernel.files.onDisk(dir) {
		return p.fileRefuses(p.kernel.Disk.Start())
	}
	return nil
}

// owns reports whether the program's user owns the file: an ordinary user owns all files except those marked as root's,
// devices and their directory.
func (p *Process) owns(m *pagecache.Mapping) bool {
	foreign := m.RootOwned || m.Type() == pagecache.CharDevice && !m.Whiteout() || m.Type() == pagecache.Directory &&
		m.Label == deviceDir
	return p.kernel.rootOwned() || !foreign
}

const deviceDir = "/dev"

// mayLookInto reports whether the program may see and change which pages of a file are in memory, which would reveal
// what other users do with the file.
// Linux: can_do_mincore (mm/mincore.c), can_do_file_pageout (mm/madvise.c), can_do_cachestat (mm/filemap.c).
func (p *Process) mayLookInto(m *pagecache.Mapping) bool {
	return p.owns(m) || p.kernel.capable(CapFOwner) || p.permits(m, mayWrite)
}

// removePrivileges takes set-user-ID and set-group-ID from a regular file that the program changes, unless it is root:
// otherwise a process with write permission could replace a program and keep its owner's rights. A set-group-ID bit
// without execute permission gives no rights, and stays if the group is the writer's.
// Linux: file_remove_privs (fs/inode.c), setattr_should_drop_suidgid (fs/attr.c).
func (p *Process) removePrivileges(m *pagecache.Mapping) {
	const setUser, setGroup, groupExec = 0o4000, 0o2000, 0o010
	if m.Perm&(setUser|setGroup) == 0 || m.Type() != pagecache.Regular || p.kernel.capable(CapFSetID) {
		return
	}
	m.Perm &^= setUser
	if m.Perm&groupExec != 0 {
		m.Perm &^= setGroup
	}
}
