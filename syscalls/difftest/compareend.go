package difftest

import (
	"bytes"
	"fmt"
	"strings"

	"vmsim/syscalls"
	"vmsim/syscalls/script/run"
	"vmsim/vm"
)

// samplePages is how many pages at each end of an area are compared at the end of a program.
const samplePages = 24

// Finish compares what the two machines are left with: the maps of every process, and the bytes of its memory. It also
// asks the model whether its invariants hold. A program with a limit may have no room for all that would be looked at:
// of that, only the maps are compared. Nothing more may run after it, since looking leaves traces.
func (p *Pair) Finish(pids []int) []Difference {
	var out []Difference
	if err := p.check(); err != nil {
		out = append(out, Difference{Kind: run.Results, What: "invariant", Want: "kept", Got: err.Error()})
	}
	for _, pid := range pids {
		k, ok := p.kernel.m.Process(pid)
		m, also := p.model.m.Process(pid)
		if !ok || !also {
			continue
		}
		out = append(out, finalMaps(pid, k, m)...)
		if len(out) == 0 && p.kinds&run.Bytes != 0 && !p.limited {
			out = append(out, finalBytes(pid, k, m)...)
		}
	}
	for i := range out {
		out[i].At, out[i].Huge = p.at, p.huge
	}
	return out
}

func (p *Pair) check() (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return p.model.m.Check()
}

func finalMaps(pid int, k, m syscalls.Caller) []Difference {
	want, got := unnumbered(spans(k.Maps())), unnumbered(spans(m.Maps()))
	for i := range max(len(want), len(got)) {
		w, g := lineAt(want, i), lineAt(got, i)
		if w != g {
			return []Difference{{Kind: run.Maps, What: "maps", Want: fmt.Sprintf("[%d] %s", pid, w),
				Got: fmt.Sprintf("[%d] %s", pid, g)}}
		}
	}
	return nil
}

func lineAt(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "no more lines"
}

// spans are the lines of the maps that both machines must share, without device and inode.
func spans(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) < 5 || f[len(f)-1] == "[vsyscall]" {
			continue
		}
		out = append(out, strings.Join(append(f[:3:3], f[5:]...), " "))
	}
	return out
}

// finalBytes compares what is in the readable memory that belongs to the program.
func finalBytes(pid int, k, m syscalls.Caller) []Difference {
	var a, b [vm.PageSize]byte
	for line := range strings.Lines(k.Maps()) {
		s, ok := parseSpan(line)
		if !ok || s.filled() || s.perm[0] != 'r' {
			continue
		}
		for i := range s.pages() {
			if i >= samplePages && i < s.pages()-samplePages {
				continue
			}
			at := s.start + vm.Addr(i)*vm.PageSize
			if w, g := pageSeen(at, k, m, a[:], b[:]); w != g {
				return []Difference{{Kind: run.Bytes, What: "memory", Want: fmt.Sprintf("[%d] %v %s", pid, at, w),
					Got: g}}
			}
		}
	}
	return nil
}

// pageSeen is what each side shows of the page at an address, read into a and b.
func pageSeen(at vm.Addr, k, m syscalls.Caller, a, b []byte) (want, got string) {
	errK, errM := k.Peek(at, a), m.Peek(at, b)
	if d, ok := m.(run.Doubter); ok {
		d.Undetermined(at, len(b), func(i int) { a[i] = b[i] })
	}
	return seen(errK, a, b), seen(errM, b, a)
}

// seen says what was found at a page, as far as it differs from the other's.
func seen(err error, page, other []byte) string {
	if err != nil {
		return "nothing to read"
	}
	if bytes.Equal(page, other) {
		return "the same bytes"
	}
	at := 0
	for page[at] == other[at] {
		at++
	}
	return around(page, at)
}
