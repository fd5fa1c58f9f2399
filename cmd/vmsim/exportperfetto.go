package main

import (
	"encoding/json"
	"fmt"
	"io"

	"vmsim/syscalls"
	"vmsim/syscalls/session"
	"vmsim/vm/trace"
)

// diskTrack is the process of the trace whose tracks are the disk's; no process of the model has this number.
const diskTrack = 1 << 20

// slice is an event of the trace. Times are microseconds.
// The format: "Trace Event Format", which Perfetto reads.
type slice struct {
	Name  string         `json:"name"`
	Phase string         `json:"ph"`
	At    float64        `json:"ts"`
	For   float64        `json:"dur,omitempty"`
	PID   int            `json:"pid"`
	TID   int            `json:"tid"`
	ID    int            `json:"id,omitempty"`
	Bind  string         `json:"bp,omitempty"`
	Cat   string         `json:"cat,omitempty"`
	Args  map[string]any `json:"args,omitempty"`
}

// perfetto makes the slices of a run.
type perfetto struct {
	s      *session.Session
	out    []slice
	open   []opened       // the slices under way, the outermost first
	asked  []int          // requests at the disk: where their slices are in out
	named  map[int]bool   // processes that have a name
	counts map[string]int // the counters
	flows  int
	last   float64 // the time of the step before
}

// opened is a slice that has begun.
type opened struct {
	at   int // in out
	kind trace.Kind
}

func exportPerfetto(w io.Writer, s *session.Session) error {
	p := &perfetto{s: s, named: map[int]bool{}, counts: map[string]int{}}
	p.name(diskTrack, "the disk")
	b := s.Branch()
	for n, st := range b.Statements() {
		if st.End > st.Begin {
			p.statement(n, st)
		}
	}
	return json.NewEncoder(w).Encode(struct {
		Events []slice `json:"traceEvents"`
		Unit   string  `json:"displayTimeUnit"`
	}{p.out, "ns"})
}

func (p *perfetto) name(pid int, name string) {
	if !p.named[pid] {
		p.named[pid] = true
		p.out = append(p.out, slice{Name: "process_name", Phase: "M", PID: pid, Args: map[string]any{"name": name}})
	}
}

// statement is a slice with those of its calls, faults and steps in it.
func (p *perfetto) statement(n int, st session.Statement) {
	p.name(st.PID, fmt.Sprintf("process %d", st.PID))
	p.begin(trace.StatementDone, st.PID, p.last, slice{
		Name: firstLine(st.Op.Head()), Args: map[string]any{"statement": n + 1, "answer": st.Text},
	})
	for _, e := range p.s.Branch().Events(st.Begin, st.End) {
		p.step(e, float64(e.Time)/microsecond, st.PID)
	}
	for len(p.open) > 0 {
		p.end()
	}
}

func (p *perfetto) begin(kind trace.Kind, pid int, at float64, x slice) {
	x.Phase, x.At, x.PID, x.TID = "X", at, pid, pid
	p.open = append(p.open, opened{len(p.out), kind})
	p.out = append(p.out, x)
}

// end ends the innermost slice under way, at the last step.
func (p *perfetto) end() {
	x := &p.out[p.open[len(p.open)-1].at]
	x.For = p.last - x.At
	p.open = p.open[:len(p.open)-1]
}

// step adds what one step did. Times of the log are those at a step's end.
func (p *perfetto) step(e trace.Event, at float64, pid int) {
	before := p.last
	p.last = at
	args := map[string]any{"t": e.Seq, "what": p.s.Tell(e), "linux": e.Kind.Info().Linux}
	switch e.Kind {
	case trace.SyscallEnter:
		p.begin(e.Kind, pid, before, slice{Name: syscalls.Number(e.Args[0]).String(), Args: args})
	case trace.Faulted:
		p.begin(e.Kind, pid, before, slice{Name: "page fault", Args: args})
	case trace.FaultMinor, trace.FaultMajor, trace.SignalRaised:
		p.leaf(e, before, at, pid, args)
		if n := len(p.open); n > 1 && p.open[n-1].kind == trace.Faulted {
			p.out[p.open[n-1].at].Name += ", " + e.Kind.String()
			p.end()
		}
	case trace.IoSubmitted:
		p.leaf(e, before, at, pid, args)
		p.request(e, at, pid)
	case trace.IoCompleted:
		p.leaf(e, before, at, pid, args)
		if len(p.asked) > 0 {
			x := &p.out[p.asked[0]]
			x.For, p.asked = at-x.At, p.asked[1:]
		}
	case trace.StatementDone:
	default:
		p.leaf(e, before, at, pid, args)
	}
	p.counter(e, at)
}

// leaf is a step as a slice of its own.
func (p *perfetto) leaf(e trace.Event, from, to float64, pid int, args map[string]any) {
	p.out = append(p.out, slice{
		Name: e.Kind.String(), Phase: "X", At: from, For: to - from, PID: pid, TID: pid, Args: args,
	})
}

// request is a slice on the disk's track, with an arrow from the process.
func (p *perfetto) request(e trace.Event, at float64, pid int) {
	p.flows++
	arrow := slice{Name: "request", Cat: "io", Phase: "s", At: at, PID: pid, TID: pid, ID: p.flows}
	head := arrow
	head.Phase, head.Bind, head.PID, head.TID = "f", "e", diskTrack, 1
	p.asked = append(p.asked, len(p.out)+1)
	p.out = append(p.out, arrow, slice{
		Name: session.FormatArg(trace.ArgDirection, e.Args[2]), Phase: "X", At: at, PID: diskTrack, TID: 1,
		Args: map[string]any{"block": e.Args[0], "blocks": e.Args[1]},
	}, head)
}

// counters are what the trace counts over time: by kind of step, the counter's name and what the step adds.
var counters = map[trace.Kind]struct {
	name string
	add  int
}{
	trace.FrameAllocated: {"private frames taken", 1},
	trace.CacheAdded:     {"pages cached", 1}, trace.CacheRemoved: {"pages cached", -1},
}

func (p *perfetto) counter(e trace.Event, at float64) {
	c, ok := counters[e.Kind]
	if !ok {
		return
	}
	p.counts[c.name] += c.add
	p.out = append(p.out, slice{
		Name: c.name, Phase: "C", At: at, PID: diskTrack, Args: map[string]any{"since the start": p.counts[c.name]},
	})
}
