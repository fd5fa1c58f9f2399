package run

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/vm"
)

// Options say what a run looks at besides results, signals and the bytes of loads, which are always there.
type Options struct {
	Show Kinds // computed for every statement
	Hold Kinds // computed where the program holds them
	// Beside runs the same program. A call that it does not implement is not run here either; nil for none.
	Beside Implementer
}

// Runner runs a program on a Machine, a statement at a time.
type Runner struct {
	m       Machine
	prog    *script.Program
	opts    Options
	comp    compiler
	skip    []bool // operations of the head that Setup has done; it may be shorter than the program
	next    int
	slots   []uint64
	procs   []*proc // by number; [0] is unused
	lastPID int
	res     Result
	step    step  // the last operation, compiled: one after the other uses it
	cur     *step // &step once something has run
	err     error
	joint   bool // some have their memory in common: one may end with another
	filled  bool // a directive that has run sets up a pool of huge pages
	mortal  Mortal
	// handlers are those of each process that has any.
	handlers map[int]handlers
	killed   map[int]bool // processes that the OOM killer has ended

	// drain are the machine's kinds that some statement holds: it is asked after every one, so that each gets its own.
	drain    Kinds
	recorded bool
	foreign  bool // the history of a program of some machine, and not of a program of this language
	log      bool // a recording or an imported log: objects that the program does not name are outside the model
	paths    map[string]bool
	standIns map[string]string // of what is outside the model, by path: the path of the file in its place
	files    []string          // the paths of .file lines, in order
	scratch  vm.Addr
	// scratches are the places of scratch by process, once an image in mid-program has put one elsewhere.
	scratches map[int]vm.Addr
	at        vm.Addr // where the next made argument goes
	names     func(string) (uint64, bool)
	obs       Observer
	buf       [1]byte
	heir      *proc // what a thread has become that has called execve just now
	unread    error // why the program that .exec names cannot be laid out
}

// proc is a process as the runner sees it.
type proc struct {
	pid     int
	caller  syscalls.Caller
	toucher Toucher
	versed  MapsVersioner
	doubter Doubter
	gone    bool
	maps    []string // as of the last statement that was looked at; nil when not known
	text    string
	version uint64
	// inherited says that maps and text are the parent's at the fork, which the first statement is compared with.
	inherited bool
	outside   map[uint64]bool // descriptors of things outside the model
}

// NewRunner sets the machine up and makes the program ready. The error may be an *Error that points into the text.
func NewRunner(prog *script.Program, m Machine, opts Options) (*Runner, error) {
	r := &Runner{m: m, prog: prog, opts: opts, recorded: prog.Recorded(), log: prog.IsHistory(),
		paths: map[string]bool{}, lastPID: -1}
	r.comp.slots, r.comp.sp = map[string]int32{}, -1
	r.comp.impl, _ = m.(Implementer)
	r.comp.beside = opts.Beside
	r.obs, _ = m.(Observer)
	r.mortal, _ = m.(Mortal)
	r.names = r.lookup
	var cfg Config
	cfg, r.skip = r.config()
	r.foreign = r.log && !ofPuppet(cfg.Layout)
	r.comp.scratch = r.scratch
	if r.unread != nil {
		return nil, r.unread
	}
	if f, ok := m.(Foreseer); ok {
		f.Foresee(prog, cfg.Settings)
	}
	if err := m.Setup(cfg); err != nil {
		return nil, r.inHead(err)
	}
	r.cur, r.drain = &r.step, opts.Hold&noteKinds(prog)&MachineKinds
	if w, ok := m.(Watcher); ok {
		w.Watch((opts.Show | r.drain) & MachineKinds)
	}
	return r, nil
}

// inHead names the line of the program's head that an error of setting up is about, where the error says a knob or a
// file that one of them has.
func (r *Runner) inHead(err error) error {
	var knob syscalls.UnknownKnob
	var file *fs.PathError
	about := ""
	switch {
	case errors.As(err, &knob):
		about = string(knob)
	case errors.As(err, &file):
		about = file.Path
	default:
		return err
	}
	for i := range r.prog.Ops {
		op := &r.prog.Ops[i]
		if _, ok := op.Do.(*script.Directive); ok && strings.Contains(op.Head(), about) {
			return &RunError{File: r.prog.Name, Line: op.Line, Op: op, Err: err}
		}
	}
	return err
}

// ofPuppet reports whether a layout is that of a process that does the program's statements and nothing else.
func ofPuppet(l *script.Layout) bool {
	return l != nil && len(l.Areas) > 0 && l.Areas[0].Name == "/stub"
}

// Next runs the next operation that is more than a comment. It is false at the end, and after an error.
func (r *Runner) Next() bool {
	for r.err == nil && r.next < len(r.prog.Ops) {
		i := r.next
		r.next++
		if op := &r.prog.Ops[i]; op.Do != nil && (i >= len(r.skip) || !r.skip[i]) {
			r.err = r.do(op)
			return r.err == nil
		}
	}
	return false
}

// do compiles and runs one operation. Compiling costs less than keeping a million compiled ones.
func (r *Runner) do(op *script.Op) error {
	r.turnTo(op)
	err := r.comp.compile(&r.step, op)
	for len(r.slots) < len(r.comp.slots) {
		r.slots = append(r.slots, 0)
	}
	if err == nil {
		err = r.run(&r.step)
	}
	if err != nil {
		return &RunError{File: r.prog.Name, Line: op.Line, Op: op, Err: err}
	}
	return nil
}

// turnTo makes scratch that of the process that runs op.
func (r *Runner) turnTo(op *script.Op) {
	if r.scratches == nil {
		return
	}
	if pid, err := r.PIDOf(op); err == nil {
		if a, ok := r.scratches[pid]; ok {
			r.scratch, r.comp.scratch = a, a
		}
	}
}

// settle notes where a process has its scratch.
func (r *Runner) settle(pid int, scratch vm.Addr) {
	if r.scratches == nil {
		r.scratches = map[int]vm.Addr{}
		for i := range r.procs {
			r.scratches[i] = r.comp.scratch
		}
	}
	r.scratches[pid] = scratch
}

// passScratch lets a child have its scratch where its parent has it.
func (r *Runner) passScratch(s *step, p *proc) {
	born := s.nr == syscalls.SysFork || s.nr == syscalls.SysVfork || s.nr == syscalls.SysClone
	if at, ok := r.scratches[p.pid]; ok && born && r.res.Errno == 0 {
		r.scratches[int(r.res.Value)] = at
	}
}

// Do runs an operation that is not in the program, before the next one. The prompt uses this.
func (r *Runner) Do(op *script.Op) (*Result, error) {
	if op.Do == nil {
		r.res.reset()
		r.res.Op = op
		return &r.res, nil
	}
	if err := r.do(op); err != nil {
		return nil, err
	}
	return &r.res, nil
}

// Look sets what is looked at from the next operation on, as Options.Show does. Kinds that only a machine can see have
// to be among those that the runner was made with.
func (r *Runner) Look(show Kinds) { r.opts.Show = show }

// Result is what the last operation did. It is valid until the next one runs.
func (r *Runner) Result() *Result { return &r.res }

// Err is what stopped the run before its end: a harness that failed, or a statement that cannot run. It is a *RunError.
func (r *Runner) Err() error { return r.err }

// Value is what a name is bound to.
func (r *Runner) Value(name string) (uint64, bool) { return r.lookup(name) }

func (r *Runner) lookup(name string) (uint64, bool) {
	if s, ok := r.comp.slots[name]; ok && int(s) < len(r.slots) {
		return r.slots[s], true
	}
	return 0, false
}

// RunError is a statement that could not run at all, which is no answer of the kernel's.
type RunError struct {
	File string
	Line int
	Op   *script.Op
	Err  error
}

// Error is the place and the reason.
func (e *RunError) Error() string {
	return fmt.Sprintf("%s:%d: %s: %v", e.File, e.Line, e.Op.Head(), e.Err)
}

// Unwrap is the reason.
func (e *RunError) Unwrap() error { return e.Err }

// value is an operand's value now.
func (r *Runner) value(o *operand) (uint64, error) {
	switch o.kind {
	case constant:
		return o.val, nil
	case slotted:
		return r.slots[o.slot], nil
	}
	return script.Eval(o.expr, r.names)
}

// PIDOf is the number of the process that runs op, from 1. It is an error where the name before op is no process.
func (r *Runner) PIDOf(op *script.Op) (int, error) {
	if op.Owner == "" {
		return max(1, op.PID), nil
	}
	v, err := script.Eval(script.Name{ID: op.Owner}, r.names)
	if err == nil {
		err = checkPID(op.Owner, v)
	}
	return int(v), err
}

// checkPID is an error where v, the value of name, cannot be the number of a process.
func checkPID(name string, v uint64) error {
	if v == 0 || v > script.MaxPID {
		return fmt.Errorf("%s is %d, which is no process", name, int64(v))
	}
	return nil
}

// process is the process that runs s.
func (r *Runner) process(s *step) (*proc, error) {
	pid := 1
	switch {
	case s.named:
		v, err := r.value(&s.owner)
		if err != nil {
			return nil, err
		}
		if err := checkPID(s.op.Owner, v); err != nil {
			return nil, err
		}
		pid = int(v)
	case s.op.PID != 0:
		pid = s.op.PID
	}
	if pid < len(r.procs) && r.procs[pid] != nil && !r.procs[pid].gone {
		return r.procs[pid], nil
	}
	return r.meet(pid)
}

// EndedError is the error of a statement whose process has ended before it.
type EndedError struct{ PID int }

// Error says which process it is.
func (e *EndedError) Error() string { return fmt.Sprintf("process %d has ended", e.PID) }

// meet looks a process up for the first time.
func (r *Runner) meet(pid int) (*proc, error) {
	if pid < len(r.procs) && r.procs[pid] != nil {
		return nil, &EndedError{pid}
	}
	c, ok := r.m.Process(pid)
	if !ok {
		return nil, fmt.Errorf("there is no process %d (they are numbered from 1 in the order of birth)", pid)
	}
	for len(r.procs) <= pid {
		r.procs = append(r.procs, nil)
	}
	p := &proc{pid: pid, caller: c, outside: map[uint64]bool{0: true, 1: true, 2: true}}
	p.toucher, _ = c.(Toucher)
	p.versed, _ = c.(MapsVersioner)
	p.doubter, _ = c.(Doubter)
	r.procs[pid] = p
	return p, nil
}
