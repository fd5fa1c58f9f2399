//go:build linux && amd64

package host

import (
	"fmt"
	"os"
	"slices"
	"syscall"
	"time"

	"vmsim/syscalls"
	"vmsim/syscalls/script"
)

// Machine is the Linux that this process runs on, as a run.Machine. It serves one program after another: each Setup
// ends the processes of the one before and clears its files. It is for one goroutine at a time.
type Machine struct {
	thread     *thread
	watch      *watch
	trees      map[layout]*tree
	tree       *tree // of the program that runs
	paths      paths
	procs      []*Process // by number; [0] is unused
	sharing    bool       // two processes may share their memory
	memories   int        // how many there have been besides the first process's
	handing    bool       // a process has made a userfaultfd, by which others that inherit it change its areas
	null       *os.File
	kpageflags *os.File  // nil until it is wanted
	idle       []byte    // memory for emptying the batches; nil while that is not wanted
	counters   *counters // nil while none are wanted
	limits     *limits   // nil until a program has a limit
	pool       *hugePool // nil while the program says nothing of it
	swap       *swapArea // nil while no program has one
	swapFiles  swapFiles
	seen       observed
	turns      uint64   // of monitors, when the program began
	changed    []string // settings that others had changed then
	buf        []byte
	closed     bool
}

// New makes a machine. Close it: otherwise its processes stay until this process ends.
func New() (*Machine, error) {
	if err := ownProc(); err != nil {
		return nil, err
	}
	if err := enoughDescriptors(); err != nil {
		return nil, err
	}
	quietChildren()
	adoptOrphans()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	settingsAtFirst()
	return &Machine{thread: startThread(), watch: startWatch(hangLimit), trees: map[layout]*tree{}, null: null}, nil
}

// startError is why no puppet starts.
type startError struct{ err error }

// Error is the reason.
func (e *startError) Error() string { return "host: the first process: " + e.err.Error() }

// Unwrap is the reason.
func (e *startError) Unwrap() error { return e.err }

// ownProc checks that /proc calls processes by the numbers that they have for this one: puppets are looked at there, as
// root also with the right to write to their memory.
func ownProc() error {
	self, err := os.Readlink("/proc/self")
	switch {
	case err != nil:
		return fmt.Errorf("/proc is not to be read: %w (mount -t proc proc /proc)", err)
	case self != fmt.Sprint(os.Getpid()):
		return fmt.Errorf("/proc is of another PID namespace: this process is %d and is %s there (unshare "+
			"--mount-proc)", os.Getpid(), self)
	}
	return nil
}

// leastDescriptors is how many descriptors the programs of a campaign and what watches them may take at a time.
const leastDescriptors = 64

// enoughDescriptors checks that this process may open what it needs.
func enoughDescriptors() error {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err == nil && l.Cur < leastDescriptors {
		return fmt.Errorf("%d descriptors are allowed here, and %d are needed (ulimit -n)", l.Cur, leastDescriptors)
	}
	return nil
}

// Close ends every process, and takes file systems and devices away.
func (m *Machine) Close() {
	if m.closed {
		return
	}
	m.closed = true
	m.thread.do(func() {
		m.killAll()
		m.stopWatching()
		if m.counters != nil {
			m.counters.close()
		}
		if m.limits != nil {
			m.limits.close()
		}
		if m.pool != nil {
			m.pool.close()
		}
		for _, t := range m.trees {
			t.close()
		}
		_ = m.useSwap(swapUse{})
	})
	m.thread.stop()
	m.watch.stop()
	_ = m.null.Close()
	if m.kpageflags != nil {
		_ = m.kpageflags.Close()
	}
	if m.idle != nil {
		_ = syscall.Munmap(m.idle)
	}
}

// Run runs fn on the machine's own thread, where each call of a Process costs two switches between threads less.
func (m *Machine) Run(fn func()) { m.thread.do(fn) }

// addFile puts a file into the tree, written by the scribe where it shall be counted.
func (m *Machine) addFile(f script.FileSpec) error {
	if m.counters == nil {
		return m.tree.addFile(f, writeWhole)
	}
	s, err := m.scribe()
	if err != nil {
		return err
	}
	return m.tree.addFile(f, func(_ int, f script.FileSpec) error { return s.fill(f.Path, f.Bytes()) })
}

// AddFile puts a file on the file system. What the disk is asked for it is no doing of the program's.
func (m *Machine) AddFile(f script.FileSpec) (err error) {
	m.thread.do(func() {
		defer m.aside()()
		err = m.addFile(f)
	})
	m.allChanged() // a mapped file that was replaced is called deleted now
	return err
}

// Process is the process of that number.
func (m *Machine) Process(pid int) (syscalls.Caller, bool) {
	if pid < 1 || pid >= len(m.procs) || m.procs[pid].p.gone {
		return nil, false
	}
	return m.procs[pid], true
}

// Implements reports whether the call may be asked of the real kernel: those of the model, which do no harm.
func (m *Machine) Implements(nr syscalls.Number) bool {
	if m.tree != nil && m.tree.top != "" && locksOut[nr] {
		return false
	}
	if m.tree != nil && m.tree.shared && (sharedMemory[nr] || throughRoot[nr]) {
		return false // of an ordinary user it would outlive the program, or show that the tree is no root
	}
	if (nr == syscalls.SysWait4 || nr == syscalls.SysWaitid) && m.limiting() {
		return false // children are released as they end
	}
	if nr == syscalls.SysExecve && m.tree != nil && (m.tree.shared || m.limiting()) {
		return false // interpreters have their paths from the root on; and a process that owns another's memory cannot
	}
	return (!ofMachine[nr] || m.swapFiles.allowed) && syscalls.Implements(nr)
}

// Lacks reports whether the path is a device's, and this user cannot make its file. No program has the device of its
// swap area.
func (m *Machine) Lacks(path string) bool {
	return path == syscalls.SwapDevice || m.tree != nil && m.tree.bare && syscalls.IsMemoryDevice(path)
}

// Directive does what a directive between statements says, where a real machine can.
func (m *Machine) Directive(d script.Directive) error {
	switch d.Name {
	case "sleep":
		time.Sleep(d.Duration)
		return nil
	case "drop_caches":
		var err error
		m.thread.do(func() { err = m.dropCaches(d.Number) })
		return err
	case "sysctl":
		if err := m.Refuses(d); err != nil {
			return err
		}
		return m.resizePool(d.Settings)
	}
	return m.Refuses(d)
}

// Refuses is why a real machine does not do what a directive between statements says; nil where it does.
func (m *Machine) Refuses(d script.Directive) error {
	switch d.Name {
	case "file", "sleep", "expect":
		return nil
	case "drop_caches":
		f, err := os.OpenFile(dropCaches, os.O_WRONLY, 0)
		if err != nil {
			return fmt.Errorf(".drop_caches needs root: %w", err)
		}
		return f.Close()
	case "sysctl", "machine":
		_, err := settings(d.Settings)
		return err
	}
	return fmt.Errorf("a real machine has no .%s", d.Name)
}

// DiskRoom is how many bytes of files the disk holds at least.
func (m *Machine) DiskRoom() uint64 { return diskRoom }

// Check has nothing to recompute: the kernel looks after itself.
func (m *Machine) Check() error { return nil }

// Renew ends the program's processes, and gives the next ones files of their own, the image among them.
func (m *Machine) Renew() {
	m.thread.do(func() {
		for _, t := range m.trees {
			m.abandon(t)
		}
	})
}

// abandon ends the program's processes and takes a tree away, with the scribe that works on it.
func (m *Machine) abandon(t *tree) {
	m.killAll()
	m.stopWatching()
	if m.counters != nil {
		m.counters.dismiss(t)
	}
	t.close()
	delete(m.trees, t.layout)
	if m.tree == t {
		m.tree = nil
	}
}

// killAll ends every process of the program, children first.
func (m *Machine) killAll() {
	for _, c := range slices.Backward(m.procs) {
		if c != nil {
			c.p.kill()
		}
	}
	m.reapAll()
	m.swapFiles.close(m.tree)
	m.procs, m.sharing, m.handing = nil, false, false
}

// beforeStatement readies a disk for what a process does next.
func (m *Machine) beforeStatement() {
	if m.tree.stamps != nil {
		m.tree.stamps.next()
	}
}

// afterStatement lets the disk end what a process has asked of it.
func (m *Machine) afterStatement() {
	if m.tree.loop != nil {
		m.tree.loop.settle()
	}
}

func (m *Machine) allChanged() {
	for _, c := range m.procs {
		if c != nil {
			c.version++
		}
	}
}
