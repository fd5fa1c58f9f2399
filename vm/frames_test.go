package vm

import (
	"fmt"

	"vmsim/vm/phys"
)

// access is what a processor and the repair of faults do for a load or a store: as little as is right.
func (c *crowd) access(p *proc, x Addr, k Access) (*phys.Frame, error) {
	for range 3 {
		e, known := p.tlb.entries[x.Page()]
		if !known || !e.Allows(k) {
			e = p.Entry(x)
		}
		if e.Allows(k) {
			p.tlb.entries[x.Page()] = e
			if k == Store && !e.Dirty() {
				p.table.set(x.Page(), p.Entry(x)|PteDirty|PteAccessed) // the processor does this
			}
			return c.lists.Memory().Frame(e.PFN()), nil
		}
		c.repair(p, p.Find(x), x, k)
	}
	return nil, fmt.Errorf("%v faults again and again", x)
}

func (c *crowd) repair(p *proc, a *Area, x Addr, k Access) {
	e := p.Entry(x)
	f := p.NormalFrame(e)
	file, _ := a.Backing.(*cached)
	switch {
	case e.Swapped():
		own := c.newFrame(a, x, c.swap.bytes[e.SwapEntry()])
		p.ReplaceSwapEntry(a, x, own, c.stored(a, own))
		c.swap.Release(e.SwapEntry())
		p.Memory.Put(own)
	case file != nil && (k != Store || a.Flags.Has(Shared)):
		bits := PTE(0)
		if k == Store {
			bits = PteWrite | PteDirty
		}
		if e.None() {
			p.MapShared(a, x, file.frames[a.IndexOf(x)], bits)
		} else {
			p.SetEntry(x, e|bits)
		}
	case k != Store:
		p.SetEntry(x, NewPTE(p.Memory.Zero().PFN(), a.Flags)|PteSpecial)
	case f != nil && f.Has(phys.Anon) && f.Refs() == 1:
		f.Owner = a.Anon
		f.Set(phys.Exclusive)
		p.SetEntry(x, e|PteWrite|PteDirty)
	default:
		value := byte(0)
		if f != nil {
			value = f.Byte(0)
		}
		own := c.newFrame(a, x, value)
		p.ClearEntry(a, x)
		p.MapFrame(a, x, own, c.stored(a, own))
		p.Memory.Put(own)
	}
}

// newFrame is a frame of private memory.
func (c *crowd) newFrame(a *Area, x Addr, value byte) *phys.Frame {
	a.PrepareAnon()
	const flags = phys.Anon | phys.Exclusive | phys.SwapBacked | phys.Uptodate | phys.LRU
	f := c.lists.Memory().Alloc(a.Anon, uint64(a.IndexOf(x)), flags)
	c.lists.Memory().Bytes(f)[0] = value
	return f
}

// stored is the entry of a frame that is one process's own.
func (c *crowd) stored(a *Area, f *phys.Frame) PTE {
	e := NewPTE(f.PFN(), a.Flags) | PteDirty
	if a.Flags.Has(Write) {
		e |= PteWrite
	}
	return e
}

// somePage is a mapped page that may be accessed so.
func (c *crowd) somePage(p *proc, f Flags) (n VPN, x page, ok bool) {
	for range 20 {
		n, _ = c.spot(1)
		if x, ok = p.pages[n]; ok && x.flags.Has(f) && !x.guard {
			return n, x, true
		}
	}
	return 0, page{}, false
}

// reach accesses some page that allows it. The frame is nil where there is none, or where the access fails.
func (c *crowd) reach(p *proc, right Flags, k Access) (VPN, page, *phys.Frame, error) {
	n, x, ok := c.somePage(p, right)
	if !ok {
		return 0, page{}, nil, nil
	}
	f, err := c.access(p, n.Addr(), k)
	return n, x, f, err
}

// store stores a byte. What it reaches is the page's own, or all that show the file.
func (c *crowd) store(p *proc) error {
	n, x, f, err := c.reach(p, Write, Store)
	if f == nil {
		return err
	}
	value := byte(1 + c.IntN(255))
	c.lists.Memory().Bytes(f)[0] = value
	if x.flags.Has(Shared) {
		if f != x.file.frames[x.index] {
			return fmt.Errorf("a store to shared memory went to %v", f)
		}
		return nil
	}
	x.own, x.value = true, value
	p.pages[n] = x
	return nil
}

func (c *crowd) load(p *proc) error {
	n, x, f, err := c.reach(p, Read, Load)
	if f == nil {
		return err
	}
	want := byte(0)
	switch {
	case x.own:
		want = x.value
	case x.file != nil:
		want = x.file.frames[x.index].Byte(0)
	}
	if f.Byte(0) != want {
		return fmt.Errorf("%v has %#x, want %#x", n.Addr(), f.Byte(0), want)
	}
	return nil
}

// swapOut finds all that show a private page by the reverse map, and makes their entries refer to the swap area.
func (c *crowd) swapOut(p *proc) error {
	n, x, ok := c.somePage(p, 0)
	f := p.NormalFrame(p.Entry(n.Addr()))
	if !ok || !x.own || f == nil {
		return nil
	}
	maps, found := f.Maps(), 0
	c.swap.last++
	c.swap.bytes[c.swap.last] = f.Byte(0)
	f.Owner.(*AnonVMA).Areas().Each(PageIndex(f.Index), PageIndex(f.Index), func(a *Area, at Addr, _ uint64) bool {
		if s := a.Space(); s.NormalFrame(s.Entry(at)) == f {
			s.SwapOut(at, f, c.swap.last)
			found++
		}
		return found < maps
	})
	if found != maps {
		return fmt.Errorf("%d entries show %v; the reverse map leads to %d", maps, f, found)
	}
	return nil
}
