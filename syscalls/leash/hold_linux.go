package leash

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

// parentMark is the variable of the environment by which a parent says that a child shall end with it: its process
// number.
const parentMark = "VMSIM_PARENT"

// Child has a program of this module that calls Hold end with this process.
func Child(cmd *exec.Cmd) {
	cmd.Env = append(cmd.Environ(), fmt.Sprintf("%s=%d", parentMark, os.Getpid()))
}

// Hold has this process end as soon as its parent has, where that is the go command (of go test, go run) or a process
// that has called Child. A process that was started by hand goes on, as after nohup.
func Hold() {
	parent := os.Getppid()
	mark := os.Getenv(parentMark)
	_ = os.Unsetenv(parentMark) // of children it says nothing
	switch {
	case mark != "" && mark != strconv.Itoa(parent), mark == "" && startedByGo() && orphan(parent):
		end()
	case mark == "" && !startedByGo(), parent == 0: // 0: it is outside of this PID namespace, and ends with that
		return
	}
	fd, _, e := syscall.Syscall(sysPidfdOpen, uintptr(parent), 0, 0)
	if os.Getppid() != parent { // the number may be another's by now
		end()
	}
	if e != 0 { // a filter of system calls may not know it
		go ask(parent)
		return
	}
	go watch(int(fd))
}

// end ends the process at once: no other thread of it does anything more.
func end() { _ = syscall.Kill(os.Getpid(), syscall.SIGKILL) }

const sysPidfdOpen = 434

// pollFd is struct pollfd.
type pollFd struct {
	fd      int32
	events  int16
	revents int16
}

const pollIn = 1

// watch waits for the end of the process behind a pidfd.
func watch(fd int) {
	p := pollFd{fd: int32(fd), events: pollIn}
	for {
		n, _, e := syscall.Syscall6(syscall.SYS_PPOLL, uintptr(unsafe.Pointer(&p)), 1, 0, 0, 0, 0)
		if e == 0 && n == 1 {
			end()
		}
	}
}

// ask looks now and then who the parent is.
func ask(parent int) {
	for range time.Tick(time.Second / 4) {
		if os.Getppid() != parent {
			end()
		}
	}
}

// buildDir is in the path of a program that go test or go run has built for itself alone.
var buildDir = regexp.MustCompile(`/go-build[0-9]+/`)

func startedByGo() bool {
	self, err := os.Executable()
	return err == nil && buildDir.MatchString(self)
}

// orphan reports whether the go command that started this program has ended already: up to the first process of all
// none is among its ancestors. What go test -exec puts in between may be anything.
func orphan(pid int) bool {
	for pid > 0 {
		comm, parent, err := whoIs(pid)
		if err != nil || strings.HasPrefix(comm, "go") {
			return false
		}
		if pid == 1 {
			return true
		}
		pid = parent
	}
	return false
}

// whoIs reads the name and the parent of a process.
func whoIs(pid int) (comm string, parent int, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", 0, err
	}
	from, to := strings.IndexByte(string(text), '('), strings.LastIndexByte(string(text), ')')
	if from < 0 || to < from {
		return "", 0, fmt.Errorf("/proc/%d/stat: %q", pid, text)
	}
	var state string
	_, err = fmt.Sscan(string(text[to+1:]), &state, &parent)
	return string(text[from+1 : to]), parent, err
}
