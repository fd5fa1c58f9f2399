package binfmt_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"vmsim/syscalls"
	"vmsim/syscalls/binfmt"
)

// TestProgramsAreLaidOutAsLinuxDoes executes programs of this machine, held at their first instruction and with address
// randomisation off, and compares their maps with the layout that their headers ask for.
func TestProgramsAreLaidOutAsLinuxDoes(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("programs of another processor")
	}
	for _, name := range []string{"/bin/cat", "/bin/sh", "/usr/bin/python3", "/usr/bin/git", "/sbin/ldconfig",
		"/bin/ls", os.Args[0]} {
		t.Run(filepath.Base(name), func(t *testing.T) {
			path, err := filepath.EvalSymlinks(name)
			if err != nil {
				t.Skip(err)
			}
			program, err := readImage(path)
			if err != nil {
				t.Skip(err)
			}
			var interpreter *binfmt.Image
			if program.Interpreter != "" {
				real, err := filepath.EvalSymlinks(program.Interpreter)
				if err != nil {
					t.Skip(err)
				}
				if interpreter, err = readImage(real); err != nil {
					t.Skip(err)
				}
			}
			laid, err := binfmt.LayOut(program, interpreter, 8<<20, binfmt.Kernel{Clocks: true})
			if err != nil {
				t.Fatal(err)
			}
			want, heap, err := mapsAtExec(path)
			if err != nil {
				t.Skip(err)
			}
			if kernelAreas(want) != kernelAreas(areasOf618) {
				t.Skipf("this kernel has other areas of its own than Linux 6.18, and places programs around them:\n%s",
					want)
			}
			if heap != uint64(laid.Break) {
				t.Errorf("the heap starts at %v, by Linux at %#x", laid.Break, heap)
			}
			k := syscalls.New(syscalls.Config{})
			p := k.Spawn()
			if err := errors.Join(addFiles(k, laid.Areas), p.Exec(laid.Areas, 0, laid.Touched())); err != nil {
				t.Fatal(err)
			}
			if got := withoutInodes(p.Maps()); got != want {
				t.Errorf("laid out as\n%s\nby Linux as\n%s", got, want)
			}
		})
	}
}

// areasOf618 are the kernel's own areas in each process of Linux 6.18 as the model has it: other areas of a program lie
// below them, and so move with their sizes.
const areasOf618 = "7ffff7ff7000-7ffff7ffb000 r--p 0 [vvar]\n7ffff7ffb000-7ffff7ffd000 r--p 0 [vvar_vclock]\n" +
	"7ffff7ffd000-7ffff7fff000 r-xp 0 [vdso]\nffffffffff600000-ffffffffff601000 --xp 0 [vsyscall]\n"

// kernelAreas are the names and sizes of the kernel's own areas in the text of maps.
func kernelAreas(maps string) (text string) {
	for line := range strings.Lines(maps) {
		span, rest, _ := strings.Cut(line, " ")
		_, name, ok := strings.Cut(rest, "[v")
		var start, end uint64
		if n, _ := fmt.Sscanf(span, "%x-%x", &start, &end); ok && n == 2 {
			text += fmt.Sprintf("%x [v%s", end-start, name)
		}
	}
	return text
}

func readImage(path string) (*binfmt.Image, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return binfmt.Read(path, f)
}

// mapsAtExec is the maps of a program that has executed no instruction yet, and where its heap starts.
func mapsAtExec(path string) (text string, heap uint64, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // for ever: the personality and what is traced belong to this thread
		text, heap, err = heldAtExec(path)
	}()
	<-done
	return text, heap, err
}

func heldAtExec(path string) (maps string, heap uint64, err error) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_STACK, &limit); err != nil || limit.Cur != 8<<20 {
		return "", 0, fmt.Errorf("the stack limit is %d here (%v), not 8 MiB", limit.Cur, err)
	}
	const addrNoRandomize = 0x40000
	if _, _, e := syscall.RawSyscall(syscall.SYS_PERSONALITY, addrNoRandomize, 0, 0); e != 0 {
		return "", 0, e
	}
	pid, err := syscall.ForkExec(path, []string{"p"},
		&syscall.ProcAttr{Env: []string{}, Sys: &syscall.SysProcAttr{Ptrace: true, Pdeathsig: syscall.SIGKILL}})
	if err != nil {
		return "", 0, err
	}
	defer func() {
		_ = syscall.Kill(pid, syscall.SIGKILL)
		_, _ = syscall.Wait4(pid, nil, syscall.WALL, nil)
	}()
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(pid, &status, syscall.WALL, nil); err != nil || !status.Stopped() {
		return "", 0, fmt.Errorf("it did not stop at its first instruction: %v %#x", err, status)
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		return "", 0, err
	}
	heap, err = startOfHeap(pid)
	return withoutInodes(string(text)), heap, err
}

// startOfHeap is start_brk of /proc/PID/stat.
func startOfHeap(pid int) (uint64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, _ := strings.Cut(string(text), ") ")
	const startBrk = 47 - 3 // the words before are the number and the name; they are counted from 1
	if f := strings.Fields(rest); err == nil && len(f) > startBrk {
		return strconv.ParseUint(f[startBrk], 10, 64)
	}
	return 0, fmt.Errorf("/proc/%d/stat: %w", pid, err)
}

// withoutInodes drops what differs from machine to machine.
func withoutInodes(maps string) string {
	var b strings.Builder
	for line := range strings.Lines(maps) {
		if f := strings.Fields(line); len(f) >= 5 {
			fmt.Fprintln(&b, strings.Join(append(f[:3:3], f[5:]...), " "))
		}
	}
	return b.String()
}
