//go:build linux && amd64

package host

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"unsafe"

	"vmsim/syscalls"
	"vmsim/syscalls/leash"
	"vmsim/vm"
)

// swapArea is a swap area of the programs of one machine (.machine swap=), on a loop device whose image is memory. It
// is in use from the start of a program that has one to the start of a program that has none.
//
// A swap area is of the whole kernel: no group and no namespace has one of its own. So what else runs here may swap to
// it too, where it is short of memory or asks for that (MADV_PAGEOUT).
// Linux: sys_swapon (mm/swapfile.c).
type swapArea struct {
	loop    *loop
	lock    *os.File // no two runs have one at a time: to take one out of use brings back what others have in it
	use     swapUse
	cluster string // the kernel's own value of pageCluster, which close restores
	dismiss func()
}

// swapUse is what a program asks of its swap area.
type swapUse struct {
	bytes   uint64 // 0 for none
	cluster string // of vm.page-cluster; empty for the kernel's own
}

// pageCluster says how many pages are read around one of shared memory. How many of these are read is up to what all
// programs of the machine have read before, so that only 0, for none, gives the same in each run.
// Linux: swapin_nr_pages (mm/swap_state.c).
const (
	pageCluster     = "vm.page-cluster"
	pageClusterFile = "/proc/sys/vm/page-cluster"
)

const (
	swapsFile = "/proc/swaps"
	swapImage = "vmsim-swap-"
)

// useNoSwap is a line that takes a swap area out of use whose owner was killed. One that the owner has taken out of use
// is not in /proc/swaps.
const useNoSwap = `n=0; while grep -q "^$0 " /proc/swaps && test $n -lt 50; do ` +
	`swapoff "$0" 2>/dev/null || sleep 0.1; n=$((n+1)); done`

// newSwapArea makes a swap area and has the kernel use it.
func newSwapArea(use swapUse) (*swapArea, error) {
	if err := maySwap(); err != nil {
		return nil, err
	}
	s := &swapArea{use: use}
	if err := s.begin(); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *swapArea) begin() (err error) {
	if s.lock, err = os.Open(swapsFile); err != nil {
		return err
	}
	if err := syscall.Flock(int(s.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return errors.New("another run of this tool has its swap area in use: wait for its end")
	}
	sweepSwap()
	image, err := swapFile(s.use.bytes)
	if err != nil {
		return err
	}
	defer image.Close()
	if s.loop, err = freeLoop(image); err != nil {
		return err
	}
	if err := s.guard(); err != nil {
		return err
	}
	if err := swapOn(s.loop.path); err != nil {
		return fmt.Errorf("swapon %s: %w", s.loop.path, err)
	}
	return nil
}

// guard sets pageCluster as the program asks, and sees to it that the area and this value go when this process is
// killed.
func (s *swapArea) guard() error {
	line := useNoSwap
	if s.use.cluster != "" {
		text, err := os.ReadFile(pageClusterFile)
		if err != nil {
			return err
		}
		s.cluster = strings.TrimSpace(string(text))
		line += fmt.Sprintf("; echo %s >%s", s.cluster, pageClusterFile)
	}
	if s.dismiss = leash.Guard(line, s.loop.path, nil); s.cluster == "" {
		return nil
	}
	return os.WriteFile(pageClusterFile, []byte(s.use.cluster), 0)
}

// swapFile is a file in memory with the header of a swap area: its first page, which holds no page of programs.
// Linux: union swap_header (include/linux/swap.h).
func swapFile(bytes uint64) (*os.File, error) {
	f, err := imageFile(fmt.Sprintf("%s%d", swapImage, os.Getpid()), int64(bytes+vm.PageSize))
	if err != nil {
		return nil, err
	}
	head := syscalls.SwapHeader(bytes/vm.PageSize + 1)
	if _, err := f.WriteAt(head[:], 0); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func swapOn(path string) error {
	p, _ := syscall.BytePtrFromString(path)
	if _, _, e := syscall.Syscall(syscall.SYS_SWAPON, uintptr(unsafe.Pointer(p)), 0, 0); e != 0 {
		return e
	}
	return nil
}

func swapOff(path string) error {
	p, _ := syscall.BytePtrFromString(path)
	if _, _, e := syscall.Syscall(syscall.SYS_SWAPOFF, uintptr(unsafe.Pointer(p)), 0, 0); e != 0 {
		return e
	}
	return nil
}

// close takes the area out of use. The programs that had pages in it have ended.
func (s *swapArea) close() {
	if s.loop != nil {
		_ = swapOff(s.loop.path)
		s.loop.close()
	}
	if s.cluster != "" {
		_ = os.WriteFile(pageClusterFile, []byte(s.cluster), 0)
	}
	if s.dismiss != nil {
		s.dismiss()
	}
	if s.lock != nil {
		_ = s.lock.Close()
	}
}

// sweepSwap takes swap areas out of use whose process and guardian were both killed.
func sweepSwap() {
	text, _ := os.ReadFile(swapsFile)
	for line := range strings.Lines(string(text)) {
		path, _, _ := strings.Cut(line, " ")
		name := filepath.Base(path)
		backing, err := os.ReadFile("/sys/block/" + name + "/loop/backing_file")
		_, owner, ours := strings.Cut(string(backing), swapImage)
		pid, _, _ := strings.Cut(strings.TrimSpace(owner), " ") // a memfd is " (deleted)"
		if err != nil || !ours {
			continue
		}
		if _, err := os.Stat("/proc/" + pid); err != nil {
			_ = swapOff(path)
		}
	}
}

// useSwap gives the next program its swap area, if it has one.
func (m *Machine) useSwap(use swapUse) (err error) {
	if m.swap != nil && m.swap.use != use {
		m.swap.close()
		m.swap = nil
	}
	if use.bytes > 0 && m.swap == nil {
		if m.swap, err = newSwapArea(use); err != nil {
			return fmt.Errorf(".machine swap=: %w", err)
		}
	}
	return nil
}

// CanSwap says why programs cannot have a swap area here; nil where they can.
func (m *Machine) CanSwap() error { return canSwap() }

func canSwap() error {
	if err := comparesReclaim(); err != nil {
		return err
	}
	return maySwap()
}

// maySwap is why this process cannot have a swap area.
func maySwap() error {
	if os.Geteuid() != 0 {
		return errors.New("swap areas are root's: sudo vmsim …")
	}
	if _, err := systemTool("swapoff", "mount"); err != nil {
		return fmt.Errorf("nothing would end the swap area if this process were killed: %w", err)
	}
	if _, err := os.Stat("/dev/loop-control"); err != nil {
		return fmt.Errorf("no loop device: %w (modprobe loop)", err)
	}
	return nil
}
