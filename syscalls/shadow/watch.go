//go:build linux && amd64

package shadow

import (
	"encoding/binary"
	"fmt"
	"os"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"

	"vmsim/vm"
)

// A fault that maps the pages around its own passes over a folio that is locked. Each fault on a page of a file locks a
// folio for a moment, and each that maps pages around locks one after the other. The kernel has tracepoints of both
// since 6.9: they show which thread of the machine it may have been. Others show which pages come and go.

// use is a fault on a file, as the tracepoints show it.
type use struct {
	time        uint64
	tid         uint32
	file        uint32 // the number that the watch has for it
	first, last uint32 // pages of the file
}

// device and inode tell files apart as the tracepoints do.
type inode struct{ dev, ino uint64 }

// watch is what all threads of the machine do to the program's files.
type watch struct {
	rings   []*useRing
	walk    []*walker // threads of the kernel
	mu      sync.Mutex
	files   map[inode]uint32
	changes map[uint32][]change // by file
}

// useRing is what happens on one processor, in order.
type useRing struct {
	of     *watch
	fds    []int
	ids    []uint64
	memory []byte
	mu     sync.Mutex
	uses   []use
}

// mostUses bounds how many are kept of a processor.
const mostUses = 1 << 19

// newWatch is nil where the kernel does not have the tracepoints, or does not show them.
func newWatch(t tracepoints) *watch {
	if t.mapped == 0 || t.looked == 0 {
		return nil
	}
	w := &watch{files: map[inode]uint32{}, changes: map[uint32][]change{}, walk: walkers()}
	for _, cpu := range onlineCPUs() {
		r := &useRing{of: w}
		w.rings = append(w.rings, r)
		for _, config := range [...]uint64{t.mapped, t.looked, t.added, t.removed} {
			if r.open(config, cpu) != nil {
				w.close()
				return nil
			}
		}
	}
	return w
}

// onlineCPUs are the numbers of the processors.
func onlineCPUs() (cpus []int) {
	text, _ := os.ReadFile("/sys/devices/system/cpu/online")
	for part := range strings.SplitSeq(strings.TrimSpace(string(text)), ",") {
		from, to, several := strings.Cut(part, "-")
		if !several {
			to = from
		}
		first, err := strconv.Atoi(from)
		last, err2 := strconv.Atoi(to)
		for n := first; err == nil && err2 == nil && n <= last; n++ {
			cpus = append(cpus, n)
		}
	}
	return cpus
}

func (r *useRing) open(config uint64, cpu int) error {
	attr := unix.PerfEventAttr{Type: unix.PERF_TYPE_TRACEPOINT, Config: config, Sample: 1,
		Sample_type: unix.PERF_SAMPLE_IDENTIFIER | unix.PERF_SAMPLE_TID | unix.PERF_SAMPLE_TIME |
			unix.PERF_SAMPLE_RAW,
		Bits: unix.PerfBitWatermark, Wakeup: ringPages * vm.PageSize / 4}
	attr.Size = uint32(unsafe.Sizeof(attr))
	fd, err := unix.PerfEventOpen(&attr, -1, cpu, -1, unix.PERF_FLAG_FD_CLOEXEC)
	if err != nil {
		return fmt.Errorf("perf_event_open: %w", err)
	}
	var id uint64
	r.fds = append(r.fds, fd)
	_, _, e := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.PERF_EVENT_IOC_ID, uintptr(unsafe.Pointer(&id)))
	if e != 0 {
		return e
	}
	r.ids = append(r.ids, id)
	if r.memory != nil {
		return unix.IoctlSetInt(fd, unix.PERF_EVENT_IOC_SET_OUTPUT, r.fds[0])
	}
	r.memory, err = unix.Mmap(fd, 0, (1+ringPages)*vm.PageSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	return err
}

// drainedBy lets the rings be read while the program runs.
func (w *watch) drainedBy(d *drain) {
	if w == nil {
		return
	}
	for _, r := range w.rings {
		d.add(r)
	}
	for _, k := range w.walk {
		d.add(k)
	}
}

func (w *watch) close() {
	if w == nil {
		return
	}
	for _, k := range w.walk {
		k.close()
	}
	for _, r := range w.rings {
		if r.memory != nil {
			_ = unix.Munmap(r.memory)
		}
		for _, fd := range r.fds {
			_ = unix.Close(fd)
		}
	}
}

// follow begins to keep what is done to a file.
func (w *watch) follow(key fileKey) {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, known := w.files[key.inode()]; !known {
		w.files[key.inode()] = uint32(len(w.files) + 1)
	}
}

func (k fileKey) inode() inode { return inode{k.dev, k.ino} }

func (w *watch) number(f inode) uint32 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.files[f]
}

// Where a record has what: its kind, the thread, the time, and after the common fields those of a fault's or of a
// change's.
const (
	useKind   = ringHeader
	useThread = ringHeader + 8 + 4
	useTime   = ringHeader + 8 + 8
	useRaw    = useTime + 8 + 4 + 8
	useDevice = useRaw + 8
	useFirst  = useRaw + 16
	useLast   = useRaw + 24
	changed   = useRaw + 8 // after the frame
	changedAt = useRaw + 16
	changedOn = useRaw + 24 // the device, and then the folio's order
)

func (r *useRing) descriptor() int { return r.fds[0] }

// pull takes in what the kernel has written.
func (r *useRing) pull() {
	r.mu.Lock()
	defer r.mu.Unlock()
	eachRecord(r.memory, make([]byte, useLast+16), func(b []byte) {
		if binary.LittleEndian.Uint32(b) == unix.PERF_RECORD_SAMPLE && len(b) >= useFirst+8 {
			r.record(b)
		}
	})
}

// record takes in one record.
func (r *useRing) record(b []byte) {
	word := func(at int) uint64 { return binary.LittleEndian.Uint64(b[at:]) }
	kind := slices.Index(r.ids, word(useKind))
	time, tid := word(useTime), binary.LittleEndian.Uint32(b[useThread:])
	const faults = 2 // of the kinds
	if kind >= faults && len(b) >= changedOn+8 {
		if file := r.of.number(inode{deviceOf(b[changedOn:]), word(changed)}); file != 0 {
			first := uint32(word(changedAt))
			pid := binary.LittleEndian.Uint32(b[useThread-4:])
			r.of.changedBy(file, pid, change{tid, first, first + 1<<(b[changedOn+4]&15) - 1})
		}
		return
	}
	file := r.of.number(inode{deviceOf(b[useDevice:]), word(useRaw)})
	if file == 0 || kind < 0 {
		return
	}
	u := use{time: time, tid: tid, file: file, first: uint32(word(useFirst)), last: uint32(word(useFirst))}
	if kind == 0 {
		u.last = uint32(word(useLast)) // only that which maps pages around says how far it went
	}
	if len(r.uses) >= mostUses {
		r.uses = append(r.uses[:0], r.uses[mostUses/2:]...)
	}
	r.uses = append(r.uses, u)
}

// deviceOf is a number of a device as the kernel has it.
func deviceOf(b []byte) uint64 {
	const minorBits = 20
	dev := uint64(binary.LittleEndian.Uint32(b))
	return dev>>minorBits<<32 | dev&(1<<minorBits-1)
}

// change is pages that a thread has brought into the page cache or taken out.
type change struct{ tid, first, last uint32 }

// mostChanges bounds how many are kept of a file.
const mostChanges = 1 << 12

// changedBy keeps a change by another process than this one, which may read files before the program does.
func (w *watch) changedBy(file, pid uint32, c change) {
	if int(pid) == os.Getpid() {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.changes[file]) < mostChanges {
		w.changes[file] = append(w.changes[file], c)
	}
}

// changedNear reports whether a thread that is none of the program's has brought pages of a file into memory, or taken
// them out, as near to a page as a fault reads.
func (w *watch) changedNear(file inode, page uint64, program map[int]int) bool {
	for _, r := range w.rings {
		r.pull()
	}
	number := w.number(file)
	w.mu.Lock()
	defer w.mu.Unlock()
	const reads = 32 // 128 KiB
	return slices.ContainsFunc(w.changes[number], func(c change) bool {
		_, own := program[int(c.tid)]
		return !own && page+reads >= uint64(c.first) && page <= uint64(c.last)+reads
	})
}

// walked reports whether a thread of the kernel that goes over pages ran at some time between two.
func (w *watch) walked(from, to uint64) bool {
	return slices.ContainsFunc(w.walk, func(k *walker) bool { return k.ran(from, to) })
}

// locked reports whether another thread may have had a folio of a file locked while the pages around a fault's were
// mapped: it took a fault on the folio then.
func (w *watch) locked(file inode, pages [2]uint64, m mapper) bool {
	number, from, to := w.number(file), m.began-min(m.began, holds), m.time+holds
	return w.any(from, to, func(u *use) bool {
		return u.file == number && int(u.tid) != m.tid && uint64(u.first) <= pages[1] && uint64(u.last) >= pages[0]
	})
}

// went reports whether a fault went over a page of a file to map it with its own.
func (w *watch) went(file inode, page uint64, m mapper) bool {
	number := w.number(file)
	return w.any(m.began, m.time+holds, func(u *use) bool {
		return u.file == number && int(u.tid) == m.tid && uint64(u.first) <= page && uint64(u.last) >= page
	})
}

// any reports whether one of the uses between two times is of a kind.
func (w *watch) any(from, to uint64, is func(*use) bool) bool {
	return slices.ContainsFunc(w.rings, func(r *useRing) bool {
		r.pull()
		r.mu.Lock()
		defer r.mu.Unlock()
		i := sort.Search(len(r.uses), func(i int) bool { return r.uses[i].time >= from })
		for ; i < len(r.uses) && r.uses[i].time <= to; i++ {
			if is(&r.uses[i]) {
				return true
			}
		}
		return false
	})
}
