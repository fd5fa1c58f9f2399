//go:build linux && amd64

package shadow

import (
	"encoding/binary"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"

	"vmsim/vm"
)

// Threads of the kernel go over pages too, and lock the folios of files for a moment: to see whether they are used, or
// to move, free or merge them. Which one they have locked no tracepoint shows, but when they ran is known.

// walkerNames are the names of such threads, without what comes after them.
var walkerNames = []string{"kdamond", "kcompactd", "kswapd", "khugepaged", "ksmd"}

// walker is one such thread.
type walker struct {
	fd     int
	memory []byte
	mu     sync.Mutex
	turns  []turn
}

// turn is a time in which it ran, or was kept from running; until is 0 while it lasts.
type turn struct{ from, until uint64 }

// mostTurns bounds how many are kept of a thread.
const mostTurns = 1 << 16

const (
	switchRecord = 14 // PERF_RECORD_SWITCH
	switchOut    = 1 << 13
	preempted    = 1 << 14
	switchTime   = ringHeader + 8 // after the thread
	turnPages    = 16
)

// walkers are those of this machine.
func walkers() (found []*walker) {
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		tid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		name, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", tid))
		walks := slices.ContainsFunc(walkerNames, func(s string) bool { return strings.HasPrefix(string(name), s) })
		if _, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", tid)); err == nil || !walks {
			continue // a program, or a thread that does something else
		}
		if w := newWalker(tid); w != nil {
			found = append(found, w)
		}
	}
	return found
}

func newWalker(tid int) *walker {
	attr := unix.PerfEventAttr{Type: unix.PERF_TYPE_SOFTWARE, Config: unix.PERF_COUNT_SW_DUMMY,
		Sample_type: unix.PERF_SAMPLE_TID | unix.PERF_SAMPLE_TIME,
		Bits:        unix.PerfBitWatermark | unix.PerfBitContextSwitch | unix.PerfBitSampleIDAll,
		Wakeup:      turnPages * vm.PageSize / 4}
	attr.Size = uint32(unsafe.Sizeof(attr))
	fd, err := unix.PerfEventOpen(&attr, tid, -1, -1, unix.PERF_FLAG_FD_CLOEXEC)
	if err != nil {
		return nil
	}
	memory, err := unix.Mmap(fd, 0, (1+turnPages)*vm.PageSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		_ = unix.Close(fd)
		return nil
	}
	return &walker{fd: fd, memory: memory}
}

func (w *walker) close() {
	_ = unix.Munmap(w.memory)
	_ = unix.Close(w.fd)
}

func (w *walker) descriptor() int { return w.fd }

// pull takes in what the kernel has written.
func (w *walker) pull() {
	w.mu.Lock()
	defer w.mu.Unlock()
	eachRecord(w.memory, make([]byte, switchTime+8), func(b []byte) {
		if binary.LittleEndian.Uint32(b) == switchRecord && len(b) == switchTime+8 {
			w.switched(binary.LittleEndian.Uint16(b[4:]), binary.LittleEndian.Uint64(b[switchTime:]))
		}
	})
}

// switched takes in that the thread begins or ceases to run. One that is preempted keeps what it has locked.
func (w *walker) switched(misc uint16, time uint64) {
	last := len(w.turns) - 1
	lasts := last >= 0 && w.turns[last].until == 0
	switch {
	case misc&preempted != 0:
	case misc&switchOut != 0 && lasts:
		w.turns[last].until = time
	case misc&switchOut == 0 && !lasts:
		if len(w.turns) >= mostTurns {
			w.turns = append(w.turns[:0], w.turns[mostTurns/2:]...)
		}
		w.turns = append(w.turns, turn{from: time})
	}
}

// ran reports whether it ran at some time between two.
func (w *walker) ran(from, to uint64) bool {
	w.pull()
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.ContainsFunc(w.turns, func(t turn) bool {
		return t.from <= to && (t.until >= from || t.until == 0)
	})
}
