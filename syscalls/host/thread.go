//go:build linux && amd64

package host

import (
	"runtime"
	"sync"
	"syscall"
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
		syscall.RawSyscall(syscall.SYS_PERSONALITY, old|addrNoRandomize, 0, 0) // of this thread alone; children inherit it
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

// do runs fn on the thread. A caller who is on it already pays nothing: since the thread is locked to its goroutine, its
// number tells.
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
