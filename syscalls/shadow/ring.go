//go:build linux && amd64

package shadow

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"

	"vmsim/vm"
)

// access is the error code of a page fault on x86.
// Linux: enum x86_pf_error_code (arch/x86/include/asm/trap_pf.h).
type access uint64

const (
	accessWrite access = 1 << 1
	accessUser  access = 1 << 2
	accessFetch access = 1 << 4
)

// outcome is what the kernel has made of a page fault.
type outcome uint8

const (
	refused outcome = iota // a signal, or an error of the call in which it happened
	minor
	major
)

func (o outcome) String() string { return [...]string{"no fault", "a minor fault", "a major fault"}[o] }

// pageFault is one page fault of a tracee.
type pageFault struct {
	began, time uint64 // and ended
	addr        vm.Addr
	how         access
	got         outcome
}

// The events of a ring. A fault is an entry, with its address and error code, and then its outcome, if it has one.
const (
	userEntry = iota
	kernelEntry
	minorEnd
	majorEnd
	ringEvents
)

const (
	ringPages  = 128 // of records
	ringHeader = 8   // bytes of struct perf_event_header
	// entryAddr is where an entry's record has its address: identifier, time, size of the raw data, its common fields.
	entryAddr = ringHeader + 8 + 8 + 4 + 8
	entryCode = entryAddr + 16
	endAddr   = ringHeader + 8 + 8
)

// ring is the faults of one thread as the kernel writes them down.
type ring struct {
	fds    []int
	ids    [ringEvents]uint64
	memory []byte
	mu     sync.Mutex
	faults []pageFault // that are over, in order
	open   pageFault   // one that has begun
	begun  bool
	lost   uint64
}

// tracepoints are the identifiers of the tracepoints of page faults, by the kernel's mode, and of faults on files.
type tracepoints struct {
	user, kernel   uint64
	mapped, looked uint64 // of faults on files, 0 where the kernel does not have them
	added, removed uint64 // of what comes to the page cache and leaves it
}

// findTracepoints reads them from tracefs, which need not be mounted.
func findTracepoints() (t tracepoints, err error) {
	const usual = "/sys/kernel/tracing"
	at := usual
	if _, err := os.Stat(at + "/events"); err != nil {
		fs, err := detachedTracefs()
		if err != nil {
			return t, fmt.Errorf("the tracepoints of page faults: %w (is tracefs mounted at %s?)", err, usual)
		}
		defer unix.Close(fs)
		at = fmt.Sprintf("/proc/self/fd/%d", fs)
	}
	for _, x := range []struct {
		name string
		id   *uint64
	}{{"exceptions/page_fault_user", &t.user}, {"exceptions/page_fault_kernel", &t.kernel},
		{"filemap/mm_filemap_map_pages", &t.mapped}, {"filemap/mm_filemap_fault", &t.looked},
		{"filemap/mm_filemap_add_to_page_cache", &t.added},
		{"filemap/mm_filemap_delete_from_page_cache", &t.removed}} {
		text, e := os.ReadFile(at + "/events/" + x.name + "/id")
		if errors.Is(e, os.ErrNotExist) && strings.HasPrefix(x.name, "filemap") {
			continue
		}
		if e != nil {
			return t, fmt.Errorf("the tracepoints of page faults: %w", e)
		}
		*x.id, err = strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
		if err != nil {
			return t, err
		}
	}
	return t, nil
}

// detachedTracefs is tracefs, mounted nowhere.
func detachedTracefs() (fd int, err error) {
	ctx, err := unix.Fsopen("tracefs", unix.FSOPEN_CLOEXEC)
	if err != nil {
		return -1, fmt.Errorf("fsopen: %w", err)
	}
	defer unix.Close(ctx)
	if err := unix.FsconfigCreate(ctx); err != nil {
		return -1, fmt.Errorf("fsconfig: %w", err)
	}
	return unix.Fsmount(ctx, unix.FSMOUNT_CLOEXEC, 0)
}

// newRing follows the page faults of a thread that is stopped.
func newRing(tid int, t tracepoints) (*ring, error) {
	r := &ring{}
	for event, config := range [ringEvents]uint64{t.user, t.kernel, unix.PERF_COUNT_SW_PAGE_FAULTS_MIN,
		unix.PERF_COUNT_SW_PAGE_FAULTS_MAJ} {
		attr := unix.PerfEventAttr{Type: unix.PERF_TYPE_TRACEPOINT, Config: config, Sample: 1,
			Sample_type: unix.PERF_SAMPLE_IDENTIFIER | unix.PERF_SAMPLE_TIME | unix.PERF_SAMPLE_RAW,
			Bits:        unix.PerfBitWatermark, Wakeup: ringPages * vm.PageSize / 4}
		if event >= minorEnd {
			attr.Type = unix.PERF_TYPE_SOFTWARE
			attr.Sample_type = unix.PERF_SAMPLE_IDENTIFIER | unix.PERF_SAMPLE_TIME | unix.PERF_SAMPLE_ADDR
		}
		attr.Size = uint32(unsafe.Sizeof(attr))
		fd, err := unix.PerfEventOpen(&attr, tid, -1, -1, unix.PERF_FLAG_FD_CLOEXEC)
		if err != nil {
			r.close()
			return nil, fmt.Errorf("perf_event_open: %w", err)
		}
		r.fds = append(r.fds, fd)
		if err := r.add(event, fd); err != nil {
			r.close()
			return nil, err
		}
	}
	return r, nil
}

// add lets an event write into the memory that the first one has.
func (r *ring) add(event, fd int) (err error) {
	if event == 0 {
		r.memory, err = unix.Mmap(fd, 0, (1+ringPages)*vm.PageSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
		if err != nil {
			return fmt.Errorf("the memory of perf events: %w", err)
		}
	} else if err = unix.IoctlSetInt(fd, unix.PERF_EVENT_IOC_SET_OUTPUT, r.fds[0]); err != nil {
		return fmt.Errorf("PERF_EVENT_IOC_SET_OUTPUT: %w", err)
	}
	_, _, e := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.PERF_EVENT_IOC_ID, uintptr(unsafe.Pointer(&r.ids[event])))
	if e != 0 {
		return fmt.Errorf("PERF_EVENT_IOC_ID: %w", e)
	}
	return nil
}

func (r *ring) descriptor() int { return r.fds[0] }

func (r *ring) close() {
	if r.memory != nil {
		_ = unix.Munmap(r.memory)
		r.memory = nil
	}
	for _, fd := range r.fds {
		_ = unix.Close(fd)
	}
	r.fds = nil
}

// pull takes in what the kernel has written.
func (r *ring) pull() {
	r.mu.Lock()
	defer r.mu.Unlock()
	eachRecord(r.memory, make([]byte, 128), r.record)
}

// eachRecord calls fn for the records that the kernel has written since it was called last, each as far as room has
// place for it. The memory's first page has the positions of writer and reader; a ring that is closed has none.
func eachRecord(memory, room []byte, fn func(record []byte)) {
	if memory == nil {
		return
	}
	p := (*unix.PerfEventMmapPage)(unsafe.Pointer(&memory[0]))
	head, tail := atomic.LoadUint64(&p.Data_head), p.Data_tail
	for tail < head {
		copyRing(room, memory[vm.PageSize:], tail)
		size := uint64(binary.LittleEndian.Uint16(room[6:]))
		if size < ringHeader {
			break
		}
		fn(room[:min(size, uint64(len(room)))])
		tail += size
	}
	atomic.StoreUint64(&p.Data_tail, tail)
}

func copyRing(to, data []byte, at uint64) {
	n := copy(to, data[at%uint64(len(data)):])
	copy(to[n:], data)
}

// record takes in one record.
func (r *ring) record(b []byte) {
	word := func(at int) uint64 { return binary.LittleEndian.Uint64(b[at:]) }
	switch binary.LittleEndian.Uint32(b) {
	case unix.PERF_RECORD_LOST:
		r.lost += word(ringHeader + 8)
	case unix.PERF_RECORD_SAMPLE:
		id, time := word(ringHeader), word(ringHeader+8)
		switch {
		case (id == r.ids[userEntry] || id == r.ids[kernelEntry]) && len(b) >= entryCode+8:
			r.end(refused, r.open.time)
			r.open = pageFault{began: time, time: time, addr: vm.Addr(word(entryAddr)), how: access(word(entryCode))}
			r.begun = true
		case id == r.ids[minorEnd]:
			r.end(minor, time)
		case id == r.ids[majorEnd]:
			r.end(major, time)
		}
	}
}

// end ends the fault that has begun.
func (r *ring) end(got outcome, time uint64) {
	if r.begun {
		r.open.got, r.open.time, r.begun = got, time, false
		r.faults = append(r.faults, r.open)
	}
}

// take are the faults that are over since it was called last. stopped says that the thread has stopped: then a fault
// without an outcome gets none any more.
func (r *ring) take(into []pageFault, stopped bool) []pageFault {
	r.pull()
	r.mu.Lock()
	defer r.mu.Unlock()
	if stopped {
		r.end(refused, r.open.time)
	}
	into = append(into, r.faults...)
	r.faults = r.faults[:0]
	return into
}

// source is what the kernel writes records for.
type source interface {
	descriptor() int
	pull()
}

// drain keeps the rings from flowing over while their threads run.
type drain struct {
	epoll int
	mu    sync.Mutex
	rings map[int32]source
	done  chan struct{}
	stop  [2]int // a pipe whose end wakes the goroutine
}

func newDrain() (*drain, error) {
	d := &drain{rings: map[int32]source{}, done: make(chan struct{})}
	var err error
	if d.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return nil, err
	}
	if err = unix.Pipe2(d.stop[:], unix.O_CLOEXEC); err == nil {
		err = unix.EpollCtl(d.epoll, unix.EPOLL_CTL_ADD, d.stop[0], &unix.EpollEvent{Events: unix.EPOLLIN, Fd: -1})
	}
	if err != nil {
		_ = unix.Close(d.epoll)
		return nil, err
	}
	go d.loop()
	return d, nil
}

func (d *drain) loop() {
	defer close(d.done)
	var events [16]unix.EpollEvent
	for {
		n, err := unix.EpollWait(d.epoll, events[:], -1)
		if err != nil && !errors.Is(err, unix.EINTR) {
			return
		}
		for _, e := range events[:max(n, 0)] {
			if e.Fd < 0 {
				return
			}
			d.mu.Lock()
			r := d.rings[e.Fd]
			d.mu.Unlock()
			if e.Events&unix.EPOLLHUP != 0 {
				_ = unix.EpollCtl(d.epoll, unix.EPOLL_CTL_DEL, int(e.Fd), nil)
			}
			if r != nil {
				r.pull()
			}
		}
	}
}

func (d *drain) add(r source) {
	fd := int32(r.descriptor())
	d.mu.Lock()
	d.rings[fd] = r
	d.mu.Unlock()
	_ = unix.EpollCtl(d.epoll, unix.EPOLL_CTL_ADD, int(fd), &unix.EpollEvent{Events: unix.EPOLLIN, Fd: fd})
}

// remove closes a ring. What it has is lost.
func (d *drain) remove(r *ring) {
	fd := int32(r.fds[0])
	_ = unix.EpollCtl(d.epoll, unix.EPOLL_CTL_DEL, int(fd), nil)
	d.mu.Lock()
	delete(d.rings, fd)
	d.mu.Unlock()
	r.mu.Lock()
	r.close()
	r.mu.Unlock()
}

func (d *drain) close() {
	_ = unix.Close(d.stop[1])
	<-d.done
	_ = unix.Close(d.stop[0])
	_ = unix.Close(d.epoll)
}
