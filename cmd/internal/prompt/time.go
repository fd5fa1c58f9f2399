package prompt

import (
	"fmt"
	"strconv"
	"strings"

	"vmsim/syscalls/plural"
	"vmsim/syscalls/session"
)

var timeCommands = []command{
	{
		name: "back", also: []string{"rn", "reverse-next"}, group: "Time", args: "[N]", line: "go back a statement",
		example: "back", shows: "t=", again: true, run: motion("back", (*session.Session).BackNext),
	},
	{
		name: "rs", also: []string{"reverse-step"}, group: "Time", args: "[N]",
		line:    "go back to where another function of Linux began its work",
		example: "rs", shows: "t=", again: true, run: motion("rs", (*session.Session).BackStep),
	},
	{
		name: "rsi", also: []string{"reverse-stepi"}, group: "Time", args: "[N]", line: "go back one single step",
		example: "rsi", shows: "t=", again: true, run: (*Prompt).rsi,
	},
	{
		name: "goto", also: []string{"g"}, group: "Time", args: "T", line: "go to step T, a mark, start or end",
		text: "+N and -N count from here. Both ends are soft: beyond them you are at the end, or at the " +
			"beginning.",
		example: "goto 3", shows: "t=3", run: (*Prompt).gotoMoment,
	},
	{
		name: "start", group: "Time", line: "go to the beginning",
		example: "start", shows: "beginning", run: func(p *Prompt, _ string) error { return p.gotoMoment("start") },
	},
	{
		name: "end", group: "Time", line: "go to the last step that has been taken",
		example: "end", shows: "after", run: func(p *Prompt, _ string) error { return p.gotoMoment("end") },
	},
	{
		name: "mark", group: "Time", args: "[NAME]", line: "give this moment a name; without one, list them",
		example: "mark here", shows: "here is t=", run: (*Prompt).mark,
	},
	{
		name: "branch", group: "Time", args: "[N]", line: "the branches, or go to one",
		text:    "What is typed in the past begins a new branch. The old one stays as it was.",
		example: "branch", shows: "branch 0", run: (*Prompt).branch,
	},
	{
		name: "replay", group: "Time", line: "run again, on this branch, the statements that followed in its parent",
		example: "replay", shows: "branch 0", run: (*Prompt).replay,
	},
	{
		name: "when", group: "Time", line: "the current place: step, statement, virtual time",
		example: "when", shows: "virtual time", run: (*Prompt).when,
	},
	{
		name: "log", group: "Time", args: "[A..B]", line: "the steps: those of the last statement, or from A to B",
		example: "log 1..3", shows: "syscall-enter", run: (*Prompt).log,
	},
}

func (p *Prompt) rsi(rest string) error {
	n, err := count(rest, "rsi")
	if err != nil {
		return err
	}
	return p.moved(p.Session.BackI(n))
}

func (p *Prompt) gotoMoment(rest string) error {
	t, err := p.moment(rest)
	if err != nil {
		return err
	}
	mo, err := p.Session.Goto(t)
	if err != nil {
		return err
	}
	if mo.To < t && mo.Why == session.Ended {
		fmt.Fprintf(p.out, "There is no t=%d: the program ends at t=%d.\n", t, mo.To)
	}
	switch {
	case mo.To == 0:
		mo.Why = session.Began
	case mo.To == mo.From:
		p.tellPlace()
	}
	return p.moved(mo, nil)
}

// moment reads a point in time.
func (p *Prompt) moment(text string) (session.Moment, error) {
	switch text {
	case "":
		return 0, wrong("goto 12", "goto wants a step, a mark, start or end")
	case "start":
		return 0, nil
	case "end":
		return p.Session.Branch().End(), nil
	}
	if t, ok := p.Session.Marked(text); ok {
		return t, nil
	}
	return stepNumber(strings.TrimPrefix(text, "t="), p.Session.At())
}

// stepNumber is the moment of a number, which counts from here where it has a sign.
func stepNumber(text string, here session.Moment) (session.Moment, error) {
	n, err := strconv.ParseInt(text, 10, 62)
	switch {
	case err != nil:
		return 0, wrong("goto 12", "%q is no step and no mark", text)
	case text[0] == '+':
		return here + session.Moment(n), nil
	case n < 0:
		return here - min(here, session.Moment(-n)), nil
	}
	return session.Moment(n), nil
}

func (p *Prompt) when(string) error {
	s := p.Session
	b := s.Branch()
	fmt.Fprintf(p.out, "t=%d of %d, branch %d, virtual time %v\n", s.At(), b.End(), b.ID,
		s.Kernel().Clock.Now().Duration())
	switch {
	case s.Inside():
		fmt.Fprintf(p.out, "inside statement %d:  %s\n", s.Done()+1, firstLine(b.Ops()[s.Done()].Head()))
		fmt.Fprintln(p.out, p.stepLine(s.At()))
	case s.Done() > 0:
		fmt.Fprintf(p.out, "after statement %d:  %s\n", s.Done(), firstLine(b.Ops()[s.Done()-1].Head()))
	}
	if s.Done() < len(b.Ops()) && !s.Inside() {
		fmt.Fprintf(p.out, "next is statement %d:  %s\n", s.Done()+1, firstLine(b.Ops()[s.Done()].Head()))
	}
	return nil
}

// maxLog is how many steps log prints at most.
const maxLog = 200

func (p *Prompt) log(rest string) error {
	from, to, err := p.logged(rest)
	if err != nil {
		return err
	}
	switch last := p.Session.Branch().End(); {
	case last == 0:
		fmt.Fprintln(p.out, "There is no step yet: nothing has run.")
	case to <= from:
		fmt.Fprintf(p.out, "There is no step; they go from t=1 to t=%d. Try: log 1..%[1]d\n", last)
	}
	if to > from+maxLog {
		fmt.Fprintf(p.out, "… %s …\n", plural.Count(to-from-maxLog, "step", "steps"))
		from = to - maxLog
	}
	for t := from + 1; t <= to; t++ {
		fmt.Fprintln(p.out, p.stepLine(t))
	}
	return nil
}

// logged is the range of steps that log shows: those of the statement that ran last, or those of the range A..B.
func (p *Prompt) logged(rest string) (from, to session.Moment, err error) {
	b := p.Session.Branch()
	to = p.Session.At()
	if rest == "" {
		if i := b.StatementAt(to); i < len(b.Statements()) {
			from = b.Statements()[i].Begin
		} else if n := len(b.Statements()); n > 0 {
			from = b.Statements()[n-1].End
		}
	} else {
		a, z, ok := strings.Cut(rest, "..")
		first, err := p.moment(a)
		if err != nil {
			return 0, 0, err
		}
		if to = first; ok && z != "" {
			if to, err = p.moment(z); err != nil {
				return 0, 0, err
			}
		} else if ok {
			to = b.End()
		}
		from = max(first, 1) - 1
	}
	return from, min(to, b.End()), nil
}

func (p *Prompt) mark(rest string) error {
	if rest != "" {
		if strings.ContainsAny(rest[:1], "0123456789+-") || rest == "start" || rest == "end" {
			return wrong("mark before", "%q could not be told from a step", rest)
		}
		p.Session.Mark(rest)
		fmt.Fprintf(p.out, "%s is t=%d\n", rest, p.Session.At())
		return nil
	}
	if len(p.Session.Marks()) == 0 {
		fmt.Fprintln(p.out, "Nothing is marked. Try: mark before")
	}
	for _, name := range p.Session.Marks() {
		t, _ := p.Session.Marked(name)
		fmt.Fprintf(p.out, "t=%-6d %s\n", t, name)
	}
	return nil
}

func (p *Prompt) branch(rest string) error {
	s := p.Session
	if rest != "" {
		id, err := strconv.Atoi(rest)
		if err != nil {
			return wrong("branch", "%q is no number of a branch", rest)
		}
		b, err := s.BranchNumbered(id)
		if err != nil {
			return err
		}
		if err := s.Switch(b); err != nil {
			return err
		}
		p.tellPlace()
		return p.showDisplays()
	}
	p.listBranches()
	return nil
}

// listBranches prints a line for each branch; the current one has a star.
func (p *Prompt) listBranches() {
	s := p.Session
	for _, b := range s.Branches() {
		here, from := " ", ""
		if b == s.Branch() {
			here = "*"
		}
		if b.Parent != nil {
			from = fmt.Sprintf(", from branch %d at t=%d", b.Parent.ID, b.From)
		}
		fmt.Fprintf(p.out, "%s branch %d: %s run, %d to come, %s%s\n", here, b.ID,
			plural.Count(len(b.Statements()), "statement", "statements"), len(b.Pending()),
			plural.Count(int(b.End()), "step", "steps"), from)
	}
}

func (p *Prompt) replay(string) error {
	from := p.Session.At()
	_, err := p.Session.Replay()
	if err != nil {
		return err
	}
	return p.moved(session.Motion{From: from, To: p.Session.At()}, nil)
}
