package vm

import (
	"fmt"
	"io"
	"strings"
)

// nameColumn is where the name begins in a line of /proc/PID/maps.
const nameColumn = 73

// Maps is the text of /proc/PID/maps.
// Linux: show_map_vma (fs/proc/task_mmu.c).
func (s *Space) Maps() string {
	var b strings.Builder
	for a := s.first; a != nil; a = a.next {
		s.writeMapsLine(&b, a)
	}
	b.WriteString("ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]\n")
	return b.String()
}

func (s *Space) writeMapsLine(w io.Writer, a *Area) {
	var dev uint32
	var ino uint64
	if a.Backing != nil {
		dev, ino = a.Backing.Inode()
	}
	line := fmt.Sprintf("%v %02x:%02x %d ", a, dev>>20, dev&0xfffff, ino)
	if name := s.NameOf(a); name != "" {
		line = fmt.Sprintf("%-*s%s", nameColumn, line, name)
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
