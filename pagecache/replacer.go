package pagecache

import (
	"vmsim/vm"
	"vmsim/vm/phys"
)

// Replacer is the policy of reclaim: which page goes when a frame is needed. A machine whose Reclaim has none uses
// Linux's own way.
//
//	a page comes in      Added(p)
//	it is used again     Accessed(p)
//	a frame is needed    Victim(may), and for the page that it names
//	it leaves memory     Removed(p), and so for pages of files that are truncated
//
// FIFO, for one, is a queue: Added puts the page at its end, Removed takes it out, and Victim names the first page that
// may go.
// Linux: mm/vmscan.c, mm/swap.c and mm/workingset.c.
type Replacer interface {
	// Added says that a page, which was not in memory, is now.
	Added(p Page)
	// Accessed says that a page in memory was used once more: the call that brings it in does not count.
	Accessed(p Page)
	// Removed says that a page in memory is no longer.
	Removed(p Page)
	// Victim names a page in memory that goes next, of those that may; ok is false where none does. A page may not go
	// while it is dirty, locked or in use. Naming it changes nothing: Removed follows where the page goes.
	Victim(may func(Page) bool) (p Page, ok bool)
}

// Page names a page for a Replacer, from 0 up in the order of the first arrival. A page keeps its name when it leaves
// memory and comes back, so that a policy knows again what it gave up.
// Linux: none; struct folio with the shadow entries of mm/workingset.c.
type Page uint32

// replacement tells a policy of the pages of a machine.
type replacement struct {
	policy Replacer // nil for Linux's own
	names  map[*Mapping]map[vm.PageIndex]Page
	pages  []namedPage // by name
}

// namedPage is a page of a file.
type namedPage struct {
	m     *Mapping
	index vm.PageIndex
	came  uint64 // the call or access that brought it in last
}

// nameOf is the name of a page.
func (r *replacement) nameOf(m *Mapping, i vm.PageIndex) Page {
	of := r.names[m]
	if of == nil {
		of = map[vm.PageIndex]Page{}
		r.names[m] = of
	}
	p, ok := of[i]
	if !ok {
		p = Page(len(r.pages))
		of[i] = p
		r.pages = append(r.pages, namedPage{m: m, index: i})
	}
	return p
}

func (r *replacement) added(m *Mapping, i vm.PageIndex) {
	if r.policy != nil && m.reclaimable() {
		p := r.nameOf(m, i)
		r.pages[p].came = m.Cache.inflight.epoch
		r.policy.Added(p)
	}
}

// accessed says that a frame was used, and with it its folio.
func (r *replacement) accessed(m *Mapping, f *phys.Frame) {
	if r.policy == nil || !m.reclaimable() {
		return
	}
	m.folioOf(vm.PageIndex(f.Index), f).each(func(i vm.PageIndex, _ *phys.Frame) {
		if p := r.nameOf(m, i); r.pages[p].came != m.Cache.inflight.epoch {
			r.policy.Accessed(p)
		}
	})
}

func (r *replacement) removed(m *Mapping, i vm.PageIndex) {
	if r.policy != nil && m.reclaimable() {
		r.policy.Removed(r.nameOf(m, i))
	}
}

// lost forgets the names of a deleted file's pages.
func (r *replacement) lost(m *Mapping) {
	for _, p := range r.names[m] {
		r.pages[p] = namedPage{}
	}
	delete(r.names, m)
}

// takeChosen has the policy name pages until a batch of them is free, and says how many that were.
func (r *Reclaim) takeChosen() (got uint64) {
	r.reclaims = true
	defer func() { r.reclaims = false }()
	for _, clean := range []func(){func() {}, func() { r.cache.waitAll() }, r.cache.Writer.writeAll} {
		if clean(); got > 0 {
			break
		}
		for got < reclaimBatch {
			p, ok := r.policy.Victim(r.mayGo)
			if !ok {
				break
			}
			at := r.pages[p]
			f := at.m.folio(at.index)
			got += uint64(f.pages())
			if f.mapped() {
				f.unmap()
			}
			at.m.evictPage(f.first)
		}
	}
	return got
}

// mayGo reports whether a page can go: it is filled and clean, no read under way holds it, and only the cache has it,
// or page tables do that can be made to forget it.
func (r *Reclaim) mayGo(p Page) bool {
	at := r.pages[p]
	f := at.m.folio(at.index)
	if f.head == nil || !f.filled() || f.has(phys.Locked) || f.has(dirty) || f.has(writeback) {
		return false
	}
	return !f.busy() || f.mapped() && !f.locked()
}

// locked reports whether a program has locked a page of it into memory.
func (f folio) locked() (is bool) {
	f.each(func(_ vm.PageIndex, x *phys.Frame) { is = is || x.Has(phys.Mlocked) })
	return is
}
