package prompt

import (
	"fmt"

	"vmsim/syscalls"
	"vmsim/syscalls/plural"
	"vmsim/syscalls/procfs"
	"vmsim/syscalls/session"
	"vmsim/vm/trace"
)

var eventViews = []view{
	{"copies", "[all]", "each movement of bytes, in four columns that are never mixed", (*Prompt).viewCopies},
	{"faults", "[all]", "the page faults taken so far", (*Prompt).viewFaults},
	{"io", "[all]", "the requests that the disk was given", (*Prompt).viewIO},
	{"meminfo", "", "/proc/meminfo", func(p *Prompt, _ string) (*sheet, error) {
		return &sheet{text: p.Session.Kernel().Proc.Meminfo()}, nil
	}},
	{"vmstat", "[all]", "the counters of /proc/vmstat that are not 0", (*Prompt).viewVMStat},
}

// movement describes one kind of copy: the column of its bytes, and the names of its two ends.
type movement struct {
	column   int
	what     string
	from, to string
}

var movements = map[trace.Kind]movement{
	trace.CopyToUser:   {0, "to user", "frame", ""},
	trace.CopyFromUser: {0, "from user", "", "frame"},
	trace.CopyKernel:   {4, "in kernel", "frame", "frame"},
	trace.CopyCow:      {1, "cow", "frame", "frame"},
	trace.CopyZero:     {2, "zeroed", "", "frame"},
	trace.DMAIn:        {3, "DMA in", "block", "frame"},
	trace.DMAOut:       {3, "DMA out", "frame", "block"},
}

// ends are the two ends of a movement, for people.
func ends(e trace.Event) (from, to string) {
	m := movements[e.Kind]
	switch e.Kind {
	case trace.CopyZero:
		return "zeros", fmt.Sprintf("frame %#x", e.Args[0])
	case trace.DMAIn, trace.DMAOut:
		a := fmt.Sprintf("%s %d", m.from, e.Args[0])
		b := fmt.Sprintf("%s %d", m.to, e.Args[1])
		if m.from == "frame" {
			a = fmt.Sprintf("frame %#x", e.Args[0])
		} else {
			b = fmt.Sprintf("frame %#x", e.Args[1])
		}
		return a, b
	}
	return placeName(m.from, e.Args[0]), placeName(m.to, e.Args[1])
}

// placeName is where bytes come from or go to: the kind of place, if it has a name, and its number.
func placeName(what string, v uint64) string {
	if what == "" {
		return fmt.Sprintf("%#x", v)
	}
	return fmt.Sprintf("%s %#x", what, v)
}

// maxEvents is how many of the latest events a view shows where all are not asked for.
const maxEvents = 16

// latest parts what a view shows from what it leaves out.
func latest[T any](all []T, rest string) (shown []T, left int) {
	if rest == "all" || len(all) <= maxEvents {
		return all, 0
	}
	return all[len(all)-maxEvents:], len(all) - maxEvents
}

// moved is a run of movements of one kind within one statement.
type moved struct {
	first, last trace.Event
	n, bytes    uint64
	statement   int
}

// movedRuns are all movements so far, those that follow each other within a statement as one.
func (p *Prompt) movedRuns() (runs []moved) {
	b := p.Session.Branch()
	for _, e := range b.Events(0, p.Session.At()) {
		if e.Bytes == 0 {
			continue
		}
		n := b.StatementAt(session.Moment(e.Seq))
		if k := len(runs) - 1; k >= 0 && runs[k].first.Kind == e.Kind && runs[k].statement == n &&
			runs[k].last.Seq+2 >= e.Seq {
			runs[k].last = e
			runs[k].n++
			runs[k].bytes += e.Bytes
			continue
		}
		runs = append(runs, moved{e, e, 1, e.Bytes, n})
	}
	return runs
}

func (p *Prompt) viewCopies(rest string) (*sheet, error) {
	s := &sheet{cols: []string{"t", "pid", "user", "cow", "zeroed", "DMA", "what", "from", "to"}}
	runs := p.movedRuns()
	var total [5]uint64
	for _, r := range runs {
		total[movements[r.first.Kind].column] += r.bytes
	}
	shown, left := latest(runs, rest)
	if left > 0 {
		s.note("… %s before these; info copies all shows the whole", plural.Count(left, "movement", "movements"))
	}
	for _, r := range shown {
		movedRow(s, r)
	}
	s.row("all", "", total[0], total[1], total[2], total[3], "", "", "")
	s.note("user: copied by the processor to or from the program. cow: copied for copy-on-write.")
	if total[4] > 0 {
		s.note("in kernel: %s went from one cache page to another, by the processor, and never to the program.",
			plural.Bytes(total[4]))
	}
	s.note("zeroed: filled with zeros. DMA: moved by the device. Zero copy means: nothing under user.")
	return s, nil
}

// movedRow adds a line for bytes that moved: their number goes into the column of its kind.
func movedRow(s *sheet, r moved) {
	cells := [5]any{"", "", "", "", ""}
	m := movements[r.first.Kind]
	cells[m.column] = r.bytes
	from, to := ends(r.first)
	what := m.what
	if m.column == 4 {
		what = fmt.Sprintf("%s %d", what, r.bytes)
	}
	if r.n > 1 {
		what = fmt.Sprintf("%s ×%d", m.what, r.n)
	}
	s.row(r.first.Seq, r.first.PID, cells[0], cells[1], cells[2], cells[3], what, from, to)
}

func (p *Prompt) viewFaults(rest string) (*sheet, error) {
	s := &sheet{cols: []string{"t", "pid", "access", "address", "became", "because of"}}
	rows := p.faultRows()
	var left int
	if s.rows, left = latest(rows, rest); left > 0 {
		s.note("… %s before these; info faults all shows the whole", plural.Count(left, "fault", "faults"))
	}
	k := p.Session.Kernel()
	k.Processes(func(q *syscalls.Process) {
		minor, major := q.Faults()
		s.note("process %d: %d minor, %d major", q.PID, minor, major)
	})
	return s, nil
}

// faultRows pairs each fault with the step that ended it; a fault without one is under way.
func (p *Prompt) faultRows() (rows [][]any) {
	var open []trace.Event
	for _, e := range p.Session.Branch().Events(0, p.Session.At()) {
		switch e.Kind {
		case trace.Faulted:
			open = append(open, e)
		case trace.FaultMinor, trace.FaultMajor, trace.SignalRaised:
			if len(open) == 0 {
				continue // a call has faulted a page in without the processor
			}
			f := open[len(open)-1]
			open = open[:len(open)-1]
			rows = append(rows, p.faultRow(f, e.Kind.String()))
		}
	}
	for _, f := range open {
		rows = append(rows, p.faultRow(f, "under way"))
	}
	return rows
}

func (p *Prompt) faultRow(f trace.Event, became string) []any {
	b := p.Session.Branch()
	statement := ""
	if n := b.StatementAt(session.Moment(f.Seq)); n < len(b.Ops()) {
		statement = firstLine(b.Ops()[n].Head())
	}
	return []any{f.Seq, f.PID, session.FormatArg(trace.ArgAccess, f.Args[1]), hex(f.Args[0]), became, statement}
}

func (p *Prompt) viewIO(rest string) (*sheet, error) {
	s := &sheet{cols: []string{"t", "request", "block", "blocks", "because of"}}
	b := p.Session.Branch()
	all := p.eventsOf(trace.IoSubmitted)
	shown, left := latest(all, rest)
	if left > 0 {
		s.note("… %s before these; info io all shows the whole", plural.Count(left, "request", "requests"))
	}
	for _, e := range shown {
		statement := ""
		if n := b.StatementAt(session.Moment(e.Seq)); n < len(b.Ops()) {
			statement = firstLine(b.Ops()[n].Head())
		}
		s.row(e.Seq, session.FormatArg(trace.ArgDirection, e.Args[2]), e.Args[0], e.Args[1], statement)
	}
	s.note("%s", plural.Count(len(all), "request", "requests"))
	return s, nil
}

// eventsOf are the steps of one kind up to here.
func (p *Prompt) eventsOf(k trace.Kind) (all []trace.Event) {
	for _, e := range p.Session.Branch().Events(0, p.Session.At()) {
		if e.Kind == k {
			all = append(all, e)
		}
	}
	return all
}

func (p *Prompt) viewVMStat(rest string) (*sheet, error) {
	k := p.Session.Kernel()
	if rest == "all" {
		return &sheet{text: k.Proc.VMStat()}, nil
	}
	text := ""
	for _, name := range procfs.CounterNames() {
		if v, ok := k.Proc.Counter(name); ok && v != 0 {
			text += fmt.Sprintf("%s %d\n", name, v)
		}
	}
	return &sheet{text: text}, nil
}
