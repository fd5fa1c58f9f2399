package pagecache

import "vmsim/vm"

// pidFile is the file of a pidfd. It has no operation that moves bytes, an offset or a page: it is there to be named.
// Linux: pidfs_file_operations (fs/pidfs.c).
type pidFile struct {
	nullDevice
	regular bool
}

// A program never sees a type: where there is one, stat leaves it out.
func (pidFile) fileType() FileType { return Nameless }

func (f pidFile) device() uint32 {
	if f.regular {
		return pidfsDevice
	}
	return anonInodeDevice
}

func (f pidFile) traits() vm.Traits {
	if f.regular {
		return vm.Unmappable
	}
	return vm.Device | vm.Unmappable
}

// pidfsDevice is the number of the file system of pidfds.
// Linux: pidfs_mnt (fs/pidfs.c).
const pidfsDevice = 5

// NewPidfd makes the file that all pidfds of a process are open on: a regular one of a file system of its own, or one
// without a type.
// Linux: pidfs_init_inode (fs/pidfs.c).
func (c *Cache) NewPidfd(regular bool) *Mapping {
	m := c.newDevice("anon_inode:[pidfd]", pidFile{regular: regular})
	m.RootOwned, m.Perm = true, 0o600
	if regular {
		m.Perm = 0o700
	}
	return m
}

// Pidfd reports whether the file is that of a pidfd.
func (m *Mapping) Pidfd() bool {
	_, ok := m.ops.(pidFile)
	return ok
}

// Regular reports whether the file is a regular one for calls that do not ask what it can do.
// Linux: S_ISREG of i_mode (include/uapi/linux/stat.h).
func (m *Mapping) Regular() bool {
	f, _ := m.ops.(pidFile)
	return f.regular || m.Type() == Regular
}
