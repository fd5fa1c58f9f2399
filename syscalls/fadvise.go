package syscalls

import (
	"syscall"

	"vmsim/pagecache"
	"vmsim/vm/profile"
)

// Fadvise64 says how n bytes of fd from off on are going to be used; an n of 0 means up to the end.
// Linux: ksys_fadvise64_64 (mm/fadvise.c).
func (p *Process) Fadvise64(fd int, off, n int64, a pagecache.FileAdvice) error {
	p.enter(SysFadvise64)
	d, err := p.descriptor(fd)
	if err != nil {
		return err
	}
	return p.advise(d.file, off, n, a)
}

// advise is what fadvise64 and readahead have in common. A file in memory accepts any advice and ignores it.
// Linux: generic_fadvise (mm/fadvise.c).
func (p *Process) advise(f *pagecache.File, off, n int64, a pagecache.FileAdvice) error {
	switch {
	case f.Pipe() != nil:
		return p.refuse(syscall.ESPIPE, "a pipe has no pages to advise about")
	case n < 0:
		return p.refuse(syscall.EINVAL, "the length is negative")
	case off < 0 && p.follows(profile.AdviceFromStart): // since 7.1
		return p.refuse(syscall.EINVAL, "the offset is negative")
	case a > pagecache.AdviseNoReuse:
		return p.refuse(syscall.EINVAL, "no such advice")
	}
	last := off + n
	if n == 0 || last < n {
		last = maxFileSize // all that follow
	} else {
		last--
	}
	f.Advise(a, off, last)
	return nil
}
