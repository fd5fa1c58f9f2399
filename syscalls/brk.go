package syscalls

import (
	"syscall"

	"vmsim/vm"
	"vmsim/vm/profile"
)

// Brk moves the end of the heap to addr and returns the new end, or the old one if a check fails.
// Linux: sys_brk (mm/mmap.c).
func (p *Process) Brk(addr vm.Addr) vm.Addr {
	p.enter(SysBrk)
	l := &p.Space.Layout
	if addr < l.StartBrk {
		return p.brkRefused("the heap would end below its start")
	}
	if l.DataPasses(addr, p.limits.vm.Data) {
		return p.brkRefused("the heap would be larger than RLIMIT_DATA allows")
	}
	newEnd, oldEnd := vm.Addr(vm.PageAlign(uint64(addr))), vm.Addr(vm.PageAlign(uint64(l.Brk)))
	switch {
	case newEnd == oldEnd:
		p.Space.SetBrk(addr)
	case addr <= l.Brk:
		p.shrinkHeap(addr, newEnd, oldEnd)
	default:
		p.growHeap(addr, oldEnd, newEnd)
	}
	return l.Brk
}

// brkRefused logs which check failed, and returns the unchanged end of the heap: brk reports no errno.
func (p *Process) brkRefused(why string) vm.Addr {
	_ = p.refuse(syscall.ENOMEM, why)
	return p.Space.Layout.Brk
}

func (p *Process) shrinkHeap(brk, start, end vm.Addr) {
	if p.Space.FindIn(start, end) == nil && p.follows(profile.HeapShrinksAreas) {
		return
	}
	old := p.Space.Layout.Brk
	p.Space.SetBrk(brk)
	if p.Space.UnmapAligned(start, end) != nil {
		p.Space.SetBrk(old)
	}
}

func (p *Process) growHeap(brk, start, end vm.Addr) {
	s := p.Space
	if end < start || end > vm.TaskSize {
		p.brkRefused("the heap would pass the end of the address space")
		return
	}
	if !s.MayLock(s.Future, uint64(end-start)) {
		p.brkRefused("more memory would be locked than RLIMIT_MEMLOCK allows")
		return
	}
	// A page above the heap must stay free, and a stack's guard gap.
	if a := s.FindIn(start, end+vm.PageSize+vm.StackGuardGap); a != nil {
		room := a.Start
		if a.Flags.Has(vm.GrowsDown) {
			room -= min(room, vm.StackGuardGap)
		}
		if end+vm.PageSize > room {
			p.brkRefused("the heap would come too close to the area above it")
			return
		}
	}
	var more vm.Flags
	if p.personality&ReadImpliesExec != 0 {
		more = vm.Exec
	}
	early := p.follows(profile.MergeableEarly)
	if early {
		more = p.mm.futureFlags(more)
	}
	if s.GrowHeap(start, end, more) != nil {
		return
	}
	if a := s.Find(start); !early && a.Start == start {
		s.SetFlags(a, p.mm.futureFlags(a.Flags)) // until 6.17, where it is an area of its own
	}
	s.SetBrk(brk)
	if s.Future.Has(vm.Locked) {
		p.CPU.PopulateQuietly(start, end)
	}
}
