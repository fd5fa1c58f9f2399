//go:build linux && amd64

package host

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"

	"vmsim/syscalls"
)

// killed is how often the OOM killer has killed in the group.
func (l *limits) killed() (uint64, error) {
	n, err := syscall.Pread(l.oom, l.buf, 0)
	if err != nil {
		return 0, err
	}
	return number(l.buf[:n], "oom_kill"), nil
}

// TakeKilled says which processes the OOM killer has ended in the group since it was asked last, and waits for their
// end.
func (m *Machine) TakeKilled() (out []syscalls.Killed) {
	if !m.limiting() {
		return nil
	}
	m.thread.do(func() {
		n, err := m.limits.killed()
		if err != nil || n == m.limits.kills {
			return
		}
		m.limits.kills = n
		out = m.buried()
	})
	return out
}

// buried are the processes that have been killed. Who shares memory with one is killed as well.
func (m *Machine) buried() (out []syscalls.Killed) {
	for number, c := range m.procs {
		if c == nil || c.p.gone && !c.p.killed() {
			continue
		}
		if !c.p.gone {
			if !c.p.endsSoon() {
				continue
			}
		}
		c.p.status = 0
		c.p.kill()
		out = append(out, syscalls.Killed{PID: number,
			Report: fmt.Sprintf("Memory cgroup out of memory: Killed process %d (%s)", number, imageName[1:])})
	}
	return out
}

// killed reports whether it was ended by SIGKILL.
func (p *puppet) killed() bool { return p.status.Signaled() && p.status.Signal() == syscall.SIGKILL }

// endsSoon reports whether a stopped puppet was sent SIGKILL: then it ends as soon as it runs.
func (p *puppet) endsSoon() bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.tid))
	if err != nil {
		return true
	}
	_, rest, _ := strings.Cut(string(text), "\nSigPnd:\t")
	mask, _, _ := strings.Cut(rest, "\n")
	pending, _ := strconv.ParseUint(mask, 16, 64)
	_, state, _ := strings.Cut(string(text), "\nState:\t")
	return pending&(1<<(syscall.SIGKILL-1)) != 0 || strings.HasPrefix(state, "Z") || strings.HasPrefix(state, "X")
}
