package syscalls

import "syscall"

// cause is one possible reason of a check, and whether it applies.
type cause struct {
	is   bool
	text string
}

// refuseFor is refuse for a check with several reasons: it logs the first that applies.
func (p *Process) refuseFor(e syscall.Errno, causes ...cause) error {
	for _, c := range causes {
		if c.is {
			return p.refuse(e, c.text)
		}
	}
	return p.refuse(e, causes[len(causes)-1].text)
}

// passesFile is the limit that a file's size or offset exceeds.
func (p *Process) passesFile(at, largest int64) error {
	return p.refuseFor(syscall.EFBIG, cause{at > largest, "it passes the largest size of a file on this file system"},
		cause{true, "it passes what RLIMIT_FSIZE allows"})
}
