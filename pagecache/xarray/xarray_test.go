package xarray

import (
	"math/rand"
	"slices"
	"testing"

	"vmsim/vm"
	"vmsim/vm/phys"
)

// filled is an array with pages at the given indexes.
func filled(t *testing.T, at ...vm.PageIndex) (*phys.Memory, *Array) {
	t.Helper()
	m := phys.NewMemory(4096)
	a := New(m)
	for _, i := range at {
		a.Put(i, alloc(t, m))
	}
	return m, &a
}

func alloc(t *testing.T, m *phys.Memory) *phys.Frame {
	t.Helper()
	f := m.Alloc(nil, 0, 0)
	if f == nil {
		t.Fatal("no memory")
	}
	return f
}

func TestArrayHoldsWhatAMapWould(t *testing.T) {
	m := phys.NewMemory(4096)
	a, want := New(m), map[vm.PageIndex]*phys.Frame{}
	tagged := map[vm.PageIndex]bool{}
	r := rand.New(rand.NewSource(1))
	for range 5000 {
		i := vm.PageIndex(r.Uint64()) >> r.Intn(64)
		switch f := want[i]; {
		case f == nil && len(want) < 1000:
			want[i] = alloc(t, m)
			a.Put(i, want[i])
		case f != nil && r.Intn(2) == 0:
			a.Remove(i)
			delete(want, i)
			delete(tagged, i)
		case f != nil:
			a.SetTag(i, Dirty)
			tagged[i] = true
		}
	}
	var pages, dirty []vm.PageIndex
	for i, f := a.Next(0, lastPage); f != nil; i, f = a.Next(i+1, lastPage) {
		if pages = append(pages, i); f != want[i] || a.Get(i) != f || a.HasTag(i, Dirty) != tagged[i] {
			t.Errorf("page %d has frame %v, a map %v", i, f, want[i])
		}
		if i == lastPage {
			break
		}
	}
	for i, f := a.NextTagged(0, lastPage, Dirty); f != nil; i, f = a.NextTagged(i+1, lastPage, Dirty) {
		if dirty = append(dirty, i); i == lastPage {
			break
		}
	}
	if len(pages) != len(want) || a.Count() != uint64(len(want)) || len(dirty) != len(tagged) ||
		!slices.IsSorted(pages) {
		t.Errorf("%d pages, count %d, %d dirty; a map has %d and %d", len(pages), a.Count(), len(dirty), len(want),
			len(tagged))
	}
}

func TestTagOfAnotherPageOutlivesOne(t *testing.T) {
	_, a := filled(t, 1, 70, 5000)
	a.SetTag(1, Dirty)
	a.SetTag(5000, Dirty)
	a.ClearTag(5000, Dirty)
	if i, f := a.NextTagged(0, 9999, Dirty); f == nil || i != 1 || !a.Tagged(Dirty) {
		t.Errorf("the first dirty page is %d, frame %v", i, f)
	}
	if a.Remove(1); a.Tagged(Dirty) || a.Free(0, 100) || !a.Free(71, 4999) {
		t.Error("pages 70 and 5000 are left, both clean")
	}
}

func TestTreeThatGrowsKeepsItsTags(t *testing.T) {
	m, a := filled(t, 3)
	a.SetTag(3, Writeback)
	a.Put(1<<40, alloc(t, m))
	if i, f := a.NextTagged(0, lastPage, Writeback); f == nil || i != 3 {
		t.Errorf("the first page under writeback is %d, frame %v", i, f)
	}
}

func TestArrayThatEmptiesHasNoNode(t *testing.T) {
	_, a := filled(t, 0, 64)
	a.Remove(64)
	if a.Remove(0); a.root != nil || a.Count() != 0 || a.Get(0) != nil {
		t.Errorf("%d pages, root %v", a.Count(), a.root)
	}
}

// folio gives the pages from first on the order.
func folio(a *Array, first vm.PageIndex, order int) {
	for i := first; i < first+1<<order; i++ {
		a.Get(i).SetOrder(order)
	}
}

// upTo are the indexes from first to last.
func upTo(first, last vm.PageIndex) (out []vm.PageIndex) {
	for i := first; i <= last; i++ {
		out = append(out, i)
	}
	return out
}

// A step is a walk from a page over at most so many, forward to the next miss or back, and where it gets: the page of
// the miss, or how many pages lie before.
type step struct {
	forward bool
	from    vm.PageIndex
	most    uint64
	want    vm.PageIndex
}

const (
	back    = false
	forward = true
)

// walks are walks over the pages from first to last, of which some are in folios.
var walks = []struct {
	name        string
	first, last vm.PageIndex
	folios      [][2]int // the first page and the order of each
	steps       []step
}{
	{"misses are counted page by page beside small folios", 10, 19, nil, []step{
		{back, 20, 32, 10}, {forward, 10, 32, 20}, {back, 20, 5, 4}, {forward, 10, 5, 15},
	}},
	// From page 2 of the folio of pages 0 to 3 the walk checks from page 0 on: it counts to page 5 while it checks page
	// 3. A walk back from page 4 starts at the slot of page 0, and ends at once.
	{"a walk that starts in a large folio counts pages that are absent", 0, 3, [][2]int{{0, 2}}, []step{
		{forward, 2, 32, 6}, {back, 4, 32, 1},
	}},
	{"a walk over a folio of a whole node stays in step", 64, 191, [][2]int{{64, 6}, {128, 6}}, []step{
		{back, 192, 1024, 128}, {forward, 70, 1024, 192},
	}},
	{"a walk enters the next node by its index", 60, 70, nil, []step{{back, 71, 32, 11}, {forward, 60, 32, 71}}},
	{"a walk to page 0 counts all pages", 0, 9, nil, []step{{back, 10, 32, 10}}},
	// Measured on Linux 6.18.44: from page 66 the walk leaves the folio of pages 64 to 67 at once, for the folio of
	// pages 0 to 63. That has its slot one level higher, where the next step, whose index is still above the folio,
	// leaves it.
	{"a walk back leaves a folio of a whole node that lies below its index", 0, 67, [][2]int{{0, 6}, {64, 2}}, []step{
		{back, 68, 32, 2},
	}},
	// Measured on Linux 6.18.44: the slot of a folio of several nodes is that of its first page. A walk back from its
	// other pages leaves that slot at once, and each one below it as long as the index is not there; a walk forward
	// goes on through the slots that refer to the first.
	{"a walk starts at the first slot of a folio of several nodes", 0, 255, [][2]int{{0, 7}, {128, 7}}, []step{
		{back, 128, 32, 1}, {forward, 70, 1024, 256}, {back, 256, 1024, 3},
	}},
	// Measured on Linux 6.18.44: the step from page 4096 to another node of the second level computes both slots from
	// the index, and so checks page 2.
	{"a walk computes the slots of each level that it enters", 4032, 4099, [][2]int{{4032, 6}, {4096, 2}}, []step{
		{back, 4100, 32, 1},
	}},
	{"a walk crosses nodes of the second level", 4095, 4100, nil, []step{
		{back, 4101, 32, 6}, {forward, 4095, 32, 4101},
	}},
}

func TestWalksGetWhereThoseOfLinuxDo(t *testing.T) {
	for _, c := range walks {
		_, a := filled(t, upTo(c.first, c.last)...)
		for _, f := range c.folios {
			folio(a, vm.PageIndex(f[0]), f[1])
		}
		for _, s := range c.steps {
			got := vm.PageIndex(0)
			if s.forward {
				got = a.NextMiss(s.from, s.most, nil)
			} else {
				got = vm.PageIndex(a.PrevMiss(s.from, s.most, nil))
			}
			if got != s.want {
				t.Errorf("%s: %+v gets %d", c.name, s, got)
			}
		}
	}
}

// Linux 6.18.44 counted up to page 196 where pages 176 to 191 were one folio and reclaim had taken that of pages 192 to
// 195: the walk comes into the next node at page 194, whose slot refers to the shadow in slot 192.
func TestWalkTakesTheSlotsBehindAShadowForPages(t *testing.T) {
	_, a := filled(t, upTo(176, 191)...)
	folio(a, 176, 4)
	tail := func(i vm.PageIndex) bool { return i > 192 && i < 196 }
	if i := a.NextMiss(178, 32, tail); i != 196 {
		t.Errorf("the next miss is page %d", i)
	}
	if i := a.NextMiss(178, 32, nil); i != 194 {
		t.Errorf("without a shadow the next miss is page %d", i)
	}
	if n := a.PrevMiss(200, 32, tail); n != 0 {
		t.Errorf("%d pages before page 200, of which none is there", n)
	}
}

func TestWalkForwardEndsBehindTheLastPage(t *testing.T) {
	_, a := filled(t, 0, 1, lastPage)
	if i := a.NextMiss(lastPage, 32, nil); i != 0 {
		t.Errorf("the next miss is page %d", i)
	}
}
