//go:build linux && amd64

package host

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"

	"vmsim/syscalls/script"
	"vmsim/vm"
)

// The counters of /proc/vmstat are of the whole machine, and most of them change all the time. Those that the kernel
// keeps for each control group as well are taken from the group of the puppets, where they are exact. The others are
// read from /proc/vmstat: they are exact too, being sums that the kernel makes when it is asked, but whatever else runs
// counts there.
//
// Linux: memcg1_stat_format (mm/memcontrol-v1.c), all_vm_events (mm/vmstat.c).

// ofGroup are the counters that a group has, by their names in its memory.stat, and what they count there.
var ofGroup = map[string]struct {
	name string
	unit uint64
}{
	"pgfault": {"pgfault", 1}, "pgmajfault": {"pgmajfault", 1},
	"nr_anon_pages": {"rss", vm.PageSize}, "nr_file_pages": {"cache", vm.PageSize}, "nr_shmem": {"shmem", vm.PageSize},
	"nr_mapped": {"mapped_file", vm.PageSize}, "nr_dirty": {"dirty", vm.PageSize}, "nr_writeback": {"writeback",
		vm.PageSize},
	"nr_swapcached": {"swapcached", vm.PageSize}, "nr_unevictable": {"unevictable", vm.PageSize},
	"nr_inactive_anon": {"inactive_anon", vm.PageSize}, "nr_active_anon": {"active_anon", vm.PageSize},
	"nr_inactive_file": {"inactive_file", vm.PageSize}, "nr_active_file": {"active_file", vm.PageSize},
}

// counters are what it takes to read a machine's counters.
type counters struct {
	group   *group
	all     *os.File          // /proc/vmstat
	scribes map[*tree]*scribe // who makes a program's files, for each tree
	image   uint64            // pages of the images
	buf     []byte
}

// The group is looked at so often for what an ended program has left: at first in quick succession, since that is gone
// mostly, and then for as long as a busy processor may leave a worker of the kernel's waiting.
const (
	quickLooks = 50
	mostLooks  = 200
	apart      = time.Millisecond
)

// awaitRest waits until the group has no more pages of files than the images, its own and the program's: what the last
// program had in segments of shared memory goes with their namespace, and that goes in the background.
// Linux: free_ipc (ipc/namespace.c).
func (c *counters) awaitRest(files []script.FileSpec) {
	most := c.image + uint64(c.group.pages)
	for _, f := range files {
		most += vm.PageAlign(uint64(f.Size)) / vm.PageSize
	}
	for i := range mostLooks {
		text, err := c.group.read(c.buf)
		if err != nil || number(text, "shmem")/vm.PageSize <= most {
			return
		}
		if i < quickLooks {
			syscall.Syscall(syscall.SYS_SCHED_YIELD, 0, 0, 0)
		} else {
			time.Sleep(apart)
		}
	}
}

// KeepCounted has the machine count what its processes do, from the next Setup on: they live in a control group of
// their own.
func (m *Machine) KeepCounted() (err error) {
	m.thread.do(func() {
		if m.counters != nil {
			return
		}
		if m.counters, err = newCounters(); err == nil {
			m.killAll() // none of those that were born elsewhere may serve again
		}
	})
	return err
}

func newCounters() (*counters, error) {
	if os.Geteuid() != 0 {
		return nil, fmt.Errorf("control groups are root's: sudo vmsim …")
	}
	all, err := os.Open("/proc/vmstat")
	if err != nil {
		return nil, err
	}
	g, err := newGroup()
	if err != nil {
		_ = all.Close()
		return nil, err
	}
	return &counters{group: g, all: all, scribes: map[*tree]*scribe{}, buf: make([]byte, 32<<10)}, nil
}

func (c *counters) close() {
	for _, s := range c.scribes {
		s.p.kill()
	}
	_ = c.all.Close()
	c.group.close()
}

// SharesCounter reports whether others count in the counter of that name as well.
func (m *Machine) SharesCounter(name string) bool {
	_, own := ofGroup[name]
	return !own
}

// Counters fills out with the counters of /proc/vmstat by those names: those of the group where there are, else the
// machine's.
func (m *Machine) Counters(names []string, out []uint64) (err error) {
	m.thread.do(func() {
		if m.counters == nil {
			err = fmt.Errorf("host: counters were not asked for")
			return
		}
		m.settle()
		err = m.counters.read(names, out)
	})
	return err
}

func (c *counters) read(names []string, out []uint64) error {
	own, err := c.group.read(c.buf)
	if err != nil {
		return err
	}
	for i, name := range names {
		if g, ok := ofGroup[name]; ok {
			out[i] = number(own, g.name) / g.unit
		}
	}
	n, err := c.all.ReadAt(c.buf, 0)
	if n == 0 {
		return err
	}
	for i, name := range names {
		if _, ok := ofGroup[name]; !ok {
			out[i] = number(c.buf[:n], name)
		}
	}
	return nil
}

// number is the one after a name at the beginning of a line.
func number(text []byte, name string) (v uint64) {
	for len(text) > 0 {
		i := bytes.IndexByte(text, ' ')
		end := bytes.IndexByte(text, '\n')
		if i < 0 || end < i {
			return 0
		}
		if string(text[:i]) == name {
			v, _ = strconv.ParseUint(string(text[i+1:end]), 10, 64)
			return v
		}
		text = text[end+1:]
	}
	return 0
}

// CanCount says why this machine cannot count what a process does; nil where it can.
func CanCount() error {
	c, err := newCounters()
	if err != nil {
		return err
	}
	c.close()
	return nil
}
