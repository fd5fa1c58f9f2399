//go:build linux && amd64

package shadow

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"vmsim/fault"
	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/run"
	"vmsim/vm"
)

// witness makes statements of what the tracees do, and runs them in the model.
type witness struct {
	how      Options
	report   Report
	machine  *model.Machine
	runner   *run.Runner
	head     *script.Program    // until the first image is there
	files    map[fileKey]string // what the files of the kernel are called in the model
	paths    map[string]fileKey
	numbers  map[int]int                    // of the model's tasks, by the kernel's
	changed  map[string]bool                // names that files have lost or got, and in the model have not
	partial  map[string]bool                // files of which it is not known how they lie in memory
	absent   map[string][]syscalls.FolioRun // how files lay in memory that were not wholly there
	frames   *frames                        // nil where they are not shown
	ext4     bool                           // the files are on a disk
	segments map[uint64]uint64              // numbers of shared memory: the kernel's and the model's

	reaped   bool // process_mrelease has been called
	pagedOut bool // MADV_PAGEOUT has freed what was clean, and it is not known what was

	always bool  // the kernel gives huge pages to programs that do not ask for them
	err    error // of the writer
}

// process is a process of the program.
type process struct {
	tgid    int
	number  int                  // of the model's task that has its image
	threads int                  // that have not ended
	many    bool                 // it has had several
	last    map[vm.VPN]lastFault // of those
	fds     *fdTable
	maps    int    // a descriptor of /proc/PID/maps, 0 for none yet
	text    string // as it was read last
	version uint64 // of the model's areas then
	differ  []string
	huge    bool // it has asked for huge pages
	copied  bool // by a clone that has failed, or whose child cannot be traced
	dead    bool
	scratch string         // the line of maps of an area that the kernel does not have
	image   *script.Layout // the model does not have it yet, since it is not known where mappings begin; else nil
}

func newWitness(how Options) *witness {
	w := &witness{how: how, files: map[fileKey]string{}, paths: map[string]fileKey{},
		partial: map[string]bool{}, changed: map[string]bool{}, absent: map[string][]syscalls.FolioRun{},
		segments: map[uint64]uint64{}, numbers: map[int]int{}, always: alwaysHuge(), frames: openFrames()}
	w.head = &script.Program{Name: "shadow"}
	return w
}

// shown are the observations that the program has.
const shown = run.Results | run.Signals | run.Maps | run.Faults

// do runs an operation, and says what the model does not answer as the operation wants.
func (w *witness) do(op *script.Op) (*run.Result, []run.Difference, error) {
	if w.runner == nil {
		w.head.Ops = append(w.head.Ops, *op)
		return nil, nil, nil
	}
	res, err := w.runner.Do(op)
	if err != nil {
		return nil, nil, fmt.Errorf("the model cannot run what the program did: %w", err)
	}
	diff := w.runner.Differences(run.Results | run.Signals)
	if w.how.Save != nil && w.err == nil {
		_, w.err = fmt.Fprint(w.how.Save, unheld(op, w.runner.Text(run.Style{Show: shown, PIDs: true})))
	}
	w.report.Statements++
	return res, diff, nil
}

// unheld leaves the answer out of the text of a statement that wants none: a test would take a held one from the
// program, and not make the call.
func unheld(op *script.Op, text string) string {
	c, ok := op.Do.(*script.Call)
	if !ok || c.Want == nil || !c.Want.Any {
		return text
	}
	line, rest, _ := strings.Cut(text, "\n")
	at := strings.LastIndex(line, ") = ")
	return line[:at] + ") = ?  " + op.Comment + "\n" + rest
}

// directive runs a line that begins with a dot.
func (w *witness) directive(text string) error {
	prog, err := script.Parse("shadow", text)
	if err == nil {
		_, _, err = w.do(&prog.Ops[0])
	}
	return err
}

// made runs a statement that no call of the program's was: it gives the model what the program has by other ways.
func (w *witness) made(x *tracee, name string, args ...script.Expr) (uint64, error) {
	res, err := w.attempt(x, nil, name, args...)
	return res.Value, err
}

// attempt is made, for a statement that may fail.
func (w *witness) attempt(x *tracee, want *script.Want, name string, args ...script.Expr) (run.Result, error) {
	c := &script.Call{Name: name, Want: want}
	for _, a := range args {
		c.Args = append(c.Args, script.Arg{X: a})
	}
	res, _, err := w.do(&script.Op{PID: x.number, Do: c, Comment: "# made"})
	if err != nil || res == nil {
		return run.Result{}, err
	}
	return *res, nil
}

// differs keeps a difference.
func (w *witness) differs(what, statement, kernel, model, why string) {
	w.report.add(Difference{What: what, Statement: statement, Kernel: kernel, Model: model, Why: why})
	if w.how.Save != nil && w.err == nil {
		_, w.err = fmt.Fprintf(w.how.Save, "# %s: the kernel has %s, the model %s\n", what,
			script.Visible(firstLine(kernel)), script.Visible(firstLine(model)))
	}
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

func num(v uint64) script.Expr { return script.Num{Val: v, Base: 'x'} }

func decimal(v uint64) script.Expr { return script.Num{Val: v, Base: 'd'} }

// want is a call's answer.
func want(c *call) *script.Want {
	if c.err != 0 {
		return &script.Want{Errno: c.err}
	}
	return &script.Want{X: num(c.ret)}
}

// call is the end of a call.
func (w *witness) call(x *tracee) error {
	w.report.Calls++
	if x.call.err >= 512 { // ERESTARTSYS and its kin: the kernel makes the call again
		return nil
	}
	nr := syscalls.Number(x.call.nr)
	if clones[x.call.nr] {
		flags, _ := cloneArgs(x)
		unseen := x.call.err != 0 || flags&unix.CLONE_UNTRACED != 0
		x.proc.copied = x.proc.copied || unseen && flags&unix.CLONE_VM == 0
	}
	switch {
	case memoryCalls[nr]:
		return w.memory(x, nr)
	case segmentCalls[nr]:
		return w.segment(x, nr)
	case nr == syscalls.SysPrctl:
		return w.prctl(x)
	case x.call.err != 0:
	case nr == syscalls.SysPrlimit64 || nr == syscalls.SysSetrlimit:
		return w.limit(x)
	case nr == syscalls.SysProcessVmReadv || nr == syscalls.SysProcessVmWritev:
		return w.remote(x, nr)
	case fileCalls[nr]:
		return w.file(x, nr)
	default:
		if fn := w.descriptorCall(nr); fn != nil {
			return fn(x)
		}
	}
	w.report.Left++
	return nil
}

// memoryCalls are the calls that change or ask for areas and pages: each becomes a statement.
var memoryCalls = map[syscalls.Number]bool{
	syscalls.SysMmap: true, syscalls.SysMunmap: true, syscalls.SysMprotect: true, syscalls.SysPkeyMprotect: true,
	syscalls.SysMremap: true, syscalls.SysBrk: true, syscalls.SysMsync: true, syscalls.SysMincore: true,
	syscalls.SysMadvise: true, syscalls.SysMlock: true, syscalls.SysMlock2: true, syscalls.SysMunlock: true,
	syscalls.SysMlockall: true, syscalls.SysMunlockall: true, syscalls.SysMseal: true,
	syscalls.SysRemapFilePages: true, syscalls.SysPkeyAlloc: true, syscalls.SysPkeyFree: true,
	syscalls.SysPersonality: true,
}

// statement is the call of a tracee as a statement; args are those that are no plain numbers.
func (w *witness) statement(x *tracee, nr syscalls.Number, args map[int]script.Expr) *script.Op {
	row, _ := script.SpecOf(nr.String())
	c := &script.Call{Name: row.Name, Want: want(&x.call)}
	for i, p := range row.Params {
		a, ok := args[i]
		if !ok {
			v := x.call.args[i]
			if p.IsFD() {
				v = uint64(int64(int32(v)))
			}
			a = num(v)
		}
		c.Args = append(c.Args, script.Arg{X: a})
	}
	return &script.Op{PID: x.number, Do: c}
}

// memory runs a call on areas in the model, and compares the areas.
func (w *witness) memory(x *tracee, nr syscalls.Number) error {
	a := &x.call.args
	if nr == syscalls.SysMmap && a[3]&unix.MAP_ANONYMOUS == 0 && x.call.err == 0 {
		if err := w.ensureFD(x, int(int32(a[4]))); err != nil {
			return err
		}
	}
	if nr == syscalls.SysMadvise && (a[2] == unix.MADV_HUGEPAGE || a[2] == 25) {
		x.proc.huge = true
	}
	w.pagedOut = w.pagedOut || nr == syscalls.SysMadvise && a[2] == unix.MADV_PAGEOUT
	if nr == syscalls.SysPersonality && a[0] == 0xffffffff {
		w.report.Left++
		return nil
	}
	op := w.statement(x, nr, nil)
	res, diff, err := w.do(op)
	if err != nil {
		return err
	}
	w.report.Memory++
	why := ""
	if nr == syscalls.SysMmap && a[3]&unix.MAP_32BIT != 0 && x.call.err == 0 {
		why = low2GiB
	}
	for _, d := range diff {
		w.differs(d.What, d.Op, d.Want, d.Got, why)
	}
	if nr == syscalls.SysMmap && len(diff) > 0 && x.call.err == 0 && res.Errno == 0 {
		if err := w.correct(x, res.Value); err != nil {
			return err
		}
	}
	return w.compareMaps(x, op)
}

// correct puts an area where the kernel has it, and not where the model has.
func (w *witness) correct(x *tracee, at uint64) error {
	a := x.call.args
	if _, err := w.made(x, "munmap", num(at), num(a[1])); err != nil {
		return err
	}
	_, err := w.made(x, "mmap", num(x.call.ret), num(a[1]), num(a[2]), num(a[3]|unix.MAP_FIXED),
		num(uint64(int64(int32(a[4])))), num(a[5]))
	return err
}

// fault gives a page fault to the model, which has to take one of the same kind.
func (w *witness) fault(x *tracee, f pageFault) error {
	w.report.Faults++
	if f.got == major {
		w.report.Major++
	}
	if x.afterCopy(f) {
		return nil
	}
	return w.replay(x, f)
}

// replay gives a fault to the model.
func (w *witness) replay(x *tracee, f pageFault) error {
	if f.got == refused || f.addr >= vm.TaskSize {
		x.bad = f // a signal tells of it, or the kernel has tried what need not succeed
		return nil
	}
	op := &script.Op{PID: x.number, Do: &script.Touch{Addr: num(uint64(f.addr)), Kind: touchKind(f.how)}}
	res, _, err := w.do(op)
	if err != nil {
		return err
	}
	w.report.Touches++
	defer x.proc.learn(x, f)
	got := refused
	switch {
	case res.Major > 0:
		got = major
	case res.Minor > 0:
		got = minor
	}
	text := got.String()
	if res.Signal != nil {
		text = res.Signal.Error()
	}
	if got != f.got || res.Minor+res.Major > 1 {
		w.differs("fault", op.Head(), f.got.String(), text, w.whyFault(x, f, got))
	}
	return nil
}

func touchKind(how access) script.TouchKind {
	switch {
	case how&accessFetch != 0:
		return script.TouchFetch
	case how&(accessUser|accessWrite) == accessUser|accessWrite:
		return script.TouchWrite
	case how&accessUser != 0:
		return script.TouchRead
	case how&accessWrite != 0:
		return script.TouchKernelWrite
	}
	return script.TouchKernelRead
}

// whyFault explains why a fault is of another kind in the model; it is empty where nothing explains it.
func (w *witness) whyFault(x *tracee, f pageFault, got outcome) string {
	switch {
	case deviceFile(x.proc.fileAt(f.addr)):
		return ofDevice
	case w.hugePages(x):
		return hugePages
	case w.report.Lost > 0:
		return lostRecords
	case f.got == minor && got == refused && f.how&accessWrite != 0 && x.proc.sharesFile(f.addr):
		return writtenBack
	case w.cold(x, f):
		return partlyCached
	case f.got == minor && got == refused && w.wasAbsent(x.proc.areaAt(f.addr), f.addr):
		return stillRead
	case f.got == minor && got == refused && x.proc.meets(x, f):
		return twoAtOnce
	case f.got == minor && got == refused && f.how&accessWrite != 0 && x.proc.copied:
		return unseenClone
	}
	return ""
}

// wasAbsent reports whether a page of a file was not in memory when the file was first seen, so that the disk has read
// it since.
func (w *witness) wasAbsent(line string, at vm.Addr) bool {
	from, _ := span(line)
	f := strings.Fields(line)
	if len(f) < 3 {
		return false
	}
	offset, _ := strconv.ParseUint(f[2], 16, 64)
	page := (uint64(at) - from + offset) / vm.PageSize
	for _, r := range w.absent[pathOf(line)] {
		n := r.Pages()
		if page < n {
			return r.Order < 0
		}
		page -= n
	}
	return false
}

// clones are the calls that make a child as their flags say.
var clones = map[uint64]bool{unix.SYS_CLONE: true, unix.SYS_CLONE3: true}

// afterCopy reports whether a fault is one of the kernel's in a call that makes a child, after it has copied the
// address space: there the call stores numbers. That of the child's descriptor the model's clone does not store: its
// fault waits until the child is born.
func (x *tracee) afterCopy(f pageFault) bool {
	if f.how&(accessUser|accessWrite) != accessWrite || !x.inside || !clones[x.call.nr] {
		return false
	}
	flags, args := cloneArgs(x)
	if flags&unix.CLONE_VM != 0 || len(args) < 3 {
		return false
	}
	descriptor := args[2]
	if x.call.nr == unix.SYS_CLONE3 {
		words, _ := readWords(x.tid, x.call.args[0], 2)
		descriptor = append(words, 0, 0)[1]
	}
	switch page := f.addr.Page(); {
	case flags&unix.CLONE_PARENT_SETTID != 0 && page == vm.Addr(args[2]).Page():
		return true
	case flags&unix.CLONE_PIDFD != 0 && page == vm.Addr(descriptor).Page():
		x.late = append(x.late, f)
		return true
	}
	return false
}

// lastFault is the last fault on a page.
type lastFault struct {
	by    *tracee
	ended uint64
}

// mostPages bounds of how many pages the last fault is kept.
const mostPages = 1 << 16

// learn records when a fault of a thread ended, since another thread may have taken it at the same time.
func (p *process) learn(x *tracee, f pageFault) {
	if !p.many {
		return
	}
	if p.last == nil || len(p.last) >= mostPages {
		p.last = map[vm.VPN]lastFault{}
	}
	p.last[f.addr.Page()] = lastFault{x, f.time}
}

// meets reports whether another thread's fault on the page ended after this one had begun, or just before: the
// processor has met the page some time before the kernel writes the fault down.
func (p *process) meets(x *tracee, f pageFault) bool {
	const latest = 10_000_000 // nanoseconds: a virtual processor may have stopped in between
	l, ok := p.last[f.addr.Page()]
	return ok && l.by != x && l.ended+latest >= f.began
}

// cold reports whether a fault is on a page of a file that is known not to be wholly in memory. A major fault shows
// that it is not, or is no longer.
func (w *witness) cold(x *tracee, f pageFault) bool {
	path := x.proc.fileAt(f.addr)
	if f.got == major && path != "" {
		w.partial[path] = true
	}
	return w.partial[path]
}

// extraFaults keeps faults that a call has taken in the model and not in the kernel: those of the kernel are touches,
// which come before the call.
func (w *witness) extraFaults(x *tracee, op *script.Op, res *run.Result) {
	if n := res.Minor + res.Major; n > 0 && !res.Scratch && x.ring != nil && !x.direct() {
		w.differs("fault", op.Head(), "no fault", fmt.Sprintf("%d faults", n), "")
	}
}

// signal is a bad access: the model has to refuse it in the same way.
func (w *witness) signal(x *tracee, signal syscall.Signal, s badAccess) error {
	how := x.bad.how
	if x.bad.addr != vm.Addr(s.addr) { // the fault was not seen
		if how = accessUser; s.code == int32(fault.SegvAccErr) && signal == syscall.SIGSEGV {
			how |= accessWrite
		}
	}
	wanted := fault.Signal{Number: fault.SignalNumber(signal), Code: fault.SignalCode(s.code), Addr: vm.Addr(s.addr)}
	at := s.addr
	if s.code == siKernel {
		at, how = notCanonical, accessUser
	}
	op := &script.Op{PID: x.number, Do: &script.Touch{Addr: num(at), Kind: touchKind(how)}}
	res, _, err := w.do(op)
	if err != nil {
		return err
	}
	w.report.Signals++
	got := "no signal"
	if res.Signal != nil {
		got = res.Signal.Error()
	}
	if got != wanted.Error() {
		w.differs("signal", op.Head(), wanted.Error(), got, "")
	}
	return nil
}

// A general protection fault has no address in siginfo. An access to a non-canonical address raises one, and it is the
// only way to one that the language has.
const (
	siKernel     = 0x80    // SI_KERNEL
	notCanonical = 1 << 63 // an address whose upper bits are not those of bit 47
)

// born is a call that has made a child.
func (w *witness) born(x, child *tracee) error {
	flags, args := cloneArgs(x)
	name := "clone"
	switch x.call.nr {
	case unix.SYS_FORK:
		name, args = "fork", nil
	case unix.SYS_VFORK:
		name, args = "vfork", nil
	}
	c := &script.Call{Name: name}
	for _, a := range args {
		c.Args = append(c.Args, script.Arg{X: num(a)})
	}
	res, _, err := w.do(&script.Op{PID: x.number, Do: c})
	if err != nil {
		return err
	}
	if res.Errno != 0 {
		return fmt.Errorf("the model cannot make a child by %s: %v", c, res.Errno)
	}
	late := x.late
	x.late = nil
	for _, f := range late {
		if err := w.replay(x, f); err != nil {
			return err
		}
	}
	child.number = int(res.Value)
	w.numbers[child.tid] = child.number
	if flags&unix.CLONE_THREAD != 0 {
		w.report.Threads++
		child.proc = x.proc
		x.proc.threads++
		x.proc.many = true
		return nil
	}
	w.report.Processes++
	child.proc = &process{tgid: child.tid, number: child.number, threads: 1, fds: x.proc.fds, huge: x.proc.huge,
		scratch: x.proc.scratch}
	if flags&unix.CLONE_FILES == 0 {
		child.proc.fds = x.proc.fds.copy()
	}
	return nil
}

// unmodelled are flags of clone that say nothing about memory and that the model does not have.
const unmodelled = unix.CLONE_PIDFD | unix.CLONE_NEWNS | unix.CLONE_NEWUSER | unix.CLONE_NEWPID | unix.CLONE_NEWTIME |
	unix.CLONE_NEWCGROUP | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC | unix.CLONE_NEWNET | unix.CLONE_CLEAR_SIGHAND |
	unix.CLONE_INTO_CGROUP

// cloneArgs are the flags of the call that has made a child, and its arguments as clone has them.
func cloneArgs(x *tracee) (flags uint64, args []uint64) {
	a := x.call.args
	switch x.call.nr {
	case unix.SYS_CLONE:
		return a[0], []uint64{a[0] &^ unmodelled, a[1], a[2], a[3], a[4]}
	case unix.SYS_CLONE3:
		// flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls
		s, ok := readWords(x.tid, a[0], 8)
		if !ok {
			return 0, []uint64{0}
		}
		return s[0], []uint64{s[0]&^unmodelled | s[4], s[5], s[3], s[2], s[7]}
	case unix.SYS_VFORK:
		return unix.CLONE_VM | unix.CLONE_VFORK, nil
	}
	return 0, nil
}

// ending is the last moment of a thread.
func (w *witness) ending(x *tracee) error {
	p := x.proc
	p.threads--
	if p.threads > 0 {
		_, err := w.made(x, "exit", decimal(0))
		return err
	}
	if !p.dead {
		p.dead = true
		if err := w.compareResidency(x); err != nil {
			return err
		}
		p.close()
	}
	c := &script.Call{Name: "exit_group", Args: []script.Arg{{X: decimal(0)}}}
	_, _, err := w.do(&script.Op{PID: x.number, Do: c})
	return err
}

// finish ends the run.
func (w *witness) finish() *Report {
	w.frames.close()
	slices.SortStableFunc(w.report.Differences, func(a, b Difference) int { return strings.Compare(a.Why, b.Why) })
	return &w.report
}
