package prompt

import (
	"fmt"
	"strconv"
	"strings"

	"vmsim/syscalls/plural"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
	"vmsim/syscalls/session"
	"vmsim/vm/trace"
)

var predictCommands = []command{
	{
		name: "predict", also: []string{"?"}, group: "Ask", args: "[COUNTER]",
		line: "guess how much the next statement adds to a counter, before it is shown",
		text: "COUNTER is one of .expect: minflt, majflt, copies.cow, copies.to_user, areas, … Without one, the " +
			"score. " +
			"At the end of the program the next line that is typed is the statement. " +
			"A program asks with a line  ? minflt  before a statement.",
		example: "predict minflt", shows: "your answer", run: (*Prompt).predict,
		words: func(*Prompt, []string) []string { return model.CounterNames() },
	},
}

// question waits for its answer. The counter is read in one process, before and after the statement: a fork makes
// another process current, whose counters start at 0.
type question struct {
	counter string
	term    *session.Condition
	pid     int
	typed   *script.Op // the statement where it was typed for the question; nil for the program's next one
	open    bool       // the statement is still to be typed
}

// score is how many questions were answered, and how many rightly.
type score struct{ asked, right int }

func (p *Prompt) predict(rest string) error {
	if rest == "" {
		fmt.Fprintf(p.out, "Score: %d of %d right.\n", p.score.right, p.score.asked)
		return nil
	}
	s := p.Session
	if one := strings.Fields(rest); len(one) > 1 {
		if _, err := strconv.Atoi(one[1]); err == nil {
			return wrong("predict "+one[0], "predict takes the counter alone; the answer comes when it asks")
		}
	}
	if s.Inside() {
		return wrong("finish", "one is inside a statement; its beginning is over")
	}
	if s.AtEnd() {
		return p.askOfNext(rest)
	}
	return p.ask(rest)
}

// askOfNext asks about the statement that is typed next.
func (p *Prompt) askOfNext(counter string) error {
	c, err := p.Session.Condition(counter)
	if err != nil {
		return err
	}
	p.asked = &question{counter: counter, term: c, open: true}
	fmt.Fprintln(p.out, "Type the statement that it is about. It runs when you have answered.")
	return nil
}

// askAbout puts the open question about the statement that was typed for it.
func (p *Prompt) askAbout(text string) error {
	q := p.asked
	p.asked = nil
	withdrawn := func(why string) error {
		return wrong("predict "+q.counter, "%s\nThe question is withdrawn.", why)
	}
	if text = script.WithoutTypes(text); !p.isProgram(text) {
		return withdrawn(fmt.Sprintf("%q is no statement", text))
	}
	op, err := p.Session.Parse(text)
	if err != nil {
		return withdrawn(shown(err).Error())
	}
	if op == nil || op.Do == nil || isMachine(op) {
		return withdrawn("that is no statement")
	}
	if q.pid, err = p.Session.PIDFor(op); err != nil {
		return withdrawn(err.Error())
	}
	q.typed, q.open, p.asked = op, false, q
	fmt.Fprintf(p.out, "How much will it add to %s%s? Type your answer: a number.\n", q.counter, p.ofProcess(q.pid))
	return nil
}

func isMachine(op *script.Op) bool {
	d, ok := op.Do.(*script.Directive)
	return ok && d.Name == "machine"
}

// ask puts a question about the next statement; the next line is its answer.
func (p *Prompt) ask(counter string) error {
	c, err := p.Session.Condition(counter)
	if err != nil {
		return err
	}
	pid, err := p.Session.NextPID()
	if err != nil {
		return err
	}
	p.asked = &question{counter: counter, term: c, pid: pid}
	fmt.Fprintf(p.out, "Next is  %s\nHow much will it add to %s%s? Type your answer: a number.\n", p.nextStatement(),
		counter, p.ofProcess(pid))
	return nil
}

// ofProcess names the process of a question where the machine has more than one, or is about to.
func (p *Prompt) ofProcess(pid int) string {
	if _, ok := p.Session.Kernel().Process(2); pid == 1 && !ok {
		return ""
	}
	return fmt.Sprintf(" of process %d", pid)
}

// asks puts the program's own question about the next statement, where it has one that was not asked yet.
func (p *Prompt) asks() (bool, error) {
	s := p.Session
	if s.Inside() || s.AtEnd() || s.Done() < len(s.Branch().Statements()) {
		return false, nil
	}
	op := &s.Branch().Ops()[s.Done()]
	if len(op.Asks) == 0 || p.questioned == op.Line {
		return false, nil
	}
	p.questioned = op.Line
	return true, p.ask(op.Asks[0].String())
}

func (p *Prompt) nextStatement() string {
	ops := p.Session.Branch().Ops()
	return firstLine(ops[p.Session.Done()].Head())
}

// answer takes the user's guess, runs the statement, and tells whether it was right.
func (p *Prompt) answer(text string) error {
	q := p.asked
	if q.open {
		return p.askAbout(text)
	}
	p.asked = nil
	guess, err := strconv.ParseInt(strings.TrimSpace(text), 0, 64)
	if err != nil {
		return wrong("predict "+q.counter, "%q is no number; the question is withdrawn", text)
	}
	before, err := p.Session.Counter(q.term, q.pid)
	if err != nil {
		return err
	}
	if err := p.runAsked(q); err != nil {
		return err
	}
	after, err := p.Session.Counter(q.term, q.pid)
	if err != nil {
		fmt.Fprintf(p.out, "The statement ended process %d, and its counters with it: the question is withdrawn.\n",
			q.pid)
		return nil
	}
	got := int64(after - before)
	p.score.asked++
	if got == guess {
		p.score.right++
		fmt.Fprintf(p.out, "Right: %s %+d. Score: %d of %d.\n", q.counter, got, p.score.right, p.score.asked)
		return nil
	}
	fmt.Fprintf(p.out, "No: %s %+d, you said %d. Score: %d of %d.\n", q.counter, got, guess, p.score.right,
		p.score.asked)
	return p.explainMiss(q.counter)
}

// runAsked runs the statement of a question.
func (p *Prompt) runAsked(q *question) error {
	if q.typed != nil {
		return p.runTyped(q.typed)
	}
	return p.moved(p.Session.Next())
}

// explainMiss says why the last statement did what it did: its faults, each with its reason.
func (p *Prompt) explainMiss(counter string) error {
	s := p.Session
	stmts := s.Branch().Statements()
	if len(stmts) == 0 || s.Done() == 0 {
		return nil
	}
	st := stmts[s.Done()-1]
	faults := 0
	for _, e := range s.Branch().Events(st.Begin, st.End) {
		if e.Kind == trace.Faulted {
			faults++
		}
	}
	if faults == 0 && strings.Contains(counter, "flt") {
		fmt.Fprintln(p.out,
			"It took no page fault: every page that it touched could be reached already, or it touched none.")
	}
	if faults == 0 {
		return nil
	}
	chain, err := s.WhyFault()
	if err != nil {
		return err
	}
	fmt.Fprintf(p.out, "It took %s; the last one:\n", plural.Count(faults, "page fault", "page faults"))
	for _, l := range chain {
		fmt.Fprintln(p.out, l)
	}
	return nil
}
