package exercise

import (
	"errors"
	"fmt"
	"strings"

	"vmsim/syscalls"
	"vmsim/syscalls/plural"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/run"
	"vmsim/syscalls/session"
	"vmsim/vm"
	"vmsim/vm/profile"
	"vmsim/vm/trace"
)

// Job is a program to run, and the machine that it runs on.
type Job struct {
	Name    string // of the program, for messages
	Text    string
	Part    string    // of the exercise
	Observe run.Kinds // what is shown of each statement
	Mutant  string    // the error of the kernel; empty for none
}

// Transcript is what a machine did with a program.
type Transcript struct {
	Statements []Statement
	// Broken says what ended the run before the program's end: it could not be parsed, a statement went on for ever, a
	// policy panicked.
	Broken string
	// Invariant is the first broken invariant of the machine, with the line after which it broke; empty for none. The
	// run goes on: what that means for the program shows later.
	Invariant string
	End       string // the state at the end: areas and frames in use
}

// Statement is one statement of a Transcript.
type Statement struct {
	Line   int
	Text   string         // with its answers and observations
	Failed []string       // what of its assertions does not hold
	Start  session.Moment // the step before it, for goto
	Steps  []string       // what the machine did, a sentence each
}

// mostSteps is how many steps one statement may take, and stepsKept how many of them a Transcript has.
const (
	mostSteps = 1_000_000
	stepsKept = 400
)

// A check of the whole machine takes longer than most statements. So it follows each of a program's first statements,
// and then one of every few.
const (
	checkedAll   = 250
	checkedEvery = 50
)

// Record runs a program. policies makes what decides in Linux's place, anew for the machine; nil for Linux.
func Record(j Job, policies func(Job) syscalls.Policies) Transcript {
	t := record(j, policies, func(n int) bool { return n <= checkedAll || n%checkedEvery == 0 })
	if t.Invariant == "" || len(t.Statements) <= checkedAll {
		return t
	}
	// It may have been broken since the check before: a second run finds the first statement.
	if again := record(j, policies, func(int) bool { return true }); again.Invariant != "" {
		return again
	}
	return t
}

// record runs a program, and checks the machine after the statements whose numbers check accepts, and at the end.
func record(j Job, policies func(Job) syscalls.Policies, check func(n int) bool) (t Transcript) {
	prog, err := script.Parse(j.Name, j.Text)
	if err != nil {
		return Transcript{Broken: err.Error()}
	}
	m, err := machineOf(j, policies)
	if err != nil {
		return Transcript{Broken: err.Error()}
	}
	r := recorder{m: m, check: check}
	defer func() {
		if p := recover(); p != nil {
			r.t.Broken = fmt.Sprint(p)
			r.keep()
			t = r.t
		}
	}()
	r.run(prog, j.Observe)
	return r.t
}

// machineOf is the machine of a job: with the student's policies, or with the kernel that has an error.
func machineOf(j Job, policies func(Job) syscalls.Policies) (*model.Machine, error) {
	m := &model.Machine{}
	if policies != nil {
		m.Policies = func() syscalls.Policies { return policies(j) }
	}
	if j.Mutant != "" {
		x, ok := profile.MutantNamed(j.Mutant)
		if !ok {
			return nil, errors.New("there is no mutant " + j.Mutant)
		}
		m.Profile = profile.Default().Mutated(x)
	}
	return m, nil
}

// recorder is a run under way.
type recorder struct {
	m     *model.Machine
	t     Transcript
	now   Statement // the statement under way
	at    session.Moment
	count int // steps of the statement under way

	check func(n int) bool // whether the machine is checked after statement n
}

func (r *recorder) run(prog *script.Program, show run.Kinds) {
	runner, err := run.NewRunner(prog, r.m, run.Options{Show: show, Hold: run.AllKinds})
	if err != nil {
		r.t.Broken = err.Error()
		return
	}
	r.m.Kernel.Log.Observe(r.hear)
	r.now.Start = r.at
	for runner.Next() {
		r.now.Line, r.now.Text = runner.Result().Op.Line, runner.Text(run.Style{Show: show})
		r.now.Failed = append(r.now.Failed, failures(runner)...)
		r.keep()
		if r.check(len(r.t.Statements)) {
			r.hold()
		}
	}
	r.hold()
	if err := runner.Err(); err != nil {
		r.t.Broken = err.Error()
	}
	r.t.End = r.end()
}

// failures are what the last statement was to do, and did not.
func failures(runner *run.Runner) (failed []string) {
	for _, d := range runner.Differences(run.AllKinds) {
		failed = append(failed, fmt.Sprintf("%s: wanted %s, got %s", d.What, d.Want, d.Got))
	}
	return failed
}

// hold checks the machine, until an invariant is broken.
func (r *recorder) hold() {
	n := len(r.t.Statements)
	if r.t.Invariant != "" || n == 0 {
		return
	}
	if err := r.m.Check(); err != nil {
		r.t.Invariant = fmt.Sprintf("after line %d: %v", r.t.Statements[n-1].Line, err)
	}
}

// keep ends the statement under way.
func (r *recorder) keep() {
	if r.now.Text == "" && r.t.Broken == "" {
		return
	}
	r.t.Statements = append(r.t.Statements, r.now)
	if !isHead(r.now.Text) {
		r.at++ // a session ends each statement with a step
	}
	r.now, r.count = Statement{Start: r.at}, 0
}

// isHead reports whether a line only describes the machine, and is no statement of a session.
func isHead(text string) bool {
	return strings.HasPrefix(text, ".machine") || strings.HasPrefix(text, ".file") || strings.HasPrefix(text, ".sysctl")
}

// hear notes a step.
func (r *recorder) hear(e trace.Event) {
	if r.m.Poked() {
		return
	}
	r.at++
	if r.count++; r.count > mostSteps {
		panic("the statement does not come to its end")
	}
	if len(r.now.Steps) < stepsKept {
		r.now.Steps = append(r.now.Steps, session.Sentence(e))
	}
}

// end is the state of the machine: what each process has mapped, and how many frames are in use.
func (r *recorder) end() string {
	var b strings.Builder
	r.m.Kernel.Processes(func(p *syscalls.Process) {
		fmt.Fprintf(&b, "process %d\n%s", p.PID, p.Maps())
		p.Space.Table().Each(0, vm.TaskSize.Page(), func(n vm.VPN, e vm.PTE) {
			fmt.Fprintf(&b, "%v %v\n", n.Addr(), e)
		})
	})
	fmt.Fprintf(&b, "%s in use\n", plural.Count(r.m.Kernel.Memory.Used(), "frame", "frames"))
	return b.String()
}
