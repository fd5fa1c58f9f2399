//go:build linux && amd64

package host

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
	"vmsim/vm"
	"vmsim/vm/profile"
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
	handing    bool       // a process has made a userfaultfd, by which others that inherit it change its areas
	null       *os.File
	kpageflags *os.File  // nil until it is wanted
	idle       []byte    // memory for emptying the batches; nil while that is not wanted
	counters   *counters // nil while none are wanted
	limits     *limits   // nil until a program has a limit
	pool       *hugePool // nil while the program says nothing of it
	swap       *swapArea // nil while no program has one
	seen       observed
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

// Setup prepares the files of a program and starts its first process.
func (m *Machine) Setup(c run.Config) (err error) {
	m.thread.do(func() { err = m.setup(c) })
	return err
}

func (m *Machine) setup(c run.Config) error {
	if m.closed {
		return errors.New("host: the machine is closed")
	}
	want, err := settings(c.Settings)
	if err != nil {
		return err
	}
	want.counted = m.counters != nil
	if t := m.trees[want]; t != nil && (t.worn() || m.seen.others.causes[reclaim]) {
		m.abandon(t)
	}
	limit, swap, err := pressureOf(c.Settings)
	if err != nil {
		return err
	}
	owner := ownerOf(c.Settings)
	var spare *puppet
	if limit == 0 {
		spare = m.spare(want, owner)
	}
	if err := m.clear(want, owner); err != nil {
		return err
	}
	if err := errors.Join(m.limit(limit), m.useSwap(swap)); err != nil {
		return err
	}
	first, err := m.begin(c, spare)
	if err != nil {
		return err
	}
	m.procs = []*Process{nil, first}
	m.settle()
	if err := m.readyCounters(c.Files); err != nil {
		return err
	}
	return sameLayout(c.Layout, first.Maps())
}

// clear ends what is left of the last program, and makes a tree of files ready for the next one.
func (m *Machine) clear(want layout, owner int) (err error) {
	m.killAll()
	if m.tree, err = m.treeOf(want); err != nil {
		return err
	}
	if err := m.tree.give(owner); err != nil {
		return err
	}
	m.gather()
	m.seen.others.begin()
	m.paths.outside = ""
	if m.tree.top != "" {
		m.paths.outside = m.tree.dir
	}
	if m.counters != nil {
		_, err = m.scribe()
	}
	return err
}

// begin starts the first process and makes the program's files, within the limits of memory.
func (m *Machine) begin(c run.Config, spare *puppet) (*Process, error) {
	first, err := m.first(spare) // from here on it has no file of the last program, which would take up room
	if err != nil {
		return nil, &startError{err}
	}
	if err := m.furnish(c); err != nil {
		first.p.kill()
		return nil, err
	}
	if m.limiting() {
		if err := m.limits.divide(first.p); err != nil {
			first.p.kill()
			return nil, &startError{err}
		}
	}
	return first, nil
}

// readyCounters has the counters begin where the files are in memory and the last program is not.
func (m *Machine) readyCounters(files []script.FileSpec) error {
	if m.counters == nil {
		return nil
	}
	if err := m.tree.warm(); err != nil {
		return err
	}
	m.settle()
	m.counters.awaitRest(files)
	return nil
}

// furnish gives a program its pool of huge pages, which the last one has left by now, and its files.
func (m *Machine) furnish(c run.Config) error {
	if err := m.fillPool(c.Settings); err != nil {
		return err
	}
	for _, f := range c.Files {
		if err := m.addFile(f); err != nil {
			return err
		}
	}
	return nil
}

// treeOf is the tree of that layout, cleared.
func (m *Machine) treeOf(l layout) (*tree, error) {
	t := m.trees[l]
	if t != nil {
		return t, t.clear()
	}
	t, err := newTree(l)
	if err != nil {
		return nil, err
	}
	m.trees[l] = t
	return t, nil
}

// settings are checked against what this machine is: its memory and its knobs are not ours to change.
func settings(list []script.Setting) (l layout, err error) {
	l = layout{fs: "tmpfs"}
	ram := uint64(syscalls.DefaultRAM)
	for _, s := range list {
		switch s.Name {
		case "fs":
			if l.fs = s.Value; l.fs != "tmpfs" && l.fs != "ext4" {
				err = fmt.Errorf(".machine fs=%s: the real kernel's side has tmpfs and ext4", l.fs)
			}
		case "kernel":
			err = sameKernel(s.Value)
		case "user":
			if os.Geteuid() != 0 && s.Value == "root" {
				err = fmt.Errorf(".machine user=root: this process runs as user %d", os.Geteuid())
			}
		case "read_ahead_kb":
			if s.Value != fmt.Sprint(readAheadKB) {
				err = fmt.Errorf(".machine read_ahead_kb=%s: the device here has %d", s.Value, readAheadKB)
			}
		case "ram":
			ram, err = script.ParseSize(s.Value)
		case "tmpfs_size":
			l.sized = true
			l.tmpfs, err = script.ParseSize(s.Value)
		default:
			err = sameKnob(s)
		}
		if err != nil {
			return l, err
		}
	}
	l.tmpfs = cmp.Or(l.tmpfs, syscalls.TmpfsShare(ram)) &^ vm.PageMask
	return l, nil
}

// sameKernel checks that a program is for this kernel, or for the one whose profile serves for it.
func sameKernel(release string) error {
	p, err := profile.Parse(release)
	if have := Profile(); err == nil && p.Release != have.Release {
		err = fmt.Errorf("this kernel is %s, and the model takes it for %v", Kernel(), have.Release)
	}
	if err != nil {
		return fmt.Errorf(".machine kernel=%s: %w", release, err)
	}
	return nil
}

// nobodyID is the ordinary user as whom root lets programs run, and his group.
const nobodyID = 65534

// ownerOf is the user as whom a program with these settings runs.
func ownerOf(list []script.Setting) int {
	if user, ok := script.ValueOf(list, "user"); ok && user != "root" && os.Geteuid() == 0 {
		return nobodyID
	}
	return os.Geteuid()
}

// sameKnob checks that a setting of .sysctl or thp= is what this kernel has.
func sameKnob(s script.Setting) error {
	at := "/proc/sys/" + strings.ReplaceAll(s.Name, ".", "/")
	switch {
	case s.Name == "thp":
		at = "/sys/kernel/mm/transparent_hugepage/enabled"
	case s.Name == pageCluster:
		return nil // without a swap area it decides nothing, and with one it is set
	case s.Name == poolSize, s.Name == poolExcess:
		_, _, _, err := poolOf([]script.Setting{s})
		return err
	case !strings.Contains(s.Name, "."):
		return nil // ram, swap, disk: what there is of them decides nothing at the levels that are compared here
	}
	text, err := os.ReadFile(at)
	if err != nil {
		return fmt.Errorf("%s=%s: %w", s.Name, s.Value, err)
	}
	have := strings.TrimSpace(string(text))
	if have == s.Value || s.Name == "thp" && strings.Contains(have, "["+s.Value+"]") {
		return nil
	}
	return fmt.Errorf("%s=%s: this kernel has %s, and this tool changes no knob of the machine it runs on", s.Name,
		s.Value, have)
}

// sameLayout checks that the program starts with the areas that a puppet has.
func sameLayout(want *script.Layout, text string) error {
	if want == nil {
		return nil
	}
	if want.Brk != imageBrk {
		return fmt.Errorf(".layout brk=%v: a process of the real kernel's side starts with %v", want.Brk, imageBrk)
	}
	var have, asked []string
	for _, l := range run.MapLines(text) {
		if !strings.HasSuffix(l, "[vsyscall]") {
			have = append(have, l)
		}
	}
	for _, a := range want.Areas {
		if a.Name != "[vsyscall]" {
			asked = append(asked, a.String())
		}
	}
	if slices.Equal(have, asked) {
		return nil
	}
	return fmt.Errorf(".layout: a process of the real kernel's side starts with\n    %s\nand not with\n    %s",
		strings.Join(have, "\n    "), strings.Join(asked, "\n    "))
}

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

// ofMachine are the calls that would change the whole machine.
var ofMachine = map[syscalls.Number]bool{syscalls.SysSwapon: true, syscalls.SysSwapoff: true}

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
	return !ofMachine[nr] && nr != syscalls.SysExecve && syscalls.Implements(nr)
}

// Lacks reports whether the path is a device's, and this user cannot make its file.
func (m *Machine) Lacks(path string) bool {
	return m.tree != nil && m.tree.bare && syscalls.IsMemoryDevice(path)
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
