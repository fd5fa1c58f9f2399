package pagecache

import (
	"vmsim/vm"
	"vmsim/vm/lru"
	"vmsim/vm/phys"
)

// Replacer is the policy of reclaim: which page is evicted when a frame is needed. Without one a machine follows Linux.
//
//	a page comes in      Added(p)
//	it is used again     Accessed(p)
//	a frame is needed    Victim(may), and for the page that it names
//	it leaves memory     Removed(p), and so for pages of files that are truncated
//
// FIFO, for example, is a queue: Added appends the page, Removed removes it, and Victim names the first page that may
// be evicted. The interface is the one that textbooks assume: every use of a page is reported. No kernel sees that
// much, since a load that hits in the TLB is invisible, which is why Linux approximates with accessed bits.
//
//	page 3 is read            Added(3)
//	page 3 is used again      Accessed(3)
//	no frame is free          Victim(may) = 3, and the model unmaps and frees it: Removed(3)
//	page 3 is read again      Added(3): the same number, so that a policy with ghosts knows it
//
// Linux: mm/vmscan.c, mm/swap.c and mm/workingset.c.
type Replacer interface {
	// Added reports that a page has come into memory.
	Added(p Page)
	// Accessed reports a use of a page in memory, other than by the call that brought it in.
	Accessed(p Page)
	// Removed reports that a page has left memory.
	Removed(p Page)
	// Victim names the page to evict next, one for which may is true; ok is false for none. A page may not be evicted
	// while it is dirty, locked or in use. Victim itself changes nothing: Removed follows if the page is evicted.
	Victim(may func(Page) bool) (p Page, ok bool)
}

// Page is the number of a page for a Replacer, from 0 up in the order of the first arrival. A page keeps its number
// when it leaves memory and returns, so that a policy recognizes it. A number says nothing about what the page is: a
// policy cannot treat files and private memory differently.
// Linux: none; struct folio with the shadow entries of mm/workingset.c.
type Page uint32

// replacement notifies a policy of the pages of a machine: those of files on disks, and private ones. The map from
// pages to numbers is kept for pages that have left as well, which is what ghost lists are about.
type replacement struct {
	policy  Replacer // nil for Linux's own
	names   map[*Mapping]map[vm.PageIndex]Page
	private map[phys.PFN]Page // of private pages in memory
	pages   []namedPage       // by name
	refused map[Page]bool     // pages that could not be evicted in this run of reclaim
}

// namedPage is a page of a file, or a private one.
type namedPage struct {
	m     *Mapping // nil for a private page
	index vm.PageIndex
	frame *phys.Frame // of a private page in memory
	in    bool        // the policy has it in memory
	came  uint64      // the call or access that brought it in last
}

// Replace sets the policy of reclaim; nil is Linux's own. It calls Added for every page that is in memory already. A
// policy that is set in the middle of a run learns of the pages in the order of the files, not in that of their use.
func (r *Reclaim) Replace(policy Replacer) {
	first := r.policy == nil
	r.replacement = replacement{policy: policy, names: map[*Mapping]map[vm.PageIndex]Page{},
		private: map[phys.PFN]Page{}, refused: map[Page]bool{}}
	if policy == nil {
		r.cache.LRU.Added = nil
		return
	}
	r.cache.LRU.Added = r.privateAdded
	if free := r.cache.Memory.Freeing; first {
		r.cache.Memory.Freeing = func(f *phys.Frame) {
			free(f)
			r.privateFreed(f)
		}
	}
	r.introduce()
}

// introduce notifies a new policy of every page that is in memory.
func (r *Reclaim) introduce() {
	r.cache.Each(func(m *Mapping) {
		m.EachPage(0, LastPage, func(i vm.PageIndex, f *phys.Frame) { r.added(m, i, f) })
	})
	r.cache.Memory.EachUsed(func(f *phys.Frame) {
		if f.Flags.Has(phys.Anon | phys.LRU) {
			r.privateAdded(f)
		}
	})
}

// counts reports whether the policy manages the frame: all frames, or only those of the programs' control group if that
// has a limit.
func (r *Reclaim) counts(f *phys.Frame) bool { return r.Limit == 0 || f.Has(phys.Charged) }

// nameOf is the name of a page of a file.
func (r *replacement) nameOf(m *Mapping, i vm.PageIndex) Page {
	of := r.names[m]
	if of == nil {
		of = map[vm.PageIndex]Page{}
		r.names[m] = of
	}
	p, ok := of[i]
	if !ok {
		p = r.newName(namedPage{m: m, index: i})
		of[i] = p
	}
	return p
}

// newName gives a page the next number.
func (r *replacement) newName(at namedPage) Page {
	r.pages = append(r.pages, at)
	return Page(len(r.pages) - 1)
}

// added notifies the policy of a page of a file that has come into memory. It does not manage
// files in memory alone: their pages go to the swap area in Linux's way.
func (r *Reclaim) added(m *Mapping, i vm.PageIndex, f *phys.Frame) {
	if r.policy != nil && m.reclaimable() && r.counts(f) {
		r.notifyAdded(r.nameOf(m, i))
	}
}

// notifyAdded notifies the policy of a page that has come into memory.
func (r *Reclaim) notifyAdded(p Page) {
	at := &r.pages[p]
	at.in, at.came = true, r.cache.inflight.epoch
	r.policy.Added(p)
}

// notifyRemoved notifies the policy of a page that has left memory.
func (r *Reclaim) notifyRemoved(p Page) {
	if at := &r.pages[p]; at.in {
		at.in, at.frame = false, nil
		r.policy.Removed(p)
	}
}

// used notifies the policy of a use of a page, other than by the call or access that brought it in. The access that
// brings a page in is not a use of its own: otherwise each page would count as used twice.
func (r *Reclaim) used(p Page) {
	if h, ok := r.policy.(Observer); ok {
		h.Observed(p)
	}
	if at := &r.pages[p]; at.in && at.came != r.cache.inflight.epoch {
		r.policy.Accessed(p)
	}
}

// privateAdded is called for a private frame that goes onto the lists. A page that returns from the swap area has its
// number already.
func (r *Reclaim) privateAdded(f *phys.Frame) {
	if !r.counts(f) {
		return
	}
	p, named := r.private[f.PFN()]
	if !named {
		p = r.newName(namedPage{})
		r.private[f.PFN()] = p
	}
	r.pages[p].frame = f
	r.notifyAdded(p)
}

// privateFreed tells the policy that a page of private memory was freed.
func (r *Reclaim) privateFreed(f *phys.Frame) {
	if p, ok := r.private[f.PFN()]; ok {
		delete(r.private, f.PFN())
		r.notifyRemoved(p)
	}
}

// swappedOut stores the number of a private page with its swap entry, and swappedIn restores it.
func (r *Reclaim) swappedOut(s *swapSlot, f *phys.Frame) {
	if p, ok := r.private[f.PFN()]; ok {
		s.name, s.named = p, true
	}
}

// swappedIn gives the number to the frame into which the page is read.
func (r *Reclaim) swappedIn(s *swapSlot, f *phys.Frame) {
	if r.policy != nil && s.named {
		r.private[f.PFN()] = s.name
	}
}

// ObservesUse reports whether a policy must be notified of each load and store. No processor reports them to a kernel:
// these policies follow their published descriptions, and no kernel could implement them so.
func (r *Reclaim) ObservesUse() bool { return r.policy != nil }

// Used notifies the policy that a load or store has used a frame.
func (r *Reclaim) Used(f *phys.Frame) {
	if m, ok := f.Owner.(*Mapping); ok && !f.Has(phys.Anon) {
		r.accessed(m, f)
	} else if p, ok := r.private[f.PFN()]; ok {
		r.used(p)
	}
}

// accessed notifies the policy that a frame of a file, and with it its folio, was used.
func (r *Reclaim) accessed(m *Mapping, f *phys.Frame) {
	if r.policy == nil || !m.reclaimable() {
		return
	}
	m.folioOf(vm.PageIndex(f.Index), f).each(func(i vm.PageIndex, _ *phys.Frame) { r.used(r.nameOf(m, i)) })
}

// removed notifies the policy of a page of a file that has left the cache, evicted or truncated.
func (r *Reclaim) removed(m *Mapping, i vm.PageIndex) {
	if r.policy != nil && m.reclaimable() {
		r.notifyRemoved(r.nameOf(m, i))
	}
}

// forgetFile drops the numbers of a deleted file's pages.
func (r *replacement) forgetFile(m *Mapping) {
	for _, p := range r.names[m] {
		r.pages[p] = namedPage{}
	}
	delete(r.names, m)
}

// takeChosen evicts pages that the policy names until n are free, and returns how many it freed. If the policy names
// none, pages that it does not manage are reclaimed in Linux's way.
func (r *Reclaim) takeChosen(n uint64, group lru.Group) (got uint64) {
	s := scan{Reclaim: r, want: n, maySwap: true, group: group, chosen: true}
	if got = s.choose(); got > 0 {
		return got
	}
	s = scan{Reclaim: r, want: n, maySwap: true, group: group}
	return s.run()
}

// choose is the policy's part of takeChosen. A page that the present call or access has brought in stays as long as
// another can go: otherwise a policy that evicts the newest page would let a copy from one page to another wait for
// ever, since each of the two would replace the other. The four rounds try harder each time: as it is, after all
// requests are complete, after everything dirty is written, and then with the pages of the present call.
func (s *scan) choose() uint64 {
	s.reclaims = true
	defer func() { s.reclaims = false }()
	clear(s.refused)
	stepReclaimStarted(s.cache.Log, s.want, s.shortage())
	s.keepsNew = true
	for _, ready := range []func(){func() {}, func() { s.cache.waitAll() }, s.cache.Writer.writeAll,
		func() { s.keepsNew = false }} {
		if ready(); s.reclaimed > 0 {
			break
		}
		for s.reclaimed < s.want {
			p, ok := s.policy.Victim(s.evictable)
			if !ok {
				break
			}
			if !s.take(p) {
				s.refused[p] = true
			}
		}
	}
	stepReclaimEnded(s.cache.Log, s.reclaimed)
	return s.reclaimed
}

// take evicts the page that the policy has named, and with it its folio. The policy's choice binds: a dirty page was
// not offered to it.
func (s *scan) take(p Page) (ok bool) {
	at := s.pages[p]
	if at.m == nil {
		return s.takePrivate(at.frame)
	}
	f := at.m.folio(at.index)
	why, pages := s.reason(f.head), uint64(f.pages())
	s.countScanned(filePages, pages)
	if f.mapped() {
		f.unmap()
	}
	if f.has(dirty) || f.busy() || !f.m.ops.release(f) {
		return false
	}
	f.each(func(i vm.PageIndex, x *phys.Frame) {
		stepPageEvicted(s.cache.Log, i, x.PFN(), f.m.Number, why)
		f.m.remove(i, x)
	})
	s.countStolen(filePages, pages)
	s.reclaimed += pages
	return true
}

// takePrivate tries to reclaim a page of private memory that the policy has chosen.
func (s *scan) takePrivate(f *phys.Frame) (ok bool) {
	t := anonPages
	look := s.lookAnon
	if !f.Has(phys.SwapBacked) {
		t, look = filePages, s.lookLazy
	}
	s.countScanned(t, 1)
	if look(f) != freed && f.Refs() > 0 { // a stored-to page of MAP_DROPPABLE is freed as one that was to stay
		s.cache.LRU.Relist(f) // one that is stored to after MADV_FREE is a private page as any other
		return false
	}
	s.countStolen(t, 1)
	s.reclaimed++
	return true
}

// evictable reports whether a page can be evicted.
func (s *scan) evictable(p Page) bool {
	at := s.pages[p]
	if s.refused[p] || !at.in || s.keepsNew && at.came == s.cache.inflight.epoch {
		return false
	}
	if at.m == nil {
		return s.evictablePrivate(at.frame)
	}
	return s.evictableFile(at.m.folio(at.index))
}

// evictableFile reports whether a folio of a file is filled and clean, and only the cache and page tables that can be
// cleared refer to it.
func (s *scan) evictableFile(f folio) bool {
	if f.head == nil || !f.filled() || f.head.Flags&(phys.Locked|dirty|writeback) != 0 || !s.ofGroup(f.head) {
		return false
	}
	return !f.busy() || f.mapped() && !f.locked()
}

// evictablePrivate reports whether only page tables and the swap cache refer to a private page, and it has a swap
// entry, can get one, or needs none. Any other reference is that of a call or a pipe, which would lose the bytes.
func (s *scan) evictablePrivate(f *phys.Frame) bool {
	if f.Flags&(phys.Mlocked|phys.Unevictable|phys.Locked|phys.Writeback) != 0 || !s.ofGroup(f) {
		return false
	}
	holders := f.Maps()
	if f.Has(phys.SwapCached) {
		holders++
	}
	return f.Refs() == holders && (f.Flags&(phys.SwapCached) != 0 || !f.Has(phys.SwapBacked) || s.canSwap())
}

// ofGroup reports whether the frame counts to the group that is short.
func (s *scan) ofGroup(f *phys.Frame) bool { return s.group == lru.Everyone || f.Has(phys.Charged) }

// locked reports whether a page of it is mlocked.
func (f folio) locked() (is bool) {
	f.each(func(_ vm.PageIndex, x *phys.Frame) { is = is || x.Has(phys.Mlocked) })
	return is
}

// Observer is a policy that is notified of every use of a page, including the one that brings it in.
// Linux: none.
type Observer interface {
	Replacer
	// Observed reports that a page in memory is used now.
	Observed(p Page)
}

// Named is a policy with a description for people.
// Linux: none.
type Named interface {
	Replacer
	// Rule is what it does, as in "lru: evicts the page that was used longest ago".
	Rule() string
}

// chosenBecause is the reason, for people, why a policy evicted a page.
func (r *Reclaim) chosenBecause() string {
	if n, ok := r.policy.(Named); ok {
		return "the policy chose it (" + n.Rule() + ")"
	}
	return "the policy chose it"
}
