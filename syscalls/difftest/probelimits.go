package difftest

import (
	"encoding/binary"
	"fmt"
	"strings"

	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
	"vmsim/vm"
)

// probeLimits finds out which limits processes of the kernel's side start with: they inherit those of the caller.
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
			words = append(words, fmt.Sprintf("%s:%s:%s", name, model.LimitText(at.Soft), model.LimitText(at.Hard)))
		}
	}
	if len(words) > 0 && p.err == nil {
		l.Settings = append(l.Settings, script.Setting{Name: "limits", Value: strings.Join(words, ",")})
	}
	return p.err
}

// sysSysinfo is a call outside the model that says how much memory there is.
const sysSysinfo syscalls.Number = 99

// probeMemory finds out how much memory the kernel manages: with vm.overcommit_memory=0 no area may be larger.
// Linux: struct sysinfo (include/uapi/linux/sysinfo.h), __vm_enough_memory (mm/util.c).
func (l *Lab) probeMemory() error {
	const total, unit, size = 32, 104, 112 // offsets of totalram and mem_unit; bytes in all
	p, err := l.prober()
	if err != nil {
		return err
	}
	var b [size]byte
	if _, refused := p.try(sysSysinfo, probeAt); refused != 0 {
		return p.err // a seccomp filter, perhaps: the model keeps its own size
	}
	if err := p.Peek(vm.Addr(probeAt), b[:]); err != nil {
		return err
	}
	ram := binary.LittleEndian.Uint64(b[total:]) * uint64(binary.LittleEndian.Uint32(b[unit:]))
	if ram > 0 && p.err == nil {
		l.Settings = append(l.Settings, script.Setting{Name: "ram", Value: fmt.Sprintf("%dK", ram>>10)})
	}
	return p.err
}
