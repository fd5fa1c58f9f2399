package vm

import (
	"syscall"
	"testing"

	"vmsim/vm/trace"
)

// move moves n pages from page at of the picture to page to, which become as many as wanted.
func (p *pictured) move(at, n, to, wanted int, leave Leftover) error {
	p.t.Helper()
	return p.Move(Move{
		Area: p.Find(pageAt(at)), From: pageAt(at), To: pageAt(to),
		Old: uint64(n) * PageSize, New: uint64(wanted) * PageSize, Leave: leave,
	})
}

func TestMovedRangesTakeTheirPagesAlong(t *testing.T) {
	for _, c := range []struct {
		name, before      string
		at, n, to, wanted int
		leave             Leftover
		after             string
	}{
		{"to a hole", "aaa", 0, 3, 4, 3, UnmapOld, "    aaa"},
		{"the middle splits the area", "aaa", 1, 1, 4, 1, UnmapOld, "a a a"},
		{"longer than before, with new pages at the end", "aa", 0, 2, 3, 4, UnmapOld, "   aaAA"},
		{"untouched, beside one of its kind", "AB", 0, 1, 3, 1, UnmapOld, " B A"},
		{"untouched, it merges where it arrives", "A  A", 0, 1, 2, 1, UnmapOld, "  AA"},
		{"touched, it does not: its pages are numbered from elsewhere", "a  A", 0, 1, 2, 1, UnmapOld, "  a|A"},
		{"pages of a file merge where they follow on", "F GF", 3, 1, 1, 1, UnmapOld, "F|FG"},
		{"the old range stays, without pages", "aaa", 0, 3, 4, 3, KeepOld, "AAA aaa"},
		{"a part of it stays, without pages", "aaa", 1, 1, 4, 1, KeepOld, "aAa a"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPictured(t, c.before)
			if err := p.move(c.at, c.n, c.to, c.wanted, c.leave); err != nil {
				t.Fatal(err)
			}
			p.expect(c.after)
		})
	}
}

func TestMovingChargesOnlyWhatIsAdded(t *testing.T) {
	for _, c := range []struct {
		name   string
		wanted int
		leave  Leftover
		added  uint64
	}{
		{"the same length", 3, UnmapOld, 0},
		{"two pages more", 5, UnmapOld, 2},
		{"what is left stays charged", 3, KeepOld, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPictured(t, "AAA")
			before := p.Commit.Committed
			if err := p.move(0, 3, 6, c.wanted, c.leave); err != nil {
				t.Fatal(err)
			}
			if added := p.Commit.Committed - before; added != c.added {
				t.Errorf("%d pages more are charged, want %d", added, c.added)
			}
			p.UnmapAll()
			if p.Commit.Committed != 0 {
				t.Errorf("%d pages stay charged when all is unmapped", p.Commit.Committed)
			}
		})
	}
}

func TestMoveLeavesEverythingAsItWasWhereItFails(t *testing.T) {
	p := newPictured(t, "aaa")
	p.Limits.MaxMapCount = 4
	if err := p.move(0, 3, 4, 3, UnmapOld); err != syscall.ENOMEM {
		t.Errorf("with hardly an area left: %v", err)
	}
	p.Limits.MaxMapCount = 100
	p.Commit.Policy = OvercommitNever
	if err := p.move(0, 3, 4, 4000, UnmapOld); err != syscall.ENOMEM {
		t.Errorf("with more memory than there is: %v", err)
	}
	p.expect("aaa")

	f := newPictured(t, "FFF")
	f.files['F'].traits |= Unsplittable
	if err := f.move(1, 1, 4, 1, UnmapOld); err != syscall.EINVAL {
		t.Errorf("a part of what cannot be split: %v", err)
	}
	f.expect("FFF")
}

// Whole tables move as tables, which is one entry of the level above; each entry below counts as moved all the same.
func TestWholeTablesMoveAsOne(t *testing.T) {
	p := newPictured(t, "")
	from, to := Addr(1<<30), Addr(2<<30)
	f := Read | Write | MayRead | MayWrite
	a, err := p.Map(Region{Start: from, End: from + 2*PMDSize, Flags: f, Index: PageIndex(from.Page())})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []Addr{from, from + PMDSize - PageSize, from + PMDSize} {
		p.touch(int((x - pictureBase) >> PageShift))
	}
	leaf := p.table.leafOf(from.Page())
	before := p.Log.Count(trace.EntryMoved)
	if err := p.Move(Move{Area: a, From: from, To: to, Old: 2 * PMDSize, New: 2 * PMDSize}); err != nil {
		t.Fatal(err)
	}
	if p.table.leafOf(to.Page()) != leaf || p.HasTable(from) {
		t.Error("the table was not moved, but copied")
	}
	if moved := p.Log.Count(trace.EntryMoved) - before; moved != 3 {
		t.Errorf("%d entries are said to have moved, want 3", moved)
	}
	if err := p.Check(); err != nil {
		t.Error(err)
	}
}

func TestGrowingAreasMergeWithWhatTheyTouch(t *testing.T) {
	p := newPictured(t, "A  AB")
	a := p.Find(pageAt(0))
	if !p.MayGrow(a, 2*PageSize) || p.MayGrow(a, 3*PageSize) {
		t.Error("two pages are free behind the area, and no more")
	}
	if err := p.Grow(a, PageSize); err != nil {
		t.Fatal(err)
	}
	p.expect("AA AB")
	if err := p.Grow(p.Find(pageAt(0)), PageSize); err != nil {
		t.Fatal(err)
	}
	p.expect("AAAAB")

	p = newPictured(t, "A")
	p.Commit.Policy = OvercommitNever
	if err := p.Grow(p.Find(pageAt(0)), 4000*PageSize); err != syscall.ENOMEM {
		t.Errorf("growing by more memory than there is: %v", err)
	}
	p.expect("A")
}

func TestShrinkingUnmapsTheEnd(t *testing.T) {
	p := newPictured(t, "aaaa")
	if err := p.Shrink(pageAt(0), 3*PageSize, PageSize); err != nil {
		t.Fatal(err)
	}
	p.expect("a  a")
}

// An area that a neighbour may not become part of cannot grow either, since growing is a merge with nothing.
func TestSpecialAreasDoNotGrowAndAreNotCharged(t *testing.T) {
	p := newPictured(t, "A")
	a := p.Find(pageAt(0))
	p.SetFlags(a, a.Flags|DontExpand)
	before := p.Commit.Committed
	if err := p.Grow(a, PageSize); err != syscall.ENOMEM || p.Commit.Committed != before {
		t.Errorf("growing is %v, and %d pages more are charged", err, p.Commit.Committed-before)
	}
}

func TestWhatAMoveLeavesWithoutPagesHasNoHistory(t *testing.T) {
	p := newPictured(t, "aaa")
	if err := p.move(0, 3, 4, 3, KeepOld); err != nil {
		t.Fatal(err)
	}
	if left := p.Find(pageAt(0)); left.Anon != nil {
		t.Error("the area that is left has an anon_vma still")
	}
}

func TestFailedMovesAndGrowthSayWhy(t *testing.T) {
	p := newPictured(t, "A")
	var why string
	defer p.Log.Observe(func(e trace.Event) {
		if e.Kind == trace.Refused {
			why = e.Note
		}
	})()
	p.Commit.Policy = OvercommitNever
	_ = p.Grow(p.Find(pageAt(0)), 4000*PageSize)
	if why != p.Commit.Reason() {
		t.Errorf("the log says %q", why)
	}
}

// An area that was never touched and takes in private pages takes in who may own them, so that they are found.
func TestAnAreaTakesTheOwnerOfThePagesThatAMoveBringsIt(t *testing.T) {
	for name, places := range map[string][]int{
		"between two": {0, 4, 10}, "behind one": {0, 10}, "before one": {4, 10},
	} {
		p := newPictured(t, "")
		for _, at := range places {
			r := Region{Start: pageAt(at), End: pageAt(at + 2), Flags: Read | Write | MayRead | MayWrite,
				Backing: p.files['F'], Index: PageIndex(at)}
			if at == 10 {
				r.Index = 2
			}
			if _, err := p.Map(r); err != nil {
				t.Fatal(err)
			}
		}
		f := p.touch(10)
		if err := p.move(10, 2, 2, 2, UnmapOld); err != nil {
			t.Fatal(err)
		}
		a, found := p.First(), 0
		f.Owner.(*AnonVMA).Areas().Each(PageIndex(f.Index), PageIndex(f.Index), func(b *Area, x Addr, _ uint64) bool {
			if found++; b != a || x != pageAt(2) {
				t.Errorf("%s: the page is looked for at %v", name, x)
			}
			return true
		})
		if err := p.Check(); err != nil || found != 1 || p.Count() != 1 {
			t.Errorf("%s: %v; %d areas, the page is found %d times", name, err, p.Count(), found)
		}
	}
}
