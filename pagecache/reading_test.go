package pagecache

import (
	"strings"
	"testing"

	"vmsim/vm"
	"vmsim/vm/phys"
)

// marked are the pages of the file up to page end that are marked as accessed once.
func (b *bench) marked(end vm.PageIndex) string {
	var out strings.Builder
	for i := range end {
		switch f := b.m.folio(i); {
		case f.head == nil:
			out.WriteByte('.')
		case f.has(phys.Active):
			out.WriteByte('a')
		case f.has(phys.Referenced):
			out.WriteByte('r')
		default:
			out.WriteByte('-')
		}
	}
	return out.String()
}

func TestReadPastTheEndUsesThePageThatLiesThere(t *testing.T) {
	b := newBench(t, 1000)
	b.f.Advise(AdviseRandom, 0, everything)
	b.leaveBehind(1, 1)
	for _, x := range []struct {
		pos  int64
		n    uint64
		want string
	}{{0, vm.PageSize, "r-"}, {1, vm.PageSize - 1, "r-"}, {1, vm.PageSize, "rr"}, {0, 2 * vm.PageSize, "ra"}} {
		if _, err := b.f.Read(&user{buf: make([]byte, x.n)}, 0, x.n, x.pos); err != nil {
			t.Fatal(err)
		}
		if got := b.marked(2); got != x.want {
			t.Errorf("after a read of %d bytes at %d the pages are %s, want %s", x.n, x.pos, got, x.want)
		}
	}
}

func TestWhatDontNeedWritesKeepsItsMarks(t *testing.T) {
	b := newBench(t, 1000)
	b.cold(1)
	b.readPages(0)
	b.write(0, "x")
	before := b.marked(1)
	b.f.Advise(AdviseDontNeed, 0, everything)
	if got := b.marked(1); got != before || before == "-" {
		t.Errorf("the page was %s, and is %s", before, got)
	}
}
