package model

import (
	"vmsim/syscalls/script"
	"vmsim/vm"
	"vmsim/vm/profile"
)

// LayoutOn is that of a static program with address randomisation off.
func LayoutOn(which *profile.Profile) *script.Layout {
	l := &script.Layout{Brk: 0x503000, Areas: []script.Area{
		area(0x400000, 0x401000, "r--p", 0, "/stub"),
		area(0x401000, 0x402000, "r-xp", 0x1000, "/stub"),
		area(0x402000, 0x403000, "rw-p", 0x2000, "/stub"),
		area(0x403000, 0x503000, "rw-p", 0, ""),
	}}
	if which.Has(profile.ClockArea) {
		l.Areas = append(l.Areas, area(0x7ffff7ff7000, 0x7ffff7ffb000, "r--p", 0, "[vvar]"),
			area(0x7ffff7ffb000, 0x7ffff7ffd000, "r--p", 0, "[vvar_vclock]"))
	} else {
		l.Areas = append(l.Areas, area(0x7ffff7ff9000, 0x7ffff7ffd000, "r--p", 0, "[vvar]"))
	}
	l.Areas = append(l.Areas, area(0x7ffff7ffd000, 0x7ffff7fff000, "r-xp", 0, "[vdso]"),
		area(0x7ffffffde000, 0x7ffffffff000, "rw-p", 0, "[stack]"))
	return l
}

func area(start, end vm.Addr, perm string, offset uint64, name string) script.Area {
	return script.Area{Start: start, End: end, Perm: perm, Offset: offset, Name: name}
}
