package difftest

import (
	"strconv"
	"strings"

	"vmsim/syscalls/script/run"
	"vmsim/vm"
)

// view is what the generator sees of a process.
type view struct {
	version uint64
	known   bool
	areas   []span // the program's own
	all     []span
}

// span is one area.
type span struct {
	start, end vm.Addr
	perm       string
	offset     uint64 // in the file
	name       string
}

func (s span) pages() int { return int((s.end - s.start) / vm.PageSize) }

// look brings v up to date with the process.
func (v *view) look(m run.Machine, pid int) {
	c, ok := m.Process(pid)
	if !ok {
		v.areas = v.areas[:0]
		return
	}
	versed, ok := c.(run.MapsVersioner)
	if ok && v.known && v.version == versed.MapsVersion() {
		return
	}
	if ok {
		v.version, v.known = versed.MapsVersion(), true
	}
	v.read(c.Maps())
}

// read takes in a text of /proc/PID/maps.
func (v *view) read(maps string) {
	v.areas, v.all = v.areas[:0], v.all[:0]
	for line := range strings.Lines(maps) {
		s, ok := parseSpan(line)
		if !ok {
			continue
		}
		if n := len(v.all); n > 0 && s.name == "" && s.start == v.all[n-1].end && v.all[n-1].program() {
			s.name = programs // its zeroed memory, where a puppet has its arguments
		}
		if v.all = append(v.all, s); !s.filled() {
			v.areas = append(v.areas, s)
		}
	}
}

// firstFree is where the program's own memory begins: below lie the puppet's code and scratch, which a program that
// unmaps them would not survive.
const firstFree vm.Addr = 0x503000

// parseSpan reads a line of /proc/PID/maps.
func parseSpan(line string) (s span, ok bool) {
	var f [5]string
	for i := range f {
		if f[i], line, ok = strings.Cut(line, " "); !ok {
			return s, false
		}
	}
	from, to, _ := strings.Cut(f[0], "-")
	a, err1 := strconv.ParseUint(from, 16, 64)
	b, err2 := strconv.ParseUint(to, 16, 64)
	offset, err3 := strconv.ParseUint(f[2], 16, 64)
	if err1 != nil || err2 != nil || err3 != nil {
		return s, false
	}
	name, _, _ := strings.Cut(strings.Trim(line, " \n"), " ")
	return span{start: vm.Addr(a), end: vm.Addr(b), perm: f[1], offset: offset, name: name}, true
}

// filled reports whether the kernel has put something of its own there: its areas, the stack, the program's image.
// What that is is not compared.
func (s span) filled() bool {
	return s.start < firstFree || strings.HasPrefix(s.name, "[v") || s.stack() || s.program()
}

// programs is the directory of what execve runs.
const programs = "/prog/"

// program reports whether the area is of a program that execve has started.
func (s span) program() bool { return strings.HasPrefix(s.name, programs) }

// stack reports whether exec has put a process's arguments there. PR_SET_MM_START_STACK takes the name away, but not
// what lies there.
func (s span) stack() bool { return s.name == "[stack]" || s.end == vm.TaskSize && !s.file() }

// file reports whether the area is one of a program's files.
func (s span) file() bool {
	return strings.HasPrefix(s.name, "/data/") || strings.HasPrefix(s.name, "/memfd:")
}

// meets reports whether any area with a byte in [from, to) is as asked.
func (v *view) meets(from, to vm.Addr, is func(span) bool) bool {
	for _, s := range v.all {
		if s.start < to && from < s.end && is(s) {
			return true
		}
	}
	return false
}
