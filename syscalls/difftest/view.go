package difftest

import (
	"strconv"
	"strings"

	"vmsim/syscalls/script"
	"vmsim/vm"
)

// view is what the generator sees of a process: its areas, as far as a program may touch them.
type view struct {
	version uint64
	known   bool
	areas   []span
}

// span is one area that addresses may be taken from.
type span struct {
	start, end vm.Addr
	perm       string
	file       bool
}

func (s span) pages() int { return int((s.end - s.start) / vm.PageSize) }

// look brings v up to date with the process.
func (v *view) look(m script.Machine, pid int) {
	c, ok := m.Process(pid)
	if !ok {
		v.areas = v.areas[:0]
		return
	}
	versed, ok := c.(script.MapsVersioner)
	if ok && v.known && v.version == versed.MapsVersion() {
		return
	}
	if ok {
		v.version, v.known = versed.MapsVersion(), true
	}
	v.areas = v.areas[:0]
	for line := range strings.Lines(c.Maps()) {
		if s, ok := parseSpan(line); ok && s.start >= firstFree {
			v.areas = append(v.areas, s)
		}
	}
}

// firstFree is where the program's own memory begins: below lie the puppet's code and scratch, which a program that
// unmaps them would not survive.
const firstFree vm.Addr = 0x503000

// parseSpan reads a line of /proc/PID/maps; ok is false for the kernel's own areas and the stack, which is chosen by
// other means.
func parseSpan(line string) (s span, ok bool) {
	f := strings.Fields(line)
	if len(f) < 5 {
		return s, false
	}
	from, to, _ := strings.Cut(f[0], "-")
	a, err1 := strconv.ParseUint(from, 16, 64)
	b, err2 := strconv.ParseUint(to, 16, 64)
	if err1 != nil || err2 != nil {
		return s, false
	}
	s = span{start: vm.Addr(a), end: vm.Addr(b), perm: f[1]}
	name := ""
	if len(f) > 5 {
		name = f[5]
	}
	s.file = strings.HasPrefix(name, "/data/")
	return s, !strings.HasPrefix(name, "[v") && name != "[stack]"
}
