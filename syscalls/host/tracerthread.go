//go:build linux && amd64

package host

import (
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"unsafe"
)

// thread is the one that ptrace belongs to. It lives until stop, and what it holds under ptrace dies with it.
type thread struct {
	tid  int
	mu   sync.Mutex // one caller at a time
	work chan func()
	done chan struct{}
}

// startThread starts a thread and runs setup on it.
func startThread() *thread {
	t := &thread{work: make(chan func()), done: make(chan struct{})}
	ready := make(chan struct{})
	go func() {
		runtime.LockOSThread() // for ever: when this goroutine ends, its thread does
		t.tid = syscall.Gettid()
		old, _, _ := syscall.RawSyscall(syscall.SYS_PERSONALITY, 0xffffffff, 0, 0)
		// of this thread alone; children inherit it
		syscall.RawSyscall(syscall.SYS_PERSONALITY, old|addrNoRandomize, 0, 0)
		pin(t.tid)
		close(ready)
		for fn := range t.work {
			fn()
			t.done <- struct{}{}
		}
		syscall.RawSyscall(syscall.SYS_PERSONALITY, old, 0, 0)
	}()
	<-ready
	return t
}

// do runs fn on the thread. A caller who is on it already pays nothing: since the thread is locked to its goroutine,
// its number tells.
func (t *thread) do(fn func()) {
	if syscall.Gettid() == t.tid {
		fn()
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.work <- fn
	<-t.done
}

func (t *thread) stop() {
	t.mu.Lock()
	defer t.mu.Unlock()
	close(t.work)
}

// pinned counts the threads, so that each next one gets the next processor.
var pinned atomic.Uint32

// pin keeps the thread on one processor, and its puppets with it, which inherit that. The two never run at the same
// time: on one processor a statement costs half of what it costs across two, and what the kernel gathers for each
// processor (pages on their way to the lists of the old and the young) is gathered in one place. Where it is not
// allowed it is left out.
func pin(tid int) {
	var allowed, one [16]uint64
	n, _, e := syscall.RawSyscall(syscall.SYS_SCHED_GETAFFINITY, uintptr(tid), unsafe.Sizeof(allowed),
		uintptr(unsafe.Pointer(&allowed)))
	if e != 0 || n == 0 {
		return
	}
	var cpus []int
	for i := range len(allowed) * 64 {
		if allowed[i/64]>>(i%64)&1 != 0 {
			cpus = append(cpus, i)
		}
	}
	if len(cpus) == 0 {
		return
	}
	cpu := cpus[int(pinned.Add(1)-1)%len(cpus)]
	one[cpu/64] = 1 << (cpu % 64)
	syscall.RawSyscall(syscall.SYS_SCHED_SETAFFINITY, uintptr(tid), unsafe.Sizeof(one), uintptr(unsafe.Pointer(&one)))
}
