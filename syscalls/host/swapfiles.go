//go:build linux && amd64

package host

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"unsafe"

	"vmsim/syscalls"
	"vmsim/syscalls/leash"
	"vmsim/syscalls/script"
	"vmsim/vm"
)

// swapFiles are the files of a program that its swapon has put into use. The area is the whole kernel's, so that only
// one run has some at a time, and all of them go when the program's processes have ended.
type swapFiles struct {
	allowed bool     // the program has a file with the header of a swap area, and may use it here
	lock    *os.File // nil without an area, and where the lock of .machine swap= serves
	before  []string // the files in use when the program put its first one into use
	dismiss func()   // takes the guardian away; nil before the first call of swapon
}

// useNoSwapFiles takes files out of use whose program was killed: descriptor 3 is the program's root. A call of swapon
// that was under way lists its file only after that, so it looks again.
const useNoSwapFiles = `cd /proc/self/fd/3 && n=0 && idle=0 && while test $n -lt 50 && test $idle -lt 2; do ` +
	`idle=$((idle+1)); for f in $(sed -n 's|^/\([^[:space:]]*\)[[:space:]]*file[[:space:]].*|\1|p' /proc/swaps); do ` +
	`test -f "./$f" || continue; idle=0; swapoff "./$f" 2>/dev/null; done; sleep 0.05; n=$((n+1)); done`

// allow decides whether a program may call swapon and swapoff: only one that brings a prepared file, as root, in a tree
// of its own.
func (s *swapFiles) allow(t *tree, files []script.FileSpec) {
	s.allowed = t.root >= 0 && maySwap() == nil &&
		slices.ContainsFunc(files, func(f script.FileSpec) bool { return f.Swap })
}

// begin sees to it, ahead of the first call of swapon, that no area outlives this process.
func (s *swapFiles) begin(m *Machine) (err error) {
	if s.dismiss != nil {
		return nil
	}
	if m.swap == nil {
		if s.lock, err = lockSwaps(); err != nil {
			return err
		}
	}
	root, err := os.Open(m.tree.path("/"))
	if err != nil {
		return err
	}
	s.before = swapFileNames()
	s.dismiss = leash.Guard(useNoSwapFiles, "swap files", root)
	return nil
}

// lockSwaps has no other run of this tool use a swap area.
func lockSwaps() (*os.File, error) {
	f, err := os.Open(swapsFile)
	if err != nil {
		return nil, err
	}
	if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil {
		_ = f.Close()
		return nil, errors.New("another run of this tool has its swap area in use: wait for its end")
	}
	return f, nil
}

// close takes all areas out of use. The program's processes have ended.
func (s *swapFiles) close(t *tree) {
	if s.dismiss == nil {
		return
	}
	for _, name := range swapFileNames() {
		if !slices.Contains(s.before, name) {
			_ = swapOff(t.path(name))
		}
	}
	s.dismiss()
	if s.lock != nil {
		_ = s.lock.Close()
	}
	*s = swapFiles{}
}

// eachSwapFile passes on the lines of /proc/swaps that are of files, by their columns.
func eachSwapFile(pass func(columns []string)) {
	text, _ := os.ReadFile(swapsFile)
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) == 5 && f[1] == "file" {
			pass(f)
		}
	}
}

// swapFileNames are the paths of the files that are swap areas, by the roots that they lie below.
func swapFileNames() (names []string) {
	eachSwapFile(func(f []string) { names = append(names, f[0]) })
	return names
}

// used is how many bytes of the program's areas are in use, by whichever process: the machine may have idle memory of
// others paged out (DAMON).
func (s *swapFiles) used() (bytes uint64) {
	if s.dismiss == nil {
		return 0
	}
	eachSwapFile(func(f []string) {
		if kb, err := strconv.ParseUint(f[3], 10, 64); err == nil && !slices.Contains(s.before, f[0]) {
			bytes += kb << 10
		}
	})
	return bytes
}

// text is a line for each of the program's areas: its name, its size and what of it is in use, in KiB, and its
// priority.
func (s *swapFiles) text() string {
	if s.dismiss == nil {
		return ""
	}
	var b bytes.Buffer
	eachSwapFile(func(f []string) {
		if !slices.Contains(s.before, f[0]) {
			fmt.Fprintln(&b, "swap", f[0], f[2], f[3], f[4])
		}
	})
	return b.String()
}

// layByPages gives a swap file its blocks, of 1 KiB, all at once and from the start of a page of the disk on, as the
// model has them: of a run that begins between two pages the kernel leaves a page out.
// Linux: iomap_swapfile_add_extent (fs/iomap/swapfile.c).
func layByPages(fd int, f script.FileSpec) error {
	const (
		fibmap        = 1
		collapseRange = 8
		block         = 1 << 10
	)
	err := syscall.Fallocate(fd, 0, 0, f.Size+vm.PageSize)
	if err == nil { // the place of a block is known once it is written
		_, err = syscall.Pwrite(fd, make([]byte, block), 0)
	}
	if err == nil {
		err = syscall.Fsync(fd)
	}
	first := uint32(0) // asks for the file's first block
	_, _, e := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), fibmap, uintptr(unsafe.Pointer(&first)))
	if err == nil && e != 0 {
		err = e
	}
	if over := int64(-first%(vm.PageSize/block)) * block; err == nil && over > 0 {
		err = syscall.Fallocate(fd, collapseRange, 0, over)
	}
	if err == nil {
		err = syscall.Ftruncate(fd, f.Size)
	}
	if err != nil {
		return fmt.Errorf(".file %s: %w", f.Path, err)
	}
	return nil
}

// ofMachine are the calls that change the whole machine.
var ofMachine = map[syscalls.Number]bool{syscalls.SysSwapon: true, syscalls.SysSwapoff: true}
