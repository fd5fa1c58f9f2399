package lru

import "vmsim/vm/phys"

// batchSize is how many changes of one kind a processor batches before it applies them. So the order of the lists, and
// the counters of /proc/vmstat, lag behind by up to 31 pages of each kind. A program sees that in PGACTIVATE, which
// moves in steps.
// Linux: PAGEVEC_SIZE (include/linux/pagevec.h).
const batchSize = 31

// Drain applies every batched change.
// Linux: lru_add_drain (mm/swap.c).
func (l *Lists) Drain() {
	if l.added+len(l.activating)+len(l.locking) > 0 {
		l.drain()
	}
}

// drain is a function of its own, so that Drain is inlined.
func (l *Lists) drain() {
	l.drainAdds()
	if len(l.activating)+len(l.locking) > 0 {
		l.drainActivations()
		l.drainLocks()
	}
}

// drainFrame applies the batched changes of one frame and leaves its places in the batches empty.
func (l *Lists) drainFrame(f *phys.Frame) {
	for i := range l.locking {
		if c := &l.locking[i]; c.frame == f {
			l.change(*c)
			c.frame = nil
		}
	}
	for i := range l.activating {
		if l.activating[i] == f {
			l.makeActive(f)
			l.activating[i] = nil
		}
	}
}

// Add queues a new frame for its inactive list. A frame of a large folio drains the batch at once. Until the batch is
// applied, the frame is on no list: reclaim does not see it, and mlock treats it differently. A frame of a locked area
// is in the batch of locks by now, and goes to the unevictable list.
// Linux: folio_add_lru, folio_add_lru_vma (mm/swap.c).
func (l *Lists) Add(f *phys.Frame) {
	if f.Has(phys.Mlocked) {
		l.noteNew(f)
		return
	}
	if l.Faulting && !f.Has(phys.Unevictable) {
		f.Set(phys.Referenced)
	}
	if l.Added != nil && f.Has(phys.Anon) {
		l.Added(f)
	}
	if f.Order() > 0 {
		l.drainAdds()
		l.place(f)
		return
	}
	l.adding[l.added] = uint32(f.PFN())
	if l.added++; l.added == batchSize {
		l.drainAdds()
	}
}

// drainAdds adds the new frames. A frame that was mlocked meanwhile goes to the unevictable list, and its count of
// locked areas is reset.
// Linux: lru_add (mm/swap.c).
func (l *Lists) drainAdds() {
	for _, n := range l.adding[:l.added] {
		if f := l.frame(n); f.Flags&(phys.Mlocked|phys.Unevictable) == phys.Mlocked {
			l.Cull(f)
		} else if l.order != nil && f.Refs() > 0 && l.order.at(f).list == NoList {
			l.place(f)
		}
	}
	l.added = 0
}

// frame is the frame of that number, or its copy within View.
func (l *Lists) frame(n uint32) *phys.Frame {
	if l.copies != nil {
		if c := l.copies[phys.PFN(n)]; c != nil {
			return c
		}
	}
	return l.memory.Frame(phys.PFN(n))
}

// isNew reports whether a frame waits in the batch of new ones, and so is on no list yet.
func (l *Lists) isNew(f *phys.Frame) bool {
	for _, n := range l.adding[:l.added] {
		if phys.PFN(n) == f.PFN() {
			return true
		}
	}
	return false
}

// activate queues a frame for activation. A frame that is on no list yet is activated at once, or, where it is locked,
// not at all; a large folio drains the batch. Linux looks through the batch of new folios of the current CPU in the
// same way, so that a page that is written twice at once does become active.
// Linux: folio_activate, __lru_cache_activate_folio (mm/swap.c).
func (l *Lists) activate(f *phys.Frame) {
	switch {
	case l.isNew(f):
		f.Set(phys.Active)
		return
	case l.isNewLocked(f):
		return
	}
	if l.activating = append(l.activating, f); len(l.activating) == batchSize || f.Order() > 0 {
		l.drainActivations()
	}
}

// drainActivations moves the frames of the activation batch onto the active lists. A frame that was freed has left
// an empty slot.
func (l *Lists) drainActivations() {
	for _, f := range l.activating {
		if f != nil {
			l.makeActive(f)
		}
	}
	l.activating = l.activating[:0]
}

// makeActive moves a frame from its inactive to its active list. Between queueing and this, the frame may have become
// unevictable or active: then nothing happens, and nothing is counted.
// Linux: lru_activate (mm/swap.c).
func (l *Lists) makeActive(f *phys.Frame) {
	if f.Flags&(phys.LRU|phys.Unevictable|phys.Active) == phys.LRU {
		f.Set(phys.Active)
		l.Events.Activated++
		l.replace(f)
	}
}
