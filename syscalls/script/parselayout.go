package script

import (
	"strconv"
	"strings"

	"vmsim/vm"
)

func (c *cursor) layoutHead(words []word) (Action, *Error) {
	l := &Layout{}
	for _, w := range words {
		name, text, _ := strings.Cut(w.text, "=")
		v, isNum := Number(text)
		switch a := vm.Addr(v); {
		case name == "brk" && isNum:
			l.Brk = a
		case name == "mmap_base" && isNum && a.Offset() == 0 && a <= vm.TaskSize:
			l.Mmap = a
		case name == "mmap_base" && isNum:
			const usage = ".layout mmap_base=0x7ffff7fff000"
			return nil, c.usage(w.from, "mmap_base is the address of a page below 0x7ffffffff000", usage)
		default:
			return nil, c.usage(w.from, "unknown word "+w.text, ".layout brk=0x503000 mmap_base=0x7ffff7fff000")
		}
	}
	return l, nil
}

// layoutLine adds an indented line to the layout; it is an area as /proc/PID/maps has it, or a page that is there
// already.
func (l *Layout) layoutLine(line string) *Error {
	words := strings.Fields(line)
	col := len(line) - len(strings.TrimLeft(line, " \t"))
	bad := func(what string) *Error {
		return &Error{Col: col + 1, What: what, Type: "00400000-00401000 r--p 00000000 /stub"}
	}
	if words[0] == "present" {
		a, ok := uint64(0), false
		if len(words) == 2 {
			a, ok = Number(words[1])
		}
		if !ok {
			return bad("present needs an address")
		}
		l.Present = append(l.Present, vm.Addr(a))
		return nil
	}
	if len(words) < 3 {
		return bad("an area is START-END PERM OFFSET NAME")
	}
	from, to, _ := strings.Cut(words[0], "-")
	start, err1 := strconv.ParseUint(from, 16, 64)
	end, err2 := strconv.ParseUint(to, 16, 64)
	off, err3 := strconv.ParseUint(words[2], 16, 64)
	if err1 != nil || err2 != nil || err3 != nil {
		return bad("an area is START-END PERM OFFSET NAME, its numbers in hex without 0x")
	}
	if start >= end || (start|end|off)%vm.PageSize != 0 {
		return bad("an area begins and ends at pages, its end after its start")
	}
	if n := len(l.Areas); n > 0 && vm.Addr(start) < l.Areas[n-1].End {
		return bad("the areas must be in the order of their addresses and must not overlap")
	}
	if name := strings.Join(words[3:], " "); vm.Addr(end) > vm.TaskSize && name != "[vsyscall]" {
		return bad("an area ends below 0x7ffffffff000, where the kernel begins")
	}
	if !validPerm(words[1]) {
		return bad("an area's permissions are four letters, as rw-p")
	}
	name := strings.Join(words[3:], " ")
	l.Areas = append(l.Areas, Area{Start: vm.Addr(start), End: vm.Addr(end), Perm: words[1], Offset: off, Name: name})
	return nil
}

func validPerm(p string) bool {
	if len(p) != 4 || p[3] != 'p' && p[3] != 's' {
		return false
	}
	for i, want := range "rwx" {
		if p[i] != '-' && p[i] != byte(want) {
			return false
		}
	}
	return true
}
