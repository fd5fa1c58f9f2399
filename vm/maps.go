package vm

import (
	"math/bits"
	"strconv"
	"strings"

	"vmsim/vm/profile"
)

// NameColumn is where the name begins in a line of /proc/PID/maps.
const NameColumn = 73

// vsyscallLines show a page of the kernel's half that only pretends to be an area.
// Linux: gate_vma (arch/x86/entry/vsyscall/vsyscall_64.c).
var vsyscallLines = map[profile.Vsyscall]string{
	profile.VsyscallXOnly:    "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]\n",
	profile.VsyscallEmulated: "ffffffffff600000-ffffffffff601000 r-xp 00000000 00:00 0                  [vsyscall]\n",
}

// Maps is the text of /proc/PID/maps.
// Linux: show_map_vma (fs/proc/task_mmu.c).
func (s *Space) Maps() string {
	b := make([]byte, 0, 1024)
	for a := s.first; a != nil; a = a.next {
		b = s.AppendMapsLine(b, a)
	}
	return string(append(b, s.VsyscallLine()...))
}

// VsyscallLine is the last line of maps; empty for a kernel without it.
func (s *Space) VsyscallLine() string {
	return vsyscallLines[s.Profile.Configured().Vsyscall]
}

// AppendMapsLine appends the area's line of /proc/PID/maps, which is also the first of its lines in smaps. Programs
// that are held against a kernel have it read after every change, so it is put together by hand.
func (s *Space) AppendMapsLine(b []byte, a *Area) []byte {
	var dev uint32
	var ino uint64
	if a.Backing != nil {
		dev, ino = a.Backing.Inode()
	}
	start := len(b)
	b = append(a.appendTo(b), ' ')
	b = append(appendHex(b, uint64(dev>>20), 2), ':')
	b = append(appendHex(b, uint64(dev&0xfffff), 2), ' ')
	b = append(strconv.AppendUint(b, ino, 10), ' ')
	if name := s.NameOf(a); name != "" {
		for len(b) < start+NameColumn {
			b = append(b, ' ')
		}
		b = append(b, name...)
	}
	return append(b, '\n')
}

// appendHex appends a number in hexadecimal, with at least so many digits.
func appendHex(b []byte, n uint64, digits int) []byte {
	for digits = max(digits, (bits.Len64(n)+3)/4); digits > 0; digits-- {
		b = append(b, "0123456789abcdef"[n>>(4*(digits-1))&15])
	}
	return b
}

// NameOf is what maps shows as the area's name.
// Linux: get_vma_name (fs/proc/task_mmu.c).
func (s *Space) NameOf(a *Area) string {
	switch {
	case a.Backing != nil && a.Label != "":
		return "[anon_shmem:" + a.Label + "]"
	case a.Backing != nil:
		return strings.ReplaceAll(a.Backing.Name(), "\n", `\012`)
	case s.isHeap(a):
		return "[heap]"
	case a.Start <= s.Layout.StackTop && a.End >= s.Layout.StackTop:
		return "[stack]"
	case a.Label != "":
		return "[anon:" + a.Label + "]"
	}
	return ""
}

// isHeap reports whether maps calls the area the heap.
// Linux: vma_is_initial_heap (include/linux/mm.h).
func (s *Space) isHeap(a *Area) bool {
	if s.Profile.Has(profile.HeapApart) {
		return a.Start < s.Layout.Brk && a.End > s.Layout.StartBrk
	}
	return a.Start <= s.Layout.Brk && a.End >= s.Layout.StartBrk
}
