package vm

import (
	"fmt"
	"slices"
	"testing"

	"vmsim/vm/phys"
	"vmsim/vm/profile"
)

// move moves a part of an area to a place that is free, and there it may be longer.
func (c *crowd) move(p *proc) error {
	a, first, end := c.part(p)
	to, stop := c.spot(14)
	if a == nil || p.pages.mapped(to, stop) != 0 {
		return nil
	}
	m := Move{Area: a, From: first.Addr(), To: to.Addr(), Leave: Leftover(c.IntN(2))}
	n := min(end-first, stop-to)
	if m.Leave == KeepOld {
		if stop = to + n; a.Flags.Has(Locked) {
			return nil // until 7.2 Linux takes the lock flags of the whole area away
		}
	}
	m.Old, m.New = uint64(n)*PageSize, uint64(stop-to)*PageSize
	more := p.pages[first]
	more.own, more.guard = false, false
	for i := range stop - to {
		x, ok := p.pages[first+i], i < n
		if !ok {
			x = more
		}
		p.pages[to+i] = x
		if more.index++; ok && m.Leave == UnmapOld {
			delete(p.pages, first+i)
		} else if ok {
			x.own, x.guard = false, false
			p.pages[first+i] = x
		}
	}
	return p.Move(m)
}

func (c *crowd) grow(p *proc) error {
	a, first, _ := c.part(p)
	n := VPN(1 + c.IntN(5))
	if a == nil || a.End.Page()%(3*tableEntries) > 30 && a.End.Page()%(3*tableEntries) < 3*tableEntries-20 {
		return nil
	}
	end := a.End.Page()
	if free := p.pages.mapped(end, end+n) == 0; free != p.MayGrow(a, uint64(n)*PageSize) {
		return fmt.Errorf("whether an area may grow is %v", !free)
	} else if !free {
		return nil
	}
	x := p.pages[first]
	x.own, x.guard = false, false
	x.index += PageIndex(end - first)
	for i := range n {
		p.pages[end+i] = x
		x.index++
	}
	return p.Grow(a, uint64(n)*PageSize)
}

func (c *crowd) discard(p *proc) error {
	a, first, end := c.part(p)
	if a == nil {
		return nil
	}
	p.pages.change(first, end, StopAtHole, func(x *page) { x.own = false })
	p.Discard(a, first.Addr(), end.Addr())
	return nil
}

// guard makes guard pages, or ordinary ones of them.
func (c *crowd) guard(p *proc) error {
	a, first, end := c.part(p)
	if a == nil || !c.which.Has(profile.GuardRegions) {
		return nil
	}
	if c.IntN(2) == 0 {
		p.pages.change(first, end, StopAtHole, func(x *page) { x.guard = false })
		p.RemoveGuards(first.Addr(), end.Addr())
		return nil
	}
	p.pages.change(first, end, StopAtHole, func(x *page) { x.own, x.guard = false, true })
	p.SetFlags(a, a.Flags|MaybeGuard)
	p.InstallGuards(a, first.Addr(), end.Addr())
	return nil
}

func (c *crowd) fork(p *proc) error {
	if len(c.procs) == 4 {
		return nil
	}
	s := c.space()
	err := p.Fork(s)
	c.add(s, p.pages.child())
	return err
}

func (c *crowd) exit(p *proc) error {
	if len(c.procs) > 1 {
		c.end(slices.Index(c.procs, p))
	}
	return nil
}

func (c *crowd) end(i int) {
	p := c.procs[i]
	c.procs = slices.Delete(c.procs, i, i+1)
	p.UnmapAll()
	p.DetachTLB(p.tlb)
}

// writeBack writes a page of a file to the disk, and lets the next store be seen.
func (c *crowd) writeBack(*proc) error {
	f, i := c.files[c.IntN(2)], PageIndex(c.IntN(110))
	frame := f.frames[i]
	f.each(i, func(s *Space, _ *Area, x Addr) {
		if s.Entry(x).Dirty() {
			frame.Set(phys.Dirty)
		}
		s.WriteProtect(x)
	})
	if frame.Has(phys.Dirty) {
		f.disk[i] = frame.Byte(0)
		frame.Clear(phys.Dirty)
	}
	return nil
}

// truncate takes a page of a file out of all page tables. Private copies go too, or stay.
func (c *crowd) truncate(*proc) error {
	f, i, copies := c.files[c.IntN(2)], PageIndex(c.IntN(110)), Copies(c.IntN(2))
	f.areas.Each(i, i, func(a *Area, x Addr, _ uint64) bool {
		a.Space().Drop(a, x, x+PageSize, copies)
		return true
	})
	if n := f.frames[i].Maps(); n != 0 {
		return fmt.Errorf("%d entries still show page %d", n, i)
	}
	for _, p := range c.procs {
		for n, x := range p.pages {
			if x.file == f && x.index == i && copies == DropCopies {
				x.own = false
				p.pages[n] = x
			}
		}
	}
	return nil
}

func TestSpacesAgreeWithAListOfTheirPages(t *testing.T) {
	kernels := []*profile.Profile{profile.Default()}
	for _, r := range []string{"5.10", "6.1", "6.12", "7.3"} {
		release, err := profile.ParseRelease(r)
		if err != nil {
			t.Fatal(err)
		}
		kernels = append(kernels, profile.New(release, profile.Config{}))
	}
	for _, which := range kernels {
		t.Run(which.String(), func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(4) {
				if err := newCrowd(seed, which).run(1500); err != nil {
					t.Fatalf("seed %d, %v", seed, err)
				}
			}
		})
	}
}

// A test that cannot fail holds nothing: each kernel with an error in this package has to be found.
func TestSpacesOfKernelsWithAnErrorDisagree(t *testing.T) {
	for _, m := range []profile.Mutant{
		profile.SwapCountLost, profile.SwapOutDrops, profile.ForkParentWritable, profile.ForkNoFlush,
		profile.WipeIgnored, profile.DontForkIgnored, profile.MergeAnyOffset, profile.SplitSameOffset,
		profile.ProtectNoFlush, profile.ProtectKeepsWrite, profile.MoveLosesLast, profile.DontNeedKeeps,
		profile.UnmapRoundsDown,
	} {
		t.Run(m.String(), func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(4) {
				if err := newCrowd(seed, profile.Default().Mutated(m)).run(1500); err != nil {
					t.Log(err)
					return
				}
			}
			t.Errorf("not found: %s", m.Info().Says)
		})
	}
}
