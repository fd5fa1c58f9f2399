package session

import (
	"fmt"

	"vmsim/syscalls/plural"
	"vmsim/vm"
	"vmsim/vm/trace"
)

// WhyMerge is why the area that holds x is not one with its neighbours, or how it became one.
func (s *Session) WhyMerge(pid int, x vm.Addr) ([]Link, error) {
	a, err := s.areaAt(pid, x)
	if err != nil {
		return nil, err
	}
	chain := []Link{{0, "the area is " + s.tellArea(a)}}
	if t := s.last(func(e trace.Event) bool {
		return e.Kind == trace.AreaMerged && e.PID == pid &&
			within(a, e.Args[0])
	}); t > 0 {
		chain = append(chain, Link{0, "it was made of more than one range:"})
		chain = append(chain, s.causes(t)...)
	}
	chain = append(chain, s.apart(pid, a.Prev(), a)...)
	return append(chain, s.apart(pid, a, a.Next())...), nil
}

func within(a *vm.Area, x uint64) bool { return a.Contains(vm.Addr(x)) }

// apart is why two neighbours are two.
func (s *Session) apart(pid int, low, high *vm.Area) []Link {
	switch {
	case low == nil || high == nil:
		return nil
	case low.End != high.Start:
		return []Link{{0,
			fmt.Sprintf("it does not touch the area at %v: %s free", low.Start, plural.Count(
				uint64(high.Start-low.End)/vm.PageSize, "page between them is", "pages between them are"))}}
	}
	chain := []Link{{0,
		fmt.Sprintf("%v-%v %s and %v-%v %s touch, but are two:", low.Start, low.End, low.Flags.Permissions(),
			high.Start, high.End, high.Flags.Permissions())}}
	t := s.lastParted(pid, uint64(low.End))
	if t == 0 {
		return append(chain, Link{0, "  they were so when the program began: no call has tried to merge them"})
	}
	chain = append(chain, s.causes(t)...)
	if e := s.Branch().Event(t); e.Kind == trace.MergeRefused && e.Args[2] != 0 {
		chain = append(chain, Link{0, "  they differed in " + vm.Flags(e.Args[2]).Mnemonics()})
	}
	return chain
}

// lastParted is when areas were last split, or kept from merging, at a border.
func (s *Session) lastParted(pid int, border uint64) Moment {
	return s.last(func(e trace.Event) bool {
		return e.PID == pid && (e.Kind == trace.MergeRefused && (e.Args[0] == border || e.Args[1] == border) ||
			e.Kind == trace.AreaSplit && e.Args[2] == border)
	})
}

func (s *Session) areaAt(pid int, x vm.Addr) (*vm.Area, error) {
	p, ok := s.Kernel().Process(pid)
	if !ok {
		return nil, fmt.Errorf("there is no process %d", pid)
	}
	if a := p.Space.Find(x); a != nil {
		return a, nil
	}
	return nil, fmt.Errorf("no area of process %d holds %v%s", pid, x, s.neighbours(p.Space, x))
}

// WhyAddress is why the area that holds x lies where it does, or since when there is none.
func (s *Session) WhyAddress(pid int, x vm.Addr) ([]Link, error) {
	a, err := s.areaAt(pid, x)
	if err != nil {
		return s.whyNone(pid, x, err)
	}
	chain := []Link{{0, "the area is " + s.tellArea(a)}}
	made := s.last(func(e trace.Event) bool {
		return e.PID == pid && (e.Kind == trace.AreaNew || e.Kind == trace.AreaMerged) && e.Args[0] <= uint64(x) &&
			uint64(x) < e.Args[1]
	})
	if made == 0 {
		return append(chain, Link{0, "  it was there when the program began: exec chose its place"}), nil
	}
	chain = append(chain, s.statementLink(made))
	chain = append(chain, s.placing(a, chain[1].At, made)...)
	return append(chain, Link{made, s.Tell(s.Branch().Event(made))}, before(made)), nil
}

// placing are the steps from begin to made in which the kernel chose the place of the area.
func (s *Session) placing(a *vm.Area, begin, made Moment) (chain []Link) {
	for t := begin; t <= made; t++ {
		switch e := s.Branch().Event(t); e.Kind {
		case trace.HintTaken, trace.GapSearch, trace.Placed:
			chain = append(chain, Link{t, s.Tell(e)})
			if e.Kind == trace.GapSearch {
				chain = append(chain, Link{0, s.aboveGap(a, e)})
			}
		}
	}
	return chain
}

// whyNone is err, which says that no area holds x, and the statement that has taken one away.
func (s *Session) whyNone(pid int, x vm.Addr, err error) ([]Link, error) {
	if _, ok := s.Kernel().Process(pid); !ok {
		return nil, err
	}
	a := &badAccess{s: s, x: x, access: vm.Load}
	m, failed := a.replay(pid, s.At())
	if failed != nil {
		return nil, err
	}
	m.discard()
	n := a.since(noArea)
	if n == 0 {
		return nil, err
	}
	return []Link{{0, err.Error()}, s.sinceLink(n - 1)}, nil
}

// aboveGap says what lay above the place that a search found.
func (s *Session) aboveGap(a *vm.Area, e trace.Event) string {
	if base := a.Space().Layout.MmapBase; vm.Addr(e.Args[2]) == base {
		return fmt.Sprintf("          the gap ends at the mapping base, %v: the limit of the stack lies above it", base)
	}
	if n := a.Space().FindAfter(vm.Addr(e.Args[2])); n != nil && n.Start == vm.Addr(e.Args[2]) {
		return "          above the gap lies " + s.tellArea(n)
	}
	return fmt.Sprintf("          the gap ended at %#x", e.Args[2])
}
