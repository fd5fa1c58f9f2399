package prompt

import (
	"fmt"
	"strings"

	"vmsim/syscalls/plural"
	"vmsim/syscalls/session"
)

var runCommands = []command{
	{
		name: "next", also: []string{"n"}, group: "Run", args: "[N]",
		line:    "run a statement, or bring the one under way to its end",
		example: "next", shows: "p[0] == 0x00", again: true, run: motion("next", (*session.Session).Next),
	},
	{
		name: "step", also: []string{"s"}, group: "Run", args: "[N]",
		line:    "run until another function of Linux is at work",
		example: "step", shows: "tlb-miss", again: true, run: motion("step", (*session.Session).Step),
	},
	{
		name: "stepi", also: []string{"si"}, group: "Run", args: "[N]", line: "take one single step",
		example: "stepi", shows: "tlb-miss", again: true, run: (*Prompt).stepi,
	},
	{
		name: "finish", args: "[N]", also: []string{"fin"}, group: "Run",
		line:    "bring the page fault under way to its end; where there is none, the statement",
		example: "finish", shows: "-fault", again: true, run: motion("finish", (*session.Session).Finish),
	},
}

// motion is the command that makes one kind of motion, several times where a number follows.
func motion(name string, move func(*session.Session) (session.Motion, error)) func(*Prompt, string) error {
	return func(p *Prompt, rest string) error {
		n, err := count(rest, name)
		if err != nil {
			return err
		}
		if asked, err := p.asks(); asked || err != nil {
			return err
		}
		return p.moved(repeated(p.Session, n, move))
	}
}

// repeated makes so many motions, or as many as there are until one ends otherwise than it should, as one.
func repeated(s *session.Session, n int, move func(*session.Session) (session.Motion, error)) (session.Motion, error) {
	whole := session.Motion{From: s.At(), To: s.At()}
	for range n {
		mo, err := move(s)
		if err != nil {
			return whole, err
		}
		whole.To, whole.Why, whole.Hit = mo.To, mo.Why, mo.Hit
		if mo.Why != session.Arrived {
			break
		}
	}
	return whole, nil
}

// moved tells of a motion, and shows what is to be shown after every one.
func (p *Prompt) moved(mo session.Motion, err error) error {
	if err != nil {
		return err
	}
	p.tellMotion(mo)
	if err := p.tellHits(mo.Hit); err != nil {
		return err
	}
	return p.showDisplays()
}

func (p *Prompt) stepi(rest string) error {
	n, err := count(rest, "stepi")
	if err != nil {
		return err
	}
	if asked, err := p.asks(); asked || err != nil {
		return err
	}
	return p.moved(p.Session.StepI(n))
}

// tellMotion prints what a motion went by.
func (p *Prompt) tellMotion(mo session.Motion) {
	switch {
	case mo.To > mo.From:
		p.tellForward(mo)
	case mo.To < mo.From:
		p.tellPlace()
	}
	switch mo.Why {
	case session.Ended:
		fmt.Fprintln(p.out, p.atEnd())
	case session.Began:
		fmt.Fprintln(p.out, p.atBeginning())
	case session.BeforeStop:
		fmt.Fprintln(p.out, "No stop was met before that one. The statement that met it has not begun; rc again "+
			"goes to the beginning.")
	case session.Interrupted:
		fmt.Fprintf(p.out, "Interrupted at t=%d. continue goes on.\n", p.Session.At())
	}
}

// atBeginning says that nothing has run, and what runs it.
func (p *Prompt) atBeginning() string {
	if len(p.Session.Branch().Ops()) == 0 {
		return "This is the beginning: nothing has run."
	}
	return "This is the beginning: nothing has run. Type next for a statement, continue for all of them."
}

// atEnd says that nothing is left to run, and what to type.
func (p *Prompt) atEnd() string {
	if len(p.Session.Branch().Ops()) == 0 {
		return "There is no program yet. Type a statement, as  p = mmap(NULL, PAGE, PROT_READ, " +
			"MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)"
	}
	return "The program is over. Type a statement to go on, or back to look again."
}

// tellForward prints the statements that are over now, then what the one under way has done.
func (p *Prompt) tellForward(mo session.Motion) {
	b := p.Session.Branch()
	from := mo.From
	stmts := b.Statements()
	first, last := b.StatementAt(mo.From+1), b.StatementAt(mo.To+1)
	if last-first > maxTold {
		fmt.Fprintf(p.out, "… %s …\n", plural.Count(last-first-1, "statement", "statements"))
		first = last - 1
	}
	for i := first; i < last; i++ {
		p.tellStatement(&stmts[i])
		from = stmts[i].End
	}
	if from < mo.To {
		p.tellSteps(from, mo.To)
	}
}

// maxTold is how many statements a motion tells one by one.
const maxTold = 12

// tellPlace prints where one has got to.
func (p *Prompt) tellPlace() {
	s := p.Session
	b := s.Branch()
	switch {
	case s.At() == 0:
	case s.Inside():
		fmt.Fprintf(p.out, "t=%d, inside  %s\n", s.At(), firstLine(b.Ops()[s.Done()].Head()))
		fmt.Fprintln(p.out, p.stepLine(s.At()))
	default:
		fmt.Fprintf(p.out, "t=%d, after   %s\n", s.At(), firstLine(b.Ops()[s.Done()-1].Head()))
	}
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// tellSteps prints single steps: all of a few, the last of many.
func (p *Prompt) tellSteps(after, to session.Moment) {
	const most = 3
	if n := to - after; n > most {
		fmt.Fprintf(p.out, "… %s …\n", plural.Count(n-most, "step", "steps"))
		after = to - most
	}
	for t := after + 1; t <= to; t++ {
		fmt.Fprintln(p.out, p.stepLine(t))
	}
}

// stepLine is one step: its number, its sign, its kind, what it did.
func (p *Prompt) stepLine(t session.Moment) string {
	e := p.Session.Branch().Event(t)
	return fmt.Sprintf("%6d %c %-14s %s", t, session.Symbol(e.Kind), e.Kind, p.Session.Tell(e))
}
