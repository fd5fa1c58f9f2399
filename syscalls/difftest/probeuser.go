package difftest

import (
	"syscall"

	"vmsim/syscalls/script"
)

// probeUser finds out whether the kernel's side is an ordinary user: one may not lock more than RLIMIT_MEMLOCK says.
func (l *Lab) probeUser() error {
	s, err := newSide(script.Program{}, l.Kernel, script.Results)
	if err != nil {
		return err
	}
	const at, size, onFault = 0x10000000, 64 << 20, 1
	for _, do := range []script.Action{
		call("mmap", at, size, 0, mapPrivate|mapFixed|mapAnonymous, noFD, 0), call("mlock2", at, size, onFault),
	} {
		res, err := s.do(&script.Op{PID: 1, Do: do})
		if err != nil {
			return err
		}
		if res.Errno == syscall.ENOMEM {
			l.Settings = append(l.Settings, script.Setting{Name: "user", Value: "nobody"})
		}
	}
	return nil
}
