package procfs

import (
	"strconv"

	"vmsim/vm"
	"vmsim/vm/profile"
)

// nameColumn is where the name begins in a line of maps.
const nameColumn = 73

// vsyscallLines show a page of the kernel's half that only pretends to be an area.
// Linux: gate_vma (arch/x86/entry/vsyscall/vsyscall_64.c).
var vsyscallLines = map[profile.Vsyscall]string{
	profile.VsyscallXOnly:    "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]\n",
	profile.VsyscallEmulated: "ffffffffff600000-ffffffffff601000 r-xp 00000000 00:00 0                  [vsyscall]\n",
}

// Maps is the text of /proc/PID/maps.
// Linux: show_map_vma (fs/proc/task_mmu.c).
func (p Process) Maps() string {
	b := make([]byte, 0, 1024)
	for a := p.Space.First(); a != nil; a = a.Next() {
		b = appendMapsLine(b, p.Space, a)
	}
	return string(append(b, vsyscallLine(p.Space)...))
}

// vsyscallLine is the last line of maps; empty for a kernel without it.
func vsyscallLine(s *vm.Space) string { return vsyscallLines[s.Profile.Configured().Vsyscall] }

// appendMapsLine appends an area's line of maps, which is also the first of its lines in smaps. The comparison with a
// real kernel reads it after every change, so it does without fmt.
func appendMapsLine(b []byte, s *vm.Space, a *vm.Area) []byte {
	var dev uint32
	var ino uint64
	if a.Backing != nil {
		dev, ino = a.Backing.Inode()
	}
	start := len(b)
	b = append(a.Append(b), ' ')
	b = append(appendDeviceNumber(b, dev>>20), ':')
	b = append(appendDeviceNumber(b, dev&0xfffff), ' ')
	b = append(strconv.AppendUint(b, ino, 10), ' ')
	if name := s.NameOf(a); name != "" {
		for len(b) < start+nameColumn {
			b = append(b, ' ')
		}
		b = append(b, name...)
	}
	return append(b, '\n')
}

// appendDeviceNumber appends a major or minor number: two hexadecimal digits at least.
func appendDeviceNumber(b []byte, n uint32) []byte {
	if n < 0x10 {
		b = append(b, '0')
	}
	return strconv.AppendUint(b, uint64(n), 16)
}
