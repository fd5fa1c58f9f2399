package syscalls

import (
	"syscall"

	"vmsim/pagecache"
)

// Ftruncate gives the file of fd a new size.
// Linux: do_ftruncate (fs/open.c).
func (p *Process) Ftruncate(fd int, size int64) error {
	p.enter(SysFtruncate)
	if size < 0 {
		return p.refuse(syscall.EINVAL, "the size is negative")
	}
	d, err := p.descriptor(fd)
	if err != nil {
		return err
	}
	if d.file.Mode&pagecache.ModeWrite == 0 {
		return p.refuse(syscall.EINVAL, "the file is not open for writing")
	}
	return p.truncate(d.file.Mapping, size)
}

func (p *Process) truncate(m *pagecache.Mapping, size int64) error {
	if size > m.Limit() {
		return p.refuse(syscall.EFBIG, "the size passes the largest file")
	}
	if err := m.Truncate(size); err != nil {
		return p.refuse(err.(syscall.Errno), "the file cannot have that size")
	}
	return nil
}
