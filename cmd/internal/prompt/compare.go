package prompt

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"vmsim/syscalls/plural"
	"vmsim/syscalls/session"
)

var compareCommands = []command{
	{
		name: "diff", group: "Compare", args: "T1 T2|branch N|host",
		line: "what differs between two moments, or between here and a branch",
		text: "Areas, entries, page cache, disk and counters are compared. diff 12 37: from step 12 to step 37. " +
			"diff branch 1: from here to the end of branch 1; frames " +
			"are left out where that has another machine. diff host: what has run, on this machine's own kernel.",
		example: "diff 0 end", shows: "areas", run: (*Prompt).diff,
	},
	{
		name: "compare", group: "Compare", args: "WAY WAY [FILE]",
		line:    "the costs of doing in two ways (read, mmap, …) what has run here, or what FILE does",
		example: "compare read mmap", shows: "", run: func(p *Prompt,
			rest string) error {
			return p.outside("compare", rest)
		},
	},
	{
		name: "check", group: "Compare", line: "recompute every invariant of the model",
		example: "check", shows: "holds", run: (*Prompt).check,
	},
}

func (p *Prompt) diff(rest string) error {
	words := strings.Fields(rest)
	s := p.Session
	switch {
	case len(words) > 0 && words[0] == "host":
		if len(words) > 1 {
			return wrong("diff host", "diff host compares the whole program, and takes no %q", words[1])
		}
		return p.outside("diff host", "")
	case len(words) == 2 && words[0] == "branch":
		id, err := strconv.Atoi(words[1])
		if err != nil {
			return wrong("branch", "%q is no number of a branch", words[1])
		}
		b, err := s.BranchNumbered(id)
		if err != nil {
			return err
		}
		return p.diffBranch(b)
	case len(words) == 2:
		from, err := p.moment(words[0])
		if err != nil {
			return err
		}
		to, err := p.moment(words[1])
		if err != nil {
			return err
		}
		return p.diffStates(s.Branch(), min(from, s.Branch().End()), s.Branch(), min(to, s.Branch().End()))
	}
	return wrong("diff 12 37", "diff wants two moments, a branch, or host")
}

func (p *Prompt) diffBranch(b *session.Branch) error {
	s := p.Session
	here := s.Branch()
	p.diffLines("-", missing(here.Head(), b.Head()))
	p.diffLines("+", missing(b.Head(), here.Head()))
	n := 0
	for n < len(here.Ops()) && n < len(b.Ops()) && here.Ops()[n].Head() == b.Ops()[n].Head() {
		n++
	}
	if n > 0 {
		fmt.Fprintf(p.out, "The first %s the same.\n", plural.Count(n, "statement is", "statements are"))
	}
	if n < len(here.Ops()) {
		fmt.Fprintf(p.out, "- %s\n", firstLine(here.Ops()[n].Head()))
	}
	if n < len(b.Ops()) {
		fmt.Fprintf(p.out, "+ %s\n", firstLine(b.Ops()[n].Head()))
	}
	return p.diffStates(here, s.At(), b, b.End())
}

// missing are the lines that the other has not.
func missing(lines, other []string) (out []string) {
	for _, l := range lines {
		if !slices.Contains(other, l) {
			out = append(out, l)
		}
	}
	return out
}

func (p *Prompt) diffStates(a *session.Branch, from session.Moment, b *session.Branch, to session.Moment) error {
	before, err := p.Session.StateAt(a, from)
	if err != nil {
		return err
	}
	after, err := p.Session.StateAt(b, to)
	if err != nil {
		return err
	}
	if !slices.Equal(a.Head(), b.Head()) {
		before, after = before.WithoutFrames(), after.WithoutFrames()
	}
	diffs := session.Diff(before, after)
	if p.json {
		return p.encode(diffs)
	}
	fmt.Fprintf(p.out, "- is branch %d at t=%d, + is branch %d at t=%d\n", a.ID, from, b.ID, to)
	p.printDiffs(diffs)
	return nil
}

// printDiffs prints what differs, a part of the state at a time.
func (p *Prompt) printDiffs(diffs []session.Difference) {
	for _, d := range diffs {
		fmt.Fprintf(p.out, "%s:\n", d.Name)
		if d.Name == "counters" {
			p.diffCounters(d)
			continue
		}
		p.diffLines("-", d.Gone)
		p.diffLines("+", d.Added)
	}
	if len(diffs) == 0 {
		fmt.Fprintln(p.out, "Nothing differs.")
	}
}

// diffCounters prints the counters that differ, a line each.
func (p *Prompt) diffCounters(d session.Difference) {
	now := map[string]string{}
	for _, l := range d.Added {
		i := strings.LastIndexByte(l, ' ')
		now[l[:i]] = l[i+1:]
	}
	for _, l := range d.Gone {
		i := strings.LastIndexByte(l, ' ')
		fmt.Fprintf(p.out, "  ~ %s %s → %s\n", l[:i], l[i+1:], now[l[:i]])
	}
}

// diffLines prints the lines of one side, the first ones of many.
func (p *Prompt) diffLines(sign string, lines []string) {
	const most = 12
	for i, l := range lines {
		if i == most {
			fmt.Fprintf(p.out, "  %s … %d more\n", sign, len(lines)-most)
			return
		}
		fmt.Fprintf(p.out, "  %s %s\n", sign, l)
	}
}

func (p *Prompt) check(string) error {
	if p.Session.Inside() {
		fmt.Fprintln(p.out, "Inside a statement some invariants may not hold yet; finish first.")
		return nil
	}
	if err := p.Session.Kernel().Check(); err != nil {
		return fmt.Errorf("vmsim broke an invariant of its own; please keep this session: %w", err)
	}
	fmt.Fprintln(p.out,
		"Every invariant holds: frames and their counts, areas and gaps, entries, page cache, swap, disk.")
	return nil
}
