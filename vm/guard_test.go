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
