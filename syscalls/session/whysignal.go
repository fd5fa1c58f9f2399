package session

import (
	"fmt"
	"slices"
	"syscall"

	"vmsim/fault"
	"vmsim/pagecache"
	"vmsim/syscalls"
	"vmsim/syscalls/plural"
	"vmsim/syscalls/script"
	"vmsim/vm"
	"vmsim/vm/trace"
)

// vsyscallPage is where the page [vsyscall] lies.
// Linux: VSYSCALL_ADDR (arch/x86/include/uapi/asm/vsyscall.h).
const vsyscallPage vm.Addr = 0xffffffffff600000

// badAccess is an access that a signal answered, looked at on a machine that is at the moment of the signal: what
// the machine has become since then says nothing about it.
type badAccess struct {
	s      *Session
	space  *vm.Space
	signal fault.Signal
	x      vm.Addr
	access vm.Access
	ended  [obstacles]int // for each obstacle the statement, from 1, that put it in the way; 0 for none
}

// obstacle is what keeps an access from a page.
type obstacle int

// The obstacles, in the order in which the kernel meets them.
const (
	noArea     obstacle = iota // no area holds the address
	forbidden                  // the area does not allow the access
	beyondEOF                  // the file ends before the page
	guarded                    // the page is in a guard region
	tooNear                    // no area holds the address, and the stack above may not come so near to the area below
	locked                     // the area's protection key forbids the access
	handedOver                 // faults of the area are left to the program
	poisoned                   // UFFDIO_POISON has made the page unusable
	obstacles
)

// whySignal tells SIGSEGV and SIGBUS apart, with what there was at the moment of the signal, and names the statement
// that made the access a bad one.
func (s *Session) whySignal(first, end Moment) []Link {
	b := s.Branch()
	faulted, raised := b.Event(first), b.Event(end)
	a := &badAccess{s: s, x: vm.Addr(faulted.Args[0]), access: vm.Access(faulted.Args[1]), signal: fault.Signal{
		Number: fault.SignalNumber(raised.Args[1]), Code: fault.SignalCode(raised.Args[2]),
		Addr: vm.Addr(raised.Args[0])}}
	m, err := a.replay(raised.PID, end)
	if err != nil {
		return []Link{{0, err.Error()}}
	}
	defer m.discard()
	p, ok := m.model.Kernel.Process(raised.PID)
	if !ok {
		return []Link{{0, a.signal.Error()}}
	}
	a.space = p.Space
	refusal, frame := s.refusal(first, end)
	text, why := a.verdict(m, refusal, b.Events(first-1, end))
	if a.signal == *fault.FromKernel() {
		text, why = a.frameFault(m, raised.PID, refusal, frame)
	}
	if why == noArea {
		text += leftOutByFork(m, raised.PID, a.x)
	}
	what := a.signal.Number.String()
	if a.signal.Code != 0 {
		what += " " + a.signal.CodeName()
	}
	links := []Link{{0, what + ": " + text}}
	if n := a.since(why); n > 0 {
		links = append(links, s.sinceLink(n-1))
	}
	if why == noArea {
		links = append(links, s.failedBase(first)...)
		links = append(links, s.notGrown(first, raised.PID, a.x)...)
	}
	links = append(links, s.hugeTaken(first, end)...)
	return append(links, s.limitSet(refusal, first)...)
}

// frameFault is why the frame of a handler could not be stored or read.
func (a *badAccess) frameFault(m *machine, pid int, refusal string, frame syscalls.FrameRefusal) (string, obstacle) {
	if frame == syscalls.FrameWithoutPlace || frame == syscalls.FrameOfZeros {
		return refusal + ".", obstacles
	}
	text, why := a.obstacle(a.obstaclesOf(m, pid))
	if refusal != "" && frame != syscalls.FrameNotStored {
		text, why = "the stack could not grow down to it: "+refusal+".", obstacles
	}
	verb := "read the frame of a handler, which returns"
	if a.access == vm.Store {
		verb = "store the frame of the signal's handler"
	}
	return fmt.Sprintf("the kernel could not %s, at %v: %s", verb, a.x, text), why
}

// sinceLink says that something is so since a statement, numbered from 0.
func (s *Session) sinceLink(n int) Link {
	return Link{s.Branch().stmts[n].Begin + 1, fmt.Sprintf("it is so since statement %d:  %s", n+1, s.statementText(n))}
}

// leftOutByFork says whose area at x the process did not get when it was born; empty where there is none.
func leftOutByFork(m *machine, pid int, x vm.Addr) (text string) {
	m.model.Kernel.Processes(func(p *syscalls.Process) {
		if area := p.Space.Find(x); p.PID != pid && area != nil && area.Flags.Has(vm.DontCopy) {
			text = fmt.Sprintf(" The area that process %d has there is not copied by fork: MADV_DONTFORK.", p.PID)
		}
	})
	return text
}

// unreached is why the kernel could not reach an address in a statement that failed with EFAULT.
func (s *Session) unreached(st *Statement) []Link {
	b := s.Branch()
	for t := st.End; t > st.Begin; t-- {
		e := b.Event(t)
		if e.Kind != trace.Faulted {
			continue
		}
		a := &badAccess{s: s, x: vm.Addr(e.Args[0]), access: vm.Access(e.Args[1])}
		m, err := a.replay(st.PID, t)
		if err != nil {
			return nil
		}
		defer m.discard()
		p, ok := m.model.Kernel.Process(st.PID)
		if !ok {
			return nil
		}
		a.space = p.Space
		text, why := a.obstacle(a.obstaclesOf(m, st.PID))
		chain := []Link{{t, fmt.Sprintf("the kernel's %s of %v failed: %s", FormatArg(trace.ArgAccess, e.Args[1]), a.x,
			text)}}
		if n := a.since(why); n > 0 {
			chain = append(chain, s.sinceLink(n-1))
		}
		return chain
	}
	return nil
}

// obstacle is the first of the obstacles that are in the way, in words.
func (a *badAccess) obstacle(is [obstacles]bool) (string, obstacle) {
	area := a.space.Find(a.x)
	switch {
	case is[noArea]:
		return "no area holds it" + a.s.neighbours(a.space, a.x) + ".", noArea
	case is[forbidden]:
		return "its area does not allow that: " + a.s.tellArea(area) + ".", forbidden
	case is[beyondEOF]:
		f := pagecache.FileOf(area)
		return fmt.Sprintf("page %d of %s lies beyond the end of its %s.", area.IndexOf(a.x), FileName(f.Mapping),
			plural.Bytes(f.Mapping.Size())), beyondEOF
	case is[guarded]:
		return "it is in a guard region of the area " + a.s.tellArea(area) + ".", guarded
	}
	return "no page could be mapped there.", obstacles
}

// refusal is what a check said between two steps, and what is wrong with a frame where it is about one; empty where
// none refused.
func (s *Session) refusal(first, end Moment) (text string, frame syscalls.FrameRefusal) {
	for _, e := range s.Branch().Events(first-1, end) {
		if e.Kind == trace.Refused {
			text = fmt.Sprintf("%s (%s)", e.Note, script.ErrnoName(syscall.Errno(e.Args[0])))
			return text, syscalls.FrameRefusal(e.Args[1])
		}
	}
	return "", 0
}

// replay is a machine that is at step end. On its way it notes after which statement each obstacle came into the
// way of the access.
func (a *badAccess) replay(pid int, end Moment) (*machine, error) {
	b := a.s.Branch()
	m, err := newMachine(b)
	if err != nil {
		return nil, err
	}
	before := a.obstaclesOf(m, pid)
	for n := 0; n < len(b.stmts) && b.stmts[n].End <= end; n++ {
		if err := m.run(b.stmts[n].End, nil); err != nil {
			m.discard()
			return nil, err
		}
		now := a.obstaclesOf(m, pid)
		for o := range obstacles {
			if now[o] && !before[o] {
				a.ended[o] = n + 1
			}
		}
		before = now
	}
	if err := m.run(end, nil); err != nil {
		m.discard()
		return nil, err
	}
	return m, nil
}

// obstaclesOf are the obstacles to the access in the machine's current state.
func (a *badAccess) obstaclesOf(m *machine, pid int) (is [obstacles]bool) {
	p, ok := m.model.Kernel.Process(pid)
	if !ok {
		return is
	}
	area := p.Space.Find(a.x)
	if is[noArea] = area == nil; is[noArea] {
		is[tooNear] = belowStack(p.Space, a.x) != nil
		return is
	}
	is[locked] = p.CPU.Rights.Forbids(area.Flags.Key(), a.access)
	is[forbidden] = !area.Flags.Any(flagsFor[a.access])
	is[guarded] = p.Space.Entry(a.x).Guard()
	is[handedOver], is[poisoned] = area.Handler != nil, p.Space.Entry(a.x).Poisoned()
	if f := pagecache.FileOf(area); f != nil {
		is[beyondEOF] = area.IndexOf(a.x) >= endPage(f)
	}
	return is
}

// flagsFor are the rights of which an access needs one. A load does with any: an entry that can be written to can be
// read.
// Linux: access_error (arch/x86/mm/fault.c).
var flagsFor = [...]vm.Flags{vm.Load: vm.Read | vm.Write | vm.Exec, vm.Store: vm.Write, vm.Fetch: vm.Exec}

// endPage is the first page that lies wholly beyond the end of a file.
func endPage(f *pagecache.File) vm.PageIndex {
	return vm.IndexOf(f.Mapping.Size() + vm.PageSize - 1)
}

// since is the statement that put an obstacle in the way, 0 where it was there from the beginning. An obstacle that no
// statement brought is in the way of an access that was never possible.
func (a *badAccess) since(o obstacle) int {
	if o == obstacles {
		return 0
	}
	return a.ended[o]
}

// belowStack is the area that keeps the stack above x from growing down to it; nil for none.
// Linux: expand_downwards (mm/vma.c).
func belowStack(space *vm.Space, x vm.Addr) *vm.Area {
	stack := space.FindAfter(x)
	if stack == nil || !stack.Flags.Has(vm.GrowsDown) {
		return nil
	}
	below := stack.Prev()
	if below == nil || below.Flags.Has(vm.GrowsDown) || !below.Accessible() || x.Floor()-below.End >= vm.StackGuardGap {
		return nil
	}
	return below
}

// verdict is why the signal was raised, and the obstacle that was in the way; obstacles where it was another cause.
// steps are those of the fault.
func (a *badAccess) verdict(m *machine, refusal string, steps []trace.Event) (string, obstacle) {
	area := a.space.Find(a.x)
	switch sig := a.signal; {
	case sig.Number == fault.SIGKILL:
		return outOfMemory(m, steps), obstacles
	case area == nil && refusal != "" && belowStack(a.space, a.x) != nil:
		return fmt.Sprintf("no area holds %v, and the stack could not grow down to it: %s. Linux keeps %d KiB free "+
			"between a stack and the area below it, which is %s.", a.x, refusal, vm.StackGuardGap>>10,
			a.s.tellArea(belowStack(a.space, a.x))), tooNear
	case area == nil && refusal != "":
		return fmt.Sprintf("no area holds %v, and the stack could not grow down to it: %s.", a.x, refusal), obstacles
	case area == nil && a.x.Floor() == vsyscallPage && a.space.Profile.Configured().Vsyscall.Shown():
		return fmt.Sprintf("no area of the process holds %v: the line [vsyscall] of maps stands for a page of the "+
			"kernel, whose functions can be called, and whose bytes no program can store to or, where they are --xp, "+
			"load.", a.x), noArea
	case area == nil:
		return "no area holds " + a.x.String() + a.s.neighbours(a.space, a.x) + ".", noArea
	case sig.Number == fault.SIGBUS && a.space.Entry(a.x).Poisoned():
		return "UFFDIO_POISON has made the page unusable. It is one of the area " + a.s.tellArea(area) + ".", poisoned
	case sig.Number == fault.SIGBUS && a.handed(steps) != "":
		return a.handed(steps) + a.s.tellArea(area) + ".", handedOver
	case sig.Number == fault.SIGBUS && pagecache.FileOf(area) != nil:
		return a.busError(area, refusal, steps)
	case sig.Number == fault.SIGBUS:
		return "the area allows the access, but it has no page there: " + a.s.tellArea(area) + ".", obstacles
	case sig.Code == fault.SegvPkuErr:
		return fmt.Sprintf("the protection key of the area, key %d, forbids the %s: %s.", area.Flags.Key(),
			FormatArg(trace.ArgAccess, uint64(a.access)), a.s.tellArea(area)), locked
	case sig.Code == fault.SegvAccErr:
		return fmt.Sprintf("the area does not allow a %s: %s.", FormatArg(trace.ArgAccess, uint64(a.access)),
			a.s.tellArea(area)), forbidden
	}
	return "the page is in a guard region of the area " + a.s.tellArea(area) + ".", guarded
}

// handed is why a fault that was left to the program raised a signal; empty where it was not left to it.
func (a *badAccess) handed(steps []trace.Event) string {
	for _, e := range steps {
		if e.Kind != trace.Userfault {
			continue
		}
		const asked = ", and the program has asked for a signal (UFFD_FEATURE_SIGBUS) where one happens. The area is "
		switch vm.Flags(e.Args[1]) {
		case vm.UserWrite:
			return "stores to the page are left to the program, which has write-protected it by its userfaultfd" + asked
		case vm.UserMinor:
			return "faults on pages that the page cache has are left to the program, which maps them by " +
				"UFFDIO_CONTINUE" + asked
		}
		return "faults on missing pages are left to the program, which makes them by UFFDIO_COPY and UFFDIO_ZEROPAGE" +
			asked
	}
	return ""
}

// busError is why a page of a file could not be mapped.
func (a *badAccess) busError(area *vm.Area, refusal string, steps []trace.Event) (string, obstacle) {
	lost := slices.ContainsFunc(steps, func(e trace.Event) bool { return e.Kind == trace.HugeLost })
	f := pagecache.FileOf(area)
	page, size := area.IndexOf(a.x), f.Mapping.Size()
	name := FileName(f.Mapping)
	switch {
	case page < endPage(f) && lost:
		return fmt.Sprintf("the area lost page %d of %s to the process that had reserved it: the pool had no huge "+
			"page for that one's copy.", page, name), obstacles
	case page < endPage(f) && refusal != "":
		return fmt.Sprintf("page %d of %s could not be mapped: %s.", page, name, refusal), obstacles
	case page < endPage(f):
		return fmt.Sprintf("page %d of %s could not be mapped.", page, name), obstacles
	case size == 0:
		return fmt.Sprintf("the area %v-%v allows the access (outside it, it would be SIGSEGV), but it shows page %d "+
			"of %s, which is empty.",
			area.Start, area.End, page, name), beyondEOF
	}
	return fmt.Sprintf("the area %v-%v allows the access (outside it, it would be SIGSEGV), but it shows page %d of "+
		"%s, whose %s in page %d.", area.Start, area.End, page, name, plural.Count(size, "byte ends", "bytes end"),
		endPage(f)-1), beyondEOF
}
