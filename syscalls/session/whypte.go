package session

import (
	"fmt"

	"vmsim/syscalls"
	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/trace"
)

// entrySteps are the steps that change an entry of a page table, whose first argument is the address.
var entrySteps = []trace.Kind{
	trace.EntrySet, trace.ZeroPageMapped, trace.EntryCleared, trace.EntryProtected, trace.EntryMoved, trace.EntryCopied,
	trace.GuardSet,
	trace.FrameRemapped, trace.SwapOut, trace.SwapIn, trace.CowReused, trace.CowBroken, trace.WriteFault, trace.MkWrite,
	trace.LazyFreed,
}

// WhyEntry is why the page-table entry of x is as it is, for a process.
func (s *Session) WhyEntry(pid int, x vm.Addr) ([]Link, error) {
	p, ok := s.Kernel().Process(pid)
	if !ok {
		return nil, fmt.Errorf("there is no process %d", pid)
	}
	x = x.Floor()
	a := p.Space.Find(x)
	e := p.Space.Entry(x)
	chain := []Link{{0, fmt.Sprintf("the entry of %v in process %d: %s", x, pid, tellEntry(e))}}
	if a == nil {
		chain = append(chain, Link{0, "no area holds the address"})
	} else {
		chain = append(chain, Link{0, "the area is " + s.tellArea(a)})
	}
	t := s.lastChange(pid, x)
	if t == 0 {
		t = s.inherited(pid, x)
	}
	if t == 0 {
		return append(chain, Link{0, "  nothing has touched it since the program began"}), nil
	}
	chain = append(append(append(chain, s.causes(t)...), s.whySwapped(t)...), s.whyKept(p, x)...)
	switch first := s.faultOf(t); s.Branch().Event(t).Kind {
	case trace.ZeroPageMapped:
		chain = append(chain, s.whyZeros(first, t)...)
	case trace.EntryCleared:
		chain = append(chain, s.lazily(pid, x, t)...)
	}
	if b := s.Branch(); b.Event(t).Kind == trace.EntryCopied && !e.Writable() {
		chain = append(chain, Link{0, "  the fork write-protected it in both processes: " + s.nextStore(p, e)})
	}
	return chain, nil
}

// nextStore is what the next store to a page will do that a fork write-protected.
func (s *Session) nextStore(p *syscalls.Process, e vm.PTE) string {
	if f := p.Space.NormalFrame(e); f != nil && f.Maps() == 1 && !f.Has(phys.SwapCached) {
		return "no other entry maps the frame any more, so a store here takes it without a copy"
	}
	return "the first to store gets a copy"
}

// whySwapped is why the page left memory whose entry step t made refer to the swap area.
func (s *Session) whySwapped(t Moment) []Link {
	b := s.Branch()
	out := b.Event(t)
	if out.Kind != trace.SwapOut {
		return nil
	}
	for t++; t <= s.At(); t++ {
		if e := b.Event(t); e.Kind == trace.PageSwapped && e.Args[1] == out.Args[2] {
			return []Link{{t, s.Tell(e)}}
		}
	}
	return nil
}

// touches reports whether an entry step is about the page at x.
func touches(e trace.Event, x vm.Addr) bool {
	return vm.Addr(e.Args[0]).Floor() == x || e.Kind == trace.EntryMoved && vm.Addr(e.Args[1]).Floor() == x
}

// inherited is the step by which a fork gave process pid its entry of x; 0 where it did not.
func (s *Session) inherited(pid int, x vm.Addr) Moment {
	born := s.last(func(e trace.Event) bool { return e.Kind == trace.ProcessForked && int(e.Args[0]) == pid })
	b := s.Branch()
	for t := born; t > 0 && b.Event(t).Kind != trace.StatementDone; t-- {
		if e := b.Event(t); e.Kind == trace.EntryCopied && vm.Addr(e.Args[0]) == x {
			return t
		}
	}
	return 0
}

// tellArea is an area in a few words: its range, its permissions, what backs it.
func (s *Session) tellArea(a *vm.Area) string {
	text := fmt.Sprintf("%v-%v %s", a.Start, a.End, a.Flags.Permissions())
	switch {
	case a.Backing != nil:
		return fmt.Sprintf("%s of %s from page %d on", text, a.Backing.Name(), a.Index)
	case a.Space() != nil && a.Space().NameOf(a) != "":
		return text + " " + a.Space().NameOf(a)
	}
	return text + ", anonymous"
}
