package difftest

import (
	"syscall"

	"vmsim/syscalls/script"
)

// probeLimits finds out whether the kernel's root may exceed limits: in many containers it may not. Who may is told that
// the part of the program does not exist, who may not is refused before.
func (l *Lab) probeLimits() error {
	s, err := newSide(script.Program{}, l.Kernel, script.Results)
	if err != nil {
		return err
	}
	const setMM, noPart, at = 35, 99, 0x403000
	res, err := s.do(&script.Op{PID: 1, Do: call("prctl", setMM, noPart, at, 0, 0)})
	if err != nil {
		return err
	}
	if res.Errno == syscall.EPERM {
		l.Settings = append(l.Settings, script.Setting{Name: "sys_resource", Value: "off"})
	}
	return nil
}
