package main

import (
	"io"
	"strings"

	"github.com/google/pprof/profile"

	"vmsim/syscalls"
	"vmsim/syscalls/session"
	"vmsim/vm/trace"
)

// profiled collects the stacks of a run: statement, system call, page fault, kernel function.
type profiled struct {
	profile.Profile
	functions map[string]*profile.Location
	samples   map[string]*profile.Sample
}

// exportProfile is a profile over virtual time. The stack of a step is the statement, the call and the fault under way,
// and the function of Linux that takes the step.
func exportProfile(w io.Writer, s *session.Session) error {
	p := &profiled{functions: map[string]*profile.Location{}, samples: map[string]*profile.Sample{}}
	p.SampleType = []*profile.ValueType{
		{Type: "steps", Unit: "count"}, {Type: "bytes", Unit: "bytes"}, {Type: "time", Unit: "nanoseconds"},
	}
	p.DefaultSampleType = "time"
	last := int64(0)
	for _, st := range s.Branch().Statements() {
		stack := []string{firstLine(st.Op.Head())}
		for _, e := range s.Branch().Events(st.Begin, st.End) {
			switch e.Kind {
			case trace.SyscallEnter:
				stack = append(stack, syscalls.Number(e.Args[0]).String()+"()")
			case trace.Faulted:
				stack = append(stack, "page fault")
			}
			p.sample(append(stack[:len(stack):len(stack)], e.Kind.Function()), 1, int64(e.Bytes), int64(e.Time)-last)
			last = int64(e.Time)
			if n := len(stack); n > 1 && endsSlice(e.Kind) {
				stack = stack[:n-1]
			}
		}
	}
	return p.Write(w)
}

// endsSlice reports whether a step ends the fault under way.
func endsSlice(k trace.Kind) bool {
	return k == trace.FaultMinor || k == trace.FaultMajor || k == trace.SignalRaised
}

// sample adds to the values of a stack, whose outermost function is first.
func (p *profiled) sample(stack []string, values ...int64) {
	key := strings.Join(stack, "\x00")
	x, ok := p.samples[key]
	if !ok {
		x = &profile.Sample{Value: make([]int64, len(values))}
		for i := len(stack) - 1; i >= 0; i-- {
			x.Location = append(x.Location, p.function(stack[i]))
		}
		p.samples[key] = x
		p.Sample = append(p.Sample, x)
	}
	for i, v := range values {
		x.Value[i] += v
	}
}

// function is the place of a function.
func (p *profiled) function(name string) *profile.Location {
	l, ok := p.functions[name]
	if !ok {
		f := &profile.Function{ID: uint64(len(p.Function) + 1), Name: name}
		l = &profile.Location{ID: f.ID, Line: []profile.Line{{Function: f}}}
		p.Function, p.Location = append(p.Function, f), append(p.Location, l)
		p.functions[name] = l
	}
	return l
}
