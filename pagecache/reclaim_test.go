package pagecache

import (
	"slices"
	"strings"
	"testing"

	"vmsim/vm"
)

// fifo is a policy of one's own: the page that came first goes first.
type fifo struct{ queue []Page }

func (q *fifo) Added(p Page)  { q.queue = append(q.queue, p) }
func (q *fifo) Accessed(Page) {}
func (q *fifo) Removed(p Page) {
	q.queue = slices.DeleteFunc(q.queue, func(x Page) bool { return x == p })
}

func (q *fifo) Victim(may func(Page) bool) (p Page, ok bool) {
	i := slices.IndexFunc(q.queue, may)
	if i < 0 {
		return 0, false
	}
	return q.queue[i], true
}

// clockPolicy gives a page that was used a second chance.
type clockPolicy struct {
	fifo
	used map[Page]bool
}

func (c *clockPolicy) Accessed(p Page) { c.used[p] = true }

func (c *clockPolicy) Victim(may func(Page) bool) (p Page, ok bool) {
	for range 2 * len(c.queue) {
		p = c.queue[0]
		if !c.used[p] && may(p) {
			return p, true
		}
		delete(c.used, p)
		c.queue = append(c.queue[1:], p)
	}
	return 0, false
}

// readPages reads pages of the file, one at a time and without reading ahead.
func (b *bench) readPages(pages ...vm.PageIndex) {
	b.t.Helper()
	b.f.Advise(AdviseRandom, 0, 0)
	for _, i := range pages {
		u := &user{buf: make([]byte, vm.PageSize)}
		b.c.Begin()
		if n, err := b.f.Read(u, 0, vm.PageSize, i.FileOffset()); n != vm.PageSize || err != nil {
			b.t.Fatalf("page %d: %d bytes, %v", i, n, err)
		}
	}
}

// reclaimed reads 40 pages backwards, and some again, into memory of 40 frames, and then eight more. It draws what is
// left.
func reclaimed(t *testing.T, policy Replacer, again ...vm.PageIndex) string {
	b := newBench(t, 40)
	b.cold(48)
	b.c.Reclaim.Replace(policy)
	for i := vm.PageIndex(40); i > 0; i-- {
		b.readPages(i - 1)
	}
	b.readPages(again...)
	b.readPages(40, 41, 42, 43, 44, 45, 46, 47)
	return b.picture()
}

func TestPolicySaysWhichPagesAreReclaimed(t *testing.T) {
	for _, c := range []struct {
		name   string
		policy Replacer
		again  []vm.PageIndex
		want   string
	}{
		{"Linux's: 32 pages are wanted, and each scan is twice as long, until all of 40 have been looked at", nil, nil,
			strings.Repeat(".", 40) + "cccccccc"},
		{"first in, first out: as many pages as are needed, and they were read first", &fifo{}, nil,
			strings.Repeat("c", 32) + "........" + "cccccccc"},
		{"to be used again changes nothing for it", &fifo{}, []vm.PageIndex{39, 20},
			strings.Repeat("c", 32) + "........" + "cccccccc"},
		{"a second chance keeps what was used again", &clockPolicy{used: map[Page]bool{}}, []vm.PageIndex{39, 20},
			strings.Repeat("c", 31) + "........" + "c" + "cccccccc"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := reclaimed(t, c.policy, c.again...); got != c.want {
				t.Errorf("left is\n    %s, want\n    %s", got, c.want)
			}
		})
	}
}

// A page that comes back has the name that it had before: a policy can know it again.
func TestPagesKeepTheirNames(t *testing.T) {
	b := newBench(t, 100)
	b.cold(4)
	q := &fifo{}
	b.c.Reclaim.Replace(q)
	b.readPages(2, 3)
	before := slices.Clone(q.queue)
	b.f.Advise(AdviseDontNeed, 0, everything)
	if len(q.queue) != 0 {
		t.Errorf("the policy still has %v, but the cache has dropped all", q.queue)
	}
	b.readPages(2, 3)
	if !slices.Equal(q.queue, before) {
		t.Errorf("the names were %v, and are %v", before, q.queue)
	}
}

func TestPolicyIsNotifiedOfPagesInMemory(t *testing.T) {
	b := newBench(t, 100)
	b.cold(4)
	b.readPages(1, 2)
	q := &fifo{}
	if b.c.Reclaim.Replace(q); len(q.queue) != 2 {
		t.Errorf("the policy knows %d pages, 2 are in memory", len(q.queue))
	}
	b.m.Linked(-1)
	b.f.Put()
	if len(q.queue) != 0 || len(b.c.Reclaim.names) != 0 {
		t.Errorf("a deleted file leaves %v", q.queue)
	}
}

// What is dirty may not go: it is written back first, and goes then.
func TestDirtyPagesAreWrittenBackBeforeTheyAreReclaimed(t *testing.T) {
	for _, policy := range []Replacer{nil, &fifo{}} {
		b := newBench(t, 40)
		b.c.Reclaim.Replace(policy)
		b.fill(40 * vm.PageSize)
		_ = b.m.Truncate(60 * vm.PageSize)
		b.readPages(50)
		if b.m.LookUp(50) == nil || b.m.Cached() != 9 { // 32 of the pages are one folio
			t.Errorf("with %T: %s", policy, b.picture())
		}
		u := &user{buf: make([]byte, vm.PageSize)}
		if _, err := b.f.Read(u, 0, vm.PageSize, 0); err != nil || u.buf[0] != 'a' {
			t.Errorf("page 0 holds %q, %v", u.buf[0], err)
		}
	}
}
