//go:build linux && amd64

package shadow

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"vmsim/vm"
)

// tracee is a thread of the program.
type tracee struct {
	tid    int
	number int // of the model's task
	proc   *process
	ring   *ring           // nil where faults cannot be followed
	call   call            // the one that it is in
	bad    pageFault       // the last that the kernel has refused
	raced  map[vm.VPN]bool // in its call, which makes a child, another thread has taken faults there
	late   []taken         // faults that came after its clone had copied the address space
	inside bool            // between the two stops of a call
	newly  bool            // it has not yet stopped for the first time
	ended  bool
	// waits is the child whose execve or end a vfork waits for. The kernel lets the parent go before it reports either,
	// so a stop that comes too early is deferred.
	waits    *tracee
	deferred syscall.WaitStatus
	waiting  bool // deferredis a stop
}

// tracer holds the program under ptrace. All its methods run on one thread, which ptrace belongs to.
type tracer struct {
	tracees map[int]*tracee
	early   map[int]bool // children that have stopped before the call that makes them has
	owner   *tracee      // is in a call that has to be alone
	held    []*tracee    // wait at the beginning of such a call
	points  tracepoints
	drain   *drain // nil where faults cannot be followed
	blind   error  // why they cannot
	faults  []taken
	w       *witness
	status  syscall.WaitStatus // of the first process
	stopped time.Duration      // how long tracees have waited for the tracer
	stops   int
}

// taken is a fault and who has taken it.
type taken struct {
	pageFault
	by *tracee
}

// alone are the calls that run one at a time: they free memory and numbers that another thread's call may get, or their
// areas are compared afterwards. None of them waits for another thread.
var alone = map[uint64]bool{
	unix.SYS_MMAP: true, unix.SYS_MUNMAP: true, unix.SYS_MPROTECT: true, unix.SYS_BRK: true, unix.SYS_MREMAP: true,
	unix.SYS_MADVISE: true, unix.SYS_SHMAT: true, unix.SYS_SHMDT: true, unix.SYS_MLOCK: true, unix.SYS_MLOCK2: true,
	unix.SYS_MUNLOCK: true, unix.SYS_MLOCKALL: true, unix.SYS_MUNLOCKALL: true, unix.SYS_PKEY_MPROTECT: true,
	unix.SYS_REMAP_FILE_PAGES: true, unix.SYS_MSEAL: true, unix.SYS_CLONE: true, unix.SYS_CLONE3: true,
	unix.SYS_FORK: true, unix.SYS_CLOSE: true, unix.SYS_DUP: true, unix.SYS_DUP2: true, unix.SYS_DUP3: true,
	unix.SYS_PIPE: true, unix.SYS_PIPE2: true, unix.SYS_SOCKET: true, unix.SYS_SOCKETPAIR: true,
	unix.SYS_EVENTFD2: true, unix.SYS_EPOLL_CREATE1: true, unix.SYS_MEMFD_CREATE: true, unix.SYS_FTRUNCATE: true,
	unix.SYS_MSYNC: true, unix.SYS_MINCORE: true, unix.SYS_PRCTL: true,
}

// executes are the calls that replace an image.
var executes = map[uint64]bool{unix.SYS_EXECVE: true, unix.SYS_EXECVEAT: true}

// start starts the program, which stops when its image is there.
func (t *tracer) start(argv []string) error {
	path, err := exec.LookPath(argv[0])
	if err != nil {
		return err
	}
	if path, err = filepath.Abs(path); err != nil {
		return err
	}
	tid, err := syscall.ForkExec(path, argv, &syscall.ProcAttr{
		Env: os.Environ(), Files: []uintptr{0, 1, 2},
		Sys: &syscall.SysProcAttr{Ptrace: true, Pdeathsig: syscall.SIGKILL},
	})
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	var status syscall.WaitStatus
	if _, err = syscall.Wait4(tid, &status, unix.WALL, nil); err != nil {
		return err
	}
	if !status.Stopped() {
		return fmt.Errorf("%s has ended before it began: status %#x", path, status)
	}
	if err = syscall.PtraceSetOptions(tid, followed); err != nil {
		_ = syscall.Kill(tid, syscall.SIGKILL)
		return fmt.Errorf("PTRACE_SETOPTIONS: %w", err)
	}
	first := &tracee{tid: tid, number: 1, proc: &process{tgid: tid, threads: 1, fds: newFDTable()}}
	t.tracees[tid] = first
	t.w.numbers[tid] = 1
	t.follow(first)
	if err := t.w.exec(first); err != nil {
		return err
	}
	goOn(tid, 0)
	return nil
}

// follow begins to follow the faults of a thread that is stopped.
func (t *tracer) follow(x *tracee) {
	if t.blind != nil {
		return
	}
	r, err := newRing(x.tid, t.points)
	if err != nil {
		if t.blind = err; len(t.tracees) > 1 {
			t.w.report.Lost++ // of the others faults are known, and of this one none
		}
		return
	}
	x.ring = r
	t.drain.add(r)
}

// loop takes in stops until all of the program has ended.
func (t *tracer) loop() error {
	for len(t.tracees) > 0 {
		var status syscall.WaitStatus
		tid, err := syscall.Wait4(-1, &status, unix.WALL|unix.WNOTHREAD, nil)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil {
			return fmt.Errorf("wait4: %w", err)
		}
		began := time.Now()
		if err := t.stop(tid, status); err != nil {
			return err
		}
		t.stopped += time.Since(began)
		t.stops++
	}
	return nil
}

// stop takes in what wait4 has said of a thread.
func (t *tracer) stop(tid int, status syscall.WaitStatus) error {
	x := t.tracees[tid]
	switch {
	case x == nil && status.Stopped():
		if event := int(status) >> 16; event == unix.PTRACE_EVENT_EXEC {
			return t.exec(tid)
		}
		t.early[tid] = true
		return nil
	case x == nil:
		return nil
	case !status.Stopped():
		if x.proc.tgid == tid && x.number == 1 {
			t.status = status
		}
		t.release(x)
		return t.forget(x)
	}
	if x.waits != nil {
		x.deferred, x.waiting = status, true
		return nil
	}
	signal := status.StopSignal()
	switch event := int(status) >> 16; {
	case event == unix.PTRACE_EVENT_FORK, event == unix.PTRACE_EVENT_VFORK, event == unix.PTRACE_EVENT_CLONE:
		return t.born(x)
	case event == unix.PTRACE_EVENT_EXEC:
		return t.exec(tid)
	case event == unix.PTRACE_EVENT_EXIT:
		return t.ending(x)
	case signal == callStop:
		return t.callStop(x)
	case x.newly && signal == syscall.SIGSTOP:
		x.newly = false
		t.follow(x)
		goOn(tid, 0)
		return nil
	}
	return t.signalled(x, signal)
}

// signalled is a stop before a signal is delivered, or a group stop.
func (t *tracer) signalled(x *tracee, signal syscall.Signal) error {
	s, ok := signalInfo(x.tid)
	if !ok {
		goOn(x.tid, 0) // a group stop: the program goes on
		return nil
	}
	if err := t.placed(x, 0); err != nil {
		return err
	}
	if err := t.gather(x); err != nil {
		return err
	}
	if (signal == syscall.SIGSEGV || signal == syscall.SIGBUS) && s.code > 0 {
		if err := t.w.signal(x, signal, s); err != nil {
			return err
		}
	}
	goOn(x.tid, signal)
	return nil
}

// callStop is the beginning or the end of a call.
func (t *tracer) callStop(x *tracee) error {
	i, err := info(x.tid)
	if err != nil {
		return nil // killed meanwhile
	}
	switch {
	case i.op == infoEntry && i.arch != archX86_64:
		return errors.New("the program makes calls of 32-bit programs, which the model does not have")
	case i.op == infoEntry:
		if x.proc.image != nil {
			if err := t.placed(x, topOfMappings(x.tid)); err != nil {
				return err
			}
		}
		x.inside, x.call = true, call{nr: i.words[0], args: [6]uint64(i.words[1:7])}
		if executes[x.call.nr] { // the faults before it are of the image before, which a vfork shares
			if err := t.gather(x); err != nil {
				return err
			}
		}
		t.w.reaped = t.w.reaped || x.call.nr == unix.SYS_PROCESS_MRELEASE
		if alone[x.call.nr] {
			if t.owner != nil {
				t.held = append(t.held, x)
				return nil
			}
			t.own(x)
		}
	case i.op == infoExit && x.inside:
		x.inside = false
		if err := t.gather(x); err != nil {
			return err
		}
		if x.call.ret = i.words[0]; i.words[1]&0xff != 0 {
			x.call.err = syscall.Errno(-i.words[0])
		}
		if err := t.w.call(x); err != nil {
			return err
		}
		if err := t.w.late(x); err != nil {
			return err
		}
		t.release(x)
	}
	goOn(x.tid, 0)
	return nil
}

// release lets the next thread into a call that has to be alone.
func (t *tracer) release(x *tracee) {
	t.held = slices.DeleteFunc(t.held, func(h *tracee) bool { return h == x })
	if t.owner != x {
		return
	}
	t.own(nil)
	if len(t.held) > 0 {
		t.own(t.held[0])
		t.held = t.held[1:]
		goOn(t.owner.tid, 0)
	}
}

// own notes which thread is in a call that has to be alone; nil for none.
func (t *tracer) own(x *tracee) {
	t.owner, t.w.cloning = x, nil
	if x != nil {
		x.raced = nil
	}
	if x != nil && (clones[x.call.nr] || x.call.nr == unix.SYS_FORK) {
		t.w.cloning = x
	}
}

// born is the stop of a call that has made a child.
func (t *tracer) born(x *tracee) error {
	msg, err := syscall.PtraceGetEventMsg(x.tid)
	if err != nil {
		return nil
	}
	if err := t.gather(x); err != nil {
		return err
	}
	child := &tracee{tid: int(msg), newly: true}
	if err := t.w.born(x, child); err != nil {
		return err
	}
	t.tracees[child.tid] = child
	if t.early[child.tid] {
		delete(t.early, child.tid)
		child.newly = false
		t.follow(child)
		goOn(child.tid, 0)
	}
	t.release(x)
	if flags, _ := cloneArgs(x); flags&unix.CLONE_VFORK != 0 {
		x.waits = child
	}
	goOn(x.tid, 0)
	return nil
}

// letGo takes in the stop of a parent that has waited for its child in vfork.
func (t *tracer) letGo(child *tracee) error {
	for _, x := range t.tracees {
		if x.waits != child {
			continue
		}
		x.waits = nil
		if x.waiting {
			x.waiting = false
			return t.stop(x.tid, x.deferred)
		}
	}
	return nil
}

// exec is the stop in a new image. Where a thread that is not the first calls execve it gets the first one's number.
func (t *tracer) exec(tid int) error {
	was, err := syscall.PtraceGetEventMsg(tid)
	if err != nil {
		return nil
	}
	x := t.tracees[int(was)]
	if x == nil {
		return fmt.Errorf("thread %d has a new image, and nothing is known of it", was)
	}
	if x.tid != tid {
		if first := t.tracees[tid]; first != nil {
			if err := t.forget(first); err != nil {
				return err
			}
		}
		delete(t.tracees, x.tid)
		x.tid = tid
		t.tracees[tid] = x
	}
	if err := t.named(x); err != nil {
		return err
	}
	x.call.ret, x.call.err = 0, 0
	if err := t.w.exec(x); err != nil {
		return err
	}
	goOn(tid, 0)
	if x.proc.image != nil {
		return nil
	}
	return t.letGo(x)
}

// placed makes sure that the model has the image of a process, whose mappings begin at base; 0 where that is not known.
func (t *tracer) placed(x *tracee, base uint64) error {
	if x.proc == nil || x.proc.image == nil {
		return nil
	}
	x.proc.image.Mmap = vm.Addr(base)
	if _, err := t.w.layOut(x); err != nil {
		return err
	}
	return t.letGo(x)
}
