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

// findsErrors reports whether a kit accepts nil, which is Linux's policy, and one that is right, and refuses each that
// is wrong.
func findsErrors(t *testing.T, linux, right error, kit func(wrong string) error, wrong ...string) {
	t.Helper()
	if linux != nil {
		t.Fatalf("Linux: %v", linux)
	}
	if right != nil {
		t.Fatalf("a policy that is right: %v", right)
	}
	for _, w := range wrong {
		if kit(w) == nil {
			t.Errorf("a policy that is wrong passes: %s", w)
		}
	}
}

func TestRepairersThatBreakARuleAreFound(t *testing.T) {
	kit := func(r fault.Repairer) error { return faulttest.Repairer(func() fault.Repairer { return r }) }
	findsErrors(t, kit(nil), kit(pager{}), func(wrong string) error { return kit(pager{wrong}) },
		"zeros beyond the end", "keeps a reference", "never copies", "does not copy the bytes", "never maps")
}

func TestCopyOnWriteThatBreaksARuleIsFound(t *testing.T) {
	kit := func(c fault.CopyOnWrite) error {
		return faulttest.CopyOnWrite(func() fault.CopyOnWrite { return c })
	}
	findsErrors(t, kit(nil), kit(copying{}), func(wrong string) error { return kit(copying{wrong}) },
		"leaves the parent's entry writable", "leaves the child's entry writable", "never copies",
		"does not copy the bytes", "never maps")
}
