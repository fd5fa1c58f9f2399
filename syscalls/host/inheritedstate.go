//go:build linux && amd64

package host

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// What this process was started with, or finds out by trying, and its puppets have too.

// levels is how many levels page tables have: with five, an address above 2^47 can be asked for.
// Linux: pgtable_l5_enabled (arch/x86/include/asm/pgtable_64_types.h).
func levels() string {
	const above, private = 1 << 50, unix.MAP_PRIVATE | unix.MAP_ANONYMOUS | unix.MAP_NORESERVE
	page := uintptr(os.Getpagesize())
	at, _, e := syscall.RawSyscall6(syscall.SYS_MMAP, above, page, unix.PROT_NONE, private, ^uintptr(0), 0)
	if e != 0 {
		return unknown
	}
	syscall.RawSyscall(syscall.SYS_MUNMAP, at, page, 0)
	if at >= 1<<47 {
		return "5"
	}
	return "4"
}

// filtered is whether a seccomp filter decides which system calls this process may make.
func filtered() string {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return unknown
	}
	_, rest, ok := strings.Cut(string(text), "\nSeccomp:")
	if mode, _, _ := strings.Cut(rest, "\n"); ok && strings.TrimSpace(mode) != "0" {
		return "filtered"
	}
	return "all"
}

// randomness is whether processes can be started at the same addresses each time.
func randomness() string {
	if value("/proc/sys/kernel/randomize_va_space") == "0" {
		return "fixed"
	}
	answer := make(chan string)
	go func() {
		runtime.LockOSThread() // the thread ends with this goroutine, and its personality with it
		old, _, _ := syscall.RawSyscall(syscall.SYS_PERSONALITY, askPersonality, 0, 0)
		if _, _, e := syscall.RawSyscall(syscall.SYS_PERSONALITY, old|addrNoRandomize, 0, 0); e != 0 {
			answer <- "random"
			return
		}
		answer <- "fixed"
	}()
	return <-answer
}

const askPersonality = 0xffffffff

// The questions of prctl.
const (
	prGetMDWE        = 66 // whether memory may not become executable
	prGetMemoryMerge = 68 // whether all of memory may be merged with pages of the same content
)

// control asks prctl about this process. The answers are inherited by what it starts.
func control(question uintptr) func() string {
	return func() string {
		v, _, e := syscall.RawSyscall6(syscall.SYS_PRCTL, question, 0, 0, 0, 0, 0)
		if e != 0 {
			return unknown
		}
		return fmt.Sprint(v)
	}
}
