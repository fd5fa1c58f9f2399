//go:build linux && amd64

package shadow

import (
	"fmt"
	"slices"
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
	numbers  map[int]int                     // of the model's tasks, by the kernel's
	changed  map[string]bool                 // names that files have lost or got, and in the model have not
	partial  map[string]bool                 // files of which it is not known how they lie in memory
	absent   map[string][]syscalls.FolioRun  // how files lay in memory that were not wholly there
	lies     map[fileKey][]syscalls.FolioRun // how files lay in memory when they were first seen
	watch    *watch                          // nil where the kernel does not show what other threads do to files
	frames   *frames                         // nil where they are not shown
	ext4     bool                            // the files are on a disk
	segments map[uint64]uint64               // numbers of shared memory: the kernel's and the model's

	cloning  *tracee // is in a call that makes a child
	reaped   bool    // process_mrelease has been called
	unseen   map[filePlace]int
	passed   int  // faults that are explained by folios that may have been locked
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
	mappers map[vm.VPN]mappers   // by windows of pages
	fds     *fdTable
	maps    int    // a descriptor of /proc/PID/maps, 0 for none yet
	text    string // as it was read last
	version uint64 // of the model's areas then
	differ  []string
	huge    bool            // it has asked for huge pages
	dumped  bool            // a signal has ended it, and the kernel has dumped its memory
	raced   map[vm.VPN]bool // pages on which another thread of the parent took a fault in the call that made it
	fewer   bool            // it may have fewer rights than it began with
	own     [][2]uint64     // ranges of which it handles faults by a userfaultfd
	copied  map[vm.VPN]bool // pages written since a clone that has failed, or whose child cannot be traced
	dead    bool
	scratch string         // the line of maps of an area that the kernel does not have
	image   *script.Layout // the model does not have it yet, since it is not known where mappings begin; else nil
}

func newWitness(how Options) *witness {
	w := &witness{how: how, files: map[fileKey]string{}, paths: map[string]fileKey{},
		partial: map[string]bool{}, changed: map[string]bool{}, absent: map[string][]syscalls.FolioRun{},
		segments: map[uint64]uint64{}, lies: map[fileKey][]syscalls.FolioRun{}, numbers: map[int]int{},
		always: alwaysHuge(), frames: openFrames()}
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
		if unseen && flags&unix.CLONE_VM == 0 {
			x.proc.copied = map[vm.VPN]bool{}
		}
	}
	x.proc.fewer = x.proc.fewer || rightsCalls[x.call.nr] && x.call.err == 0
	switch {
	case w.forbidden(x, nr):
		return nil
	case memoryCalls[nr]:
		return w.memory(x, nr)
	case nr == syscalls.SysProcessMadvise:
		return w.advises(x)
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
	case nr == syscalls.SysIoctl:
		x.registers()
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
	if nr == syscalls.SysMadvise && (a[2] == unix.MADV_HUGEPAGE || a[2] == madvCollapse) {
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
	for _, d := range diff {
		w.differs(d.What, d.Op, d.Want, d.Got, w.whyCall(x))
	}
	if nr == syscalls.SysMremap && len(diff) > 0 && x.proc.handles(a[0], a[0]+a[1]) {
		x.proc.own = append(x.proc.own, [2]uint64{res.Value, res.Value + a[2]}) // it may have moved a part
	}
	if nr == syscalls.SysMmap && len(diff) > 0 && x.call.err == 0 && res.Errno == 0 {
		if err := w.correct(x, res.Value); err != nil {
			return err
		}
	}
	return w.compareMaps(x, op)
}

// madvCollapse is MADV_COLLAPSE.
const madvCollapse = 25

// whyCall explains why a call on areas has another answer in the model; it is empty where nothing explains it.
func (w *witness) whyCall(x *tracee) string {
	a := &x.call.args
	switch nr := syscalls.Number(x.call.nr); {
	case nr == syscalls.SysMmap && a[3]&unix.MAP_32BIT != 0 && x.call.err == 0:
		return low2GiB
	case nr == syscalls.SysMadvise && a[2] == madvCollapse, nr == syscalls.SysProcessMadvise && a[3] == madvCollapse:
		return hugePages
	case nr == syscalls.SysMremap && x.proc.handles(a[0], a[0]+a[1]):
		return ownFaults
	}
	return ""
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
		w.differs("signal", op.Head(), wanted.Error(), got, w.whySignal(x, wanted, how))
	}
	return nil
}

// A general protection fault has no address in siginfo. An access to a non-canonical address raises one, and it is the
// only way to one that the language has.
const (
	siKernel     = 0x80    // SI_KERNEL
	notCanonical = 1 << 63 // an address whose upper bits are not those of bit 47
)

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
