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

// passesFile is the limit that the last byte of a file exceeds.
func (p *Process) passesFile(last, largest int64) error {
	limited := p.passesLimit(last)
	return p.refuseFor(syscall.EFBIG, cause{last < largest || limited,
		"it passes what RLIMIT_FSIZE allows: SIGXFSZ is sent, which by default ends a process"},
		cause{true, "it passes the largest size of a file on this file system"})
}

// passesLimit sends SIGXFSZ where a file's last byte would lie beyond RLIMIT_FSIZE.
// Linux: inode_newsize_ok (fs/attr.c), generic_write_check_limits (fs/read_write.c).
func (p *Process) passesLimit(last int64) bool {
	passes := uint64(last) >= p.Space.Limits.FileSize
	if passes {
		p.sent = signalFileSize
	}
	return passes
}
