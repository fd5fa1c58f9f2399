package phys

// lockChange is a change that was put off.
type lockChange struct {
	frame *Frame
	apply func(*Memory, *Frame)
}

// Lock notes that one more locked area maps the frame: it may not leave memory. That reclaim does not look at it any more
// follows with the next Settle, or when a batch is full.
// Linux: mlock_folio (mm/mlock.c).
func (m *Memory) Lock(f *Frame) {
	if !f.Has(Mlocked) {
		m.Events.Locked++
		f.Set(Mlocked)
	}
	m.putOff(lockChange{f, (*Memory).isolate})
}

// Unlock notes that one less locked area maps the frame. Whether it was the last is seen when the batch is dealt with: until
// then the frame counts as locked. One that does not any more takes a place in the batch all the same.
// Linux: munlock_folio (mm/mlock.c).
func (m *Memory) Unlock(f *Frame) { m.putOff(lockChange{f, (*Memory).release}) }

func (m *Memory) putOff(c lockChange) {
	if m.locking = append(m.locking, c); len(m.locking) == batch {
		m.settleLocks()
	}
}

// settleLocks makes the changes that were put off.
// Linux: mlock_drain_local (mm/mlock.c).
func (m *Memory) settleLocks() {
	for _, c := range m.locking {
		c.apply(m, c.frame)
	}
	m.locking = m.locking[:0]
}

// isolate counts how many locked areas map the frame, as far as Linux knows it.
// Linux: __mlock_folio (mm/mlock.c).
func (m *Memory) isolate(f *Frame) {
	if m.isNew(f) {
		return // on no list that it could leave
	}
	if !f.Has(Unevictable) {
		if !f.Has(Mlocked) {
			return // unlocked again meanwhile
		}
		m.SetAside(f)
	}
	if f.Has(Mlocked) {
		m.locks[f.PFN()]++
	}
}

// Miscount forgets how many areas have locked a frame that reclaim has found to be locked, and has put back.
// Linux: lru_add (mm/swap.c).
func (m *Memory) Miscount(f *Frame) { m.locks[f.PFN()] = 0 }

// Reinsert puts a frame on the lists again where nothing keeps it off them any more.
func (m *Memory) Reinsert(f *Frame) {
	o, ok := f.Owner.(interface{ KeepsPages() bool })
	if !f.Has(Unevictable) || f.Has(Mlocked) || ok && o.KeepsPages() {
		return
	}
	delete(m.locks, f.PFN())
	m.Events.Reinserted++
	f.Clear(Unevictable)
}

// SetAside takes a frame from the lists that reclaim looks at.
// Linux: folio_set_unevictable (include/linux/page-flags.h).
func (m *Memory) SetAside(f *Frame) {
	if m.locks == nil {
		m.locks = map[PFN]int{}
	}
	f.Clear(Active)
	f.Set(Unevictable)
	m.Events.Isolated++
	m.locks[f.PFN()] = 0
}

// release counts one locked area less.
// Linux: __munlock_folio (mm/mlock.c).
func (m *Memory) release(f *Frame) {
	if f.Has(Unevictable) && m.locks[f.PFN()] > 0 {
		if m.locks[f.PFN()]--; m.locks[f.PFN()] > 0 {
			return
		}
	}
	if f.Has(Mlocked) {
		m.Events.Unlocked++
		f.Clear(Mlocked)
	}
	m.Reinsert(f)
}
