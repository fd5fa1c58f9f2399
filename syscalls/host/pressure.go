//go:build linux && amd64

package host

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"unsafe"

	"vmsim/syscalls/script"
	"vmsim/vm"
)

// sizeOf is a size that the settings ask for, in bytes; 0 for none.
func sizeOf(list []script.Setting, name string) (bytes uint64, err error) {
	if size, ok := script.ValueOf(list, name); ok {
		return script.ParseSize(size)
	}
	return 0, nil
}

// pressureOf are the limit and the swap area that the settings ask for. Without a limit nothing that is compared
// depends on a swap area.
func pressureOf(list []script.Setting) (limit uint64, swap swapUse, err error) {
	if limit, err = sizeOf(list, "memcg"); err != nil || limit == 0 {
		return 0, swap, err
	}
	if swap.bytes, err = sizeOf(list, "swap"); err == nil && swap.bytes > 0 {
		swap.cluster, _ = script.ValueOf(list, pageCluster)
	}
	return limit, swap, err
}

// Pressure is what the group of a program with a limit has, by the names of its memory.stat, in pages, and which pages
// of the files are in memory; nothing for a program without a limit.
func (m *Machine) Pressure(files []string) (text string, err error) {
	m.thread.do(func() {
		if !m.limiting() {
			return
		}
		m.settle()
		m.limits.othersSwap = m.limits.othersSwap || m.swap == nil && !m.swapFiles.allowed && swap() == "in use"
		var n int
		if n, err = syscall.Pread(m.limits.stat, m.limits.buf, 0); err != nil {
			return
		}
		var b strings.Builder
		for _, c := range groupCounts {
			fmt.Fprintln(&b, c.name, number(m.limits.buf[:n], c.name)/c.unit)
		}
		for _, path := range files {
			fmt.Fprintln(&b, path, resident(m.tree.path(path)))
		}
		own := number(m.limits.buf[:n], "swap") + number(m.limits.buf[:n], "swapcached")
		m.limits.othersSwap = m.limits.othersSwap || m.swapFiles.used() > own
		text = b.String() + m.swapFiles.text()
	})
	return text, err
}

// resident is which pages of a file are in memory, as 0-31,40-40.
func resident(path string) string {
	fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return "none"
	}
	defer syscall.Close(fd)
	var st syscall.Stat_t
	if err := syscall.Fstat(fd, &st); err != nil || st.Size == 0 {
		return ""
	}
	return inCore(fd, uint64(st.Size))
}

// inCore is which pages of a file are in memory and have been read.
func inCore(fd int, bytes uint64) string {
	size := int(vm.PageAlign(bytes))
	at, err := syscall.Mmap(fd, 0, size, syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return err.Error()
	}
	defer syscall.Munmap(at)
	vec := make([]byte, size/vm.PageSize)
	if _, _, e := syscall.Syscall(syscall.SYS_MINCORE, uintptr(unsafe.Pointer(&at[0])), uintptr(size),
		uintptr(unsafe.Pointer(&vec[0]))); e != 0 {
		return e.Error()
	}
	var b strings.Builder
	for i := 0; i < len(vec); i++ {
		from := i
		for i < len(vec) && vec[i]&1 != 0 {
			i++
		}
		if i > from {
			fmt.Fprintf(&b, "%d-%d,", from, i-1)
		}
	}
	return b.String()
}

// ActiveFilePages is how many active pages of files this machine has.
func (m *Machine) ActiveFilePages() uint64 {
	text, _ := os.ReadFile("/proc/vmstat")
	return number(text, "nr_active_file")
}

// groupCounts are the names of what a group counts, and in how many bytes its memory.stat tells of it. What is dirty is
// left out: reclaim in any group of the machine has everything written.
// Linux: wakeup_flusher_threads (fs/fs-writeback.c).
var groupCounts = []struct {
	name string
	unit uint64
}{
	{"rss", vm.PageSize}, {"cache", vm.PageSize}, {"shmem", vm.PageSize}, {"mapped_file", vm.PageSize},
	{"swapcached", vm.PageSize},
	{"inactive_anon", vm.PageSize}, {"active_anon", vm.PageSize}, {"inactive_file", vm.PageSize},
	{"active_file", vm.PageSize}, {"unevictable", vm.PageSize}, {"swap", vm.PageSize},
	{"workingset_refault_anon", 1}, {"workingset_refault_file", 1},
}
