package difftest

import (
	"encoding/binary"
	"fmt"
	"strings"

	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/vm"
)

// probeLimits finds out which limits processes of the kernel's side start with: they are those of whoever started them.
func (l *Lab) probeLimits() error {
	p, err := l.prober()
	if err != nil {
		return err
	}
	var words []string
	for r, name := range script.Resources() {
		var b [16]byte
		p.try(syscalls.SysPrlimit64, 0, uint64(r), 0, probeAt)
		if err := p.Peek(vm.Addr(probeAt), b[:]); err != nil {
			return err
		}
		at := syscalls.Limit{Soft: binary.LittleEndian.Uint64(b[:]), Hard: binary.LittleEndian.Uint64(b[8:])}
		if at != syscalls.DefaultLimit(syscalls.Resource(r)) {
			words = append(words, fmt.Sprintf("%s:%s:%s", name, script.LimitText(at.Soft), script.LimitText(at.Hard)))
		}
	}
	if len(words) > 0 && p.err == nil {
		l.Settings = append(l.Settings, script.Setting{Name: "limits", Value: strings.Join(words, ",")})
	}
	return p.err
}
