package vm

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"syscall"
	"testing"

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
