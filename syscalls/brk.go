package syscalls

import "vmsim/vm"

// Brk moves the end of the heap to addr and returns where it is then: where it was, if a check refused.
// Linux: sys_brk (mm/mmap.c).
func (p *Process) Brk(addr vm.Addr) vm.Addr {
	p.enter(SysBrk)
	l := &p.Space.Layout
	if addr < l.StartBrk {
		return l.Brk
	}
	if l.DataPasses(addr, p.limits.vm.Data) {
		return l.Brk
	}
	newEnd, oldEnd := vm.Addr(vm.PageAlign(uint64(addr))), vm.Addr(vm.PageAlign(uint64(l.Brk)))
	switch {
	case newEnd == oldEnd:
		l.Brk = addr
	case addr <= l.Brk:
		p.shrinkHeap(addr, newEnd, oldEnd)
	default:
		p.growHeap(addr, oldEnd, newEnd)
	}
	return l.Brk
}

func (p *Process) shrinkHeap(brk, start, end vm.Addr) {
	a := p.Space.FindIn(start, end)
	if a == nil {
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
	if end < start || end > vm.TaskSize || !s.MayLock(s.Future, uint64(end-start)) {
		return
	}
	// A page above the heap must stay free, and a stack's guard gap.
	if a := s.FindIn(start, end+vm.PageSize+vm.StackGuardGap); a != nil {
		room := a.Start
		if a.Flags.Has(vm.GrowsDown) {
			room -= min(room, vm.StackGuardGap)
		}
		if end+vm.PageSize > room {
			return
		}
	}
	var more vm.Flags
	if p.personality&ReadImpliesExec != 0 {
		more = vm.Exec
	}
	if s.GrowHeap(start, end, p.mm.futureFlags(more)) != nil {
		return
	}
	s.SetBrk(brk)
	if s.Future.Has(vm.Locked) {
		p.CPU.PopulateQuietly(start, end)
	}
}
