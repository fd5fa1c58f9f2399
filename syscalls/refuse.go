package syscalls

import "syscall"

// cause is one of the things that a check refuses, and whether it is that.
type cause struct {
	is   bool
	text string
}

// refuseFor is refuse for a check that refuses several things: the log says which one it was, the first that is.
func (p *Process) refuseFor(e syscall.Errno, causes ...cause) error {
	for _, c := range causes {
		if c.is {
			return p.refuse(e, c.text)
		}
	}
	return p.refuse(e, causes[len(causes)-1].text)
}

// passesFile says which limit a size or an offset of a file passes.
func (p *Process) passesFile(at, largest int64) error {
	return p.refuseFor(syscall.EFBIG, cause{at > largest, "it passes the largest size of a file on this file system"},
		cause{true, "it passes what RLIMIT_FSIZE allows"})
}
