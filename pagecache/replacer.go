package pagecache

import (
	"vmsim/vm"
	"vmsim/vm/lru"
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

// replacement tells a policy of the pages of a machine: those of files on disks, and private ones.
type replacement struct {
	policy  Replacer // nil for Linux's own
	names   map[*Mapping]map[vm.PageIndex]Page
	private map[phys.PFN]Page // of private pages in memory
	pages   []namedPage       // by name
	refused map[Page]bool     // pages that could not go after all, in this run of reclaim
}

// namedPage is a page of a file, or a private one.
type namedPage struct {
	m     *Mapping // nil for a private page
	index vm.PageIndex
	frame *phys.Frame // of a private page in memory
	in    bool        // the policy has it in memory
	came  uint64      // the call or access that brought it in last
}

// Replace gives reclaim a policy; nil is Linux's own. It hears of every page that is in memory already.
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
	r.cache.Each(func(m *Mapping) {
		m.EachPage(0, LastPage, func(i vm.PageIndex, f *phys.Frame) { r.added(m, i, f) })
	})
	r.cache.Memory.EachUsed(func(f *phys.Frame) {
		if f.Flags.Has(phys.Anon | phys.LRU) {
			r.privateAdded(f)
		}
	})
}

// counts reports whether a frame is of those that the policy rules: all, or those of the programs' control group where
// that has a limit.
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

func (r *replacement) newName(at namedPage) Page {
	r.pages = append(r.pages, at)
	return Page(len(r.pages) - 1)
}

func (r *Reclaim) added(m *Mapping, i vm.PageIndex, f *phys.Frame) {
	if r.policy != nil && m.reclaimable() && r.counts(f) {
		r.comes(r.nameOf(m, i))
	}
}

// comes tells the policy of a page that is new in memory.
func (r *Reclaim) comes(p Page) {
	at := &r.pages[p]
	at.in, at.came = true, r.cache.inflight.epoch
	r.policy.Added(p)
}

// goes tells the policy of a page that is in memory no longer.
func (r *Reclaim) goes(p Page) {
	if at := &r.pages[p]; at.in {
		at.in, at.frame = false, nil
		r.policy.Removed(p)
	}
}

// used tells the policy of a use of a page. The call or access that brought it in does not count.
func (r *Reclaim) used(p Page) {
	if h, ok := r.policy.(Hearer); ok {
		h.Heard(p)
	}
	if at := &r.pages[p]; at.in && at.came != r.cache.inflight.epoch {
		r.policy.Accessed(p)
	}
}

// privateAdded is called for a private frame that goes onto the lists. One that comes back from the swap area has its
// name already.
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
	r.comes(p)
}

func (r *Reclaim) privateFreed(f *phys.Frame) {
	if p, ok := r.private[f.PFN()]; ok {
		delete(r.private, f.PFN())
		r.goes(p)
	}
}

// swappedOut keeps the name of a private page with its place in the swap area, and swappedIn gives it back.
func (r *Reclaim) swappedOut(s *swapSlot, f *phys.Frame) {
	if p, ok := r.private[f.PFN()]; ok {
		s.name, s.named = p, true
	}
}

func (r *Reclaim) swappedIn(s *swapSlot, f *phys.Frame) {
	if r.policy != nil && s.named {
		r.private[f.PFN()] = s.name
	}
}

// HearsUse reports whether a policy wants to hear of each load and store. No processor tells a kernel of them: the
// policies are as their authors have described them, and not as a kernel could have them.
func (r *Reclaim) HearsUse() bool { return r.policy != nil }

// Used tells the policy that a load or store has used a frame.
func (r *Reclaim) Used(f *phys.Frame) {
	if m, ok := f.Owner.(*Mapping); ok && !f.Has(phys.Anon) {
		r.accessed(m, f)
	} else if p, ok := r.private[f.PFN()]; ok {
		r.used(p)
	}
}

// accessed says that a frame of a file was used, and with it its folio.
func (r *Reclaim) accessed(m *Mapping, f *phys.Frame) {
	if r.policy == nil || !m.reclaimable() {
		return
	}
	m.folioOf(vm.PageIndex(f.Index), f).each(func(i vm.PageIndex, _ *phys.Frame) { r.used(r.nameOf(m, i)) })
}

func (r *Reclaim) removed(m *Mapping, i vm.PageIndex) {
	if r.policy != nil && m.reclaimable() {
		r.goes(r.nameOf(m, i))
	}
}

// lost forgets the names of a deleted file's pages.
func (r *replacement) lost(m *Mapping) {
	for _, p := range r.names[m] {
		r.pages[p] = namedPage{}
	}
	delete(r.names, m)
}

// takeChosen has the policy name pages of a group until n are free, and says how many that were. What the policy does
// not know goes in Linux's way, where nothing else can.
func (r *Reclaim) takeChosen(n uint64, group lru.Group) (got uint64) {
	s := scan{Reclaim: r, want: n, maySwap: true, group: group, chosen: true}
	if got = s.choose(); got > 0 {
		return got
	}
	s = scan{Reclaim: r, want: n, maySwap: true, group: group}
	return s.run()
}

// choose is the policy's part of takeChosen.
func (s *scan) choose() uint64 {
	s.reclaims = true
	defer func() { s.reclaims = false }()
	clear(s.refused)
	stepReclaimStarted(s.cache.Log, s.want, s.shortage())
	for _, clean := range []func(){func() {}, func() { s.cache.waitAll() }, s.cache.Writer.writeAll} {
		if clean(); s.reclaimed > 0 {
			break
		}
		for s.reclaimed < s.want {
			p, ok := s.policy.Victim(s.mayGo)
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

// take frees the page that the policy has named, and with it its folio.
func (s *scan) take(p Page) (gone bool) {
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

func (s *scan) takePrivate(f *phys.Frame) (gone bool) {
	t := anonPages
	look := s.lookAnon
	if !f.Has(phys.SwapBacked) {
		t, look = filePages, s.lookLazy
	}
	s.countScanned(t, 1)
	if look(f) != freed {
		return false
	}
	s.countStolen(t, 1)
	s.reclaimed++
	return true
}

// mayGo reports whether a page can go.
func (s *scan) mayGo(p Page) bool {
	at := s.pages[p]
	if s.refused[p] || !at.in {
		return false
	}
	if at.m == nil {
		return s.mayGoPrivate(at.frame)
	}
	return s.mayGoFile(at.m.folio(at.index))
}

// mayGoFile reports whether a folio of a file is filled and clean, no read under way holds it, and only the cache has
// it, or page tables do that can be made to forget it.
func (s *scan) mayGoFile(f folio) bool {
	if f.head == nil || !f.filled() || f.head.Flags&(phys.Locked|dirty|writeback) != 0 || !s.ofGroup(f.head) {
		return false
	}
	return !f.busy() || f.mapped() && !f.locked()
}

// mayGoPrivate reports whether only page tables and the swap cache hold a private page, and it has a place to go to, or
// needs none.
func (s *scan) mayGoPrivate(f *phys.Frame) bool {
	if f.Flags&(phys.Mlocked|phys.Unevictable|phys.Locked|phys.Writeback) != 0 || !s.ofGroup(f) {
		return false
	}
	holders := f.Maps()
	if f.Has(phys.SwapCached) {
		holders++
	}
	return f.Refs() == holders && (f.Flags&(phys.SwapCached) != 0 || !f.Has(phys.SwapBacked) || s.canSwap())
}

func (s *scan) ofGroup(f *phys.Frame) bool { return s.group == lru.Everyone || f.Has(phys.Charged) }

// locked reports whether a program has locked a page of it into memory.
func (f folio) locked() (is bool) {
	f.each(func(_ vm.PageIndex, x *phys.Frame) { is = is || x.Has(phys.Mlocked) })
	return is
}

// Hearer is a policy that hears of every use of a page, that which brings it in included.
// Linux: none.
type Hearer interface {
	Replacer
	// Heard says that a page in memory is used now.
	Heard(p Page)
}

// Named is a policy that says for people how it chooses.
// Linux: none.
type Named interface {
	Replacer
	// Rule is what it does, as in "lru: evicts the page that was used longest ago".
	Rule() string
}

// chosenBecause says for people why a policy took a page.
func (r *Reclaim) chosenBecause() string {
	if n, ok := r.policy.(Named); ok {
		return "the policy chose it (" + n.Rule() + ")"
	}
	return "the policy chose it"
}
