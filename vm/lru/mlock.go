package lru

import (
	"slices"

	"vmsim/vm/phys"
)

// lockChange is a batched mlock or munlock of one folio, by its first frame. It is queued, as the list's lock would be
// needed for each page of a range otherwise.
// Linux: a folio of struct mlock_fbatch, with LRU_FOLIO or NEW_FOLIO (mm/mlock.c).
type lockChange struct {
	frame *phys.Frame // nil where it was freed meanwhile
	to    lockState
}

type lockState uint8

const (
	locked    lockState = iota
	lockedNew           // the frame is on no list before
	unlocked
)

// Mlock notes that one more locked area maps the frame, and with it its folio. The frame is marked mlocked at once; it
// leaves the lists that reclaim scans when the batch is drained.
// Linux: mlock_folio (mm/mlock.c).
func (l *Lists) Mlock(f *phys.Frame) {
	if !f.Has(phys.Mlocked) {
		l.each(f, (*Lists).setMlocked)
	}
	l.queue(lockChange{head(f), locked})
}

// noteNew notes that the frame locked last is new.
// Linux: mlock_new_folio (mm/mlock.c).
func (l *Lists) noteNew(f *phys.Frame) {
	if n := len(l.locking); n > 0 && l.locking[n-1] == (lockChange{f, locked}) {
		l.locking[n-1].to = lockedNew
	}
}

// isNewLocked reports whether a frame waits in the batch of locks, and is on no list yet.
func (l *Lists) isNewLocked(f *phys.Frame) bool {
	return slices.Contains(l.locking, lockChange{f, lockedNew})
}

func (l *Lists) setMlocked(f *phys.Frame) {
	l.Events.Mlocked++
	f.Set(phys.Mlocked)
}

// Munlock notes that one locked area less maps the frame. Until the batch is drained the frame stays mlocked; only then
// it is known whether this was the last locked area. A frame that is not mlocked occupies a place in the batch all the
// same.
// Linux: munlock_folio (mm/mlock.c).
func (l *Lists) Munlock(f *phys.Frame) { l.queue(lockChange{head(f), unlocked}) }

// queue queues a change; one of a large folio drains the batch at once.
// Linux: folio_may_be_lru_cached (include/linux/swap.h).
func (l *Lists) queue(c lockChange) {
	if l.locking = append(l.locking, c); len(l.locking) == batchSize || c.frame.Order() > 0 {
		l.drainLocks()
	}
}

// Linux: mlock_drain_local (mm/mlock.c).
func (l *Lists) drainLocks() {
	for _, c := range l.locking {
		if c.frame != nil {
			l.change(c)
		}
	}
	l.locking = l.locking[:0]
}

// change applies an entry of the mlock batch.
func (l *Lists) change(c lockChange) {
	if c.to == unlocked {
		l.unlock(c.frame)
	} else {
		l.lock(c.frame)
	}
}

// lock counts a locked area and makes the frame unevictable. A frame that is on no list yet is left alone: Linux does
// not count its areas. Linux keeps the count in the list pointers of the folio, which the unevictable list does not
// need.
// Linux: __mlock_folio (mm/mlock.c).
func (l *Lists) lock(f *phys.Frame) {
	if l.isNew(f) || !f.Has(phys.Unevictable) && !f.Has(phys.Mlocked) {
		return // the frame was munlocked again meanwhile
	}
	if !f.Has(phys.Unevictable) {
		l.each(f, (*Lists).Cull)
	}
	if f.Has(phys.Mlocked) {
		l.locks[f.PFN()]++
	}
}

// unlock counts one locked area less; with the last one the frame is evictable again.
// Linux: __munlock_folio (mm/mlock.c).
func (l *Lists) unlock(f *phys.Frame) {
	if n := f.PFN(); f.Has(phys.Unevictable) && l.locks[n] > 0 {
		if l.locks[n]--; l.locks[n] > 0 {
			return
		}
	}
	l.each(f, (*Lists).release)
}

// release resets the frame's count of locked areas.
func (l *Lists) release(f *phys.Frame) {
	if f.Has(phys.Mlocked) {
		l.Events.Munlocked++
		f.Clear(phys.Mlocked)
	}
	l.Rescue(f)
}

// Cull moves a frame to the unevictable list, which reclaim does not scan.
// Linux: folio_set_unevictable (include/linux/page-flags.h), lru_add (mm/swap.c).
func (l *Lists) Cull(f *phys.Frame) {
	f.Clear(phys.Active)
	f.Set(phys.Unevictable)
	l.Events.Culled++
	l.locks[f.PFN()] = 0
	l.place(f)
}

// Rescue moves a frame back to a list that reclaim scans, where neither mlock nor its file keeps it unevictable.
// Linux: check_move_unevictable_folios (mm/vmscan.c).
func (l *Lists) Rescue(f *phys.Frame) {
	o, ok := f.Owner.(keeper)
	if !f.Has(phys.Unevictable) || f.Has(phys.Mlocked) || ok && o.Unevictable() {
		return
	}
	delete(l.locks, f.PFN())
	l.Events.Rescued++
	f.Clear(phys.Unevictable)
	l.place(f)
}

// keeper is an owner that may keep its frames in memory, locked or not.
// Linux: mapping_unevictable (include/linux/pagemap.h).
type keeper interface{ Unevictable() bool }

// PutBack puts a frame that reclaim found mlocked back on the unevictable list. Its count of locked areas is reset.
// Linux: folio_putback_lru (mm/vmscan.c), lru_add (mm/swap.c).
func (l *Lists) PutBack(f *phys.Frame) { l.locks[head(f).PFN()] = 0 }
