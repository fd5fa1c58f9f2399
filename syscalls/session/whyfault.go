package session

import (
	"errors"
	"fmt"
	"time"

	"vmsim/fault"
	"vmsim/vm"
	"vmsim/vm/trace"
)

// told are the steps of a fault that are worth a line of the answer to why.
var told = map[trace.Kind]bool{
	trace.Faulted: true, trace.FaultArea: true, trace.AnonFault: true, trace.ZeroPageMapped: true,
	trace.FileFault:   true,
	trace.FaultAround: true, trace.WriteFault: true, trace.CowReused: true, trace.CowBroken: true, trace.MkWrite: true,
	trace.GuardHit: true, trace.SwapCacheLook: true, trace.SwapIn: true, trace.CacheHit: true, trace.CacheMiss: true,
	trace.ReadaheadPlanned: true, trace.BlockMapped: true, trace.IoSubmitted: true, trace.IoCompleted: true,
	trace.StackGrown: true,
	trace.FaultMinor: true, trace.FaultMajor: true, trace.SignalRaised: true, trace.PageDirtied: true,
	trace.Refused: true, trace.HugeLost: true,
}

// WhyFault is what became of the last page fault, and why.
func (s *Session) WhyFault() ([]Link, error) {
	first := s.last(func(e trace.Event) bool { return e.Kind == trace.Faulted })
	raised := s.last(func(e trace.Event) bool { return e.Kind == trace.SignalRaised })
	switch {
	case raised > first && s.faultOf(raised) == 0:
		return s.whyRefused(raised), nil
	case first == 0:
		return nil, s.noFault()
	}
	return s.whyFaultAt(first), nil
}

// faultOf is the page fault that a signal answers; 0 where the processor refused the access before one.
func (s *Session) faultOf(raised Moment) Moment {
	b := s.Branch()
	for t := raised - 1; t > 0 && b.Event(t).Kind != trace.StatementDone; t-- {
		switch k := b.Event(t).Kind; {
		case k == trace.Faulted:
			return t
		case closesFault(k):
			return 0
		}
	}
	return 0
}

// whyRefused is why an access got a signal although no page fault was taken.
func (s *Session) whyRefused(raised Moment) []Link {
	if e := s.Branch().Event(raised - 1); e.Kind == trace.Refused {
		return []Link{s.statementLink(raised), {raised, s.Tell(s.Branch().Event(raised))},
			{0, "SIGSEGV SI_KERNEL: before a handler runs the kernel stores a frame for it: " + e.Note + "."},
			before(raised)}
	}
	return []Link{s.statementLink(raised), {raised, s.Tell(s.Branch().Event(raised))},
		{0, "SIGSEGV SI_KERNEL: the address is not canonical: its bits 47 to 63 are not all the same. The processor " +
			"answers with a general protection exception, not with a page fault: no page table is looked at, and the " +
			"kernel does not learn the address (si_addr is NULL)."}, before(raised)}
}

// WhySignal is why the last access that a signal answered got it; 0 is any signal.
func (s *Session) WhySignal(number fault.SignalNumber) ([]Link, error) {
	raised := s.last(func(e trace.Event) bool {
		return e.Kind == trace.SignalRaised && (number == 0 || fault.SignalNumber(e.Args[1]) == number)
	})
	if raised == 0 && number == 0 {
		return nil, errors.New("no access has got a signal yet")
	}
	if raised == 0 {
		return nil, fmt.Errorf("no access has got %v yet; explain %v says when one does", number, number)
	}
	if first := s.faultOf(raised); first > 0 {
		return s.whyFaultAt(first), nil
	}
	return s.whyRefused(raised), nil
}

// Lately reports whether the last statement failed, and whether an access of it faulted or got a signal.
func (s *Session) Lately() (failed, faulted bool) {
	b, from := s.Branch(), s.live.begun
	if !s.Inside() && s.live.done > 0 {
		st := &b.stmts[s.live.done-1]
		from, failed = st.Begin, st.Errno != 0 || callOf(st) == "brk" && len(s.refusals(st)) > 0
	}
	for _, e := range b.Events(from, s.At()) {
		faulted = faulted || e.Kind == trace.Faulted || e.Kind == trace.SignalRaised
	}
	return failed, faulted
}

// whyFaultAt is what became of the page fault that begins with a step, and why.
func (s *Session) whyFaultAt(first Moment) []Link {
	b := s.Branch()
	var steps []Moment
	end := first
	for t := first; t <= s.At(); t++ {
		e := b.Event(t)
		end = t
		if told[e.Kind] {
			steps = append(steps, t)
		}
		if closesFault(e.Kind) || e.Kind == trace.StatementDone {
			break
		}
	}
	chain := append([]Link{s.statementLink(first)}, collapse(s.linksOf(steps))...)
	return append(append(chain, s.verdict(first, end)...), before(first))
}

// noFault says that no access has faulted, and what the kernel counts as faults nevertheless.
func (s *Session) noFault() error {
	t := s.last(func(e trace.Event) bool { return e.Kind == trace.FaultMinor || e.Kind == trace.FaultMajor })
	if t == 0 {
		return fmt.Errorf("no page fault has been taken yet")
	}
	return fmt.Errorf("no access has faulted yet; the faults that are counted are pages that the kernel brought in "+
		"itself, the last one in statement %d:  %s", s.Branch().StatementAt(t)+1,
		s.statementText(s.Branch().StatementAt(t)))
}

// mostAlike is how many steps of one kind in a row are shown one by one: a fault may read many pages, each alike.
const mostAlike = 3

// linksOf are steps as links; of many of one kind in a row the first and the last.
func (s *Session) linksOf(steps []Moment) (out []Link) {
	b := s.Branch()
	for i := 0; i < len(steps); {
		n := 1
		for i+n < len(steps) && b.Event(steps[i+n]).Kind == b.Event(steps[i]).Kind {
			n++
		}
		run := steps[i : i+n]
		i += n
		for j, t := range run {
			switch {
			case n <= mostAlike || j == 0 || j == n-1:
				out = append(out, Link{t, s.Tell(b.Event(t))})
			case j == 1:
				out = append(out, Link{t, fmt.Sprintf("%d more of these", n-2)})
			}
		}
	}
	return out
}

func closesFault(k trace.Kind) bool {
	return k == trace.FaultMinor || k == trace.FaultMajor || k == trace.SignalRaised
}

// statementLink is the statement that step t belongs to.
func (s *Session) statementLink(t Moment) Link {
	b := s.Branch()
	n := b.StatementAt(t)
	begin := s.live.begun
	if n < len(b.stmts) {
		begin = b.stmts[n].Begin
	}
	return Link{begin + 1, fmt.Sprintf("statement %d:  %s", n+1, s.statementText(n))}
}

// verdict says in a sentence why a fault from step first to step end came out as it did.
func (s *Session) verdict(first, end Moment) []Link {
	b := s.Branch()
	e := b.Event(end)
	switch e.Kind {
	case trace.FaultMajor:
		chain := append([]Link{{0, s.majorBecause(first, end)}}, s.whyMissing(first, end)...)
		return append(chain, s.lostCopy(first, end)...)
	case trace.FaultMinor:
		return s.whyMinor(first, end)
	case trace.SignalRaised:
		return s.whySignal(first, end)
	}
	if n := b.StatementAt(end); n < s.live.done && n < len(b.stmts) {
		return append([]Link{{0, "It was the kernel's own access, which it gave up: the call failed, and there is no " +
			"signal."}},
			s.unreached(&b.stmts[n])...)
	}
	return []Link{{0, "It is not over yet: finish brings it to its end."}}
}

// whyMinor says why a fault was minor, and what had become of a page that was there before.
func (s *Session) whyMinor(first, end Moment) []Link {
	chain := append([]Link{{0, "It was minor: " + s.atHand(first, end)}}, s.whyZeros(first, end)...)
	chain = append(chain, s.lostCopy(first, end)...)
	if left := s.whyMissing(first, end); len(left) > 1 {
		chain = append(chain, left...)
	}
	return chain
}

// majorBecause is what made a fault major.
func (s *Session) majorBecause(first, end Moment) string {
	for _, e := range s.Branch().Events(first-1, end) {
		if e.Kind == trace.IoSubmitted || e.Kind == trace.IoCompleted {
			return "It was major: the page was not in memory, and the program had to wait for the disk."
		}
	}
	return "It was major, since the page was not in the page cache; but the file has a hole there, so no disk was " +
		"asked."
}

// whyMissing is why the page that a major fault looked for was not in the cache.
func (s *Session) whyMissing(first, end Moment) []Link {
	b, t := s.Branch(), first
	for t <= end && b.Event(t).Kind != trace.CacheMiss {
		t++
	}
	if t > end {
		return nil
	}
	miss := b.Event(t)
	left := s.lastBefore(t, func(e trace.Event) bool {
		return (e.Kind == trace.CacheRemoved || e.Kind == trace.PageTruncated) && e.Args[0] == miss.Args[0] &&
			e.Args[2] == miss.Args[2]
	})
	switch n, cut := s.powerCut(); {
	case left > 0:
		return append([]Link{{0, "It had been in memory, but left:"}}, s.causes(left)...)
	case cut && b.stmts[n].End < t:
		return []Link{{0, "Nothing had brought it in since the power cut."}}
	}
	return []Link{{0, "Nothing had brought it in since the program began."}}
}

// atHand is with what a minor fault was repaired.
func (s *Session) atHand(first, end Moment) string {
	had := map[trace.Kind]bool{}
	for _, e := range s.Branch().Events(first-1, end) {
		if e.Kind != trace.FaultAround || e.Args[2] > 0 {
			had[e.Kind] = true
		}
	}
	cached := had[trace.CacheHit] || had[trace.FaultAround] && !had[trace.CacheMiss]
	if wait := s.waited(first, end); cached && !had[trace.IoSubmitted] && wait > 0 {
		return fmt.Sprintf("a request for the page was under way already. The access waited %v for the disk, which "+
			"no counter shows.", wait)
	}
	return became(had, cached)
}

// became says from the kinds of steps of a minor fault what the access got.
func became(had map[trace.Kind]bool, cached bool) string {
	switch {
	case had[trace.ZeroPageMapped]:
		return "there was no page, and the load shows the one frame of zeros."
	case had[trace.CowBroken] && cached:
		return "the page was in the page cache already, and the store got a copy of it."
	case had[trace.CowBroken] && had[trace.CacheMiss]:
		return "the file has a hole there, so no disk had to be asked, and the store got a page of its own."
	case had[trace.CowBroken]:
		return "the page was there, but shared: the store got a copy of it."
	case had[trace.CowReused] && had[trace.Refused]:
		return "the page was there, but shared, and the pool of huge pages had none for a copy. This process had " +
			"reserved the page: the kernel took it out of the others, which get SIGBUS there, and made it writable."
	case had[trace.CowReused]:
		return "the page was there, write-protected, and this process's alone: it was made writable without a copy."
	case cached:
		return "the page was in the page cache already."
	case had[trace.SwapCacheLook], had[trace.CacheMiss] && had[trace.CacheAdded] && !had[trace.CopyZero]:
		return "the page was still in the swap cache."
	case had[trace.CopyZero]:
		return "a new frame was filled with zeros; no disk had to be asked."
	case had[trace.MkWrite]:
		return "the page was there, but the file system had to learn of the first store to it."
	}
	return "all that it wanted was in memory."
}

// waited is for how long a fault from step first to step end waited for requests to read.
func (s *Session) waited(first, end Moment) (d time.Duration) {
	b := s.Branch()
	for t := first; t <= end; t++ {
		d += b.waitedAt(t)
	}
	return d.Round(10 * time.Nanosecond)
}

// neighbours says which areas lie nearest.
func (s *Session) neighbours(space *vm.Space, x vm.Addr) (text string) {
	above := space.FindAfter(x)
	var below *vm.Area
	if above != nil {
		below = above.Prev()
	}
	if below != nil {
		text += fmt.Sprintf("; the one below ends at %v (%s)", below.End, s.tellArea(below))
	}
	if above != nil {
		text += fmt.Sprintf("; the one above begins at %v", above.Start)
	}
	return text
}
