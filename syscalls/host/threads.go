//go:build linux && amd64

package host

import (
	"bytes"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"syscall"

	"vmsim/syscalls"
)

// A thread of a puppet is a puppet too: it runs the same few instructions, at its own breakpoint. What the kernel tells
// of a process as a whole (the usage that wait4 gives) says nothing of one thread, so the counts of faults come from
// /proc/PID/task/TID/stat once a process has had threads.

// threadGroup is the threads of a process, those that have ended too; the first one is the one with the process's
// number. It is nil as long as there is but one.
type threadGroup struct{ tasks []*Process }

// alive are the threads that have not ended but c.
func (g *threadGroup) alive(c *Process) (out []*Process) {
	if g == nil {
		return nil
	}
	for _, t := range g.tasks {
		if t != c && !t.p.gone {
			out = append(out, t)
		}
	}
	return out
}

// joined makes child a thread of c's process.
func (c *Process) joined(child *Process) (err error) {
	if c.group == nil {
		minor, major := c.Faults()
		c.group = &threadGroup{tasks: []*Process{c}}
		if c.countFrom, err = c.p.taskFaults(); err != nil {
			return err
		}
		c.countFrom = [2]int64{c.countFrom[0] - int64(minor), c.countFrom[1] - int64(major)}
	}
	c.group.tasks = append(c.group.tasks, child)
	child.group = c.group
	child.countFrom, err = child.p.taskFaults()
	return err
}

// The fields of /proc/PID/task/TID/stat, counted from the one behind the name.
const (
	statState = 0
	statMinor = 7
	statMajor = 9
)

// stat is the fields of a thread's stat behind its name.
func (p *puppet) stat() ([][]byte, error) {
	fd, err := p.file("task/" + strconv.Itoa(p.tid) + "/stat")
	if err != nil {
		return nil, err
	}
	var buf [1024]byte
	n, err := syscall.Pread(fd, buf[:], 0)
	if err != nil {
		return nil, err
	}
	fields := bytes.Fields(buf[bytes.LastIndexByte(buf[:n], ')')+1 : n])
	if len(fields) <= statMajor {
		return nil, fmt.Errorf("/proc/%d/task/%d/stat has %d fields", p.tid, p.tid, len(fields))
	}
	return fields, nil
}

// taskFaults is how many minor and major faults the thread has taken.
func (p *puppet) taskFaults() (n [2]int64, err error) {
	fields, err := p.stat()
	if err != nil {
		return n, err
	}
	for i, at := range [...]int{statMinor, statMajor} {
		if n[i], err = strconv.ParseInt(string(fields[at]), 10, 64); err != nil {
			return n, err
		}
	}
	return n, nil
}

// exit is exit or exit_group of a process that has had threads.
func (c *Process) exit(nr syscalls.Number) error {
	if err := setRegs(c.p.tid, &c.p.regs); err != nil {
		return err
	}
	if err := cont(c.p.tid); err != nil {
		return err
	}
	others := c.group.alive(c)
	if c == c.first() && nr == syscalls.SysExit && len(others) > 0 {
		return c.fallAsleep()
	}
	ending := []*Process{c}
	if nr == syscalls.SysExitGroup {
		ending = append(ending, others...)
	}
	return c.awaitEnds(ending, nr == syscalls.SysExitGroup || len(others) == 0)
}

// awaitEnds waits for the ends of threads. wait4 tells of the end of the first one, which ends with the process, only
// when all others have been waited for.
func (c *Process) awaitEnds(ending []*Process, process bool) error {
	first := c.first()
	if process {
		ending = slices.DeleteFunc(ending, func(t *Process) bool { return t == first })
		ending = append(ending, first)
	}
	for _, t := range ending {
		t.p.inFork = false // a thread that waits in vfork is killed as well
	}
	for _, t := range ending {
		if t.p.gone && !t.p.zombie {
			continue
		}
		t.p.zombie = false
		if s, err := t.p.await(); err != nil || !s.exited {
			return fmt.Errorf("thread %d does not end: %v", t.number, err)
		}
		t.p.close()
		if err := c.m.childEnded(t); err != nil {
			return err
		}
	}
	if process {
		c.m.processEnded(c)
	}
	return nil
}

// fallAsleep waits until the first thread has ended, though its number stays taken.
func (c *Process) fallAsleep() error {
	for {
		fields, err := c.p.stat()
		if err != nil {
			return err
		}
		if fields[statState][0] == 'Z' {
			break
		}
		runtime.Gosched()
	}
	c.p.gone, c.p.zombie = true, true
	c.p.close()
	return c.m.childEnded(c)
}

// reaped waits for the end of a first thread that has ended before the others.
func (p *puppet) reaped() {
	for p.zombie {
		err := wait(p.tid, &p.status, nil)
		p.zombie = err == nil && !p.status.Exited() && !p.status.Signaled()
	}
}
