package vm

import (
	"testing"

	"github.com/stretchr/testify/require"

	"vmsim/vm/phys"
)

func TestGuardsDropPagesAndOutliveDontNeed(t *testing.T) {
	p := newPictured(t, "aaA")
	a := p.Find(pageAt(0))
	p.InstallGuards(a, pageAt(1), pageAt(3))
	p.expect("aAA")
	for i, guarded := range []bool{false, true, true} {
		require.Equal(t, guarded, p.Entry(pageAt(i)).Guard(), "page %d", i)
	}
	p.Discard(a, pageAt(0), pageAt(3))
	p.expect("AAA")
	require.True(t, p.Entry(pageAt(1)).Guard(), "MADV_DONTNEED took a guard away")
	p.RemoveGuards(pageAt(0), pageAt(3))
	require.True(t, p.Entry(pageAt(1)).None() && p.Entry(pageAt(2)).None(), "a guard is left")
}

// fork is a child of the space.
func (p *pictured) fork() *pictured {
	p.t.Helper()
	c := &pictured{t: p.t, files: p.files, Space: NewSpace(p.Log, p.LRU, p.Commit, p.Limits)}
	require.NoError(p.t, p.Space.Fork(c.Space))
	return c
}

func TestForkSharesPrivatePagesAndForbidsStores(t *testing.T) {
	p := newPictured(t, "aA")
	p.InstallGuards(p.Find(pageAt(1)), pageAt(1), pageAt(2))
	c := p.fork()
	p.expect("aA")
	c.expect("aA")
	f := p.NormalFrame(p.Entry(pageAt(0)))
	require.Same(t, f, c.NormalFrame(c.Entry(pageAt(0))))
	require.EqualValues(t, 2, f.Maps())
	require.False(t, f.Has(phys.Exclusive), "a shared frame counts as one process's own")
	require.False(t, p.Entry(pageAt(0)).Writable() || c.Entry(pageAt(0)).Writable(), "a shared frame can be stored to")
	require.True(t, c.Entry(pageAt(1)).Guard(), "the child has no guard")
}

func TestForkLeavesOutWhatIsNotInherited(t *testing.T) {
	p := newPictured(t, "AdA")
	p.fork().expect("A A")
}

// A child's areas reach back to before the fork: what both touch later has another history, and they do not merge.
func TestAreasOfAChildKeepTheirHistoriesApart(t *testing.T) {
	p := newPictured(t, "a")
	c := p.fork()
	c.mapPages('A', 1, 1)
	c.expect("a|A")
	p.mapPages('A', 1, 1)
	p.expect("aA")
}

func TestCheckFindsWhatIsBroken(t *testing.T) {
	for name, breakIt := range map[string]func(p *pictured){
		"an entry outside all areas":  func(p *pictured) { p.table.set(pageAt(9).Page(), GuardMarker) },
		"a resident page not counted": func(p *pictured) { p.Stats.RSS[RSSAnon]-- },
		"a page counted twice":        func(p *pictured) { p.Stats.Total++ },
		"a gap that is taken":         func(p *pictured) { p.gaps.release(pageAt(0), pageAt(1)) },
		"a writable entry, read-only": func(p *pictured) {
			p.table.set(pageAt(2).Page(),
				p.Entry(pageAt(2))|PteWrite)
		},
		"the chain without the tree":      func(p *pictured) { p.first = p.first.next },
		"a frame at another page's place": func(p *pictured) { p.NormalFrame(p.Entry(pageAt(0))).Index++ },
	} {
		p := newPictured(t, "a b")
		require.NoError(t, p.Check())
		breakIt(p)
		require.Error(t, p.Check(), name)
	}
}

// MADV_FREE makes pages old and clean, and takes back at once what lies in the swap area. Pages that others show too
// and that are dirty stay.
func TestFreedPagesKeepTheirBytesForNow(t *testing.T) {
	c := newCrowd(1, nil)
	p := c.procs[0]
	at := VPN(3 * tableEntries)
	_, err := p.Map(Region{Start: at.Addr(), End: (at + 3).Addr(), Flags: Read | Write | MayRead | MayWrite,
		Index: PageIndex(at)})
	require.NoError(t, err)
	var frames []*phys.Frame
	for n := at; n < at+3; n++ {
		f, err := c.access(p, n.Addr(), Store)
		require.NoError(t, err)
		frames = append(frames, f)
	}
	c.swap.last++
	p.SwapOut((at + 2).Addr(), frames[2], c.swap.last)
	frames[1].Set(phys.Dirty)
	child := c.space()
	require.NoError(t, p.Fork(child))
	require.NoError(t, child.Unmap(at.Addr(), PageSize)) // page 0 is the parent's alone again
	p.Free(p.Find(at.Addr()), at.Addr(), (at + 3).Addr())

	e := p.Entry(at.Addr())
	require.True(t, e.Present() && !e.Dirty() && !e.Young(), "page 0: %v", e)
	require.False(t, frames[0].Has(phys.SwapBacked), "reclaim need not keep it")
	require.True(t, p.Entry((at+1).Addr()).Dirty() && frames[1].Has(phys.SwapBacked), "page 1 is shared and dirty")
	require.True(t, p.Entry((at + 2).Addr()).None(), "page 2 was in the swap area")
	require.Equal(t, map[SwapEntry]int{1: 1}, c.swap.count, "the child still refers to it")
	require.NoError(t, p.Check())
	child.UnmapAll()
}

// MADV_COLD makes pages look unused that only this process shows; MADV_PAGEOUT leaves their entries as they are.
func TestAgedPagesLookUnused(t *testing.T) {
	p := newPictured(t, "aaa")
	child := p.fork()
	require.NoError(t, child.Unmap(pageAt(0), PageSize))
	frame := func(i int) *phys.Frame { return p.NormalFrame(p.Entry(pageAt(i))) }
	for i := range 3 {
		frame(i).Set(phys.Referenced | phys.Active | phys.LRU)
		p.SetEntry(pageAt(i), p.Entry(pageAt(i))|PteAccessed)
	}
	p.Isolate(pageAt(0), pageAt(2))
	require.False(t, frame(0).Has(phys.Referenced) || frame(0).Has(phys.Active))
	require.True(t, p.Entry(pageAt(0)).Young())
	require.True(t, frame(1).Has(phys.Referenced|phys.Active), "another process shows it, too")
	p.Age(pageAt(0), pageAt(3))
	require.False(t, p.Entry(pageAt(0)).Young())
	require.True(t, p.Entry(pageAt(1)).Young() && frame(2).Has(phys.Active))
	require.True(t, p.ForgetUse(pageAt(1)))
	require.False(t, p.ForgetUse(pageAt(1)), "it was forgotten already")
}
