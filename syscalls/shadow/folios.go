//go:build linux && amd64

package shadow

import (
	"encoding/binary"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"

	"vmsim/syscalls"
	"vmsim/vm"
)

// frames shows how files lie in memory. That is root's to see.
type frames struct{ pagemap, flags *os.File }

// openFrames is nil where the kernel does not show frames.
func openFrames() *frames {
	if os.Geteuid() != 0 {
		return nil
	}
	p, err := os.Open("/proc/self/pagemap")
	if err != nil {
		return nil
	}
	f, err := os.Open("/proc/kpageflags")
	if err != nil {
		p.Close()
		return nil
	}
	return &frames{p, f}
}

func (s *frames) close() {
	if s != nil {
		s.pagemap.Close()
		s.flags.Close()
	}
}

// The bits of /proc/kpageflags that are needed.
const (
	flagReclaim = 1 << 9 // on a page that is not written back, the mark of readahead
	flagHead    = 1 << 15
	flagTail    = 1 << 16
	pfnMask     = 1<<55 - 1
)

// runs is how a file lies in memory; ok is false where that cannot be seen. The pages that are there are mapped for a
// moment to find their frames. They are said to be used at random, so that the kernel neither reads ahead nor takes
// them for used.
func (s *frames) runs(file *os.File, size int64) (runs []syscalls.FolioRun, ok bool) {
	if s == nil || size == 0 {
		return nil, false
	}
	n := int(vm.PageAlign(uint64(size)) / vm.PageSize)
	b, err := unix.Mmap(int(file.Fd()), 0, n*vm.PageSize, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, false
	}
	defer func() { _ = unix.Munmap(b) }()
	_ = unix.Madvise(b, unix.MADV_RANDOM)
	there := make([]byte, n)
	if _, _, e := unix.Syscall(unix.SYS_MINCORE, uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)),
		uintptr(unsafe.Pointer(&there[0]))); e != 0 {
		return nil, false
	}
	for i := 0; i < n; {
		j := i
		for j < n && there[j]&1 == there[i]&1 {
			j++
		}
		if there[i]&1 != 0 {
			_ = unix.Madvise(b[i*vm.PageSize:j*vm.PageSize], unix.MADV_POPULATE_READ)
		}
		i = j
	}
	entries := make([]byte, 8*n)
	at := int64(uintptr(unsafe.Pointer(&b[0])) / vm.PageSize * 8)
	if _, err := s.pagemap.ReadAt(entries, at); err != nil {
		return nil, false
	}
	return s.walk(entries, there), true
}

// walk puts runs together from the entries of a file's pages.
func (s *frames) walk(entries, there []byte) (runs []syscalls.FolioRun) {
	n := len(there)
	flags := make([]uint64, n)
	for i := 0; i < n; {
		pfn := frameOf(entries, i)
		if pfn == 0 || there[i]&1 == 0 {
			i++
			continue
		}
		j := i + 1
		for j < n && there[j]&1 != 0 && frameOf(entries, j) == pfn+uint64(j-i) {
			j++
		}
		buf := make([]byte, 8*(j-i))
		if _, err := s.flags.ReadAt(buf, int64(pfn*8)); err == nil {
			for k := i; k < j; k++ {
				flags[k] = binary.LittleEndian.Uint64(buf[8*(k-i):]) | 1<<63
			}
		}
		i = j
	}
	for i := 0; i < n; {
		r := syscalls.FolioRun{Order: -1, Count: 1}
		if flags[i] != 0 {
			r.Order = orderAt(flags, i)
			r.Marked = flags[i]&flagReclaim != 0
		}
		i += int(r.Pages())
		if last := len(runs) - 1; last >= 0 && runs[last].Order == r.Order && runs[last].Marked == r.Marked {
			runs[last].Count++
		} else {
			runs = append(runs, r)
		}
	}
	return runs
}

func frameOf(entries []byte, i int) uint64 {
	e := entry(binary.LittleEndian.Uint64(entries[8*i:]))
	if !e.Present() {
		return 0
	}
	return uint64(e) & pfnMask
}

// orderAt is the order of the folio that begins at page i; a part of one that is cut off counts page by page.
func orderAt(flags []uint64, i int) int8 {
	if flags[i]&flagHead == 0 {
		return 0
	}
	n := 1
	for i+n < len(flags) && flags[i+n]&flagTail != 0 {
		n++
	}
	order := int8(0)
	for 2<<order <= n {
		order++
	}
	if n != 1<<order || i&(n-1) != 0 {
		return 0
	}
	return order
}
