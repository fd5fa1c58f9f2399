package vm

import (
	"fmt"
	"io"
	"strings"
)

// NameColumn is where the name begins in a line of /proc/PID/maps.
const NameColumn = 73

// VsyscallLine is the last line of every process's maps: a page of the kernel's half that only pretends to be an area.
// Linux: gate_vma (arch/x86/entry/vsyscall/vsyscall_64.c).
const VsyscallLine = "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]\n"

// Maps is the text of /proc/PID/maps.
// Linux: show_map_vma (fs/proc/task_mmu.c).
func (s *Space) Maps() string {
	var b strings.Builder
	for a := s.first; a != nil; a = a.next {
		s.WriteMapsLine(&b, a)
	}
	b.WriteString(VsyscallLine)
	return b.String()
}

// WriteMapsLine writes the area's line of /proc/PID/maps, which is also the first of its lines in smaps.
func (s *Space) WriteMapsLine(w io.Writer, a *Area) {
	var dev uint32
	var ino uint64
	if a.Backing != nil {
		dev, ino = a.Backing.Inode()
	}
	line := fmt.Sprintf("%v %02x:%02x %d ", a, dev>>20, dev&0xfffff, ino)
	if name := s.NameOf(a); name != "" {
		line = fmt.Sprintf("%-*s%s", NameColumn, line, name)
	}
	fmt.Fprintln(w, line)
}

// NameOf is what maps shows as the area's name.
// Linux: get_vma_name (fs/proc/task_mmu.c).
func (s *Space) NameOf(a *Area) string {
	switch {
	case a.Backing != nil && a.Label != "":
		return "[anon_shmem:" + a.Label + "]"
	case a.Backing != nil:
		return strings.ReplaceAll(a.Backing.Name(), "\n", `\012`)
	case a.Start < s.Layout.Brk && a.End > s.Layout.StartBrk:
		return "[heap]"
	case a.Start <= s.Layout.StackTop && a.End >= s.Layout.StackTop:
		return "[stack]"
	case a.Label != "":
		return "[anon:" + a.Label + "]"
	}
	return ""
}
