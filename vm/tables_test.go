package vm

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// pagesOf maps n pages of private memory at x, and touches those that are named.
func (p *pictured) pagesOf(x Addr, n int, touched ...int) *Area {
	p.t.Helper()
	p.Commit.Policy = OvercommitAlways
	a, err := p.Map(Region{Start: x, End: x + Addr(n)*PageSize, Flags: Read | Write | MayRead | MayWrite,
		Index: PageIndex(x.Page())})
	require.NoError(p.t, err)
	for _, i := range touched {
		p.touch(int((x-pictureBase)>>PageShift) + i)
	}
	return a
}

// Since 6.14 MADV_DONTNEED frees page tables that are empty then and lie whole in its range.
func TestEmptyTablesGoWithTheirPages(t *testing.T) {
	const first = Addr(1 << 30)
	for _, c := range []struct {
		release  string
		from, to int   // pages
		touched  []int // and so there are tables for them
		leaves   int
	}{
		{"6.18", 0, 3 * 512, []int{3, 512, 3*512 - 2}, 0},
		{"6.18", 1, 3 * 512, []int{3, 512, 3*512 - 2}, 1},
		{"6.18", 0, 3*512 - 1, []int{3, 512, 3*512 - 2}, 1},
		{"6.18", 0, 3*512 - 1, []int{3, 3*512 - 2}, 1},
		{"6.18", 5, 500, []int{3, 512, 3*512 - 2}, 3},
		{"6.13", 0, 3 * 512, []int{3, 512, 3*512 - 2}, 3},
	} {
		p := newPictured(t, "")
		p.Profile = release(t, c.release)
		a := p.pagesOf(first, 3*512, c.touched...)
		p.Discard(a, first+Addr(c.from)*PageSize, first+Addr(c.to)*PageSize)
		leaves, _ := p.Table().Tables()
		require.Equal(t, c.leaves, leaves, "%+v", c)
		require.NoError(t, p.Check())
	}
	p := newPictured(t, "")
	a := p.pagesOf(first, 3*512, 0, 700, 3*512-1)
	p.InstallGuards(a, first+600*PageSize, first+601*PageSize)
	p.Discard(a, first, first+3*512*PageSize)
	leaves, all := p.Table().Tables()
	require.Equal(t, 1, leaves, "a table with a guard page is not empty")
	require.Equal(t, 3, all, "tables above stay")
	require.EqualValues(t, 4, p.Table().Pages())
}

// A table of the second level moves with all below it where 1 GiB lies alike in its tables.
func TestAWholeGiBMovesAsOneEntry(t *testing.T) {
	const from, to, pages = Addr(4 << 30), Addr(6 << 30), 1 << 18
	p := newPictured(t, "")
	a := p.pagesOf(from, pages, 0, 1000, pages-1)
	middle := p.table.middleOf(from.Page())
	require.NoError(t, p.Move(Move{Area: a, From: from, To: to, Old: pages * PageSize, New: pages * PageSize}))
	require.Same(t, middle, p.table.middleOf(to.Page()))
	require.Nil(t, p.table.middleOf(from.Page()))
	for _, i := range []Addr{0, 1000, pages - 1} {
		require.NotNil(t, p.NormalFrame(p.Entry(to+i*PageSize)), "page %d", i)
	}
	require.NoError(t, p.Check())
	// Where the new range has such a table already, its entries move one level below.
	b := p.pagesOf(from, pages, 7)
	p.pagesOf(to-PageSize, 1, 0)
	require.NoError(t, p.Unmap(to, pages*PageSize))
	p.pagesOf(to+(pages-1)*PageSize, 1, 0)
	require.NoError(t, p.Unmap(to+(pages-1)*PageSize, PageSize))
	p.table.middleFor(to.Page())
	require.NoError(t, p.Move(Move{Area: b, From: from, To: to, Old: pages * PageSize, New: pages * PageSize}))
	require.NotNil(t, p.NormalFrame(p.Entry(to+7*PageSize)))
	require.NoError(t, p.Check())
	p.UnmapAll()
	_, all := p.Table().Tables()
	require.Zero(t, all)
}

// A move may begin lower than it was asked to, where both ranges' tables do and nothing else is in them: then the first
// table moves whole, too.
func TestAMoveBeginsWhereItsTablesDo(t *testing.T) {
	const from, to = Addr(1<<30 + 100*PageSize), Addr(2<<30 + 100*PageSize)
	for _, c := range []struct {
		name  string
		setUp func(p *pictured) (at Addr)
		whole bool
	}{
		{"nothing lies below", func(*pictured) Addr { return to }, true},
		{"something lies below the old range", func(p *pictured) Addr {
			p.pagesOf(1<<30, 1, 0)
			return to
		}, false},
		{"something lies below the new range", func(p *pictured) Addr {
			p.pagesOf(2<<30, 1)
			return to
		}, false},
		{"they do not lie alike", func(*pictured) Addr { return to + PageSize }, false},
	} {
		p := newPictured(t, "")
		at := c.setUp(p)
		a := p.pagesOf(from, 600, 0, 5, 500)
		leaf := p.table.leafOf(from.Page())
		require.NoError(t, p.Move(Move{Area: a, From: from, To: at, Old: 600 * PageSize, New: 600 * PageSize}))
		require.Equal(t, c.whole, p.table.leafOf(at.Page()) == leaf, c.name)
		for _, i := range []Addr{0, 5, 500} {
			require.NotNil(t, p.NormalFrame(p.Entry(at+i*PageSize)), "%s, page %d", c.name, i)
		}
		require.NoError(t, p.Check())
	}
}

// A child has a page table wherever its parent has one, with or without entries.
func TestForkCopiesTheTablesOfAnAreaWithPrivatePages(t *testing.T) {
	p := newPictured(t, "")
	const at = Addr(1<<30 - 512*PageSize)
	a := p.pagesOf(at, 1<<18+1024, 0, 512, 1<<18+600)
	p.zapInPart(a, at+512*PageSize, at+513*PageSize, zapOptions{}) // the second table is empty now
	p.pagesOf(8<<30, 1)                                            // never touched: no tables
	c := p.fork()
	leaves, all := p.Table().Tables()
	childLeaves, childAll := c.Table().Tables()
	require.Equal(t, []int{leaves, all}, []int{childLeaves, childAll})
	require.True(t, c.HasTable(at+512*PageSize))
	require.False(t, c.HasTable(8<<30))
}

// A fault makes the tables above its entry first, and leaves them where it finds no page.
func TestTablesAboveAnEntryAreMadeBeforeThePageIsFound(t *testing.T) {
	for _, c := range []struct {
		page   uint64
		tables int
	}{{PageSize, 2}, {PMDSize, 2}, {1 << 30, 1}} {
		p := newPictured(t, "")
		p.PrepareTables(pageAt(0), c.page)
		_, all := p.Table().Tables()
		require.Equal(t, c.tables, all, "a page of %d bytes", c.page)
	}
}
