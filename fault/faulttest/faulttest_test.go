package faulttest_test

import (
	"testing"

	"vmsim/fault"
	"vmsim/fault/faulttest"
	"vmsim/vm"
)

// pager is a whole fault handler made of what a Page offers, without fault-around. wrong is an error that it makes.
type pager struct{ wrong string }

func (g pager) Repair(p *fault.Page) error {
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

func (g pager) anonymous(p *fault.Page) error {
	if p.Access() != vm.Store {
		p.MapZeros()
		return nil
	}
	own, err := p.NewFrame()
	if err == nil {
		p.ZeroFilled(own)
		p.MapOwn(own)
	}
	return err
}

func (g pager) file(p *fault.Page) error {
	frame, err := p.FilePage()
	if err != nil {
		if g.wrong == "zeros beyond the end" && err == fault.ErrNoPage {
			p.MapZeros()
			return nil
		}
		return err
	}
	if p.Access() == vm.Store && !p.Area().Flags.Has(vm.Shared) {
		own, err := p.NewFrame()
		if err != nil {
			p.Release(frame)
			return err
		}
		p.CopyFile(own, frame)
		if g.wrong != "keeps a reference" {
			p.Release(frame)
		}
		p.MapOwn(own)
		return nil
	}
	if p.Access() == vm.Store {
		if err := p.MakeWritable(frame); err != nil {
			p.Release(frame)
			return err
		}
	}
	return p.MapFile(frame)
}

func (g pager) writeProtected(p *fault.Page) error {
	if p.Area().Flags.Has(vm.Shared) {
		if err := p.MakeWritable(p.Frame()); err != nil {
			return err
		}
		p.Allow()
		return p.Dirtied(p.Frame())
	}
	return copying(g).Store(p)
}

// copying is copy-on-write made of what a Page offers.
type copying struct{ wrong string }

func (c copying) Share(e vm.PTE) (parent, child vm.PTE) {
	switch c.wrong {
	case "leaves the parent's entry writable":
		return e, e &^ vm.PteWrite
	case "leaves the child's entry writable":
		return e &^ vm.PteWrite, e
	}
	return e &^ vm.PteWrite, e &^ vm.PteWrite
}

func (c copying) Store(p *fault.Page) error {
	if p.OnlyHere() || c.wrong == "never copies" {
		p.Allow()
		return nil
	}
	own, err := p.NewFrame()
	if err != nil {
		return err
	}
	if c.wrong != "does not copy the bytes" {
		p.CopyTo(own)
	}
	if c.wrong == "never maps" {
		p.Release(own)
		return nil
	}
	p.MapOwn(own)
	return nil
}

func TestRepairersThatBreakARuleAreFound(t *testing.T) {
	kit := func(r fault.Repairer) error { return faulttest.Repairer(func() fault.Repairer { return r }) }
	if err := kit(nil); err != nil {
		t.Fatalf("Linux: %v", err)
	}
	if err := kit(pager{}); err != nil {
		t.Fatalf("a whole pager: %v", err)
	}
	for _, wrong := range []string{"zeros beyond the end", "keeps a reference",
		"never copies", "does not copy the bytes", "never maps"} {
		if kit(pager{wrong}) == nil {
			t.Errorf("a pager that is wrong passes: %s", wrong)
		}
	}
}

func TestCopyOnWriteThatBreaksARuleIsFound(t *testing.T) {
	kit := func(c fault.CopyOnWrite) error {
		return faulttest.CopyOnWrite(func() fault.CopyOnWrite { return c })
	}
	if err := kit(nil); err != nil {
		t.Fatalf("Linux: %v", err)
	}
	if err := kit(copying{}); err != nil {
		t.Fatalf("copying: %v", err)
	}
	for _, wrong := range []string{"leaves the parent's entry writable", "leaves the child's entry writable",
		"never copies", "does not copy the bytes", "never maps"} {
		if kit(copying{wrong}) == nil {
			t.Errorf("copy-on-write that is wrong passes: %s", wrong)
		}
	}
}
