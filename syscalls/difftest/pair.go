package difftest

import (
	"cmp"
	"fmt"
	"runtime/debug"

	"vmsim/syscalls/procfs"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
	"vmsim/vm/profile"
)

// Observed are the kinds that are compared: what a process of an ordinary user can see.
const Observed = run.Results | run.Signals | run.Bytes | run.Maps | run.Faults | run.Mincore

// Pair runs one program on two machines side by side.
type Pair struct {
	kinds         run.Kinds
	kernel, model *side
	at            int // statements that have run
	texts         bool
	huge          bool     // the program has asked for huge pages
	hugeAlways    bool     // the kernel gives them without being asked, where a process has not disabled them
	guessed       bool     // an undetermined byte has been an argument: what follows means nothing
	apart         int      // statements from one look at /proc to the next; 0 for one
	absent        []string // tracepoints that the kernel lacks
	entries       *[2][mostPages]procfs.PagemapEntry
	tally         *tally   // nil while counters are not compared
	limited       bool     // the program has a limit
	ownSwap       bool     // it has no swap area but files, on both sides alike
	doubt         string   // why the kernel's lists may be others than the model's, from an earlier statement on
	doubted       bool     // they are: what follows means nothing
	handing       bool     // any access may wait for a userfaultfd, or lead where the model cannot follow
	files         []string // of a program with a limit
	frames        bool     // what the machines have not shown yet has frames of handlers in it
}

// side is one of the two.
type side struct {
	m    run.Machine
	run  *run.Runner
	text string // of the last statement with its answers, where texts are wanted
}

// setup splits the head of a program: the directives that set the machine up, and what runs after them.
func setup(head []script.Op) (prog script.Program, rest []script.Op) {
	for i := range head {
		d, ok := head[i].Do.(*script.Directive)
		if !ok || d.Name != "machine" && d.Name != "sysctl" && d.Name != "file" {
			return prog, head[i:]
		}
		prog.Ops = append(prog.Ops, head[i])
	}
	return prog, nil
}

// pair sets both machines up with what is at the program's head; what is left of it is still to be run.
func (l *Lab) pair(head []script.Op) (p *Pair, rest []script.Op, err error) {
	if l.began != nil {
		l.began()
	}
	p = &Pair{kinds: l.kinds(), files: filesOf(head), limited: limited(head), ownSwap: swapsToFiles(head),
		hugeAlways: l.Profile.Configured().HugePages == profile.HugeAlways}
	prog, rest := setup(head)
	if err := l.watch(p, prog); err != nil {
		return nil, nil, err
	}
	if p.model, err = p.modelSide(laidOut(prog, l.layout), l.Model); err != nil {
		return nil, nil, fmt.Errorf("the model's side: %w", err)
	}
	return p, rest, nil
}

// watches is a machine whose kernel may not let tracepoints be followed, or may lack some.
type watches interface {
	Watching() error
	AbsentTracepoints() []string
}

// setKernel sets the kernel's side up, watched by some kinds of evidence besides what is compared.
func (p *Pair) setKernel(head script.Program, m run.Machine, besides run.Kinds) (err error) {
	if p.kernel, err = newSide(head, m, p.kinds|besides); err != nil {
		return fmt.Errorf("the kernel's side: %w", err)
	}
	w, ok := m.(watches)
	if !ok || (p.kinds|besides)&pace == 0 {
		return nil
	}
	if err := w.Watching(); err != nil {
		return fmt.Errorf("the kernel's side cannot be watched: %w", err)
	}
	p.absent = w.AbsentTracepoints()
	return nil
}

// modelSide sets the model's side up. What the kernel's side does not run, it does not run either.
func (p *Pair) modelSide(head script.Program, m run.Machine) (*side, error) {
	kernel, _ := p.kernel.m.(run.Implementer)
	return startSide(head, m, run.Options{Show: p.kinds, Beside: kernel})
}

func newSide(prog script.Program, m run.Machine, kinds run.Kinds) (*side, error) {
	return startSide(prog, m, run.Options{Show: kinds})
}

func startSide(prog script.Program, m run.Machine, opts run.Options) (*side, error) {
	own := script.Program{Ops: prog.Ops}
	r, err := run.NewRunner(&own, m, opts)
	if err != nil {
		return nil, err
	}
	return &side{m: m, run: r}, nil
}

// do runs one statement. A panic of the machine's is an error that says where.
func (s *side) do(op *script.Op) (res *run.Result, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &crash{text: fmt.Sprint(r), stack: string(debug.Stack())}
		}
	}()
	return s.run.Do(op)
}

// crash is a panic of the model's.
type crash struct{ text, stack string }

// Error is what the panic said.
func (c *crash) Error() string { return "panic: " + c.text }

// Step runs one statement on both and says in what they differ. The error is of the kernel's side: a harness that
// failed. What goes wrong in the model is a difference.
func (p *Pair) Step(op *script.Op) ([]Difference, error) {
	want, got, err := p.both(op)
	if want == nil {
		return nil, err
	}
	at := p.at
	p.at++
	p.huge = p.huge || p.asksForHuge(want)
	frames := p.withFrames(want)
	var out []Difference
	if p.guessed = p.model.run.Guessed(); p.guessed {
		p.describe(op, err)
		return nil, nil
	}
	if err != nil {
		out = []Difference{{Op: op, Kind: run.Results, What: "model", Want: answer(want), Got: err.Error()}}
	} else {
		out = compare(want, got, p.kinds, knowledge{p.model.run.KnowsByte, p.absent, frames})
	}
	if len(out) == 0 {
		if out, err = p.poolDiffers(op); err != nil {
			return nil, err
		}
	}
	_, aside := op.Do.(*script.Directive)
	if len(out) == 0 && (p.at%max(1, p.apart) == 0 || aside) {
		if out, err = p.pressed(op); err == nil && len(out) == 0 {
			out, err = p.viewed(cmp.Or(want.Became, want.PID))
		}
		if err == nil && len(out) == 0 {
			out, err = p.counted(op)
		}
		if err != nil {
			return nil, err
		}
		for i := range out {
			out[i].Op = op
		}
	}
	if p.doubt = cmp.Or(p.doubt, p.unsure()); len(out) > 0 && p.doubt != "" {
		p.guessed, p.doubted, out = true, true, nil
	}
	if len(out) == 0 && !p.texts {
		return nil, nil
	}
	p.describe(op, err)
	for i := range out {
		out[i].Huge = p.huge
		out[i].At, out[i].Text = at, [2]string{p.kernel.text, p.model.text}
	}
	return out, nil
}

// withFrames reports whether the events that a statement has shown include those of frames of handlers: its own, or
// those of a process that has ended, which are shown with the next statement.
func (p *Pair) withFrames(want *run.Result) bool {
	frames := p.frames || len(want.Handled) > 0 || want.NoFrame
	p.frames = frames && len(want.Shown(run.Trace)) == 0
	return frames
}

// both runs one statement on the kernel and on the model; without a result of the kernel's the error is of its side. A
// call that may wait for ever runs on the model first, which knows.
func (p *Pair) both(op *script.Op) (want, got *run.Result, err error) {
	p.handing = p.handing || callNamed(op, "userfaultfd") || handles(op)
	if !mayWait(op) && !p.handing {
		if want, err = p.kernel.do(op); err != nil {
			return nil, nil, err
		}
		got, err = p.model.do(op)
		return want, got, err
	}
	got, wrong := p.model.do(op)
	if waits(wrong) {
		return nil, nil, wrong
	}
	if want, err = p.kernel.do(op); err != nil {
		return nil, nil, err
	}
	return want, got, wrong
}

// waiting are the calls that may wait for another process: for a pipe, or for its end.
var waiting = map[string]bool{"read": true, "write": true, "readv": true, "writev": true, "preadv2": true,
	"pwritev2": true, "splice": true, "tee": true, "vmsplice": true, "sendfile": true, "sendto": true,
	"recvfrom": true, "wait4": true, "waitid": true}

func mayWait(op *script.Op) bool {
	c, ok := op.Do.(*script.Call)
	return ok && waiting[c.Name]
}

// handles reports whether the statement sets a handler, which may overwrite its frame.
func handles(op *script.Op) bool {
	on, ok := op.Do.(*script.On)
	return ok && on.Do != nil
}

func callNamed(op *script.Op, name string) bool {
	c, ok := op.Do.(*script.Call)
	return ok && c.Name == name
}

// describe keeps the texts of the last statement.
func (p *Pair) describe(op *script.Op, modelErr error) {
	style := run.Style{Show: p.kinds, PIDs: true}
	p.kernel.text = textOf(p.kernel.run, op, style)
	if modelErr != nil {
		p.model.text = op.String() + "\n    " + modelErr.Error() + "\n"
		return
	}
	p.model.text = textOf(p.model.run, op, style)
}

func textOf(r *run.Runner, op *script.Op, style run.Style) string {
	if _, ok := op.Do.(*script.Directive); ok {
		return op.String() + "\n"
	}
	return r.Text(style)
}

// Result is the model's result of the last statement; the kernel's is the same where Step found no difference.
func (p *Pair) Result() *run.Result { return p.model.run.Result() }
