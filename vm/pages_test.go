package vm

import (
	"errors"
	"fmt"
	"maps"

	"vmsim/vm/phys"
)

// page is what one page of an address space has to be, without areas, merging or page tables.
type page struct {
	flags Flags   // those of pageFlags
	file  *cached // nil for private anonymous memory
	index PageIndex
	name  string
	guard bool
	own   bool // a private page was made
	value byte // of it
}

// pageFlags are the flags that the pages of one range have in common.
const pageFlags = AccessFlags | Shared | MayShare | DontCopy | WipeOnFork | LockedMask

// pages are the mapped pages of a space.
type pages map[VPN]page

// change changes the pages from first up to end as far as they are mapped, or up to the first that is not.
func (p pages) change(first, end VPN, holes Holes, fn func(*page)) {
	for n := first; n < end; n++ {
		x, mapped := p[n]
		if !mapped && holes == StopAtHole {
			return
		}
		if mapped {
			fn(&x)
			p[n] = x
		}
	}
}

// mapped is how many of the pages from first up to end are mapped.
func (p pages) mapped(first, end VPN) (n int) {
	for ; first < end; first++ {
		if _, ok := p[first]; ok {
			n++
		}
	}
	return n
}

// child is what a process gets of the pages by fork.
func (p pages) child() pages {
	c := maps.Clone(p)
	for n, x := range p {
		x.flags &^= LockedMask
		if x.flags.Has(WipeOnFork) {
			x.own, x.guard = false, false
		}
		if c[n] = x; x.flags.Has(DontCopy) {
			delete(c, n)
		}
	}
	return c
}

// agree holds a process against its pages.
func (p *proc) agree() error {
	var sums Stats
	count := 0
	for a := p.First(); a != nil; a = a.Next() {
		for x := a.Start; x < a.End; x += PageSize {
			want, ok := p.pages[x.Page()]
			if !ok {
				return fmt.Errorf("%v is mapped", x)
			}
			if err := p.agreeOn(a, x, want); err != nil {
				return fmt.Errorf("%v: %w", x, err)
			}
			count++
		}
		sums.count(a.Flags, int64(a.Pages()))
		if a.Flags.Has(Locked) {
			sums.Locked += a.Pages()
		}
	}
	st := &p.Stats
	switch {
	case count != len(p.pages):
		return fmt.Errorf("%d pages are mapped, want %d", count, len(p.pages))
	case sums.Locked != st.Locked:
		return fmt.Errorf("%d pages are locked, %d are counted", sums.Locked, st.Locked)
	case sums.Data != st.Data || sums.Exec != st.Exec || sums.Stack != st.Stack:
		return fmt.Errorf("data, code and stack are %d, %d, %d pages; counted are %d, %d, %d",
			sums.Data, sums.Exec, sums.Stack, st.Data, st.Exec, st.Stack)
	}
	return errors.Join(p.tlb.agree(p.Space), p.agreeOnTables())
}

// agreeOnTables reports a page table in whose range there is no area, and tables that are not counted.
func (p *proc) agreeOnTables() error {
	counted, _ := p.Table().Tables()
	for n := VPN(0); ; n += leafPages {
		l, at := p.table.nextLeaf(n, TaskSize.Page())
		if l == nil {
			break
		}
		if p.FindIn(at.Addr(), (at+leafPages).Addr()) == nil {
			return fmt.Errorf("a page table for %v is left, where no area is", at.Addr())
		}
		counted--
		n = at
	}
	if counted != 0 {
		return fmt.Errorf("%d page tables are counted and not there", counted)
	}
	return nil
}

func (p *proc) agreeOn(a *Area, x Addr, want page) error {
	e := p.Entry(x)
	f := p.NormalFrame(e)
	own := e.Swapped() || f != nil && f.Has(phys.Anon)
	switch {
	case a.Flags&pageFlags != want.flags:
		return fmt.Errorf("the flags are %#x, want %#x", a.Flags&pageFlags, want.flags)
	case a.Label() != want.name:
		return fmt.Errorf("the name is %q, want %q", a.Label(), want.name)
	case (a.Backing == nil) != (want.file == nil), want.file != nil && a.Backing != want.file:
		return fmt.Errorf("the backing is %v, want %v", a.Backing, want.file)
	case want.file != nil && a.IndexOf(x) != want.index:
		return fmt.Errorf("page %d is mapped, want %d", a.IndexOf(x), want.index)
	case e.Guard() != want.guard:
		return fmt.Errorf("the entry is %v; guard: %v", e, want.guard)
	case own != want.own:
		return fmt.Errorf("the entry is %v; a private page: %v", e, want.own)
	case e.Swapped() && p.swap.bytes[e.SwapEntry()] != want.value:
		return fmt.Errorf("%#x is in the swap area, want %#x", p.swap.bytes[e.SwapEntry()], want.value)
	case own && f != nil && f.Byte(0) != want.value:
		return fmt.Errorf("%#x is in memory, want %#x", f.Byte(0), want.value)
	case !own && f != nil && (want.file == nil || f != want.file.frames[want.index]):
		return fmt.Errorf("%v is shown, which is not the file's page", f)
	}
	return nil
}

// tlb is what a processor remembers of a page table.
type tlb struct{ entries map[VPN]PTE }

func (t *tlb) Flush(first, end VPN) {
	maps.DeleteFunc(t.entries, func(n VPN, _ PTE) bool { return n >= first && n < end })
}

// agree reports a translation that allows what the page table does not.
func (t *tlb) agree(s *Space) error {
	for n, e := range t.entries {
		now := s.Entry(n.Addr())
		for _, k := range []Access{Load, Store, Fetch} {
			if e.Allows(k) && (!now.Allows(k) || now.PFN() != e.PFN()) {
				return fmt.Errorf("the TLB has %v for %v, the page table %v", e, n.Addr(), now)
			}
		}
	}
	return nil
}

// swapArea counts the references to its places and has the byte of each.
type swapArea struct {
	count map[SwapEntry]int
	bytes map[SwapEntry]byte
	last  SwapEntry
}

func (w *swapArea) Duplicate(e SwapEntry) { w.count[e]++ }
func (w *swapArea) List(s, behind *Space) {}
func (w *swapArea) Unlist(s *Space)       {}

func (w *swapArea) Release(e SwapEntry) {
	if w.count[e]--; w.count[e] == 0 {
		delete(w.count, e)
		delete(w.bytes, e)
	}
}

func (*swapArea) Forget(*phys.Frame) bool { return false }

// cached is a file whose pages are all in memory. What it has been told to be dirty is kept in its frames.
type cached struct {
	opened
	frames map[PageIndex]*phys.Frame
	disk   map[PageIndex]byte
}

func (c *cached) FrameOwner() string      { return c.name }
func (c *cached) MarkDirty(f *phys.Frame) { f.Set(phys.Dirty) }

// each calls fn for every entry that shows a page, and reports how many there are.
func (c *cached) each(i PageIndex, fn func(s *Space, a *Area, x Addr)) (n int) {
	c.areas.Each(i, i, func(a *Area, x Addr, _ uint64) bool {
		if a.Space().NormalFrame(a.Space().Entry(x)) == c.frames[i] {
			n++
			fn(a.Space(), a, x)
		}
		return true
	})
	return n
}

// agree reports a page whose bytes differ from the disk's though nothing says that it is dirty, and an entry that the
// reverse map does not lead to.
func (c *cached) agree() error {
	for i, f := range c.frames {
		dirty := f.Has(phys.Dirty)
		n := c.each(i, func(s *Space, _ *Area, x Addr) { dirty = dirty || s.Entry(x).Dirty() })
		if n != f.Maps() {
			return fmt.Errorf("%d entries show page %d of %s; the reverse map has %d", f.Maps(), i, c.name, n)
		}
		if f.Byte(0) != c.disk[i] && !dirty {
			return fmt.Errorf("page %d of %s is not dirty, but it has other bytes than the disk", i, c.name)
		}
	}
	return nil
}
