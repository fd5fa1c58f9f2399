// Package pager is a whole page-fault handler.
package pager

import (
	"vmsim/fault"
	"vmsim/vm"
	"vmsim/vm/phys"
)

// Pager repairs page faults.
type Pager struct{}

// New makes one for a machine.
func New() fault.Repairer { return Pager{} }

// Repair makes the entry of p allow the access.
func (g Pager) Repair(p *fault.Page) error {
	switch e := p.Entry(); {
	case e.None() && p.Area().Anonymous():
		return g.anonymous(p)
	case e.None():
		return g.file(p)
	case e.Guard():
		return fault.ErrGuard
	case e.Swapped():
		return p.SwapIn()
	case p.Access() == vm.Store && !e.Writable():
		return g.writeProtected(p)
	}
	p.Allow()
	return nil
}

func (Pager) anonymous(p *fault.Page) error {
	if p.Access() != vm.Store {
		p.MapZeros()
		return nil
	}
	return mapOwn(p, p.ZeroFilled)
}

// mapOwn maps a new frame of the process's own, which fill has filled.
func mapOwn(p *fault.Page, fill func(own *phys.Frame)) error {
	own, err := p.NewFrame()
	if err != nil {
		return err
	}
	fill(own)
	p.MapOwn(own)
	return nil
}

func (g Pager) file(p *fault.Page) error {
	shared := p.Area().Flags.Has(vm.Shared)
	switch {
	case p.Access() != vm.Store:
		if p.MapAround() {
			return nil
		}
	case !shared:
		return g.privateStore(p)
	}
	frame, err := p.FilePage()
	if err != nil {
		return err
	}
	if p.Access() == vm.Store {
		if err := p.MakeWritable(frame); err != nil {
			p.Release(frame)
			return err
		}
	}
	return p.MapFile(frame)
}

func (Pager) privateStore(p *fault.Page) error {
	own, err := p.NewFrame()
	if err != nil {
		return err
	}
	frame, err := p.FilePage()
	if err != nil {
		p.Release(own)
		return err
	}
	p.CopyFile(own, frame)
	p.Release(frame)
	p.MapOwn(own)
	return nil
}

func (Pager) writeProtected(p *fault.Page) error {
	if p.Area().Flags.Any(vm.Shared | vm.MayShare) {
		if err := p.MakeWritable(p.Frame()); err != nil {
			return err
		}
		p.Allow()
		return p.Dirtied(p.Frame())
	}
	if p.OnlyHere() {
		p.Allow()
		return nil
	}
	return mapOwn(p, p.CopyTo)
}
