package syscalls

import (
	"syscall"

	"vmsim/pagecache"
	"vmsim/vm/profile"
)

// Readahead reads n bytes of fd from off on into the page cache and does not wait for them.
// Linux: ksys_readahead (mm/readahead.c).
func (p *Process) Readahead(fd int, off int64, n uint64) error {
	p.enter(SysReadahead)
	d, err := p.descriptor(fd)
	switch {
	case err != nil:
		return err
	case d.file.Mode&pagecache.ModeRead == 0:
		return p.refuse(syscall.EBADF, "the file is not open for reading")
	case !p.hasContent(d.file.Mapping):
		return p.refuse(syscall.EINVAL, "only regular files are read ahead")
	}
	return p.advise(d.file, off, int64(n), pagecache.AdviseWillNeed)
}

// hasContent reports whether a file is a regular one with bytes of its own. A pidfd counted as one at first.
// Linux: IS_ANON_FILE (include/linux/fs.h), the other way round.
func (p *Process) hasContent(m *pagecache.Mapping) bool {
	return m.Type() == pagecache.Regular || m.Regular() && !p.follows(profile.NamelessUnread)
}
