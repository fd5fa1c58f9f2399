package exercise

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"vmsim/syscalls/plural"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
)

// Result is what one test of an exercise gave.
type Result struct {
	Name   string
	Passed bool
	Hidden bool   // neither its name nor what it found is for the student
	Points int    // of Max
	Max    int    // 1 for most
	Output string // what is wrong; empty where it passed
}

// Runner runs jobs for a submission, in a process of its own or in this one.
type Runner func([]Job) []Transcript

// Scope says which programs of a build exercise are run.
type Scope uint8

// The scopes.
const (
	Shown Scope = iota // those that the student sees
	All                // the hidden ones too
)

// Evaluate holds a submission against the exercise. seed varies what the lines marked "# vary" of its programs say;
// 0 leaves them as they are.
func (x *Exercise) Evaluate(submission fs.FS, scope Scope, seed uint64, do Runner) []Result {
	switch x.Kind {
	case Predict, Host:
		return x.evaluateAnswers(submission, do)
	case Explore:
		return x.evaluateGoals(submission, do)
	case Find:
		return x.evaluateTests(submission, do)
	}
	return x.evaluateScenarios(x.PartNames(), scope, seed, do)
}

// evaluateScenarios compares what the student's policy does with the reference, program by program of some parts.
func (x *Exercise) evaluateScenarios(parts []string, scope Scope, seed uint64, do Runner) (out []Result) {
	jobs, shown := x.jobsOf(parts, scope, seed)
	for i, got := range do(jobs) {
		name := path.Join(jobs[i].Part, strings.TrimSuffix(path.Base(jobs[i].Name), ".vms"))
		r := Result{Name: name, Max: 1, Hidden: i >= shown}
		want := Record(jobs[i], x.Reference)
		if d := Compare(want, got); d != nil {
			r.Output = d.Explain(jobs[i].Name)
		} else {
			r.Passed, r.Points = true, 1
		}
		out = append(out, r)
	}
	return out
}

// Jobs are the programs of a Build exercise that a scope has, of all parts.
func (x *Exercise) Jobs(scope Scope, seed uint64) []Job {
	jobs, _ := x.jobsOf(x.PartNames(), scope, seed)
	return jobs
}

// jobsOf are the programs of some parts that a scope has; the student has the first of them, as many as shown.
func (x *Exercise) jobsOf(parts []string, scope Scope, seed uint64) (jobs []Job, shown int) {
	jobs = x.jobs("scenarios", parts, seed)
	shown = len(jobs)
	if scope == All {
		jobs = append(jobs, x.jobs("_hidden", parts, seed)...)
	}
	return jobs, shown
}

// jobs are the programs of some parts in a folder.
func (x *Exercise) jobs(folder string, parts []string, seed uint64) (jobs []Job) {
	show, _ := run.ParseKinds(x.Observe)
	for _, part := range parts {
		for _, name := range x.programs(path.Join(folder, part)) {
			text, _ := fs.ReadFile(x.Files, name)
			jobs = append(jobs, Job{Name: name, Text: Vary(string(text), seed), Part: part, Observe: show | run.Faults})
		}
	}
	return jobs
}

// evaluateAnswers holds answers.vms against the model: one point a blank.
func (x *Exercise) evaluateAnswers(submission fs.FS, do Runner) (out []Result) {
	asked, err := fs.ReadFile(x.Files, "_student/answers.vms")
	if err != nil {
		asked, _ = fs.ReadFile(x.Files, "questions.vms") // in the student's folder
	}
	text, err := fs.ReadFile(submission, "answers.vms")
	if err != nil {
		return []Result{{Name: "answers.vms", Max: 1, Output: "there is no file answers.vms"}}
	}
	blanks, err := Blanks(string(asked), string(text))
	if err != nil {
		return []Result{{Name: "answers.vms", Max: questionsIn(string(asked)), Output: err.Error()}}
	}
	t := do([]Job{{Name: "answers.vms", Text: withoutOpen(string(text))}})[0]
	for _, b := range blanks {
		r := Result{Name: fmt.Sprintf("line %d", b.Line), Max: b.Count}
		switch bad := t.failedAt(b.Line); {
		case b.Open:
			r.Output = "a ? is still there:" + b.Text
		case t.Broken != "":
			r.Output = t.Broken
		case bad:
			r.Output = "not so:" + b.Text // the right answer is the student's to find
		default:
			r.Passed, r.Points = true, b.Count
		}
		out = append(out, r)
	}
	return out
}

// failedAt reports whether an assertion of a line, or of the observations under it, does not hold.
func (t Transcript) failedAt(line int) bool {
	for i, s := range t.Statements {
		if s.Line <= line && (i+1 == len(t.Statements) || t.Statements[i+1].Line > line) {
			return len(s.Failed) > 0
		}
	}
	return true // it was not reached
}

// evaluateGoals runs answer.vms and asks for each goal at its end.
func (x *Exercise) evaluateGoals(submission fs.FS, do Runner) (out []Result) {
	text, err := fs.ReadFile(submission, "answer.vms")
	problem := ""
	prog, perr := script.Parse("answer.vms", string(text))
	switch {
	case err != nil:
		problem = "there is no file answer.vms"
	case perr != nil:
		problem = perr.Error()
	case x.Most > 0 && statements(prog) > x.Most:
		problem = fmt.Sprintf("the program has %s, and may have %d",
			plural.Count(statements(prog), "statement", "statements"), x.Most)
	}
	var jobs []Job
	for _, g := range x.Goals {
		j := Job{Name: "answer.vms", Text: string(text) + "\n"}
		if g.Expect != "" {
			j.Text += ".expect " + g.Expect + "\n"
		}
		jobs = append(jobs, j)
	}
	var got []Transcript
	if problem == "" {
		got = do(jobs)
	}
	for i, g := range x.Goals {
		r := Result{Name: g.Says, Max: 1, Output: problem}
		if problem == "" {
			if r.Output = g.unmet(got[i]); r.Output == "" {
				r.Passed, r.Points = true, 1
			}
		}
		out = append(out, r)
	}
	return out
}

// statements is how many statements a program has, without what describes the machine.
func statements(prog *script.Program) (n int) {
	for _, op := range prog.Ops {
		if _, ok := op.Do.(*script.Directive); op.Do != nil && !ok {
			n++
		}
	}
	return n
}

// unmet says why a goal is not reached; empty where it is.
func (g Goal) unmet(t Transcript) string {
	if t.Broken != "" {
		return t.Broken
	}
	if g.Signal != "" {
		return g.noSignal(t)
	}
	if k := len(t.Statements); k > 0 && len(t.Statements[k-1].Failed) > 0 {
		return strings.Join(t.Statements[k-1].Failed, "\n")
	}
	if g.Loaded && !slices.ContainsFunc(t.Statements, func(s Statement) bool { return loaded.MatchString(s.Text) }) {
		return "no statement loads from memory"
	}
	return ""
}

// loaded finds the address of a load that was answered.
var loaded = regexp.MustCompile(`^(?:\[\d+\] )?\*(0x[0-9a-f]+) == `)

// noSignal says that the goal's signal has not come; empty where it has.
func (g Goal) noSignal(t Transcript) string {
	before := map[string]bool{}
	for _, s := range t.Statements {
		if m := loaded.FindStringSubmatch(s.Text); m != nil {
			before[m[1]] = true
		}
		_, after, found := strings.Cut(s.Text, "--- "+g.Signal)
		_, after, _ = strings.Cut(after, "si_addr=")
		addr, _, _ := strings.Cut(after, "}")
		if found && (!g.Loaded || before[addr]) {
			return ""
		}
	}
	if g.Loaded {
		return "no statement ends in " + g.Signal + " at an address that was loaded before"
	}
	return "no statement ends in " + g.Signal
}

// evaluateTests runs tests/*.vms on the model, which has to pass them, and on each mutant, which has to fail one.
func (x *Exercise) evaluateTests(submission fs.FS, do Runner) (out []Result) {
	names, _ := fs.Glob(submission, "tests/*.vms")
	sound := Result{Name: "the model passes every test"} // no point: the others count only tests that it passes
	var good []Job
	var jobs []Job
	for _, name := range names {
		text, _ := fs.ReadFile(submission, name)
		jobs = append(jobs, Job{Name: name, Text: string(text)})
	}
	for i, t := range do(jobs) {
		if why := t.failure(); why != "" {
			sound.Output += names[i] + ": " + why + "\n"
			continue
		}
		good = append(good, jobs[i])
	}
	if len(names) == 0 {
		sound.Output = "there is no test: write tests/NAME.vms"
	} else if sound.Output == "" {
		sound.Passed = true
	}
	out = append(out, sound)
	for n, mutant := range x.Mutants {
		r := Result{Name: fmt.Sprintf("kernel %d", n+1), Max: 1,
			Output: "every test that the model passes, this kernel passes too"}
		on := make([]Job, len(good))
		for i, j := range good {
			j.Mutant = mutant
			on[i] = j
		}
		for _, t := range do(on) {
			if t.failure() != "" {
				r.Passed, r.Points, r.Output = true, 1, ""
			}
		}
		out = append(out, r)
	}
	return out
}

// failure is the first thing in which a run is not what its program asserts.
func (t Transcript) failure() string {
	for _, s := range t.Statements {
		if len(s.Failed) > 0 {
			return fmt.Sprintf("line %d: %s", s.Line, s.Failed[0])
		}
	}
	return t.Broken
}
