//go:build linux && amd64

package host

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
)

// Examine finds out what evidence this machine can give. It starts a puppet and ends it again.
func Examine() []Evidence {
	puppet := tryPuppet("tmpfs")
	seen := func(name, what string) Evidence { return had(name, what, puppet) }
	return []Evidence{
		seen("results", "the result, the errno and the address of every call"),
		seen("signals", "number, code and address of the signal that a bad access gets"),
		seen("bytes", "what loads and reads see"),
		seen("maps", "the lines of /proc/PID/maps that came and went"),
		seen("faults", "minor and major faults of every statement"),
		seen("mincore", "which pages are in memory, by mincore()"),
		had("smaps", "every field of /proc/PID/smaps", readable("/proc/self/smaps")),
		had("pagemap", "the entries of the page table, by /proc/PID/pagemap", readable("/proc/self/pagemap")),
		had("kpageflags", "the flags of page frames, by /proc/kpageflags", readable("/proc/kpageflags")),
		had("vmstat", "the counters of /proc/vmstat that a process drives, by a control group of its own", CanCount()),
		had("pressure", "what a control group with a limit has (.machine memcg=), and which pages of files are in "+
			"memory", canLimit()),
		had("swap", "programs with swap= in such a group, with a swap area in a loop device, and "+
			"swapon of files", canSwap()),
		traceHere(),
		had("io", "the requests that the disk of fs=ext4 was given, by tracefs", canSeeRequests()),
		had("ext4", "programs with fs=ext4, on a file system of their own in a loop device", tryPuppet("ext4")),
	}
}

// traceHere is the evidence of tracepoints, and which of them the kernel lacks.
func traceHere() Evidence {
	absent, err := tracepointsHere()
	e := had("trace", "the tracepoints that fired, by tracefs", err)
	if len(absent) > 0 {
		e.What += "; this kernel has no " + strings.Join(absent, ", ")
	}
	return e
}

// had is evidence that is there unless err says why not.
func had(name, what string, err error) Evidence {
	e := Evidence{Name: name, Have: err == nil, What: what, Named: named[name]}
	if err != nil {
		e.More = err.Error()
	}
	return e
}

// tryPuppet starts a process under ptrace, with files on a file system of that kind.
func tryPuppet(fs string) error {
	if fs == "ext4" {
		if _, err := makeExt4(); err != nil {
			return err
		}
		if os.Geteuid() != 0 {
			return fmt.Errorf("mounting needs root: sudo vmsim …")
		}
	}
	m, err := New()
	if err != nil {
		return err
	}
	defer m.Close()
	err = m.Setup(run.Config{Settings: []script.Setting{{Name: "fs", Value: fs}}})
	var start *startError
	if errors.As(err, &start) {
		return fmt.Errorf("a puppet cannot be started: %w (ptrace may be forbidden here, by kernel.yama.ptrace_scope "+
			"or a container's seccomp filter)", err)
	}
	return err
}

// readable tries to read a byte: to open is not enough.
func readable(path string) error {
	f, err := os.Open(path)
	if err == nil {
		defer f.Close()
		var b [8]byte
		_, err = f.Read(b[:])
	}
	if err != nil && os.Geteuid() != 0 {
		return fmt.Errorf("%w: root may read it (sudo vmsim …)", err)
	}
	return err
}

// who runs the kernel's side.
func who() string {
	if os.Geteuid() == 0 {
		return "root"
	}
	return "ordinary"
}
