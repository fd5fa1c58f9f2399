package difftest

import (
	"fmt"

	"vmsim/syscalls"
	"vmsim/syscalls/procfs"
	"vmsim/vm"
)

// flagsDiffer compares the flags of the frames that the first n pages of an area show.
func (p *Pair) flagsDiffer(s span, n int, k, m syscalls.Viewer) ([]Difference, error) {
	first, used := s.start.Page(), usedByOthers(s)
	var want, got [mostPages]procfs.PageFlags
	if err := k.PageFlags(first, want[:n]); err != nil {
		return nil, err
	}
	if err := m.PageFlags(first, got[:n]); err != nil {
		return nil, err
	}
	for i := range n {
		w, g := compared(want[i]), compared(got[i])
		w, g = w&^used, g&^used
		if w != g {
			at := (first + vm.VPN(i)).Addr()
			return []Difference{{Kind: KPageFlags, What: "kpageflags", Want: fmt.Sprintf("%v %v", at, w),
				Got: g.String()}}, nil
		}
	}
	return nil, nil
}

// usedByOthers are the flags that others than the program set in an area: a look at a process's command line, as by ps,
// uses its stack; the image serves one program after another.
func usedByOthers(s span) procfs.PageFlags {
	if s.stack() || s.name == "/stub" {
		return procfs.KPFReferenced | procfs.KPFActive
	}
	return 0
}

// compared are the flags that must be the same: not those of the frame of zeros, which every process uses.
func compared(f procfs.PageFlags) procfs.PageFlags {
	if f&procfs.KPFZeroPage != 0 {
		return procfs.KPFZeroPage
	}
	return f &^ kpfIdle
}

// kpfIdle is set by tools that look for idle pages of the machine.
const kpfIdle procfs.PageFlags = 1 << 25
