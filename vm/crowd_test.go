package vm

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"syscall"

	"vmsim/vm/clock"
	"vmsim/vm/lru"
	"vmsim/vm/phys"
	"vmsim/vm/profile"
	"vmsim/vm/trace"
)

// proc is a process: its space, what each page of it has to be, and a processor's TLB.
type proc struct {
	*Space
	pages pages
	tlb   *tlb
	swap  *swapArea
}

// crowd is a few processes that map the same files.
type crowd struct {
	*rand.Rand
	commit *Commit
	lists  *lru.Lists
	log    *trace.Log
	which  *profile.Profile
	files  []*cached
	swap   *swapArea
	procs  []*proc
}

func newCrowd(seed uint64, which *profile.Profile) *crowd {
	c := &crowd{Rand: rand.New(rand.NewPCG(seed, 5)), commit: &Commit{RAM: 8192, Ratio: 50},
		lists: lru.New(phys.NewMemory(8192)), log: trace.NewLog(new(clock.Clock)), which: which,
		swap: &swapArea{count: map[SwapEntry]int{}, bytes: map[SwapEntry]byte{}}}
	for i, traits := range []Traits{0, NotifyWrite} {
		f := &cached{opened: opened{name: fmt.Sprint("/", i), traits: traits},
			frames: map[PageIndex]*phys.Frame{}, disk: map[PageIndex]byte{}}
		for i := range PageIndex(160) {
			f.frames[i] = c.lists.Memory().Alloc(f, uint64(i), phys.Uptodate|phys.LRU)
		}
		c.files = append(c.files, f)
	}
	c.add(c.space(), pages{})
	return c
}

func (c *crowd) space() *Space {
	s := NewSpace(c.log, c.lists, c.commit, DefaultLimits())
	s.Swap, s.Profile = c.swap, c.which
	return s
}

func (c *crowd) add(s *Space, p pages) {
	x := &proc{Space: s, pages: p, tlb: &tlb{map[VPN]PTE{}}, swap: c.swap}
	s.AttachTLB(x.tlb)
	c.procs = append(c.procs, x)
}

// spot is a range of one to most pages in one of three places, each of which lies across the border of two page tables.
func (c *crowd) spot(most int) (first, end VPN) {
	n := 1 + c.IntN(most)
	at := VPN(1+c.IntN(3))*tableEntries*3 - 20 + VPN(c.IntN(40-n+1))
	return at, at + VPN(n)
}

// operations are what happens to a process. Each does something to a space and the same to its pages.
var operations = []struct {
	name  string
	often int
	do    func(*crowd, *proc) error
}{
	{"mmap", 12, (*crowd).mmap}, {"munmap", 6, (*crowd).munmap}, {"mprotect", 12, (*crowd).mprotect},
	{"mlock", 5, (*crowd).mlock}, {"set advice", 6, (*crowd).advise}, {"name", 4, (*crowd).rename},
	{"move", 12, (*crowd).move}, {"grow", 4, (*crowd).grow}, {"discard", 4, (*crowd).discard},
	{"guard", 5, (*crowd).guard}, {"store", 50, (*crowd).store}, {"load", 15, (*crowd).load},
	{"swap out", 12, (*crowd).swapOut}, {"fork", 2, (*crowd).fork}, {"exit", 2, (*crowd).exit},
	{"write back", 4, (*crowd).writeBack}, {"truncate", 2, (*crowd).truncate},
}

// run does steps operations, and at the end ends all processes. The error is the first fact that does not hold.
func (c *crowd) run(steps int) (err error) {
	what := ""
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%s: %v", what, r)
		}
	}()
	var choice []int
	for i, o := range operations {
		choice = append(choice, slices.Repeat([]int{i}, o.often)...)
	}
	for step := range steps {
		o := operations[choice[c.IntN(len(choice))]]
		p := c.procs[c.IntN(len(c.procs))]
		what = fmt.Sprintf("step %d, %s", step, o.name)
		if err := errors.Join(o.do(c, p), c.check()); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
	what = "at the end"
	for len(c.procs) > 0 {
		c.end(0)
	}
	c.lists.Drain()
	used, swapped, committed := c.lists.Memory().Used(), len(c.swap.count), c.commit.Committed
	if used != 320 || swapped != 0 || committed != 0 {
		return fmt.Errorf("at the end %d frames, %d places and %d pages of the commit limit are in use; want 320, 0, 0",
			used, swapped, committed)
	}
	return c.check()
}

// check holds everything against what it has to be.
func (c *crowd) check() error {
	count := map[SwapEntry]int{}
	var committed uint64
	for i, p := range c.procs {
		if err := errors.Join(p.Check(), p.agree()); err != nil {
			return fmt.Errorf("process %d: %w", i, err)
		}
		p.Table().Each(0, TaskSize.Page(), func(_ VPN, e PTE) {
			if e.Swapped() {
				count[e.SwapEntry()]++
			}
		})
		for a := p.First(); a != nil; a = a.Next() {
			if a.Flags.Has(Account) {
				committed += a.Pages()
			}
		}
	}
	if !maps.Equal(count, c.swap.count) {
		return fmt.Errorf("the entries refer to the places %v of the swap area; counted are %v", count, c.swap.count)
	}
	if committed != c.commit.Committed {
		return fmt.Errorf("%d pages are accounted, %d are charged", committed, c.commit.Committed)
	}
	return errors.Join(c.lists.Memory().Check(), c.files[0].agree(), c.files[1].agree())
}

func (c *crowd) mmap(p *proc) error {
	first, end := c.spot(12)
	x := page{flags: Flags(c.IntN(8))}
	r := Region{Start: first.Addr(), End: end.Addr(), Index: PageIndex(first)}
	if c.IntN(2) == 0 {
		x.file, x.index = c.files[c.IntN(2)], PageIndex(c.IntN(100))
		if c.IntN(2) == 0 { // right behind what lies below, where that is a file's
			if below, ok := p.pages[first-1]; ok && below.file != nil {
				x.file, x.index = below.file, min(below.index+1, 100)
			}
		}
		if c.IntN(2) == 0 {
			x.flags |= Shared | MayShare
		}
		r.Backing, r.Index = x.file, x.index
	}
	r.Flags = x.flags | MayRead | MayWrite | MayExec
	for n := first; n < end; n++ {
		p.pages[n] = x
		x.index++
	}
	_, err := p.Map(r)
	return err
}

func (c *crowd) munmap(p *proc) error {
	first, end := c.spot(10)
	for n := first; n < end; n++ {
		delete(p.pages, n)
	}
	return p.Unmap(first.Addr(), uint64(end-first)*PageSize-uint64(c.IntN(PageSize)))
}

// walked is the error that a walk of a range has to have.
func (c *crowd) walked(err error, hole bool) error {
	if (err == syscall.ENOMEM) != hole || err != nil && !hole {
		return fmt.Errorf("the answer is %v; a hole: %v", err, hole)
	}
	return nil
}

func (c *crowd) mprotect(p *proc) error {
	first, end := c.spot(10)
	access := Flags(c.IntN(8))
	hole := p.pages.mapped(first, end) != int(end-first)
	p.pages.change(first, end, StopAtHole, func(x *page) { x.flags = x.flags&^AccessFlags | access })
	return c.walked(p.Walk(first.Addr(), end.Addr(), StopAtHole, func(a *Area, start, end Addr) error {
		_, err := p.Protect(a, start, end, a.Flags&^AccessFlags|access)
		return err
	}), hole)
}

func (c *crowd) mlock(p *proc) error {
	f := []Flags{0, Locked, Locked | LockOnFault}[c.IntN(3)]
	if c.IntN(4) == 0 {
		p.LockAll(f)
		p.pages.change(0, 3*tableEntries*4, SkipHoles, func(x *page) { x.flags = x.flags&^LockedMask | f })
		return nil
	}
	first, end := c.spot(10)
	hole := p.pages.mapped(first, end) != int(end-first)
	p.pages.change(first, end, StopAtHole, func(x *page) { x.flags = x.flags&^LockedMask | f })
	return c.walked(p.Lock(first.Addr(), end.Addr(), f), hole)
}

// advise sets or clears a flag that says what fork does.
func (c *crowd) advise(p *proc) error {
	first, end := c.spot(10)
	set, flag := Flags(0), []Flags{DontCopy, WipeOnFork}[c.IntN(2)]
	if c.IntN(2) == 0 {
		set = flag
	}
	takes := func(file bool) bool { return flag == DontCopy || !file }
	hole := p.pages.mapped(first, end) != int(end-first)
	p.pages.change(first, end, SkipHoles, func(x *page) {
		if takes(x.file != nil) {
			x.flags = x.flags&^flag | set
		}
	})
	return c.walked(p.Walk(first.Addr(), end.Addr(), SkipHoles, func(a *Area, start, end Addr) (err error) {
		if takes(a.Backing != nil) {
			_, err = p.ChangeFlags(a, start, end, a.Flags&^flag|set)
		}
		return err
	}), hole)
}

func (c *crowd) rename(p *proc) error {
	first, end := c.spot(10)
	name := []string{"", "x", "y"}[c.IntN(3)]
	hole := p.pages.mapped(first, end) != int(end-first)
	p.pages.change(first, end, SkipHoles, func(x *page) {
		if x.file == nil {
			x.name = name
		}
	})
	return c.walked(p.Walk(first.Addr(), end.Addr(), SkipHoles, func(a *Area, start, end Addr) (err error) {
		if a.Anonymous() {
			_, err = p.Rename(a, start, end, name)
		}
		return err
	}), hole)
}

// part is a range of one area, nil where nothing is mapped there.
func (c *crowd) part(p *proc) (a *Area, first, end VPN) {
	first, end = c.spot(10)
	if a = p.Find(first.Addr()); a == nil {
		return nil, 0, 0
	}
	return a, first, min(end, a.End.Page())
}
