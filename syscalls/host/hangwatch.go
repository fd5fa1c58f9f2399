//go:build linux && amd64

package host

import (
	"sync"
	"syscall"
	"time"
)

// hangLimit is how long a single statement may take before its puppet is given up.
const hangLimit = 30 * time.Second

// watch ends a puppet that does not come back from a statement, so that the wait for it does.
type watch struct {
	mu    sync.Mutex
	limit time.Duration
	tid   int // that is waited for; 0 for none
	since uint64
	count uint64
	where map[int]string
	quit  chan struct{}
}

func startWatch(limit time.Duration) *watch {
	w := &watch{limit: limit, where: map[int]string{}, quit: make(chan struct{})}
	go w.loop()
	return w
}

// begin and end enclose a wait; they are on the path of every statement, so they read no clock.
func (w *watch) begin(tid int) {
	w.mu.Lock()
	w.tid = tid
	w.count++
	w.mu.Unlock()
}

func (w *watch) end() {
	w.mu.Lock()
	w.tid = 0
	w.mu.Unlock()
}

// found is where a puppet hung, if that is why it was ended.
func (w *watch) found(tid int) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.where[tid]
}

// loop looks eight times within the limit whether the same wait is still going on.
func (w *watch) loop() {
	t := time.NewTicker(w.limit / 8)
	defer t.Stop()
	for same := 0; ; {
		select {
		case <-w.quit:
			return
		case <-t.C:
		}
		w.mu.Lock()
		if w.tid != 0 && w.since == w.count {
			same++
		} else {
			same, w.since = 0, w.count
		}
		if same >= 8 {
			w.where[w.tid] = whereItHangs(w.tid)
			_ = syscall.Kill(w.tid, syscall.SIGKILL)
			same = 0
		}
		w.mu.Unlock()
	}
}

func (w *watch) stop() { close(w.quit) }
