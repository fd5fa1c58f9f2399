//go:build linux && amd64

package host

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"vmsim/syscalls/leash"
	"vmsim/vm"
)

// group is a control group for memory that holds the puppets of one machine and no other process: what its memory.stat
// counts is their doing alone.
//
// The kernel adds up what the processors have counted for a group only after some hundred changes, else every two
// seconds. So the group has some pages of a file that this process maps and unmaps before it reads: each is a change of
// the group's own mapped pages, and in the end there are as many as before. That this process faults for it is counted
// elsewhere.
//
// Linux: struct mem_cgroup (include/linux/memcontrol.h); memcg_vmstats_needs_flush, memcg_rstat_updated
// (mm/memcontrol.c).
type group struct {
	dir   string
	stat  int    // descriptor of memory.stat
	pulse []byte // the pages that are mapped and unmapped
	pages int    // how many there are
	claim claim
}

// pulsePages is how many pages it takes: a processor tells of its changes when there are 64 of them, and the group is
// added up once 64 for each processor have been told of. To map and to unmap a page are two changes.
func pulsePages() int { return 32 * (onlineProcessors() + 3) }

// onlineProcessors is how many processors the kernel runs on, whether or not this process may.
func onlineProcessors() int {
	text, _ := os.ReadFile("/proc/stat")
	return max(1, bytes.Count(text, []byte("\ncpu")))
}

// removeGroup is a line that removes a group once its last process has ended.
var removeGroup = leash.Until(`rmdir "$0"`)

// newGroup makes a group below the one that this process is in.
func newGroup() (*group, error) {
	parent, err := memoryGroup()
	if err != nil {
		return nil, err
	}
	sweep(parent, os.Remove)
	name := claimName()
	g := &group{stat: -1, pages: pulsePages(), dir: filepath.Join(parent, name)}
	if g.claim, err = newClaim(parent, name, removeGroup, nil, 0o755); err != nil {
		return nil, fmt.Errorf("a control group for memory: %w", err)
	}
	if g.stat, err = syscall.Open(g.dir+"/memory.stat", syscall.O_RDONLY|syscall.O_CLOEXEC, 0); err != nil {
		g.close()
		return nil, fmt.Errorf("%s/memory.stat: %w", g.dir, err)
	}
	return g, nil
}

// memoryGroup is the directory of the group for memory that this process is in.
func memoryGroup() (string, error) {
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return "", err
	}
	own, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return "", err
	}
	path := ""
	for line := range strings.Lines(string(own)) {
		f := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(f) == 3 && hasWord(f[1], "memory") {
			path = f[2]
		}
	}
	for line := range strings.Lines(string(mounts)) {
		before, after, ok := strings.Cut(line, " - ")
		at, fs := strings.Fields(before), strings.Fields(after)
		if !ok || len(at) < 5 || len(fs) < 3 || fs[0] != "cgroup" || !hasWord(fs[2], "memory") {
			continue
		}
		return filepath.Join(at[4], strings.TrimPrefix(path, strings.TrimSuffix(at[3], "/"))), nil
	}
	return "",
		errors.New("it takes the memory controller of control groups, version 1 (systemd.unified_cgroup_hierarchy=0)")
}

func hasWord(list, word string) bool {
	for w := range strings.SplitSeq(list, ",") {
		if w == word {
			return true
		}
	}
	return false
}

// put moves a process into the group. What it has in memory stays with the group that it comes from.
func (g *group) put(tid int) error {
	err := os.WriteFile(g.dir+"/cgroup.procs", fmt.Appendln(nil, tid), 0)
	if err != nil {
		return fmt.Errorf("%s: process %d: %w", g.dir, tid, err)
	}
	return nil
}

// beat maps pages that belong to the group, by a descriptor of their file.
func (g *group) beat(fd int) (err error) {
	g.pulse, err = syscall.Mmap(fd, 0, g.pages*vm.PageSize, syscall.PROT_READ, syscall.MAP_SHARED)
	return err
}

// read is the text of memory.stat, with everything added up that has been counted until now.
func (g *group) read(buf []byte) ([]byte, error) {
	const populateRead = 22
	if err := syscall.Madvise(g.pulse, populateRead); err != nil {
		return nil, err
	}
	if err := syscall.Madvise(g.pulse, syscall.MADV_DONTNEED); err != nil {
		return nil, err
	}
	n, err := syscall.Pread(g.stat, buf, 0)
	if err != nil {
		return nil, fmt.Errorf("%s/memory.stat: %w", g.dir, err)
	}
	return buf[:n], nil
}

// close takes the group away. Its processes have ended.
func (g *group) close() {
	if g.pulse != nil {
		_ = syscall.Munmap(g.pulse)
	}
	if g.stat >= 0 {
		_ = syscall.Close(g.stat)
	}
	_ = os.Remove(g.dir)
	g.claim.release()
}
